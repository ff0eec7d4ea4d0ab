//! Events of a market to their Protobuf message and back.

use super::signals::night;
use super::{WireError, out_of_range, proto, small};
use crate::{MarketEvent, MarketEventId, MarketEventKind, MarketId, Stay};

impl From<&MarketEvent> for proto::MarketEvent {
    fn from(event: &MarketEvent) -> Self {
        let kind = match event.kind {
            MarketEventKind::Major => proto::MarketEventKind::Major,
            MarketEventKind::Conference => proto::MarketEventKind::Conference,
            MarketEventKind::Concert => proto::MarketEventKind::Concert,
            MarketEventKind::Sports => proto::MarketEventKind::Sports,
        };
        Self {
            id: event.id.to_string(),
            market: event.market.to_string(),
            kind: kind.into(),
            arrival: event.nights.arrival().number(),
            departure: event.nights.departure().number(),
            impact_permille: event.impact_permille.into(),
            name: event.name.clone(),
        }
    }
}

impl TryFrom<proto::MarketEvent> for MarketEvent {
    type Error = WireError;

    fn try_from(event: proto::MarketEvent) -> Result<Self, WireError> {
        let kind = match event.kind() {
            proto::MarketEventKind::Unspecified => return Err(out_of_range("kind", event.kind)),
            proto::MarketEventKind::Major => MarketEventKind::Major,
            proto::MarketEventKind::Conference => MarketEventKind::Conference,
            proto::MarketEventKind::Concert => MarketEventKind::Concert,
            proto::MarketEventKind::Sports => MarketEventKind::Sports,
        };
        let arrival = night("arrival", event.arrival)?;
        let departure = night("departure", event.departure)?;
        Self::check_name(&event.name)?;
        Ok(Self {
            id: MarketEventId::new(&event.id)?,
            market: MarketId::new(&event.market)?,
            kind,
            nights: Stay::new(arrival, departure)?,
            impact_permille: small("impact_permille", event.impact_permille)?,
            name: event.name,
        })
    }
}
