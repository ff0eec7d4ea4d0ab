//! What an allowance would have done on the nights of 2017 at the two real hotels.
//!
//! Nothing here is a timing: the figures are the same on every machine. `datasets::overbooking`
//! says how they come about and what had to be chosen for it.

use std::hash::{DefaultHasher, Hash, Hasher};

use datasets::hotel_bookings::{End, House, Row, Terms, Via};
use datasets::overbooking::{Outcome, Trial, fitted, run as run_trial, window};
use datasets::{DataFolder, HotelBookings};

use super::figures::Figures;
use super::{BenchError, Manner};
use crate::dataset::HistoryError;

/// Of the most rooms that were ever slept in at once, in hundredths. At all of them nobody can be
/// walked, since all who came were sleeping there: with fewer rooms the same guests want more.
const SHARES_PERCENT: [u32; 3] = [100, 90, 80];

/// Runs the bench.
pub fn run(manner: &Manner) -> Result<Figures, BenchError> {
    if manner.is_tiny {
        return Ok(measure(&made_up(), &[House::City], &[5]));
    }
    let history = HotelBookings::open(&DataFolder::find()).map_err(HistoryError::from)?;
    Ok(measure(history.rows(), &House::ALL, &SHARES_PERCENT))
}

fn measure(rows: &[Row], houses: &[House], shares_percent: &[u32]) -> Figures {
    let mut figures = Figures::new("overbooking");
    let mut hasher = DefaultHasher::new();
    let mut worst = 0.0_f64;
    for (house, share) in houses.iter().flat_map(|it| shares_percent.iter().map(move |s| (*it, *s)))
    {
        for with_non_refundable in [true, false] {
            let policy = fitted(rows, house, with_non_refundable);
            let rooms = house.rooms_peak() * share / 100;
            let asked = if with_non_refundable { "all" } else { "refundable" };
            let name = format!("{house:?}_{rooms}_rooms_{asked}").to_lowercase();
            let promised = f64::from(1000 - policy.confidence_permille) / 1000.0;
            for is_enabled in [false, true] {
                let mut trial = Trial { house, rooms, with_non_refundable, policy: policy.clone() };
                trial.policy.is_enabled = is_enabled;
                let outcome = run_trial(&trial, rows);
                outcome.hash(&mut hasher);
                let how = if is_enabled { "with" } else { "without" };
                push(&mut figures, &format!("{name}_{how}"), &outcome);
                let walked = f64::from(outcome.walked_nights) / f64::from(outcome.nights_count);
                worst = worst.max(walked / promised);
            }
        }
    }
    // At most one where every trial keeps what its confidence promises.
    figures.push("walked_nights_to_promised_max", worst, "1");
    figures.hash(format!("{:016x}", hasher.finish()));
    figures
}

fn push(figures: &mut Figures, name: &str, outcome: &Outcome) {
    let euros = |minor: i64| minor as f64 / 100.0;
    let counts = [
        ("refused_bookings", outcome.refused_count),
        ("oversold_nights", outcome.oversold_nights),
        ("walked_nights", outcome.walked_nights),
        ("walked_rooms", outcome.walked_rooms),
        ("empty_rooms", outcome.empty_rooms),
        ("allowance_max", outcome.allowance_max),
    ];
    for (figure, count) in counts {
        figures.push(format!("{name}_{figure}"), f64::from(count), "1");
    }
    let expected = outcome.expected_walked_nights_ppm as f64 / 1e6;
    figures.push(format!("{name}_walked_nights_expected"), expected, "1");
    figures.push(format!("{name}_revenue"), euros(outcome.revenue_minor), "EUR");
    figures.push(format!("{name}_walk_cost"), euros(outcome.walk_cost_minor), "EUR");
}

/// Bookings of nobody, for showing that the bench runs where the table is absent.
fn made_up() -> Vec<Row> {
    let first = window().arrival().plus(-60);
    let row = |index: i32| {
        let arrival = first.plus(index % 120);
        let (lead_days, nights) = (index * 7 % 50, 1 + index % 3);
        let end = match index % 5 {
            0 => End::Cancelled(arrival.plus(-(lead_days / 2))),
            1 => End::NoShow,
            _ => End::Stayed(arrival.plus(nights)),
        };
        Row {
            house: House::City,
            reserved: b'A',
            terms: Terms::Flexible,
            via: Via::Direct,
            created: arrival.plus(-lead_days),
            arrival,
            nights: nights.unsigned_abs() as u16,
            end,
            adults: 2,
            children: 0,
            babies: 0,
            adr_minor: 10_000,
        }
    };
    (0..2_000).map(row).collect()
}
