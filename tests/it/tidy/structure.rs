//! Rules about what belongs together: a view and its table, a rejection and its scenario.

use std::collections::BTreeSet;

use crate::tidy::report::Report;
use crate::tidy::rust::Rust;
use crate::tidy::tree;

/// What several views are made of, and what resolves the policies for them: no views themselves.
const SHARED: [&str; 4] = ["booked", "days", "histories", "policies"];

#[test]
fn every_view_has_an_oracle_and_a_table() {
    let mut report = Report::new();
    let views = tree::stems("dataflows/src/views", ".rs");
    assert!(!views.is_empty(), "dataflows/src/views holds the views, a file each");
    let tables = tree::stems("storage/src/tables", ".rs");
    for view in views.into_iter().filter(|view| !SHARED.contains(&view.as_str())) {
        let path = format!("dataflows/src/views/{view}.rs");
        let beside = format!("dataflows/src/views/{view}/tests.rs");
        let tests = std::fs::read_to_string(tree::root().join(&beside)).unwrap_or_default();
        if !tests.to_lowercase().contains("recomput") {
            let message = format!("recompute it the slow way at every time, in {beside}");
            report.add(&path, 1, &message);
        }
        if !tables.contains(&view) {
            report.add(&path, 1, &format!("keep its rows in storage/src/tables/{view}.rs"));
        }
        if !tree::read(&path).to_lowercase().contains("select") {
            report.add(&path, 1, "say in SQL, in the doc comment, what it computes");
        }
    }
    report.assert_empty();
}

#[test]
fn every_table_has_its_format_pinned() {
    let formats = tree::read("storage/formats.toml");
    let pinned: Vec<&str> =
        formats.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    for table in tree::stems("storage/src/tables", ".rs") {
        assert!(
            pinned.contains(&table.as_str()),
            "{table}: pin the hash of its format in storage/formats.toml"
        );
    }
}

#[test]
fn the_committed_openapi_is_the_generated_one() {
    assert!(
        tree::read("docs/openapi.json") == serving::openapi::document(),
        "the API has changed: write docs/openapi.json anew, as serving/src/openapi.rs says how"
    );
}

#[test]
fn every_rejection_occurs_in_a_scenario() {
    let mut said = BTreeSet::new();
    for file in tree::files_ending(".txt") {
        if file.path.starts_with("ledger/scenarios/") {
            let words = file.text.split(|each: char| !each.is_alphanumeric() && each != '_');
            said.extend(words.map(str::to_owned));
        }
    }
    // Limits take more commands than a page has lines: there a loop tells the story.
    let crowds = tree::read("ledger/src/tests/crowds.rs");
    let missing: Vec<&str> = events::Reason::ALL
        .iter()
        .filter(|reason| !crowds.contains(&format!("Reason::{reason:?}.")))
        .map(|reason| reason.name())
        .filter(|name| !said.contains(*name))
        .collect();
    assert!(missing.is_empty(), "write a scenario in ledger/scenarios/ for each of {missing:?}");
}

/// `FlashSale` is called `flash-sale` on the command line.
fn kebab(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('-');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[test]
fn every_bench_runs_tiny_under_test() {
    let code = Rust::parse(&tree::read("roomnight/src/bench.rs")).code;
    let variants = code.split("enum Bench {").nth(1).and_then(|rest| rest.split('}').next());
    let names: Vec<String> = variants
        .unwrap_or_default()
        .split(',')
        .map(|name| kebab(name.trim()))
        .filter(|name| !name.is_empty())
        .collect();
    assert!(!names.is_empty(), "roomnight/src/bench.rs names the benches in `enum Bench`");
    let makefile = tree::read("Makefile");
    let listed = makefile.lines().find_map(|line| line.strip_prefix("BENCHES := "));
    let listed: Vec<&str> = listed.unwrap_or_default().split_whitespace().collect();
    for name in &names {
        assert!(
            listed.contains(&name.as_str()),
            "{name}: add it to BENCHES in the Makefile, whose `make test` runs each one tiny"
        );
    }
    assert_eq!(listed.len(), names.len(), "BENCHES in the Makefile names a bench that is gone");
}

#[test]
fn what_pages_point_to_is_there() {
    let mut report = Report::new();
    for file in tree::files_ending(".md") {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (index, line) in file.text.lines().enumerate() {
            for link in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let target = link.split('#').next().unwrap_or_default();
                let local = !target.is_empty() && !target.contains("://");
                if local && !tree::root().join(folder).join(target).exists() {
                    report.add(&file.path, index + 1, &format!("`{link}` leads nowhere: mend it"));
                }
            }
            for named in line.split('`').skip(1).step_by(2).filter(|code| names_file(code)) {
                if !tree::root().join(named).exists() {
                    report.add(&file.path, index + 1, &format!("`{named}` is gone: mend it"));
                }
            }
        }
    }
    report.assert_empty();
}

/// Whether a piece of code in a page names a file of this checkout, from its root.
fn names_file(code: &str) -> bool {
    let plain = |each: char| each.is_alphanumeric() || "_-./".contains(each);
    let top = code.split('/').next().filter(|top| !top.is_empty());
    let ours = top.is_some_and(|top| tree::root().join(top).is_dir());
    let ends = [".rs", ".md", ".toml", ".json", ".proto", ".txt"];
    code.contains('/')
        && ours
        && code.chars().all(plain)
        && ends.iter().any(|end| code.ends_with(end))
}
