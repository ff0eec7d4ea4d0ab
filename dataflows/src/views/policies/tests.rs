//! What is in force is what was promoted last and not taken back; the candidate is what was staged
//! last, until it is promoted.

#![expect(clippy::unwrap_used, reason = "a test")]

use events::Stamp;

use super::*;

const PRICING: &str = "schema = 1\nkind = \"pricing\"\n";
const OVERBOOKING: &str = "schema = 1\nkind = \"overbooking\"\n";

fn staged(kind: PolicyKind, ordinal: u16, version: &str, document: &str) -> PolicyEvent {
    PolicyEvent::Staged(PolicyRow {
        property: PropertyId::new("grand").unwrap(),
        kind,
        version: PolicyVersion::new(version).unwrap(),
        ordinal,
        stamp: Stamp(0),
        document: document.to_owned(),
    })
}

fn promoted(kind: PolicyKind, versions: &[&str]) -> PolicyEvent {
    let versions = versions.iter().map(|version| PolicyVersion::new(version).unwrap());
    PolicyEvent::Promoted(PropertyId::new("grand").unwrap(), kind, versions.collect())
}

/// The numbers of the versions in force and of the candidate, as told; none if nothing was told.
fn pricing_told(keeper: &mut Policies) -> Option<[Option<u64>; 2]> {
    let mut told = None;
    keeper.close(Minute(0), &mut |change| {
        if let PolicyChange::Pricing(_, now) = change {
            assert!(told.is_none(), "told twice");
            told = Some(now.map(|policy| policy.map(|policy| policy.version)));
        }
    });
    told
}

#[test]
fn stage_promote_and_roll_back() {
    let mut keeper = Policies::default();
    keeper.hear(staged(PolicyKind::Pricing, 0, "spring", PRICING));
    assert_eq!(pricing_told(&mut keeper), Some([None, Some(1)]));
    keeper.hear(promoted(PolicyKind::Pricing, &["spring"]));
    assert_eq!(pricing_told(&mut keeper), Some([Some(1), None]));
    keeper.hear(staged(PolicyKind::Pricing, 1, "summer", PRICING));
    assert_eq!(pricing_told(&mut keeper), Some([Some(1), Some(2)]));
    assert_eq!(pricing_told(&mut keeper), None, "nothing new");
    keeper.hear(promoted(PolicyKind::Pricing, &["spring", "summer"]));
    assert_eq!(pricing_told(&mut keeper), Some([Some(2), None]));
    keeper.hear(promoted(PolicyKind::Pricing, &["spring"]));
    assert_eq!(pricing_told(&mut keeper), Some([Some(1), Some(2)]));
    keeper.hear(promoted(PolicyKind::Pricing, &[]));
    assert_eq!(pricing_told(&mut keeper), Some([None, Some(2)]));
}

#[test]
fn the_order_of_rows_at_a_restart_does_not_matter_and_what_is_no_policy_counts_as_none() {
    let mut keeper = Policies::default();
    keeper.hear(promoted(PolicyKind::Pricing, &["spring"]));
    keeper.hear(staged(PolicyKind::Pricing, 2, "broken", "schema = 1"));
    keeper.hear(staged(PolicyKind::Pricing, 1, "summer", PRICING));
    keeper.hear(staged(PolicyKind::Pricing, 0, "spring", PRICING));
    assert_eq!(pricing_told(&mut keeper), Some([Some(1), Some(2)]));
    keeper.hear(staged(PolicyKind::Overbooking, 0, "bold", OVERBOOKING));
    assert_eq!(pricing_told(&mut keeper), None);
    keeper.hear(promoted(PolicyKind::Overbooking, &["bold"]));
    let mut versions = Vec::new();
    keeper.close(Minute(0), &mut |change| {
        if let PolicyChange::Overbooking(_, policy) = change {
            versions.push(policy.map(|policy| policy.map(|policy| policy.version)));
        }
    });
    assert_eq!(versions, [[Some(1), None]]);
}
