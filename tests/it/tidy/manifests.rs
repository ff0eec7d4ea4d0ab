//! Rules about the manifests: who may depend on whom, and who may say a foreign name.

use crate::tidy::report::Report;
use crate::tidy::tree;

/// Left to right: the order of reading, of running and of `use`.
const ORDER: &[&str] = &[
    "events",
    "models",
    "datasets",
    "ingest",
    "ledger",
    "dataflows",
    "storage",
    "effects",
    "serving",
    "roomnight",
    "tests",
];

/// A foreign crate and the one crate of ours that may name it.
const HOMES: &[(&str, &str)] = &[
    ("rdkafka", "ingest"),
    ("timely", "dataflows"),
    ("differential-dataflow", "dataflows"),
    ("thread-priority", "dataflows"),
    ("rocksdb", "storage"),
    ("axum", "serving"),
    ("hyper", "serving"),
    ("hyper-util", "serving"),
    ("governor", "serving"),
    ("utoipa", "serving"),
    ("serde_json", "serving"),
    ("clap", "roomnight"),
    ("csv", "datasets"),
    ("toml", "models"),
];

/// One dependency as a manifest states it.
#[derive(Debug, PartialEq, Eq)]
struct Dependency {
    line: usize,
    name: String,
    inherited: bool,
}

#[test]
fn dependencies_point_left() {
    let mut report = Report::new();
    for (place, package) in ORDER.iter().enumerate() {
        for dependency in dependencies_of(package) {
            let Some(other) = ORDER.iter().position(|name| *name == dependency.name) else {
                continue;
            };
            if other >= place {
                let message = format!(
                    "{package} may not depend on {}: only on crates to its left; what must travel \
                     right to left is appended to the log",
                    dependency.name
                );
                report.add(&manifest(package), dependency.line, &message);
            }
        }
    }
    report.assert_empty();
}

#[test]
fn each_foreign_name_has_one_home() {
    let mut report = Report::new();
    for package in ORDER {
        for dependency in dependencies_of(package) {
            let home = HOMES.iter().find(|(name, _)| *name == dependency.name);
            // The tests speak to the outside as its users do, JSON included.
            let spoken_outside = *package == "tests" && dependency.name == "serde_json";
            if let Some((name, home)) = home
                && home != package
                && !spoken_outside
            {
                let message = format!("only {home} may say {name}: ask {home} for what you need");
                report.add(&manifest(package), dependency.line, &message);
            }
        }
    }
    report.assert_empty();
}

#[test]
fn versions_stand_in_one_table() {
    let mut report = Report::new();
    for package in ORDER {
        for dependency in dependencies_of(package) {
            if !dependency.inherited {
                let message = format!(
                    "write `{}.workspace = true` and put the version into the root manifest",
                    dependency.name
                );
                report.add(&manifest(package), dependency.line, &message);
            }
        }
        let text = text_of(package);
        if !text.is_empty() && !text.contains("[lints]\nworkspace = true") {
            report.add(&manifest(package), 1, "inherit the lints: `[lints]`, `workspace = true`");
        }
    }
    report.assert_empty();
}

#[test]
fn every_member_has_its_place() {
    let root = tree::read("Cargo.toml");
    let members = root.lines().find(|line| line.starts_with("members = ")).expect("members");
    let mut places = members.split('"').skip(1).step_by(2).map(|member| {
        let place = ORDER.iter().position(|name| *name == member);
        place
            .unwrap_or_else(|| panic!("{member}: give it a place in ORDER, as far left as it goes"))
    });
    assert!(places.by_ref().is_sorted(), "members of Cargo.toml stand in the order of the crates");
}

fn manifest(package: &str) -> String {
    format!("{package}/Cargo.toml")
}

/// The manifest's text; empty for a crate that a later issue brings.
fn text_of(package: &str) -> String {
    std::fs::read_to_string(tree::root().join(manifest(package))).unwrap_or_default()
}

fn dependencies_of(package: &str) -> Vec<Dependency> {
    dependencies(&text_of(package))
}

/// The dependencies of a manifest, of every kind.
fn dependencies(text: &str) -> Vec<Dependency> {
    let mut found = Vec::new();
    let mut inside = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').ends_with("dependencies");
        } else if inside && let Some((name, value)) = line.split_once('=') {
            let (name, attribute) = name.trim().split_once('.').unwrap_or((name.trim(), ""));
            if name.starts_with('#') {
                continue;
            }
            let inherited = attribute == "workspace" || value.contains("workspace = true");
            found.push(Dependency { line: index + 1, name: name.to_owned(), inherited });
        }
    }
    found
}

#[test]
fn a_manifest_is_read() {
    let text = concat!(
        "[package]\nname = \"x\"\n[dependencies]\nevents.workspace = true\n",
        "[dev-dependencies]\naxum = { workspace = true }\n# a = 1\ncsv = \"1\"\n[lints]\nb = 1\n",
    );
    let read: Vec<(usize, String, bool)> =
        dependencies(text).into_iter().map(|each| (each.line, each.name, each.inherited)).collect();
    let expected = vec![
        (4, "events".to_owned(), true),
        (6, "axum".to_owned(), true),
        (8, "csv".to_owned(), false),
    ];
    assert_eq!(read, expected);
}
