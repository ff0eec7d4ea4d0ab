//! Bugs are planted where somebody asks for them by name, and in no product.

use crate::tidy::report::Report;
use crate::tidy::tree;

/// The feature that lets bugs be planted.
const FEATURE: &str = "planted-bugs";

/// The one manifest that may hand the feature on, and only when it was given it itself.
const ASKS: &str = "tests/Cargo.toml";

#[test]
fn no_product_is_built_with_planted_bugs() {
    let mut report = Report::new();
    for file in tree::files_ending("Cargo.toml") {
        for (line, text) in (1..).zip(file.text.lines()) {
            let defines = text.starts_with("planted-bugs = ");
            let hands_on = defines && text.contains('/') && file.path != ASKS;
            let elsewhere = text.contains(FEATURE) && !defines;
            if hands_on || elsewhere {
                let message = "only `tests` hands the feature `planted-bugs` on, and nothing has it \
                               by default";
                report.add(&file.path, line, message);
            }
        }
    }
    report.assert_empty();
}

#[test]
fn nothing_is_planted_here() {
    let on = cfg!(feature = "planted-bugs");
    assert!(!on, "test the product without `--features planted-bugs`");
}
