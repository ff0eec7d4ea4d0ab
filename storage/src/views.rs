//! Which table a row of a keeper goes to.

use dataflows::{ViewKey, ViewRow};

use crate::Error;
use crate::kinds::Kind;
use crate::table::{Table, decode, encode, encode_key};
use crate::tables::{
    Attempt, CompetitorPrice, Competitors, Demand, Limit, LimitCandidate, MarketEvent,
    MarketEvents, Occupancy, Pace, Price, Search, SearchHour, Velocity, ViewClock,
};

/// Replaces `key` and `value` with what stands on disk for a row of a keeper.
pub(crate) fn encode_view(view: &ViewKey, row: &ViewRow, key: &mut Vec<u8>, value: &mut Vec<u8>) {
    match (view, row) {
        (ViewKey::Clock(()), ViewRow::Clock(row)) => encode::<ViewClock>(row, key, value),
        (ViewKey::Occupancy(of), ViewRow::Occupancy(row)) => {
            encode::<Occupancy>(&(of.clone(), *row), key, value);
        }
        (ViewKey::Pace(of), ViewRow::Pace(row)) => {
            encode::<Pace>(&(of.clone(), *row), key, value);
        }
        (ViewKey::Price(of), ViewRow::Price(row)) => {
            encode::<Price>(&(of.clone(), *row), key, value);
        }
        (ViewKey::Limit(of), ViewRow::Limit(row)) => {
            encode::<Limit>(&(of.clone(), *row), key, value);
        }
        (ViewKey::LimitCandidate(of), ViewRow::LimitCandidate(row)) => {
            encode::<LimitCandidate>(&(of.clone(), *row), key, value);
        }
        (ViewKey::Velocity(view), ViewRow::Velocity(row)) => {
            encode::<Velocity>(&(*view, row.clone()), key, value);
        }
        (ViewKey::Attempt(_), ViewRow::Attempt(row)) => encode::<Attempt>(row, key, value),
        (ViewKey::Demand(of), ViewRow::Demand(row)) => {
            encode::<Demand>(&(of.clone(), row.clone()), key, value);
        }
        (ViewKey::Competitors(of), ViewRow::Competitors(row)) => {
            encode::<Competitors>(&(of.clone(), *row), key, value);
        }
        (ViewKey::MarketEvents(of), ViewRow::MarketEvents(row)) => {
            encode::<MarketEvents>(&(of.clone(), *row), key, value);
        }
        (ViewKey::Searches(of), ViewRow::Searches(row)) => {
            encode::<Search>(&(*of, row.clone()), key, value);
        }
        (ViewKey::SearchHour(of), ViewRow::SearchHour(row)) => {
            encode::<SearchHour>(&(of.clone(), row.clone()), key, value);
        }
        (ViewKey::CompetitorPrice(of), ViewRow::CompetitorPrice(row)) => {
            encode::<CompetitorPrice>(&(of.clone(), row.clone()), key, value);
        }
        (ViewKey::MarketEvent(of), ViewRow::MarketEvent(row)) => {
            encode::<MarketEvent>(&(of.clone(), row.clone()), key, value);
        }
        _ => unreachable!("a row of {} under a key of another view", view.view()),
    }
}

/// Replaces `key` with the key on disk of a row of a keeper.
pub(crate) fn encode_view_key(view: &ViewKey, key: &mut Vec<u8>) {
    match view {
        ViewKey::Clock(()) => encode_key::<ViewClock>(&(), key),
        ViewKey::Occupancy(of) => encode_key::<Occupancy>(of, key),
        ViewKey::Pace(of) => encode_key::<Pace>(of, key),
        ViewKey::Price(of) => encode_key::<Price>(of, key),
        ViewKey::Limit(of) => encode_key::<Limit>(of, key),
        ViewKey::LimitCandidate(of) => encode_key::<LimitCandidate>(of, key),
        ViewKey::Velocity(view) => encode_key::<Velocity>(view, key),
        ViewKey::Attempt(view) => encode_key::<Attempt>(view, key),
        ViewKey::Demand(of) => encode_key::<Demand>(of, key),
        ViewKey::Competitors(of) => encode_key::<Competitors>(of, key),
        ViewKey::MarketEvents(of) => encode_key::<MarketEvents>(of, key),
        ViewKey::Searches(of) => encode_key::<Search>(of, key),
        ViewKey::SearchHour(of) => encode_key::<SearchHour>(of, key),
        ViewKey::CompetitorPrice(of) => encode_key::<CompetitorPrice>(of, key),
        ViewKey::MarketEvent(of) => encode_key::<MarketEvent>(of, key),
    }
}

/// Reads a row of a keeper; `None` where the kind is not of one.
pub(crate) fn decode_view(
    kind: Kind,
    key: &[u8],
    value: &[u8],
) -> Option<Result<(ViewKey, ViewRow), Error>> {
    Some(match kind {
        Kind::ViewClock => row::<ViewClock>(key, value, ViewKey::Clock, ViewRow::Clock),
        Kind::Occupancy => {
            pair::<Occupancy, _, _>(key, value, ViewKey::Occupancy, ViewRow::Occupancy)
        }
        Kind::Pace => pair::<Pace, _, _>(key, value, ViewKey::Pace, ViewRow::Pace),
        Kind::Price => pair::<Price, _, _>(key, value, ViewKey::Price, ViewRow::Price),
        Kind::Limit => pair::<Limit, _, _>(key, value, ViewKey::Limit, ViewRow::Limit),
        Kind::LimitCandidate => {
            let (key_of, row_of) = (ViewKey::LimitCandidate, ViewRow::LimitCandidate);
            pair::<LimitCandidate, _, _>(key, value, key_of, row_of)
        }
        Kind::Velocity => pair::<Velocity, _, _>(key, value, ViewKey::Velocity, ViewRow::Velocity),
        Kind::Attempt => row::<Attempt>(key, value, ViewKey::Attempt, ViewRow::Attempt),
        Kind::Demand => pair::<Demand, _, _>(key, value, ViewKey::Demand, ViewRow::Demand),
        Kind::Competitors => {
            pair::<Competitors, _, _>(key, value, ViewKey::Competitors, ViewRow::Competitors)
        }
        Kind::MarketEvents => {
            pair::<MarketEvents, _, _>(key, value, ViewKey::MarketEvents, ViewRow::MarketEvents)
        }
        Kind::Search => pair::<Search, _, _>(key, value, ViewKey::Searches, ViewRow::Searches),
        Kind::SearchHour => {
            pair::<SearchHour, _, _>(key, value, ViewKey::SearchHour, ViewRow::SearchHour)
        }
        Kind::CompetitorPrice => pair::<CompetitorPrice, _, _>(
            key,
            value,
            ViewKey::CompetitorPrice,
            ViewRow::CompetitorPrice,
        ),
        Kind::MarketEvent => {
            pair::<MarketEvent, _, _>(key, value, ViewKey::MarketEvent, ViewRow::MarketEvent)
        }
        _ => return None,
    })
}

fn row<T: Table>(
    key: &[u8],
    value: &[u8],
    key_of: impl FnOnce(T::Key) -> ViewKey,
    row_of: impl FnOnce(T::Row) -> ViewRow,
) -> Result<(ViewKey, ViewRow), Error> {
    let row = decode::<T>(key, value)?;
    Ok((key_of(T::key_of(&row)), row_of(row)))
}

/// The same of a table whose rows are a key and what stands under it.
fn pair<T, K, R>(
    key: &[u8],
    value: &[u8],
    key_of: impl FnOnce(K) -> ViewKey,
    row_of: impl FnOnce(R) -> ViewRow,
) -> Result<(ViewKey, ViewRow), Error>
where
    T: Table<Key = K, Row = (K, R)>,
{
    let (key, row) = decode::<T>(key, value)?;
    Ok((key_of(key), row_of(row)))
}
