//! Markets and policies: round trips, and bytes in a file of their own.

use super::{commands as commands_of_old, double, envelope, hex, property, stay};
use crate::policy::POLICY_BYTES_MAX;
use crate::{
    ApplyLimits, Command, Decision, DefineProperty, LimitRange, PolicyKind, PolicyVersion,
    PromotePolicy, RollbackPolicy, StagePolicy, WireError, decode_decision, decode_envelope,
    encode_decision, encode_envelope,
};

fn version(id: &str) -> PolicyVersion {
    PolicyVersion::new(id).expect("a good id")
}

fn stage(document: &str) -> StagePolicy {
    StagePolicy {
        property: property(),
        kind: PolicyKind::Pricing,
        version: version("2026-11"),
        document: document.to_owned(),
    }
}

fn of_policies() -> Vec<Command> {
    let kind = PolicyKind::Overbooking;
    let limits = vec![
        LimitRange { nights: stay(9_921, 9_923), allowance: Some(3) },
        LimitRange { nights: stay(9_923, 9_924), allowance: Some(0) },
        LimitRange { nights: stay(9_924, 9_930), allowance: None },
    ];
    let apply = ApplyLimits {
        property: property(),
        room_type: double(),
        limits,
        computed_at: 4_711,
        policy: Some(version("calm")),
    };
    vec![
        Command::StagePolicy(stage("schema = 1\n")),
        Command::PromotePolicy(PromotePolicy {
            property: property(),
            kind,
            version: version("calm"),
        }),
        Command::RollbackPolicy(RollbackPolicy { property: property(), kind }),
        Command::ApplyLimits(ApplyLimits { policy: None, limits: Vec::new(), ..apply.clone() }),
        Command::ApplyLimits(apply),
    ]
}

fn decisions() -> Vec<Decision> {
    vec![
        Decision::PolicyActive { version: Some(version("calm")), changed: true },
        Decision::PolicyActive { version: None, changed: false },
        Decision::LimitsApplied { nights_changed: 3 },
    ]
}

fn commands() -> Vec<Command> {
    let properties = commands_of_old().into_iter().filter_map(|command| match command {
        Command::DefineProperty(command) => Some(command),
        _ => None,
    });
    let market = Some("lisbon".parse().expect("a good id"));
    let define =
        |command| Command::DefineProperty(DefineProperty { market: market.clone(), ..command });
    properties.map(define).chain(of_policies()).collect()
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
    let decisions = decisions().into_iter().map(|decision| {
        let bytes = encode_decision(&decision);
        assert_eq!(decode_decision(&bytes), Ok(decision));
        format!("decision {}\n", hex(&bytes))
    });
    let written: String = commands.chain(decisions).collect();
    if std::env::var_os("RECORD").is_some() {
        let path = "testdata/golden_policies_v1.txt";
        std::fs::write(path, &written).expect("a folder");
    }
    let golden = include_str!("../../../testdata/golden_policies_v1.txt");
    assert_eq!(written, golden, "the wire form has changed");
}

#[test]
fn the_longest_document_is_one_record_and_a_longer_one_is_none() {
    let read = |bytes| {
        let sent = envelope(Command::StagePolicy(stage(&"x".repeat(bytes))));
        decode_envelope(&encode_envelope(&sent).into()).map(drop)
    };
    assert_eq!(read(POLICY_BYTES_MAX), Ok(()));
    let too_long = WireError::TooLong { bytes: POLICY_BYTES_MAX + 1, bytes_max: POLICY_BYTES_MAX };
    assert_eq!(read(POLICY_BYTES_MAX + 1), Err(too_long));
}

#[test]
fn a_kind_that_nobody_knows_is_refused() {
    for kind in PolicyKind::ALL {
        assert_eq!(PolicyKind::from_name(kind.name()), Some(*kind));
        assert_eq!(PolicyKind::from_number(kind.number()), Some(*kind));
    }
    let command = crate::wire::proto::RollbackPolicy { property: "grand".to_owned(), kind: 3 };
    let refused = WireError::OutOfRange { field: "kind", value: 3 };
    assert_eq!(RollbackPolicy::try_from(command), Err(refused));
}
