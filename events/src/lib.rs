//! The words: everything that can be said on the log, with ids, money, nights and the wire form.
//!
//! Glossary, in the order in which a booking meets the words:
//!
//! - *property*: one hotel, with a time zone and a currency; everything below belongs to one.
//! - *room type*: rooms that are sold as the same thing. *rate plan*: the terms they are sold on.
//! - *night*: a civil date of the property; a *stay* is a half-open range of nights.
//! - *command*: a wish, appended to the log in an [`Envelope`]; *decision*: what became of it.
//! - *hold*: rooms set aside for an interval of log time; *booking*: rooms sold.
//! - *block*: rooms set aside for somebody until a date; a hold that names it *picks up* from it.
//! - *business date*: the day that a property's books are in, moved by its night audit.
//! - *slot*: one of 4096 parts of the world; a property lives in one for ever.
//! - *policy*: a document by which prices or limits are made; *limit*: how many rooms may be sold
//!   beyond the physical ones, as a view recommends and the hotel allows.
//! - *signal*: what the world does around the bookings; it decides nothing.
//! - *log time*: the clock of one partition, moved only by ticks on the log.
//! - *position*: how far into the log something reaches, for each partition.

pub mod amend;
pub mod attempt;
pub mod block;
pub mod booking;
pub mod clock;
pub mod command;
pub mod cost;
pub mod decision;
pub mod envelope;
pub mod external;
pub mod hold;
pub mod ids;
pub mod inventory;
pub mod market_event;
pub mod money;
pub mod night;
pub mod policy;
pub mod position;
pub mod property;
pub mod rate_plan;
pub mod rejection;
pub mod restrictions;
pub mod room_type;
pub mod signal;
pub mod slot;
#[cfg(test)]
mod tests;
mod text;
pub mod wire;

pub use amend::{AmendBooking, AmendLine, Guests};
pub use attempt::{Attempt, AttemptError, CardToken, EmailHash, Outcome};
pub use block::{AdvanceBusinessDate, PickUp, ReleaseBlock, SetBlock};
pub use booking::{CancelBooking, Fact, RecordFact};
pub use clock::{AnnounceOwner, Boot, LogTime, Minute, Stamp, Tick};
pub use command::Command;
pub use decision::Decision;
pub use envelope::{BodyHash, Envelope, SCHEMA_VERSION};
pub use external::{Oversold, RecordExternalSale};
pub use hold::{ConfirmHold, Line, PlaceHold, ReleaseHold};
pub use ids::{
    AccountId, AttemptId, BlockId, BookingId, ChannelId, CommandId, DeviceId, ExternalReference,
    GuestRef, HoldId, IdError, MarketEventId, MarketId, PolicyVersion, PropertyId, RatePlanId,
    RivalId, RoomTypeId, SearchId, SourceId,
};
pub use inventory::{SetInventory, Supply};
pub use market_event::{MarketEvent, MarketEventError, MarketEventKind};
pub use money::{Currency, Money, MoneyError};
pub use night::{Night, NightError, Stay};
pub use policy::{ApplyLimits, LimitRange, PolicyKind, PromotePolicy, RollbackPolicy, StagePolicy};
pub use position::{ChainHash, Link, Position, PositionError};
pub use property::{DefineProperty, Location};
pub use rate_plan::{DefineRatePlan, Occupancy};
pub use rejection::{Reason, Rejection};
pub use restrictions::{
    PatternError, Restrictions, Scope, SetHoldCaps, SetRestrictions, StayPattern,
};
pub use room_type::{DefineRoomType, LinkRoomType, Part};
pub use signal::{CompetitorPrice, Observation, Search, Signal};
pub use slot::{SLOTS, Slot};
pub use wire::{
    WireError, decode_decision, decode_envelope, decode_observation, encode_decision,
    encode_envelope, encode_observation,
};
