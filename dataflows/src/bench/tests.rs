//! The bench runs tiny, and its hash says that it measures the same work however it runs.

use super::*;

#[test]
fn the_hash_is_the_same_for_any_batches_and_workers() {
    let tiny = ViewsBench {
        moves: 5_000,
        moves_per_batch: 7,
        properties: 3,
        workers: 1,
        changes_pending_max: 1_000_000,
    };
    let one = views(tiny).expect("it runs");
    let other = views(ViewsBench { moves_per_batch: 1_000, workers: 2, ..tiny }).expect("it runs");
    assert_eq!(one.hash, other.hash);
    assert!(one.hash != 0 && one.moves_per_second > 0.0 && one.rows_per_second > 0.0);
    let more = views(ViewsBench { moves: 5_001, ..tiny }).expect("it runs");
    assert_ne!(one.hash, more.hash);
}

/// `cargo test --release -p dataflows -- --ignored --nocapture measure`
#[test]
#[ignore = "a measurement, not a check"]
fn measure() {
    for workers in [1, 2] {
        for moves_per_batch in [10, 100, 1_000, 100_000] {
            let measured = views(ViewsBench {
                moves: 1_000_000,
                moves_per_batch,
                properties: 10_000,
                workers,
                changes_pending_max: 1_000_000,
            });
            println!("{workers} {moves_per_batch} {measured:?}");
            assert!(measured.is_ok());
        }
    }
}
