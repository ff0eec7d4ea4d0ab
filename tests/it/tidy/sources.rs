//! Rules about one Rust file at a time.

use crate::tidy::report::Report;
use crate::tidy::rust::Rust;
use crate::tidy::tree::{self, File};

const FILE_LINES_MAX: usize = 500;
const LINE_COLUMNS_MAX: usize = 100;

/// All that is not Rust and not a script: the shim that the ring puts between the binary and its
/// disk, as only a symbol of the same name takes over a call of the C library.
const FOREIGN: &[&str] = &["tests/recorder/recorder.c"];

/// What may not stand in code, and what to write instead.
const BANNED: &[(&str, &str)] = &[
    ("todo!(", "write it, or leave the feature out"),
    ("unimplemented!(", "write it, or leave the feature out"),
    ("dbg!(", "log with tracing, or remove it"),
    ("#[allow", "write #[expect(lint, reason = \"...\")], which fails once it is not needed"),
    ("#![allow", "write #![expect(lint, reason = \"...\")], which fails once it is not needed"),
    ("#[ignore]", "give the reason, or assert what it does now; long variants ask ROOMNIGHT_LONG"),
    ("#[should_panic", "call it with catch_unwind and assert the message"),
];

#[test]
fn every_file_says_what_it_is_for() {
    let mut report = Report::new();
    for file in tree::files_ending(".rs") {
        let first = file.text.lines().next().unwrap_or_default();
        let said = first.strip_prefix("//!").map(str::trim).unwrap_or_default();
        if said.len() < 5 {
            report.add(&file.path, 1, "begin with a `//!` line that says what the file is for");
        }
    }
    report.assert_empty();
}

#[test]
fn what_no_compiler_checks_is_listed() {
    let mut report = Report::new();
    for ending in [".c", ".h", ".cc", ".cpp"] {
        for file in tree::files_ending(ending) {
            if !FOREIGN.contains(&file.path.as_str()) {
                report.add(&file.path, 1, "write it in Rust, or list it with its reason");
            }
        }
    }
    report.assert_empty();
}

#[test]
fn files_are_short() {
    let mut report = Report::new();
    for file in tree::files_ending(".rs") {
        if is_tests_beside(&file.path) {
            continue;
        }
        let lines = Rust::parse(&file.text).code_without_tests().lines().count();
        if lines > FILE_LINES_MAX {
            let message = format!(
                "{lines} lines without tests, {FILE_LINES_MAX} is the most: a file is one noun, \
                 give the second noun a file of its own"
            );
            report.add(&file.path, lines, &message);
        }
    }
    report.assert_empty();
}

#[test]
fn lines_are_short() {
    let mut report = Report::new();
    for file in tree::files_ending(".rs") {
        let rust = Rust::parse(&file.text);
        for (index, (line, code)) in file.text.lines().zip(rust.code.lines()).enumerate() {
            if line.chars().count() > LINE_COLUMNS_MAX && !cannot_break(line, code) {
                report.add(&file.path, index + 1, "break the line at 100 columns");
            }
        }
    }
    report.assert_empty();
}

#[test]
fn nothing_is_unfinished_or_silenced() {
    let mut report = Report::new();
    for file in tree::files_ending(".rs") {
        let rust = Rust::parse(&file.text);
        for (index, line) in rust.code.lines().enumerate() {
            for (banned, instead) in BANNED {
                if line.contains(banned) {
                    report.add(&file.path, index + 1, &format!("`{banned}`: {instead}"));
                }
            }
            if has_version_twin(line) {
                let message = "a name ending in `_v2`: replace the old one, or name the difference";
                report.add(&file.path, index + 1, message);
            }
        }
        for (index, line) in rust.comments.lines().enumerate() {
            if ["FIXME", "TODO", "XXX"].iter().any(|mark| line.contains(mark)) {
                report.add(&file.path, index + 1, "finish it, or file an issue and say its number");
            }
            if is_commented_out(line) {
                report.add(&file.path, index + 1, "delete code that is commented out");
            }
        }
    }
    report.assert_empty();
}

/// Two checkouts may share a target folder: what one of them compiled must find the other's files.
#[test]
fn nothing_knows_where_it_was_compiled() {
    const FOLDER: &str = concat!("env!(\"CARGO_", "MANIFEST_DIR\")");
    let mut report = Report::new();
    for file in tree::files_ending(".rs") {
        for (index, _) in file.text.lines().enumerate().filter(|(_, line)| line.contains(FOLDER)) {
            report.add(
                &file.path,
                index + 1,
                "a test runs in the folder of its crate: begin there",
            );
        }
    }
    report.assert_empty();
}

#[test]
fn nothing_unwraps_outside_tests() {
    let mut report = Report::new();
    for file in tree::files_ending(".rs") {
        if is_test(&file) {
            continue;
        }
        let rust = Rust::parse(&file.text);
        for (index, line) in rust.code_without_tests().lines().enumerate() {
            if line.contains(".unwrap()") {
                let message = "`.unwrap()`: return the error, or `expect(\"why it cannot fail\")`";
                report.add(&file.path, index + 1, message);
            }
        }
    }
    report.assert_empty();
}

#[test]
fn our_own_enums_are_matched_in_full() {
    let mut report = Report::new();
    for file in tree::files_ending(".rs") {
        let total = file.path.starts_with("ledger/src/") || file.path == "serving/src/status.rs";
        if !total || is_test(&file) {
            continue;
        }
        let rust = Rust::parse(&file.text);
        for index in wildcards_over_enums(rust.code_without_tests()) {
            let message = "`_ =>`: name the cases, so that a new one asks for its answer here";
            report.add(&file.path, index + 1, message);
        }
    }
    report.assert_empty();
}

/// Whether a file's lines are tests that stand beside the module they test.
fn is_tests_beside(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Whether a line is long for what cannot be broken: an address, or a text of one piece.
fn cannot_break(line: &str, code: &str) -> bool {
    let besides: Vec<&str> = code.split_whitespace().collect();
    let is_text = code.contains('"') && besides.join(" ").chars().count() < LINE_COLUMNS_MAX / 4;
    line.contains("://") || is_text
}

/// Whether all of a file is test code.
fn is_test(file: &File) -> bool {
    is_tests_beside(&file.path)
        || file.path.starts_with("tests/")
        || file.text.contains("#![expect(clippy::unwrap_used")
}

/// Whether a name in this line ends in `_v` and a number.
fn has_version_twin(line: &str) -> bool {
    line.split(|each: char| !each.is_alphanumeric() && each != '_').any(|word| {
        word.rsplit_once("_v").is_some_and(|(name, number)| {
            !name.is_empty()
                && !number.is_empty()
                && number.chars().all(|each| each.is_ascii_digit())
        })
    })
}

/// The lines of `_ =>` arms whose neighbours name the variants of an enum; matches of numbers and
/// of text cannot do without. Formatted code has the arms of one match at one depth.
fn wildcards_over_enums(code: &str) -> Vec<usize> {
    let lines: Vec<&str> = code.lines().collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let names_variant = |line: &str| {
        let pattern = line.trim_start().split(" => ").next().unwrap_or_default();
        let path = pattern.split(['(', '{', ' ', '|']).next().unwrap_or_default();
        path.split("::").count() > 1 && path.chars().next().is_some_and(char::is_uppercase)
    };
    let of_enum = |index: &usize| {
        let own = depth(lines[*index]);
        lines[..*index]
            .iter()
            .rev()
            .filter(|line| !line.trim().is_empty())
            .take_while(|line| depth(line) >= own)
            .any(|line| depth(line) == own && names_variant(line))
    };
    (0..lines.len())
        .filter(|index| lines[*index].trim_start().starts_with("_ =>"))
        .filter(of_enum)
        .collect()
}

/// Whether a plain comment is code: it ends like a statement or opens a block.
fn is_commented_out(line: &str) -> bool {
    let Some(said) = line.trim_start().strip_prefix("//") else { return false };
    if said.starts_with('/') || said.starts_with('!') {
        return false;
    }
    let said = said.trim();
    let statement = said.ends_with(';') && (said.contains('(') || said.contains(" = "));
    let block = said.ends_with('{') && said.len() > 1;
    let import = said.starts_with("use ") && said.ends_with(';');
    statement || block || import
}

#[test]
fn the_marks_are_told_from_prose() {
    assert!(is_commented_out("    // let a = b(1);"));
    assert!(is_commented_out("// fn main() {"));
    assert!(!is_commented_out("// First this; then that."));
    assert!(!is_commented_out("/// let a = b(1);"));
    assert!(has_version_twin("struct journal_v2;"));
    assert!(!has_version_twin("let by_value = \"/v1/holds\";"));
}

#[test]
fn wildcards_over_numbers_are_let_be() {
    let over_enum = "match a {\n    Reason::NoRoom => 1,\n    _ => {\n        2\n    }\n}\n";
    assert_eq!(wildcards_over_enums(over_enum), vec![2]);
    let over_numbers = "match a {\n    (0, 1..) => Touch::Began,\n    _ => Touch::Stayed,\n}\n";
    assert_eq!(wildcards_over_enums(over_numbers), Vec::<usize>::new());
}
