//! The rows as one ordered stream of events.

use events::PropertyId;

use super::row::{House, Row};
use crate::history::{HistoryEvent, HistoryWhat, Moment, Phase};

/// Every event of these rows, by day, phase, time of day and row.
pub(super) fn events(rows: &[Row]) -> impl Iterator<Item = HistoryEvent> + Send + '_ {
    let mut moments: Vec<Moment> = (1..)
        .zip(rows)
        .flat_map(|(number, row)| {
            row.happenings().map(move |(day, phase)| Moment::of(day, phase, number))
        })
        .collect();
    moments.sort_unstable();
    let properties = House::ALL.map(House::property);
    moments.into_iter().map(move |moment| event(moment, rows, &properties))
}

fn event(moment: Moment, rows: &[Row], properties: &[PropertyId; 2]) -> HistoryEvent {
    let row = &rows[moment.row as usize - 1];
    let what = match moment.phase {
        Phase::Booked => HistoryWhat::Booked { line: row.line(), adr_minor: row.adr_minor },
        Phase::Cancelled => HistoryWhat::Cancelled,
        Phase::Arrived => HistoryWhat::Arrived,
        Phase::Departed => HistoryWhat::Departed,
        Phase::NoShow => HistoryWhat::NoShow,
    };
    let property = properties[row.house as usize].clone();
    HistoryEvent { at: moment.stamp(), row: moment.row, property, what }
}
