//! How often somebody has tried to book, as JSON; and whom the path of a question names.

use std::net::IpAddr;

use dataflows::views::velocity::{AttemptRow, IdentityKind, VelocityKey, VelocityRow, network};
use events::{AttemptId, CardToken, DeviceId, EmailHash, GuestRef, SourceId};
use serde::Serialize;
use utoipa::ToSchema;

use super::commands::Faults;
use super::read::{self, Report};
use crate::status::instant;

/// What somebody has done of late, in windows that end now; or before an attempt, for its features.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Velocity {
    /// Attempts in the last hour.
    pub attempts_1h: u32,
    /// Attempts in the last 24 hours.
    pub attempts_24h: u32,
    /// Those of the last hour that became bookings.
    pub bookings_1h: u32,
    /// Those of the last 24 hours that became bookings.
    pub bookings_24h: u32,
    /// Those of the last hour that were declined.
    pub declines_1h: u32,
    /// At how many properties, in the last 24 hours.
    pub properties_24h: u32,
    /// With how many cards, in the last 24 hours.
    pub cards_24h: u32,
    /// For how much in the last 24 hours, by currency.
    pub amounts_24h: Vec<AmountTried>,
}

/// An amount that was tried, in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AmountTried {
    /// Minor units, as a text: the sum may be longer than numbers of JSON are read.
    #[schema(example = "1199000")]
    pub amount: String,
    /// An ISO 4217 code.
    #[schema(example = "EUR")]
    pub currency: String,
}

/// What is known of one identity.
#[derive(Debug, Serialize, ToSchema)]
pub struct Risk {
    /// The position's time.
    pub as_of: String,
    /// The kind that was asked for.
    #[schema(example = "card")]
    pub kind: &'static str,
    /// How often it was met.
    pub velocity: Velocity,
}

/// What was known of one of an attempt's identities before it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Known {
    /// Which kind of identity.
    #[schema(example = "card")]
    pub kind: &'static str,
    /// How often it was met before, in windows that end when the attempt came.
    pub velocity: Velocity,
}

/// An attempt, with what was known before it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptRisk {
    /// The position's time.
    pub as_of: String,
    /// Who told of it.
    pub source: String,
    /// Its id there.
    pub id: String,
    /// When its source saw what holds.
    pub observed_at: String,
    /// Where.
    pub property: String,
    /// For how much.
    pub amount: AmountTried,
    /// What became of it.
    #[schema(example = "declined")]
    pub outcome: &'static str,
    /// What was known of each identity that it has, counting all attempts before it, never itself.
    pub features: Vec<Known>,
}

impl From<&VelocityRow> for Velocity {
    fn from(row: &VelocityRow) -> Self {
        let amounts = row.amounts_24h.iter().map(|(currency, minor)| AmountTried {
            amount: minor.to_string(),
            currency: currency.to_string(),
        });
        Self {
            attempts_1h: row.attempts_1h,
            attempts_24h: row.attempts_24h,
            bookings_1h: row.bookings_1h,
            bookings_24h: row.bookings_24h,
            declines_1h: row.declines_1h,
            properties_24h: row.properties_24h,
            cards_24h: row.cards_24h,
            amounts_24h: amounts.collect(),
        }
    }
}

/// An attempt as an answer.
pub(crate) fn attempt_body(as_of: String, row: &AttemptRow) -> AttemptRisk {
    let known = IdentityKind::ALL.into_iter().zip(&row.features).filter_map(|(kind, features)| {
        Some(Known { kind: kind.name(), velocity: features.as_ref()?.into() })
    });
    AttemptRisk {
        as_of,
        source: row.source.to_string(),
        id: row.attempt.id.to_string(),
        observed_at: instant(row.observed),
        property: row.attempt.property.to_string(),
        amount: AmountTried {
            amount: row.attempt.amount.amount_minor.to_string(),
            currency: row.attempt.amount.currency.to_string(),
        },
        outcome: row.attempt.outcome.name(),
        features: known.collect(),
    }
}

/// Whom a path names; `None` where its text cannot be one of that kind.
pub(crate) fn key(kind: IdentityKind, text: &str) -> Option<VelocityKey> {
    let address = || {
        // The colons of IPv6 may be escaped, and need not be.
        let text = text.replace("%3A", ":").replace("%3a", ":");
        Some(text.parse::<IpAddr>().ok()?.to_canonical())
    };
    let text = match kind {
        IdentityKind::Guest => GuestRef::new(text).ok()?.to_string(),
        IdentityKind::Card => CardToken::new(text).ok()?.to_string(),
        IdentityKind::Email => EmailHash::new(text).ok()?.to_string(),
        IdentityKind::Address => address()?.to_string(),
        IdentityKind::Network => network(address()?),
        IdentityKind::Device => DeviceId::new(text).ok()?.to_string(),
    };
    Some(VelocityKey::new(kind, &text))
}

/// The query of an attempt: who told of it.
pub(crate) fn source(pairs: &[(String, String)]) -> Result<SourceId, Faults> {
    let mut report = Report::default();
    let [source] = read::parameters(["source"], pairs, &mut report);
    let source = match source.map(SourceId::new) {
        Some(Ok(source)) => Some(source),
        Some(Err(error)) => {
            report.fault_of("source", error.to_string());
            None
        }
        None => {
            report.fault_of("source", "is missing: attempts are named within their source");
            None
        }
    };
    report.conclude(source)
}

/// The id of an attempt in a path.
pub(crate) fn attempt(text: &str) -> Option<AttemptId> {
    AttemptId::new(text).ok()
}

#[cfg(test)]
mod tests {
    use dataflows::views::velocity::{IdentityKind, VelocityKey};

    use super::{key, source};

    #[test]
    fn a_path_names_what_attempts_name() {
        let same = |kind, text: &str, canonical: &str| {
            assert_eq!(key(kind, text), Some(VelocityKey::new(kind, canonical)), "{text}");
        };
        same(IdentityKind::Card, "tok-1", "tok-1");
        let (upper, lower) = ("AB".repeat(16), "ab".repeat(16));
        same(IdentityKind::Email, &upper, &lower);
        same(IdentityKind::Address, "::ffff:192.0.2.7", "192.0.2.7");
        same(IdentityKind::Network, "192.0.2.7", "192.0.2.0/24");
        same(IdentityKind::Network, "2001%3Adb8%3A7%3A8%3A%3A9", "2001:db8:7::/48");
        assert_eq!(key(IdentityKind::Address, "192.0.2.300"), None);
        assert_eq!(key(IdentityKind::Email, "anna"), None);
    }

    #[test]
    fn an_attempt_is_named_within_its_source() {
        let asked = |text: &str| source(&[("source".to_owned(), text.to_owned())]);
        assert!(asked("web").is_ok());
        assert_eq!(asked("a b").expect_err("a fault").len(), 1);
        assert_eq!(source(&[]).expect_err("a fault").len(), 1);
    }
}
