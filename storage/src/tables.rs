//! One file per table, in the order of their kinds; and which table a row of the ledger goes to.

use dataflows::{ViewKey, ViewRow};
use ledger::rows::ClockRow;
use ledger::{Row, RowKey};

use crate::Error;
use crate::kinds::Kind;
use crate::table::{Malformed, decode, encode, encode_key};
use crate::views::decode_view;

mod above;
mod active_policy;
mod attempt;
mod availability;
mod block;
mod booking;
mod bookmark;
mod business_date;
mod clock;
mod competitor_price;
mod competitors;
mod decision;
mod demand;
mod hold;
mod hold_caps;
mod inventory;
mod inventory_night;
mod limit;
mod limit_candidate;
mod limits;
mod link;
mod market_event;
mod market_events;
mod meta;
mod occupancy;
mod oversold;
mod pace;
mod policy;
mod price;
mod property;
mod rate_plan;
mod restrictions;
mod room_type;
mod search;
mod search_hour;
mod slot;
mod tombstone;
mod velocity;
mod view_clock;

pub(crate) use above::Above;
pub(crate) use active_policy::ActivePolicy;
pub(crate) use attempt::Attempt;
pub(crate) use availability::Availability;
pub(crate) use block::Block;
pub(crate) use booking::Booking;
pub(crate) use bookmark::{Bookmark, BookmarkRow};
pub(crate) use business_date::BusinessDate;
pub(crate) use clock::Clock;
pub(crate) use competitor_price::CompetitorPrice;
pub(crate) use competitors::Competitors;
pub(crate) use decision::Decision;
pub(crate) use demand::Demand;
pub(crate) use hold::Hold;
pub(crate) use hold_caps::HoldCaps;
pub(crate) use inventory::Inventory;
pub(crate) use inventory_night::InventoryNight;
pub(crate) use limit::Limit;
pub(crate) use limit_candidate::LimitCandidate;
pub(crate) use limits::Limits;
pub(crate) use link::Link;
pub(crate) use market_event::MarketEvent;
pub(crate) use market_events::MarketEvents;
pub(crate) use meta::{FORMAT, Meta, MetaRow, Reach};
pub(crate) use occupancy::Occupancy;
pub(crate) use oversold::Oversold;
pub(crate) use pace::Pace;
pub(crate) use policy::Policy;
pub(crate) use price::Price;
pub(crate) use property::Property;
pub(crate) use rate_plan::RatePlan;
pub(crate) use restrictions::Restrictions;
pub(crate) use room_type::RoomType;
pub(crate) use search::Search;
pub(crate) use search_hour::SearchHour;
pub(crate) use slot::Slot;
pub(crate) use tombstone::Tombstone;
pub(crate) use velocity::Velocity;
pub(crate) use view_clock::ViewClock;

/// Replaces `key` and `value` with what stands on disk for a row of the ledger.
pub(crate) fn encode_row(row: &Row, key: &mut Vec<u8>, value: &mut Vec<u8>) {
    match row {
        Row::Property(row) => encode::<Property>(row, key, value),
        Row::RoomType(row) => encode::<RoomType>(row, key, value),
        Row::RatePlan(row) => encode::<RatePlan>(row, key, value),
        Row::Inventory(row) => encode::<Inventory>(row, key, value),
        Row::InventoryNight(row) => encode::<InventoryNight>(row, key, value),
        Row::Restrictions(row) => encode::<Restrictions>(row, key, value),
        Row::HoldCaps(row) => encode::<HoldCaps>(row, key, value),
        Row::Link(row) => encode::<Link>(row, key, value),
        Row::Policy(row) => encode::<Policy>(row, key, value),
        Row::ActivePolicy(row) => encode::<ActivePolicy>(row, key, value),
        Row::Limits(row) => encode::<Limits>(row, key, value),
        Row::Above(row) => encode::<Above>(row, key, value),
        Row::Block(row) => encode::<Block>(row, key, value),
        Row::BusinessDate(row) => encode::<BusinessDate>(row, key, value),
        Row::Oversold(row) => encode::<Oversold>(row, key, value),
        Row::Hold(row) => encode::<Hold>(row, key, value),
        Row::Booking(row) => encode::<Booking>(row, key, value),
        Row::Decision(row) => encode::<Decision>(row, key, value),
        Row::Tombstone(row) => encode::<Tombstone>(row, key, value),
        Row::Slot(row) => encode::<Slot>(row, key, value),
        Row::Clock(row) => encode::<Clock>(row, key, value),
    }
}

/// Replaces `key` with the key on disk of a row of the ledger.
pub(crate) fn encode_row_key(row: &RowKey, key: &mut Vec<u8>) {
    match row {
        RowKey::Property(property) => encode_key::<Property>(property, key),
        RowKey::RoomType(property, room_type) => {
            encode_key::<RoomType>(&(property.clone(), room_type.clone()), key);
        }
        RowKey::RatePlan(property, rate_plan) => {
            encode_key::<RatePlan>(&(property.clone(), rate_plan.clone()), key);
        }
        RowKey::Inventory(property, room_type) => {
            encode_key::<Inventory>(&(property.clone(), room_type.clone()), key);
        }
        RowKey::InventoryNight(property, room_type, night) => {
            encode_key::<InventoryNight>(&(property.clone(), room_type.clone(), *night), key);
        }
        RowKey::Restrictions(property, scope) => {
            encode_key::<Restrictions>(&(property.clone(), scope.clone()), key);
        }
        RowKey::HoldCaps(property) => encode_key::<HoldCaps>(property, key),
        RowKey::Link(property, room_type) => {
            encode_key::<Link>(&(property.clone(), room_type.clone()), key);
        }
        RowKey::Policy(property, kind, version) => {
            encode_key::<Policy>(&(property.clone(), *kind, version.clone()), key);
        }
        RowKey::ActivePolicy(property, kind) => {
            encode_key::<ActivePolicy>(&(property.clone(), *kind), key);
        }
        RowKey::Limits(property, room_type) => {
            encode_key::<Limits>(&(property.clone(), room_type.clone()), key);
        }
        RowKey::Above(property, hold) => encode_key::<Above>(&(property.clone(), *hold), key),
        RowKey::Block(property, block) => {
            encode_key::<Block>(&(property.clone(), block.clone()), key);
        }
        RowKey::BusinessDate(property) => encode_key::<BusinessDate>(property, key),
        RowKey::Oversold(property, room_type, night) => {
            encode_key::<Oversold>(&(property.clone(), room_type.clone(), *night), key);
        }
        RowKey::Hold(hold) => encode_key::<Hold>(hold, key),
        RowKey::Booking(booking) => encode_key::<Booking>(booking, key),
        RowKey::Decision(slot, id) => encode_key::<Decision>(&(*id, *slot), key),
        RowKey::Tombstone(hold) => encode_key::<Tombstone>(hold, key),
        RowKey::Slot(slot) => encode_key::<Slot>(slot, key),
        RowKey::Clock(partition) => encode_key::<Clock>(partition, key),
    }
}

/// What a stored row is.
pub(crate) enum Stored {
    /// A row that speaks of the state or of what is read beside it, and is not part of it.
    Aside,
    /// A row of the ledger, and the partition to which it belongs.
    Ledger(u16, Row),
    /// A row of the view `availability`.
    Availability(<Availability as crate::table::Table>::Row),
    /// A row of a keeper.
    View((ViewKey, ViewRow)),
}

/// Reads a row of any table, of a state whose log has so many partitions.
pub(crate) fn decode_any(partitions: u16, key: &[u8], value: &[u8]) -> Result<Stored, Error> {
    let kind = key.first().and_then(|byte| Kind::from_byte(*byte));
    let kind =
        kind.ok_or_else(|| Error::corrupt("?", key, Malformed::from("no table has this key")))?;
    if let Some(row) = decode_view(kind, key, value) {
        return row.map(Stored::View);
    }
    let row = match kind {
        Kind::Meta => return decode::<Meta>(key, value).map(|_| Stored::Aside),
        Kind::Bookmark => return decode::<Bookmark>(key, value).map(|_| Stored::Aside),
        Kind::Availability => return decode::<Availability>(key, value).map(Stored::Availability),
        Kind::Clock => {
            return clock_of(partitions, decode::<Clock>(key, value)?, key);
        }
        Kind::Slot => Row::Slot(decode::<Slot>(key, value)?),
        Kind::Property => Row::Property(decode::<Property>(key, value)?),
        Kind::RoomType => Row::RoomType(decode::<RoomType>(key, value)?),
        Kind::RatePlan => Row::RatePlan(decode::<RatePlan>(key, value)?),
        Kind::Inventory => Row::Inventory(decode::<Inventory>(key, value)?),
        Kind::InventoryNight => Row::InventoryNight(decode::<InventoryNight>(key, value)?),
        Kind::Restrictions => Row::Restrictions(decode::<Restrictions>(key, value)?),
        Kind::HoldCaps => Row::HoldCaps(decode::<HoldCaps>(key, value)?),
        Kind::Link => Row::Link(decode::<Link>(key, value)?),
        Kind::Policy => Row::Policy(decode::<Policy>(key, value)?),
        Kind::ActivePolicy => Row::ActivePolicy(decode::<ActivePolicy>(key, value)?),
        Kind::Limits => Row::Limits(decode::<Limits>(key, value)?),
        Kind::Above => Row::Above(decode::<Above>(key, value)?),
        Kind::Block => Row::Block(decode::<Block>(key, value)?),
        Kind::BusinessDate => Row::BusinessDate(decode::<BusinessDate>(key, value)?),
        Kind::Oversold => Row::Oversold(decode::<Oversold>(key, value)?),
        Kind::Hold => Row::Hold(decode::<Hold>(key, value)?),
        Kind::Booking => Row::Booking(decode::<Booking>(key, value)?),
        Kind::Decision => Row::Decision(decode::<Decision>(key, value)?),
        Kind::Tombstone => Row::Tombstone(decode::<Tombstone>(key, value)?),
        // Rows of keepers were taken above.
        Kind::ViewClock
        | Kind::Velocity
        | Kind::Demand
        | Kind::Competitors
        | Kind::MarketEvents
        | Kind::Occupancy
        | Kind::Pace
        | Kind::Price
        | Kind::Limit
        | Kind::LimitCandidate
        | Kind::Attempt
        | Kind::Search
        | Kind::CompetitorPrice
        | Kind::MarketEvent
        | Kind::SearchHour => return Ok(Stored::Aside),
    };
    Ok(Stored::Ledger(row.partition(partitions), row))
}

fn clock_of(partitions: u16, clock: ClockRow, key: &[u8]) -> Result<Stored, Error> {
    let partition = clock.partition;
    if partition < partitions {
        return Ok(Stored::Ledger(partition, Row::Clock(clock)));
    }
    let reason = Malformed::from(format!("the clock of partition {partition} of {partitions}"));
    Err(Error::corrupt(Kind::Clock.name(), key, reason))
}
