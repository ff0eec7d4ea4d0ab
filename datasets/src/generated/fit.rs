//! How the tables of [`super::shape`] are computed; the tests compute them again.

use events::Night;

use super::buckets::{lead_bucket, month, weekday};
use super::shape::{
    CANCEL_BINS, LEAD_BUCKETS, LeadRow, NIGHTS_BINS, PRICE_BINS, ROOM_LETTERS, Shape,
};
use crate::hotel_bookings::{End, House, Row, Terms};

/// Room types with fewer than one in this many rows are left out.
const ROOM_TYPE_RARE: u32 = 200;

/// The counts over the rows of one hotel; rows of no night do not count.
pub(super) fn shape(rows: &[Row], house: House, rooms: u32) -> Shape {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.house == house && row.nights > 0).collect();
    let first = rows.iter().map(|row| row.arrival).min().expect("there are rows");
    let last = rows.iter().map(|row| row.arrival).max().expect("there are rows");
    let days: Vec<Night> =
        (first.number()..=last.number()).filter_map(Night::from_number).collect();
    let cancelled = |row: &Row| matches!(row.end, End::Cancelled(_));
    let mut shape = Shape {
        rows: rows.len() as u32,
        rooms,
        arrival_days: days.len() as u32,
        leads: leads(&rows),
        cancel_bins: cancel_bins(&rows),
        no_shows: rows.iter().filter(|row| row.end == End::NoShow).count() as u32,
        expected: rows.iter().filter(|row| !cancelled(row)).count() as u32,
        ..empty()
    };
    for row in &rows {
        let bin = usize::from(row.nights).min(NIGHTS_BINS) - 1;
        shape.nights[bin] += 1;
        shape.months[month(row.arrival)] += 100;
        shape.weekdays[weekday(row.arrival)] += 100;
        if let Some(place) = ROOM_LETTERS.iter().position(|letter| *letter == row.reserved) {
            shape.room_types[place] += 1;
        }
        let children = usize::from(row.children + row.babies).min(3);
        if let Some(party) = usize::from(row.adults).checked_sub(1).filter(|adults| *adults < 4) {
            shape.parties[party][children] += 1;
        }
    }
    let per_day = |table: &mut [u32], place: fn(Night) -> usize| {
        for (index, count) in table.iter_mut().enumerate() {
            let days = days.iter().filter(|day| place(**day) == index).count() as u32;
            *count = count.checked_div(days).unwrap_or(0);
        }
    };
    per_day(&mut shape.months, month);
    per_day(&mut shape.weekdays, weekday);
    let rare = shape.rows / ROOM_TYPE_RARE;
    shape.room_types.iter_mut().filter(|count| **count < rare).for_each(|count| *count = 0);
    prices(&rows, &mut shape);
    shape
}

fn leads(rows: &[&Row]) -> [LeadRow; LEAD_BUCKETS] {
    let mut leads = [LeadRow::default(); LEAD_BUCKETS];
    for row in rows {
        let lead = &mut leads[lead_bucket(row.arrival.number() - row.created.number())];
        let cancelled = u32::from(matches!(row.end, End::Cancelled(_)));
        if row.terms == Terms::NonRefundable {
            lead.non_refundable += 1;
            lead.non_refundable_cancelled += cancelled;
        } else {
            lead.flexible += 1;
            lead.flexible_cancelled += cancelled;
        }
    }
    leads
}

/// On the day of booking; in each tenth of the time until arrival; on the day of arrival.
fn cancel_bins(rows: &[&Row]) -> [u32; CANCEL_BINS] {
    let mut bins = [0; CANCEL_BINS];
    for row in rows {
        let End::Cancelled(day) = row.end else { continue };
        let lead = row.arrival.number() - row.created.number();
        let after = day.number() - row.created.number();
        let bin = match after {
            _ if lead == 0 => continue,
            0 => 0,
            after if after == lead => CANCEL_BINS - 1,
            after => 1 + (after * 10 / lead) as usize,
        };
        bins[bin] += 1;
    }
    bins
}

fn prices(rows: &[&Row], shape: &mut Shape) {
    let middle = |prices: &mut Vec<i64>| {
        prices.sort_unstable();
        prices.get(prices.len() / 2).copied().unwrap_or(0)
    };
    let paid = || rows.iter().filter(|row| row.adr_minor > 0);
    for (index, median) in shape.price_medians_minor.iter_mut().enumerate() {
        let of_month = paid().filter(|row| month(row.arrival) == index);
        *median = middle(&mut of_month.map(|row| row.adr_minor).collect()) as u32;
    }
    let relative = |row: &&&Row| {
        let median = i64::from(shape.price_medians_minor[month(row.arrival)]);
        row.adr_minor * 1_000 / median
    };
    let mut spread: Vec<i64> = paid().map(|row| relative(&row)).collect();
    spread.sort_unstable();
    for (index, permille) in shape.price_permille.iter_mut().enumerate() {
        let place = (2 * index + 1) * spread.len() / (2 * PRICE_BINS);
        *permille = spread[place] as u32;
    }
}

fn empty() -> Shape {
    Shape {
        rows: 0,
        rooms: 0,
        arrival_days: 0,
        leads: [LeadRow::default(); LEAD_BUCKETS],
        cancel_bins: [0; CANCEL_BINS],
        no_shows: 0,
        expected: 0,
        nights: [0; NIGHTS_BINS],
        months: [0; 12],
        weekdays: [0; 7],
        room_types: [0; ROOM_LETTERS.len()],
        parties: [[0; 4]; 4],
        price_medians_minor: [0; 12],
        price_permille: [0; PRICE_BINS],
    }
}
