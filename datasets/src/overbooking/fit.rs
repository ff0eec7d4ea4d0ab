//! Show rates by segment, from bookings whose end is known.

use std::collections::BTreeMap;

use events::{ChannelId, Night};
use models::overbooking::{ShowRates, ShowSegment};
use models::pricing::{LEAD_EDGES_DAYS, lead_bucket_end_days};

use crate::catalogue::rate_plan_id;
use crate::hotel_bookings::{End, Row, Terms, Via};

/// Segments of fewer bookings are not told apart.
const BOOKINGS_COUNT_MIN: u32 = 50;

/// Bookings of a segment that were still standing, and how many of them showed up.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    standing_count: u32,
    shown_count: u32,
}

impl Cell {
    fn show(self) -> f64 {
        f64::from(self.shown_count) / f64::from(self.standing_count.max(1))
    }

    fn permille(self) -> u16 {
        (self.show() * 1000.0).round() as u16
    }
}

/// A segment: the bucket of days to arrival, the terms if they matter, and the channel if it does.
type Key = (u16, Option<Terms>, Option<Via>);

/// The segments of a booking, the narrow before the wide.
fn keys(bucket: u16, row: &Row) -> [Key; 3] {
    let (terms, via) = (Some(row.terms), Some(row.via));
    [(bucket, terms, via), (bucket, terms, None), (bucket, None, None)]
}

/// The share of bookings that showed up, of those that still stood so many days before arrival, by
/// bucket of days to arrival, terms and channel, and how far it swung from night to night; from
/// arrivals before that night alone.
///
/// The rate of a bucket is that of its day nearest to the arrival: of a bucket of many days the
/// least that may yet be lost. Segments of few bookings are joined, over channels first and over
/// terms then.
pub fn fit<'a>(rows: impl Iterator<Item = &'a Row>, before: Night) -> ShowRates {
    let known: Vec<Row> =
        rows.filter(|row| row.arrival < before && row.nights > 0).copied().collect();
    let mut cells: BTreeMap<Key, Cell> = BTreeMap::new();
    for row in &known {
        for bucket in buckets(row) {
            for key in keys(bucket, row) {
                let cell = cells.entry(key).or_default();
                cell.standing_count += 1;
                cell.shown_count += u32::from(has_come(row));
            }
        }
    }
    cells.retain(|_, cell| cell.standing_count >= BOOKINGS_COUNT_MIN);
    let shown = known.iter().filter(|row| has_come(row)).count();
    let mut segments: Vec<((u8, Key), ShowSegment)> = cells
        .iter()
        .map(|(key, cell)| {
            let width = u8::from(key.1.is_none()) + u8::from(key.2.is_none());
            ((width, *key), segment(*key, cell.permille()))
        })
        .collect();
    // The first that covers a booking holds.
    segments.sort_by_key(|(order, _)| *order);
    ShowRates {
        default_permille: (shown * 1000 / known.len().max(1)) as u16,
        spread_permille: spread_permille(&known, &cells),
        segments: segments.into_iter().map(|(_, segment)| segment).collect(),
    }
}

fn has_come(row: &Row) -> bool {
    matches!(row.end, End::Stayed(_))
}

/// The buckets on whose last day a booking was made and not yet cancelled in the morning.
fn buckets(row: &Row) -> impl Iterator<Item = u16> + use<> {
    let arrival = row.arrival.number();
    let lead = arrival - row.created.number();
    let least = match row.end {
        End::Cancelled(day) => arrival - day.number(),
        End::Stayed(_) | End::NoShow => 0,
    };
    LEAD_EDGES_DAYS.into_iter().filter(move |edge| (least..=lead).contains(&i32::from(*edge)))
}

/// What is known of a night so many days before.
#[derive(Default)]
struct Seen {
    expected_away: f64,
    variance: f64,
    away: f64,
}

/// How far the share that stays away swings: what is left of the squared errors over all nights
/// when that of independent bookings is taken off, against the squares of what was expected.
fn spread_permille(rows: &[Row], cells: &BTreeMap<Key, Cell>) -> u16 {
    let mut seen: BTreeMap<(u16, Night), Seen> = BTreeMap::new();
    for row in rows {
        for bucket in buckets(row) {
            let cell = keys(bucket, row).iter().find_map(|key| cells.get(key).copied());
            let show = cell.unwrap_or_default().show();
            for days in 0..i32::from(row.nights) {
                let night = seen.entry((bucket, row.arrival.plus(days))).or_default();
                night.expected_away += 1.0 - show;
                night.variance += show * (1.0 - show);
                night.away += f64::from(u8::from(!has_come(row)));
            }
        }
    }
    let (mut excess, mut squares) = (0.0, 0.0);
    for night in seen.values() {
        let error = night.away - night.expected_away;
        excess += error * error - night.variance;
        squares += night.expected_away * night.expected_away;
    }
    let spread = if squares > 0.0 { (excess.max(0.0) / squares).sqrt() } else { 0.0 };
    (spread * 1000.0).round() as u16
}

fn segment((bucket, terms, via): Key, show_permille: u16) -> ShowSegment {
    let name = [
        Some(format!("{bucket} days")),
        terms.map(|terms| terms.id().into()),
        via.map(|via| via.id().into()),
    ];
    let name: Vec<String> = name.into_iter().flatten().collect();
    ShowSegment {
        days_to_arrival_from: Some(bucket),
        days_to_arrival_before: lead_bucket_end_days(i32::from(bucket)),
        rate_plan: terms.map(|terms| rate_plan_id(terms.id())),
        channel: via.map(channel),
        ..ShowSegment::named(&name.join(", "), show_permille)
    }
}

/// The channel that a booking came through.
pub(super) fn channel(via: Via) -> ChannelId {
    ChannelId::new(via.id()).expect("ids of this crate are letters, digits and dashes")
}
