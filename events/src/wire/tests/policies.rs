//! Markets and policies: round trips, and bytes in a file of their own.

use super::{commands as commands_of_old, envelope, hex};
use crate::{Command, DefineProperty, decode_envelope, encode_envelope};

fn commands() -> Vec<Command> {
    let properties = commands_of_old().into_iter().filter_map(|command| match command {
        Command::DefineProperty(command) => Some(command),
        _ => None,
    });
    let market = Some("lisbon".parse().expect("a good id"));
    properties
        .map(|command| {
            Command::DefineProperty(DefineProperty { market: market.clone(), ..command })
        })
        .collect()
}

/// To this file lines are only ever added.
#[test]
fn the_golden_bytes_of_policies_are_written_and_read_as_ever() {
    let commands = commands().into_iter().map(|command| {
        let envelope = envelope(command);
        let bytes = encode_envelope(&envelope);
        assert_eq!(decode_envelope(&bytes.clone().into()), Ok(envelope.clone()));
        format!("envelope {} {}\n", envelope.command.name(), hex(&bytes))
    });
    let written: String = commands.collect();
    if std::env::var_os("RECORD").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/golden_policies_v1.txt");
        std::fs::write(path, &written).expect("a folder");
    }
    let golden = include_str!("../../../testdata/golden_policies_v1.txt");
    assert_eq!(written, golden, "the wire form has changed");
}
