//! The view `price`: what a room should cost on a night, and the features that say so.
//!
//! ```text
//! key    kind u8 | property, zero-terminated | 1 in force, or 2 a candidate
//!        | room type, zero-terminated | night i32, ordered
//! value  base price, price, multiplier, confidence, position, the policy's version, features
//! ```
//!
//! Contributions are not stored: they follow from the features and the policy of that version.

use dataflows::views::price::{Branch, PriceKey, PriceRow};
use events::{Money, RoomTypeId};
use models::pricing::{Competitors, EventImpacts, EventKind, Features};

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message, narrow};

/// Table `price`.
pub(crate) struct Price;

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(message, required, tag = "1")]
    base: MoneyValue,
    #[prost(sint64, tag = "2")]
    price_minor: i64,
    #[prost(sint64, tag = "3")]
    multiplier_ppm: i64,
    #[prost(uint32, tag = "4")]
    confidence_permille: u32,
    #[prost(uint32, optional, tag = "5")]
    position_permille: Option<u32>,
    #[prost(uint64, tag = "6")]
    policy_version: u64,
    #[prost(message, required, tag = "7")]
    features: FeaturesValue,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MoneyValue {
    #[prost(sint64, tag = "1")]
    amount_minor: i64,
    #[prost(string, tag = "2")]
    currency: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FeaturesValue {
    #[prost(uint32, tag = "1")]
    days_to_arrival: u32,
    #[prost(uint32, tag = "2")]
    weekday: u32,
    #[prost(uint32, tag = "3")]
    month: u32,
    #[prost(bool, tag = "4")]
    is_weekend: bool,
    #[prost(bool, optional, tag = "5")]
    is_holiday: Option<bool>,
    #[prost(uint32, optional, tag = "6")]
    searches_7d: Option<u32>,
    #[prost(uint32, optional, tag = "7")]
    look_to_book_ppm: Option<u32>,
    #[prost(uint32, optional, tag = "8")]
    pace_permille: Option<u32>,
    #[prost(uint32, optional, tag = "9")]
    occupancy_permille: Option<u32>,
    #[prost(uint32, optional, tag = "10")]
    market_occupancy_permille: Option<u32>,
    #[prost(message, optional, tag = "11")]
    competitors: Option<CompetitorsValue>,
    /// By kind, in the order of [`EventKind::ALL`]; one more than the impact, 0 being unknown.
    #[prost(uint32, repeated, tag = "12")]
    events: Vec<u32>,
    #[prost(uint32, optional, tag = "13")]
    cancellation_rate_permille: Option<u32>,
    #[prost(uint32, optional, tag = "14")]
    occupancy_last_year_permille: Option<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct CompetitorsValue {
    #[prost(uint32, tag = "1")]
    count: u32,
    #[prost(uint32, tag = "2")]
    sold_out_count: u32,
    #[prost(message, optional, tag = "3")]
    average: Option<MoneyValue>,
    #[prost(message, optional, tag = "4")]
    minimum: Option<MoneyValue>,
}

impl Table for Price {
    const KIND: Kind = Kind::Price;
    type Key = PriceKey;
    type Row = (PriceKey, PriceRow);

    fn key_of((key, _): &Self::Row) -> PriceKey {
        key.clone()
    }

    fn write_key(key: &PriceKey, bytes: &mut Vec<u8>) {
        push_text(bytes, key.property.as_str());
        bytes.push(match key.branch {
            Branch::Active => 1,
            Branch::Candidate => 2,
        });
        push_text(bytes, key.room_type.as_str());
        push_night(bytes, key.night);
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<PriceKey, Malformed> {
        let property = bytes.property()?;
        let branch = match bytes.u8()? {
            1 => Branch::Active,
            2 => Branch::Candidate,
            branch => return Err(format!("there is no branch {branch}").into()),
        };
        let room_type = bytes.text(RoomTypeId::new)?;
        Ok(PriceKey { property, branch, room_type, night: bytes.night()? })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let value = Value {
            base: money_value(row.base),
            price_minor: row.price_minor,
            multiplier_ppm: row.multiplier_ppm,
            confidence_permille: row.confidence_permille.into(),
            position_permille: row.position_permille,
            policy_version: row.policy_version,
            features: features_value(&row.features),
        };
        append(&value, bytes);
    }

    fn read_value(key: PriceKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let value: Value = message(bytes)?;
        let row = PriceRow {
            base: money(&value.base)?,
            price_minor: value.price_minor,
            multiplier_ppm: value.multiplier_ppm,
            confidence_permille: narrow("confidence", value.confidence_permille)?,
            position_permille: value.position_permille,
            policy_version: value.policy_version,
            features: features(&value.features)?,
        };
        Ok((key, row))
    }
}

fn money_value(money: Money) -> MoneyValue {
    MoneyValue { amount_minor: money.amount_minor, currency: money.currency.to_string() }
}

fn money(value: &MoneyValue) -> Result<Money, Malformed> {
    let currency = value.currency.parse().map_err(Malformed::because)?;
    Ok(Money { amount_minor: value.amount_minor, currency })
}

fn features_value(features: &Features) -> FeaturesValue {
    let impact = |kind| features.events.permille(kind).map_or(0, |impact| u32::from(impact) + 1);
    let mut events: Vec<u32> = EventKind::ALL.into_iter().map(impact).collect();
    // Most nights have none.
    while events.last() == Some(&0) {
        events.pop();
    }
    FeaturesValue {
        days_to_arrival: features.days_to_arrival.into(),
        weekday: features.weekday.into(),
        month: features.month.into(),
        is_weekend: features.is_weekend,
        is_holiday: features.is_holiday,
        searches_7d: features.searches_7d,
        look_to_book_ppm: features.look_to_book_ppm,
        pace_permille: features.pace_permille,
        occupancy_permille: features.occupancy_permille.map(u32::from),
        market_occupancy_permille: features.market_occupancy_permille.map(u32::from),
        competitors: features.competitors.map(|rivals| CompetitorsValue {
            count: rivals.count.into(),
            sold_out_count: rivals.sold_out_count.into(),
            average: rivals.average.map(money_value),
            minimum: rivals.minimum.map(money_value),
        }),
        events,
        cancellation_rate_permille: features.cancellation_rate_permille.map(u32::from),
        occupancy_last_year_permille: features.occupancy_last_year_permille.map(u32::from),
    }
}

fn features(value: &FeaturesValue) -> Result<Features, Malformed> {
    let share = |field, value: Option<u32>| value.map(|share| narrow(field, share)).transpose();
    Ok(Features {
        days_to_arrival: narrow("days_to_arrival", value.days_to_arrival)?,
        weekday: narrow("weekday", value.weekday)?,
        month: narrow("month", value.month)?,
        is_weekend: value.is_weekend,
        is_holiday: value.is_holiday,
        searches_7d: value.searches_7d,
        look_to_book_ppm: value.look_to_book_ppm,
        pace_permille: value.pace_permille,
        occupancy_permille: share("occupancy", value.occupancy_permille)?,
        market_occupancy_permille: share("market_occupancy", value.market_occupancy_permille)?,
        competitors: value.competitors.as_ref().map(competitors).transpose()?,
        events: events(&value.events)?,
        cancellation_rate_permille: share("cancellations", value.cancellation_rate_permille)?,
        occupancy_last_year_permille: share("last_year", value.occupancy_last_year_permille)?,
    })
}

fn competitors(value: &CompetitorsValue) -> Result<Competitors, Malformed> {
    Ok(Competitors {
        count: narrow("count", value.count)?,
        sold_out_count: narrow("sold_out_count", value.sold_out_count)?,
        average: value.average.as_ref().map(money).transpose()?,
        minimum: value.minimum.as_ref().map(money).transpose()?,
    })
}

fn events(values: &[u32]) -> Result<EventImpacts, Malformed> {
    if values.len() > EventKind::ALL.len() {
        return Err(format!("there are {} kinds of events", values.len()).into());
    }
    let mut events = EventImpacts::default();
    for (kind, value) in EventKind::ALL.into_iter().zip(values) {
        if let Some(impact) = value.checked_sub(1) {
            events = events.with(kind, narrow("impact", impact)?);
        }
    }
    Ok(events)
}

#[cfg(test)]
crate::testing::table_tests!(Price);
