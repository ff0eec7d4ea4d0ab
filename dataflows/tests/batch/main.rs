//! The views against an independent recomputation: the same log is dumped as JSON lines together
//! with what the keepers tell, and SQL in DuckDB compares the two at 200 random positions.
//!
//! `tests/batch` has the SQL; `ROOMNIGHT_DUCKDB` names the Python that runs it, as scripts/duckdb
//! prints it, and without it nothing is compared.

mod dump;
mod log;

use std::path::PathBuf;
use std::process::Command;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use dump::Dump;
use log::Record;

/// At how many positions the real history is compared.
const REAL_POSITIONS: usize = 200;

/// The same of the generated log, of whose positions some lie in the quiet year before.
const GENERATED_POSITIONS: usize = 240;

/// About how many epochs a long log is cut into.
const EPOCHS_MAX: usize = 3_000;

/// Dumps a log, cut into epochs at random, and has these views compared; `None` where there is no
/// DuckDB. Says whether they are equal, and what was printed.
fn compare(
    (name, log): (&str, &[Record]),
    positions_count: usize,
    views: &[&str],
    change: fn(&mut Dump),
) -> Option<(bool, String)> {
    let Some(python) = std::env::var_os("ROOMNIGHT_DUCKDB").filter(|it| it != "none") else {
        eprintln!("not compared: ROOMNIGHT_DUCKDB names no Python with DuckDB");
        return None;
    };
    let mut random = ChaCha8Rng::seed_from_u64(4);
    // A booking and what it sells are one step of the ledger.
    let is_whole = |at: &usize| !matches!(log.get(*at), Some(Record::Sold { .. }));
    let epoch_records = (log.len() / EPOCHS_MAX).max(20);
    let cuts = (1..log.len()).filter(|_| random.random_range(0..epoch_records) == 0);
    let mut cuts: Vec<usize> = cuts.filter(is_whole).collect();
    cuts.push(log.len());
    let mut positions = cuts.clone();
    positions.shuffle(&mut random);
    positions.truncate(positions_count);
    assert_eq!(positions.len(), positions_count, "{name} is too short");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("batch").join(name);
    let mut dump = Dump::of(log, &cuts, &positions);
    change(&mut dump);
    dump.write(&folder);
    let script = "../tests/batch/check.py";
    let output = Command::new(python).arg(script).arg(&folder).args(views).output();
    let output = output.expect("ROOMNIGHT_DUCKDB names a Python");
    let told = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned());
    println!("{name}: {}", told.concat());
    Some((output.status.success(), told.concat()))
}

fn assert_equal(name: &str, log: &[Record], positions_count: usize, views: &[&str]) {
    let equal = compare((name, log), positions_count, views, |_| ());
    assert!(equal.is_none_or(|(is_equal, _)| is_equal), "{name} differs: see above");
}

#[test]
fn a_row_that_does_not_follow_from_the_log_is_found() {
    let log = log::generated();
    if let Some((is_equal, told)) =
        compare(("tampered", &log), GENERATED_POSITIONS, &["market_events"], Dump::tamper)
    {
        assert!(!is_equal && told.contains("too much: {'position'"), "{told}");
    }
}

#[test]
fn the_views_of_a_generated_log_equal_a_batch_recomputation() {
    const VIEWS: [&str; 9] = [
        "competitors",
        "market_events",
        "demand",
        "pace",
        "occupancy",
        "price",
        "limit",
        "velocity",
        "features",
    ];
    assert_equal("generated", &log::generated(), GENERATED_POSITIONS, &VIEWS);
}

#[test]
fn the_views_of_the_real_history_equal_a_batch_recomputation() {
    match log::real() {
        Ok(log) => {
            // Nobody wrote down what rivals asked and what went on.
            let views =
                ["competitors?", "market_events?", "demand", "pace", "occupancy", "price", "limit"];
            assert_equal("real", &log, REAL_POSITIONS, &views);
        }
        Err(absent @ datasets::HotelBookingsError::Absent { .. }) => {
            eprintln!("not compared: {absent}");
        }
        Err(error) => panic!("{error}"),
    }
}
