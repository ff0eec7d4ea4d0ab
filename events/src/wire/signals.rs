//! Signals to their Protobuf messages and back.

use bytes::Bytes;
use prost::Message;

use super::proto::{self, observation::Kind};
use super::{WireError, small};
use crate::signal::Place;
use crate::{
    CompetitorPrice, Currency, MarketId, Money, Night, Observation, PropertyId, RivalId,
    SCHEMA_VERSION, Search, SearchId, Signal, SourceId, Stamp, Stay,
};

/// The longest record of a topic of signals, in bytes.
pub const SIGNAL_BYTES_MAX: usize = 1024;

/// The bytes of an observation as they stand on the log.
pub fn encode_observation(observation: &Observation) -> Vec<u8> {
    let kind = match &observation.signal {
        Signal::Search(search) => Kind::Search(search.into()),
        Signal::CompetitorPrice(price) => Kind::CompetitorPrice(price.into()),
        Signal::Attempt(attempt) => Kind::Attempt(attempt.as_ref().into()),
        Signal::MarketEvent(event) => Kind::MarketEvent(event.into()),
    };
    proto::Observation {
        schema_version: SCHEMA_VERSION,
        producer: observation.producer,
        sequence: observation.sequence,
        source: observation.source.to_string(),
        observed_ms: observation.observed.0,
        stamp_ms: observation.stamp.0,
        kind: Some(kind),
    }
    .encode_to_vec()
}

/// Reads what stands on a topic of signals; an error is the reason for a dead letter.
pub fn decode_observation(bytes: &Bytes) -> Result<Observation, WireError> {
    if bytes.len() > SIGNAL_BYTES_MAX {
        return Err(WireError::TooLong { bytes: bytes.len(), bytes_max: SIGNAL_BYTES_MAX });
    }
    let observation = proto::Observation::decode(bytes.clone())?;
    let version = observation.schema_version;
    if version == 0 || version > SCHEMA_VERSION {
        return Err(WireError::SchemaVersion(version));
    }
    let signal = match observation.kind.ok_or(WireError::Missing("kind"))? {
        Kind::Search(search) => Signal::Search(search.try_into()?),
        Kind::CompetitorPrice(price) => Signal::CompetitorPrice(price.try_into()?),
        Kind::Attempt(attempt) => Signal::Attempt(Box::new(attempt.try_into()?)),
        Kind::MarketEvent(event) => Signal::MarketEvent(event.try_into()?),
    };
    Ok(Observation {
        producer: observation.producer,
        sequence: observation.sequence,
        source: SourceId::new(&observation.source)?,
        observed: Stamp(observation.observed_ms),
        stamp: Stamp(observation.stamp_ms),
        signal,
    })
}

impl From<&Search> for proto::Search {
    fn from(search: &Search) -> Self {
        let (market, property) = match &search.place {
            Place::Market(market) => (Some(market), None),
            Place::Property(property, market) => (market.as_ref(), Some(property)),
        };
        Self {
            id: search.id.to_string(),
            market: market.map(ToString::to_string).unwrap_or_default(),
            property: property.map(ToString::to_string).unwrap_or_default(),
            arrival: search.stay.arrival().number(),
            departure: search.stay.departure().number(),
            rooms: search.rooms.into(),
            guests: search.guests.into(),
        }
    }
}

impl TryFrom<proto::Search> for Search {
    type Error = WireError;

    fn try_from(search: proto::Search) -> Result<Self, WireError> {
        let market = named(&search.market).map(MarketId::new).transpose()?;
        let property = named(&search.property).map(PropertyId::new).transpose()?;
        let place = match (property, market) {
            (Some(property), market) => Place::Property(property, market),
            (None, Some(market)) => Place::Market(market),
            (None, None) => return Err(WireError::Missing("market")),
        };
        let arrival = night("arrival", search.arrival)?;
        let departure = night("departure", search.departure)?;
        Ok(Self {
            id: SearchId::new(&search.id)?,
            place,
            stay: Stay::new(arrival, departure)?,
            rooms: small("rooms", search.rooms)?,
            guests: small("guests", search.guests)?,
        })
    }
}

impl From<&CompetitorPrice> for proto::CompetitorPrice {
    fn from(price: &CompetitorPrice) -> Self {
        Self {
            property: price.property.to_string(),
            rival: price.rival.to_string(),
            night: price.night.number(),
            price: price.price.map(money_message),
        }
    }
}

impl TryFrom<proto::CompetitorPrice> for CompetitorPrice {
    type Error = WireError;

    fn try_from(price: proto::CompetitorPrice) -> Result<Self, WireError> {
        let money = price.price.map(|price| money("price.amount", &price));
        Ok(Self {
            property: PropertyId::new(&price.property)?,
            rival: RivalId::new(&price.rival)?,
            night: night("night", price.night)?,
            price: money.transpose()?,
        })
    }
}

pub(super) fn money_message(money: Money) -> proto::Money {
    proto::Money { amount: money.amount_minor, currency: money.currency.to_string() }
}

/// An amount of no less than nothing.
pub(super) fn money(field: &'static str, money: &proto::Money) -> Result<Money, WireError> {
    if money.amount < 0 {
        return Err(super::out_of_range(field, money.amount));
    }
    let currency = money.currency.parse::<Currency>()?;
    Ok(Money { amount_minor: money.amount, currency })
}

pub(super) fn night(field: &'static str, number: i32) -> Result<Night, WireError> {
    Night::from_number(number).ok_or(super::out_of_range(field, number))
}

/// A text that may be left out; Protobuf leaves it empty then.
pub(super) fn named(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;
