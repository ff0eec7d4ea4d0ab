//! How often has somebody tried to book of late, and with how many cards, at how many properties?
//!
//! ```sql
//! -- tellings: one row for each observation; minute = floor(least(observed, stamp) / 60000);
//! -- version orders those of one attempt: observed, outcome, what else is told, stamp descending;
//! -- clock: the minute now.
//! CREATE VIEW attempts AS
//! SELECT source, id, arg_max(telling, version) AS holds FROM tellings GROUP BY source, id;
//!
//! -- identities: (source, id, kind, identity), one row for each of guest, card, email, address,
//! -- network (/24 of IPv4, /48 of IPv6) and device that the telling that holds names.
//! CREATE VIEW velocity AS
//! SELECT kind, identity,
//!        count(*) FILTER (minute > now - 60)                            AS attempts_1h,
//!        count(*)                                                       AS attempts_24h,
//!        count(*) FILTER (outcome = 'booked' AND minute > now - 60)     AS bookings_1h,
//!        count(*) FILTER (outcome = 'booked')                           AS bookings_24h,
//!        count(*) FILTER (outcome = 'declined' AND minute > now - 60)   AS declines_1h,
//!        count(DISTINCT property)                                       AS properties_24h,
//!        count(DISTINCT card)                                           AS cards_24h,
//!        sum(amount) by currency, without those of 0                    AS amounts_24h
//! FROM attempts JOIN identities USING (source, id), clock
//! WHERE minute > now - 1440 GROUP BY kind, identity;
//!
//! -- The features of an attempt are the rows of its identities as `velocity` would have them if
//! -- the log ended before the first telling that names the identity, at now = minute(stamp)
//! -- of that
//! -- telling, without the attempt itself. They never change afterwards.
//! ```
//!
//! Inputs: the signals `attempt`.
//!
//! An attempt counts at the minute of the telling that holds, so that a decline counts when it was
//! declined. What is late is corrected while it is within its window; what is told twice counts
//! once; a changed outcome takes back what it was.
//!
//! It is made of three keepers, so that workers may share it: [`attempts`] finds the telling that
//! holds, [`identities`] counts, and [`base`] keeps each attempt with its features. The state
//! follows from the stored attempts alone.
//!
//! Bound on its state: the attempts appended in the last 24 hours and one more, up to six entries
//! each. The hour is there since partitions are read side by side: as long as no record is read
//! after one whose stamp is an hour later, features do not depend on how the log was cut. What is
//! told again 25 hours after the telling that held is a new attempt.

use std::borrow::Cow;
use std::net::IpAddr;

use events::{Attempt, Currency, Minute, SourceId, Stamp};
use smallvec::SmallVec;

use crate::keeper::{Keeper, KeeperSize};

pub mod attempts;
pub mod base;
mod features;
mod history;
pub mod identities;
#[cfg(test)]
mod tests;

use attempts::{Attempts, AttemptsChange, AttemptsEvent, Told};
use base::{Base, BaseEvent};
use identities::{Identities, IdentitiesChange};

/// The short window.
pub const HOUR_MINUTES: i32 = 60;

/// The long window.
pub const DAY_MINUTES: i32 = 24 * HOUR_MINUTES;

/// For how long an attempt is kept.
pub const KEPT_MINUTES: i32 = DAY_MINUTES + HOUR_MINUTES;

/// By what attempts are told to be of the same hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityKind {
    /// The guest.
    Guest,
    /// The card, by its token.
    Card,
    /// The e-mail address, by its hash.
    Email,
    /// The address of IPv4 or IPv6.
    Address,
    /// The network of that address: /24 of IPv4, /48 of IPv6.
    Network,
    /// The device.
    Device,
}

impl IdentityKind {
    /// Every kind, in the order in which features stand in a row.
    pub const ALL: [Self; 6] =
        [Self::Guest, Self::Card, Self::Email, Self::Address, Self::Network, Self::Device];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Card => "card",
            Self::Email => "email",
            Self::Address => "address",
            Self::Network => "network",
            Self::Device => "device",
        }
    }

    /// Its place among [`IdentityKind::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// What an attempt has of it.
    fn text_of(self, attempt: &Attempt) -> Option<Cow<'_, str>> {
        match self {
            Self::Guest => attempt.guest.as_ref().map(|guest| guest.as_str().into()),
            Self::Card => attempt.card.as_ref().map(|card| card.as_str().into()),
            Self::Email => attempt.email.as_ref().map(|email| email.as_str().into()),
            Self::Address => attempt.address.map(|address| address.to_string().into()),
            Self::Network => attempt.address.map(|address| network(address).into()),
            Self::Device => attempt.device.as_ref().map(|device| device.as_str().into()),
        }
    }

    /// Whether an attempt has it.
    fn is_of(self, attempt: &Attempt) -> bool {
        match self {
            Self::Guest => attempt.guest.is_some(),
            Self::Card => attempt.card.is_some(),
            Self::Email => attempt.email.is_some(),
            Self::Address | Self::Network => attempt.address.is_some(),
            Self::Device => attempt.device.is_some(),
        }
    }
}

/// The network of an address, as its first address and its length.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [first, second, third, _] = address.octets();
            format!("{first}.{second}.{third}.0/24")
        }
        IpAddr::V6(address) => {
            let [first, second, third, ..] = address.segments();
            let start = std::net::Ipv6Addr::new(first, second, third, 0, 0, 0, 0, 0);
            format!("{start}/48")
        }
    }
}

/// Whose row: a kind of identity and the first sixteen bytes of the blake3 hash of its text, so
/// that the table holds no text that a person could be found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VelocityKey {
    /// Which kind.
    pub kind: IdentityKind,
    /// The hash of its text.
    pub hash: u128,
}

impl VelocityKey {
    /// The key of an identity, as an attempt would name it.
    pub fn new(kind: IdentityKind, text: &str) -> Self {
        Self { kind, hash: hash_of(text.as_bytes()) }
    }
}

/// How often somebody has tried; a row of the view, or what was so before an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct VelocityRow {
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
    /// For how much in the last 24 hours, in minor units, in the order of currencies.
    pub amounts_24h: SmallVec<[(Currency, i128); 1]>,
}

/// Which attempt: the first sixteen bytes of the blake3 hash of its source, a slash and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKey(pub u128);

impl AttemptKey {
    /// The key of an attempt of a source.
    pub fn new(source: &SourceId, id: &events::AttemptId) -> Self {
        let (source, id) = (source.as_str().as_bytes(), id.as_str().as_bytes());
        // No id is longer than 64 bytes, and none holds a slash.
        let mut text = [0; 129];
        text[..source.len()].copy_from_slice(source);
        text[source.len()] = b'/';
        let length = source.len() + 1 + id.len();
        text[source.len() + 1..length].copy_from_slice(id);
        Self(hash_of(&text[..length]))
    }
}

/// An attempt with what was known of its identities before it: the base of the view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// Who told of it.
    pub source: SourceId,
    /// When its source saw what holds.
    pub observed: Stamp,
    /// When that was appended.
    pub stamp: Stamp,
    /// What holds.
    pub attempt: Attempt,
    /// What was known of each of its identities, in the order of [`IdentityKind::ALL`]; `None` for
    /// those that it does not have.
    pub features: [Option<VelocityRow>; 6],
}

impl AttemptRow {
    /// Its key.
    pub fn key(&self) -> AttemptKey {
        AttemptKey::new(&self.source, &self.attempt.id)
    }
}

/// What is heard.
#[derive(Debug, Clone)]
pub enum VelocityEvent {
    /// An attempt was told.
    Told(Box<Told>),
    /// A row of the base from before a restart.
    Stored(Box<AttemptRow>),
}

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VelocityChange {
    /// A row of the view.
    Row(VelocityKey, Option<VelocityRow>),
    /// A row of its base.
    Attempt(AttemptKey, Option<Box<AttemptRow>>),
}

/// The three keepers as one, for one worker.
#[derive(Debug, Default)]
pub struct Velocity {
    attempts: Attempts,
    identities: Identities,
    base: Base,
}

impl Keeper for Velocity {
    type Event = VelocityEvent;
    type Change = VelocityChange;

    fn hear(&mut self, event: VelocityEvent) {
        self.attempts.hear(match event {
            VelocityEvent::Told(told) => AttemptsEvent::Told(told),
            VelocityEvent::Stored(row) => AttemptsEvent::Stored(row),
        });
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(VelocityChange)) {
        let Self { attempts, identities, base } = self;
        attempts.close(now, &mut |change| match change {
            AttemptsChange::Step(step) => identities.hear(step),
            AttemptsChange::Base(event) => base.hear(event),
        });
        identities.close(now, &mut |change| match change {
            IdentitiesChange::Row(key, row) => tell(VelocityChange::Row(key, row)),
            IdentitiesChange::Feature(feature) => base.hear(BaseEvent::Feature(feature)),
        });
        base.close(now, &mut |(key, row)| tell(VelocityChange::Attempt(key, row)));
    }

    fn size(&self) -> KeeperSize {
        let (attempts, identities) = (self.attempts.size(), self.identities.size());
        let held_count = attempts.held_count + identities.held_count;
        KeeperSize { keys_count: identities.keys_count + attempts.keys_count, held_count }
    }
}

fn hash_of(bytes: &[u8]) -> u128 {
    let hash = blake3::hash(bytes);
    hash.as_bytes().iter().take(16).fold(0, |value, byte| value << 8 | u128::from(*byte))
}

/// The minute as these keepers count it; what lies thousands of years away is held to that.
fn short(minute: Minute) -> i32 {
    minute.0.clamp(-1_000_000_000, 1_000_000_000) as i32
}
