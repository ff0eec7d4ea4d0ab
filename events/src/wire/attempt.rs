//! Attempts to book to their Protobuf message and back.

use std::net::IpAddr;

use super::signals::{money, money_message, named};
use super::{WireError, out_of_range, proto};
use crate::{
    Attempt, AttemptError, AttemptId, CardToken, DeviceId, EmailHash, GuestRef, Outcome, PropertyId,
};

impl From<&Attempt> for proto::Attempt {
    fn from(attempt: &Attempt) -> Self {
        let outcome = match attempt.outcome {
            Outcome::Started => proto::Outcome::Started,
            Outcome::Declined => proto::Outcome::Declined,
            Outcome::Booked => proto::Outcome::Booked,
        };
        Self {
            id: attempt.id.to_string(),
            property: attempt.property.to_string(),
            guest: text(attempt.guest.as_ref()),
            card: text(attempt.card.as_ref()),
            email: text(attempt.email.as_ref()),
            address: text(attempt.address.as_ref()),
            device: text(attempt.device.as_ref()),
            amount: Some(money_message(attempt.amount)),
            outcome: outcome.into(),
        }
    }
}

impl TryFrom<proto::Attempt> for Attempt {
    type Error = WireError;

    fn try_from(attempt: proto::Attempt) -> Result<Self, WireError> {
        let outcome = match attempt.outcome() {
            proto::Outcome::Unspecified => return Err(out_of_range("outcome", attempt.outcome)),
            proto::Outcome::Started => Outcome::Started,
            proto::Outcome::Declined => Outcome::Declined,
            proto::Outcome::Booked => Outcome::Booked,
        };
        let of = |field| move |source: AttemptError| WireError::Identity { field, source };
        let amount = attempt.amount.as_ref().ok_or(WireError::Missing("amount"))?;
        // The card comes first: a record that tells the number of one is refused for that.
        let card = named(&attempt.card).map(CardToken::new).transpose().map_err(of("card"))?;
        Ok(Self {
            id: AttemptId::new(&attempt.id)?,
            property: PropertyId::new(&attempt.property)?,
            guest: named(&attempt.guest).map(GuestRef::new).transpose()?,
            card,
            email: named(&attempt.email).map(EmailHash::new).transpose().map_err(of("email"))?,
            address: named(&attempt.address).map(address).transpose()?,
            device: named(&attempt.device).map(DeviceId::new).transpose()?,
            amount: money("amount.amount", amount)?,
            outcome,
        })
    }
}

fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

fn address(text: &str) -> Result<IpAddr, WireError> {
    text.parse::<IpAddr>().map(|address| address.to_canonical()).map_err(|_| WireError::Address)
}
