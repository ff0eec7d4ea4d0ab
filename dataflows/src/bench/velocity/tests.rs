//! The bench runs tiny, and its hash says that workers share the work without changing it.

use super::*;

const TINY: VelocityBench = VelocityBench {
    attempts_per_day: 4_000,
    days: 2,
    more_days: 2,
    guests: 300,
    cards: 50,
    minutes_per_epoch: 20,
    workers: 1,
    counted: Counted::All,
    resident_bytes: || 1,
};

#[test]
fn the_rows_are_the_same_for_any_number_of_workers() {
    for counted in [Counted::All, Counted::GuestsAndCards] {
        let one = velocity(VelocityBench { counted, ..TINY }).expect("it runs");
        let two = velocity(VelocityBench { counted, workers: 2, ..TINY }).expect("it runs");
        assert!(one.rows_count > 8_000 && one.events_per_second > 0.0, "{one:?}");
        assert_eq!((one.rows_count, one.hash), (two.rows_count, two.hash), "{counted:?}");
    }
}

#[test]
fn what_is_held_grows_with_the_windows_and_not_with_the_history() {
    let measured = velocity(TINY).expect("it runs");
    let share = measured.held_count_more_days as f64 / measured.held_count as f64;
    assert!(share < 1.1, "{measured:?}");
    // Six identities, the attempt and its features, for 25 hours and what waits for the full hour.
    assert!(measured.held_count < 4_000 * 8 * 27 / 24, "{measured:?}");
}

/// `cargo test --release -p dataflows -- --ignored --nocapture measure_velocity`
#[test]
#[ignore = "a measurement, not a check"]
fn measure_velocity() {
    for counted in [Counted::GuestsAndCards, Counted::All] {
        for workers in [1, 2] {
            let full = VelocityBench {
                attempts_per_day: 2_000_000 / 3,
                days: 3,
                more_days: 0,
                guests: 200_000,
                cards: 50_000,
                minutes_per_epoch: 1,
                workers,
                counted,
                resident_bytes: || 0,
            };
            let measured = velocity(full).expect("it runs");
            println!("{counted:?}, {workers} workers: {measured:?}");
            assert!(measured.rows_count > 0);
        }
    }
}
