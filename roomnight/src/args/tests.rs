//! The command line: what is understood, and the committed `--help`.

use clap::{CommandFactory, Parser};

use super::{Arguments, Capacity, Task};
use crate::dataset::Dataset;

/// The help of the binary and of each of its commands, one after the other.
fn help() -> String {
    let mut pages = Vec::new();
    page(&mut Arguments::command().term_width(100), "roomnight", &mut pages);
    pages.join("\n")
}

fn page(command: &mut clap::Command, name: &str, pages: &mut Vec<String>) {
    let text = command.clone().bin_name(name).render_long_help().to_string();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    pages.push(format!("$ {name} --help\n{}\n", lines.join("\n").trim_end()));
    for command in command.get_subcommands_mut() {
        let name = format!("{name} {}", command.get_name());
        page(command, &name, pages);
    }
}

#[test]
fn the_committed_help_is_the_one_that_is_printed() {
    let path = "testdata/help.txt";
    let printed = help();
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(path, &printed).expect("the checkout can be written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, printed, "run this test with UPDATE_EXPECTED=1 and commit {path}");
}

#[test]
fn the_definition_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn a_replay_is_understood() {
    let line = ["roomnight", "replay", "generated:3:90", "--capacity", "real", "--batch", "7"];
    let Ok(Arguments { task: Task::Replay(replay) }) = Arguments::try_parse_from(line) else {
        panic!("this is a replay");
    };
    assert_eq!(replay.dataset, Dataset::Generated { properties: 3, bookings: 90 });
    assert_eq!(replay.capacity, Capacity::Real);
    assert_eq!((replay.workers.get(), replay.batch.get()), (1, 7));
}

#[test]
fn what_is_not_understood_is_refused_with_what_would_be() {
    let refused = |line: &[&str]| {
        let error = Arguments::try_parse_from(line).expect_err("this is wrong");
        (error.exit_code(), error.to_string())
    };
    let (code, text) = refused(&["roomnight", "verify"]);
    assert!(code == 2 && text.contains("--data"), "{text}");
    let (code, text) = refused(&["roomnight", "replay", "hotels"]);
    assert!(code == 2 && text.contains("hotel-bookings") && text.contains("generated"), "{text}");
    let (code, text) = refused(&["roomnight", "bench", "lodger"]);
    assert!(code == 2 && text.contains("ledger"), "{text}");
}
