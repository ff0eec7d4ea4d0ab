//! Who is looked at, and in which turn.

use ledger::rows::ActivePolicyRow;

use super::*;

fn property(number: usize) -> PropertyId {
    PropertyId::new(&format!("hotel-{number}")).expect("an id")
}

fn active(number: usize, kind: PolicyKind) -> Row {
    Row::ActivePolicy(ActivePolicyRow { property: property(number), kind, promoted: Vec::new() })
}

fn inventory(number: usize) -> Row {
    let room_type = "double".parse().expect("an id");
    Row::Inventory(InventoryRow { property: property(number), room_type, ranges: Vec::new() })
}

#[test]
fn everybody_has_a_turn_before_anybody_has_another() {
    let mut cases = Cases::default();
    for number in 0..5 {
        cases.open.insert(property(number), Case::default());
    }
    assert_eq!(cases.due(), Vec::from_iter((0..5).map(property)));
    cases.last = Some(property(2));
    assert_eq!(cases.due(), [3, 4, 0, 1, 2].map(property));
    cases.open.remove(&property(2));
    assert_eq!(cases.due(), [3, 4, 0, 1].map(property));
    cases.last = Some(property(4));
    assert_eq!(cases.due(), [0, 1, 3, 4].map(property));
}

#[test]
fn only_those_are_noted_that_had_a_policy_on_overbooking() {
    let stored = [active(1, PolicyKind::Overbooking), active(2, PolicyKind::Pricing)];
    let touched = Touched::default();
    stored.iter().for_each(|row| touched.note_stored(row));
    assert_eq!(touched.take(), BTreeSet::from([property(1)]));
    let rows = [inventory(1), inventory(2), active(3, PolicyKind::Overbooking), inventory(4)];
    let ledger = rows.into_iter().map(RowChange::Put).collect();
    touched.note(&Changes { ledger, ..Changes::default() });
    assert_eq!(touched.take(), BTreeSet::from([property(1), property(3)]));
    let key = |number| LimitKey {
        property: property(number),
        room_type: "double".parse().expect("an id"),
        night: Night::MIN,
    };
    let views = vec![
        (ViewKey::Limit(key(3)), None),
        (ViewKey::Limit(key(5)), None),
        (ViewKey::LimitCandidate(key(1)), None),
    ];
    touched.note(&Changes { views, ..Changes::default() });
    assert_eq!(touched.take(), BTreeSet::from([property(3)]), "a candidate is not published");
}
