//! What views start from is what was stored, and what they tell is told apart from it.

use dataflows::{StoredRow, ViewChange, ViewKey, ViewRow};
use events::Minute;

use super::*;
use crate::for_views;
use crate::tables::{Occupancy, Pace, Price, Velocity};

/// Rows of views, some of which only a view itself could tell.
fn views(draw: &mut Draw) -> BTreeMap<ViewKey, ViewRow> {
    let mut rows = BTreeMap::new();
    for _ in 0..40 {
        let (key, row) = Pace::sample(draw);
        rows.insert(ViewKey::Pace(key), ViewRow::Pace(row));
        let (key, row) = Price::sample(draw);
        rows.insert(ViewKey::Price(key), ViewRow::Price(row));
        let (key, row) = Occupancy::sample(draw);
        rows.insert(ViewKey::Occupancy(key), ViewRow::Occupancy(row));
        let (key, row) = Velocity::sample(draw);
        rows.insert(ViewKey::Velocity(key), ViewRow::Velocity(row));
    }
    rows.insert(ViewKey::Clock(()), ViewRow::Clock(Minute(7)));
    rows
}

/// A state with such rows, as its views left it.
fn filled(dir: &Path, seed: u64) -> (Arc<Store>, Model, BTreeMap<ViewKey, ViewRow>) {
    let store = open_checked(dir, 10_000);
    let (mut draw, mut model) = (Draw::new(seed), Model::default());
    for _ in 0..120 {
        store.write(&model.next(&mut draw), Stamp(0)).expect("written");
    }
    let views = views(&mut draw);
    let told: Vec<ViewChange> =
        views.iter().map(|(key, row)| (key.clone(), Some(row.clone()))).collect();
    model.records += 1;
    let changes = Changes { views: told, ..changes(model.records) };
    store.write(&changes, Stamp(0)).expect("written");
    (Arc::new(store), model, views)
}

#[test]
fn what_the_views_are_made_of_is_read_once_and_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, model, views) = filled(dir.path(), 1);
    let (mut ledger, mut base) = (BTreeMap::new(), Vec::new());
    (for_views(store).read)(&mut |row| match row {
        StoredRow::Ledger(row) => {
            assert!(base.is_empty(), "the ledger comes first");
            assert!(ledger.insert(row.key(), row).is_none(), "a row twice");
        }
        StoredRow::View(key, row) => base.push((key, row)),
    })
    .expect("it is whole");
    let is_heard = |row: &&Row| {
        !matches!(row, Row::Decision(_) | Row::Tombstone(_) | Row::Slot(_) | Row::Clock(_))
    };
    let expected: Vec<&Row> = model.rows.values().filter(is_heard).collect();
    assert!(expected.len() > 50, "{}", expected.len());
    assert!(ledger.values().eq(expected));
    let clock = (ViewKey::Clock(()), views[&ViewKey::Clock(())].clone());
    assert_eq!(base, [clock]);
}

#[test]
fn what_a_view_tells_is_held_against_what_is_stored() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, model, views) = filled(dir.path(), 2);
    let kept = || (for_views(Arc::clone(&store)).kept)().expect("it is whole");

    let mut all = kept();
    assert!(views.iter().all(|(key, row)| all.is(key, Some(row))));
    assert!(model.availability.iter().all(|(key, row)| all.is_available(key, Some(row))));
    assert_eq!(all.untold().expect("it is whole"), Default::default());

    let mut wrong = kept();
    let rows: Vec<&ViewRow> = views.values().collect();
    let others = rows.iter().cycle().skip(1);
    let differs = |(key, row, other): (&ViewKey, &ViewRow, &ViewRow)| {
        let is_alike = std::mem::discriminant(row) == std::mem::discriminant(other);
        (is_alike && row != other).then(|| assert!(!wrong.is(key, Some(other)), "{key:?}"))
    };
    let pairs = views.iter().zip(others).map(|((key, row), other)| (key, row, *other));
    assert!(pairs.filter_map(differs).count() > 100);

    let mut untold = kept();
    assert!(views.keys().all(|key| !untold.is(key, None)), "something is stored");
    let untold = kept().untold().expect("it is whole");
    let told_by_views: Vec<_> = views.keys().filter(|key| !key.is_base()).collect();
    let mut named = untold.views;
    named.sort_unstable();
    assert!(named.iter().eq(told_by_views), "a base row stands without being told");
    assert!(untold.availability.iter().eq(model.availability.keys()));
}

#[test]
fn a_damaged_row_of_a_view_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let (store, ..) = filled(dir.path(), 3);
    let key = [&[Kind::Pace.byte()][..], b"zz"].concat();
    store.db.put(key, b"not a row").expect("written");
    let refused = (for_views(store).kept)().err().expect("damage").to_string();
    assert!(refused.contains("pace") && refused.contains("checksum"), "{refused}");
}
