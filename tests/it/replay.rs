//! A history in, known totals out; and the same decisions however the log is cut and spread.

use std::collections::BTreeMap;
use std::path::Path;

use datasets::DataFolder;
use datasets::hotel_bookings::{FILE, count};
use events::Position;
use serde_json::Value;
use storage::{Store, StoreOptions};
use tempfile::TempDir;

use crate::support::binary;

/// Events of the real history, counted by those who published how its rows become events.
const EVENTS: u64 = 313_946;

/// Batches and workers that a history is replayed with; what is decided may not depend on them.
const MANNERS: &[(&str, &str)] = &[("8192", "1"), ("1000", "2"), ("37", "1"), ("100000", "2")];

/// The folder of the data of others, if the real history is in it.
pub fn real_history() -> Option<DataFolder> {
    let folder = DataFolder::find();
    if folder.file(FILE).exists() {
        return Some(folder);
    }
    println!("the real history is absent: name its folder with ROOMNIGHT_DATA to replay it here");
    None
}

/// Replays and returns what became of it.
fn replay(dataset: &str, data: &Path, more: &[&str]) -> Value {
    let data = data.to_str().expect("temporary folders have plain names");
    let output = binary::run(&[&["replay", dataset, "--json", "--data", data], more].concat());
    assert!(output.status.success(), "{}", binary::said(&output));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

#[test]
fn the_real_history_ends_in_the_independent_count() {
    let Some(folder) = real_history() else { return };
    let home = TempDir::new().expect("a temporary folder");
    let data = home.path().join("data");
    let outcome = replay("hotel-bookings", &data, &[]);
    assert_eq!(outcome["events"], EVENTS);
    assert_eq!(outcome["decisions"]["confirmed"], 119_390, "every booking: {outcome}");
    assert_eq!(outcome["decisions"]["held"], 119_390, "held first: {outcome}");
    assert_eq!(outcome["decisions"]["cancelled"], 43_017, "{outcome}");
    assert_eq!(outcome["decisions"]["rejected"], Value::Null, "nobody is turned away: {outcome}");
    assert_eq!(outcome["room_nights_sold"]["city-hotel"], count::CITY_ROOM_NIGHTS);
    assert_eq!(outcome["room_nights_sold"]["resort-hotel"], count::RESORT_ROOM_NIGHTS);

    // Each night of each room type, not only the sums.
    let expected: BTreeMap<_, i32> = count::rooms_sold(&folder)
        .expect("the file is there")
        .into_iter()
        .map(|(night, rooms)| (night, i32::try_from(rooms).expect("few")))
        .collect();
    assert_eq!(nights_sold(&data), expected);

    let checked = binary::run(&["verify", "--data", data.to_str().expect("a plain name")]);
    assert!(checked.status.success(), "{}", binary::said(&checked));
}

#[test]
fn the_real_history_at_the_real_capacity_turns_some_away() {
    if real_history().is_none() {
        return;
    }
    let home = TempDir::new().expect("a temporary folder");
    let outcome = replay("hotel-bookings", &home.path().join("data"), &["--capacity", "real"]);
    let refused = outcome["rejections"]["no_room"].as_u64().unwrap_or_default();
    let held = outcome["decisions"]["held"].as_u64().unwrap_or_default();
    println!("at the real capacity {refused} of 119390 bookings are refused");
    assert!(refused > 0, "{outcome}");
    assert_eq!(
        held + refused,
        119_390,
        "each booking is held or refused, with the nights: {outcome}"
    );
}

#[test]
fn batches_and_workers_decide_the_same() {
    let dataset = if real_history().is_some() { "hotel-bookings" } else { "generated:10:20000" };
    let mut outcomes = Vec::new();
    for (batch, workers) in MANNERS {
        let home = TempDir::new().expect("a temporary folder");
        let data = home.path().join("data");
        let mut outcome = replay(dataset, &data, &["--batch", batch, "--workers", workers]);
        let members = outcome.as_object_mut().expect("an object");
        members.retain(|name, _| !name.starts_with("seconds") && name != "events_per_second");
        assert!(outcome["digest"].as_str().is_some_and(|digest| digest.len() >= 64));
        outcomes.push(outcome);
    }
    for (outcome, manner) in outcomes.iter().zip(MANNERS) {
        assert_eq!(outcome, &outcomes[0], "in batches of {} on {} workers", manner.0, manner.1);
    }
}

/// What the view says is sold, on each night of each room type; rooms used by day are no nights.
fn nights_sold(
    data: &Path,
) -> BTreeMap<(events::PropertyId, events::RoomTypeId, events::Night), i32> {
    let store = Store::open(StoreOptions::at(data.join("state"))).expect("nobody else has it");
    let loaded = store.load().expect("the state of a replay");
    assert_ne!(loaded.position, Position::default());
    let mut sold = BTreeMap::new();
    for (key, row) in loaded.availability {
        if row.sold > 0 && key.room_type.as_str() != datasets::catalogue::DAY_USE {
            sold.insert((key.property, key.room_type, key.night), row.sold);
        }
    }
    sold
}
