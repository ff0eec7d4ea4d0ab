//! Rows: the whole state of the ledger as storage keeps it; the latest value of a key wins.

use events::hold::Lines;
use events::{
    AccountId, BlockId, BodyHash, BookingId, Boot, ChannelId, CommandId, Decision, DefineProperty,
    DefineRatePlan, DefineRoomType, ExternalReference, Fact, GuestRef, HoldId, Line, LinkRoomType,
    LogTime, Night, PolicyKind, PolicyVersion, PropertyId, RatePlanId, Restrictions, RoomTypeId,
    Scope, SetBlock, SetHoldCaps, Slot, Stamp, Stay, Supply,
};

use crate::restrictions::Said;

mod partition;
mod policies;

pub use policies::{
    AboveNight, AboveRow, ActivePolicyRow, AllowedBy, AppliedLimit, LimitsRow, PolicyRow,
};

/// What a row is kept under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKey {
    /// A property.
    Property(PropertyId),
    /// A room type of a property.
    RoomType(PropertyId, RoomTypeId),
    /// A rate plan of a property.
    RatePlan(PropertyId, RatePlanId),
    /// The supply of a room type.
    Inventory(PropertyId, RoomTypeId),
    /// A night of a room type on which something is held or sold.
    InventoryNight(PropertyId, RoomTypeId, Night),
    /// What a scope of a property says of its nights.
    Restrictions(PropertyId, Scope),
    /// What may be held at a property and not paid for.
    HoldCaps(PropertyId),
    /// What a room type is made of.
    Link(PropertyId, RoomTypeId),
    /// A version of a policy of a property.
    Policy(PropertyId, PolicyKind, PolicyVersion),
    /// The version of a policy that is in force.
    ActivePolicy(PropertyId, PolicyKind),
    /// What is recommended of the nights of a room type.
    Limits(PropertyId, RoomTypeId),
    /// A hold or booking above the physical rooms.
    Above(PropertyId, HoldId),
    /// Rooms set aside for somebody.
    Block(PropertyId, BlockId),
    /// The day that the books of a property are in.
    BusinessDate(PropertyId),
    /// A night of a room type on which more is held, sold and allotted than may be.
    Oversold(PropertyId, RoomTypeId, Night),
    /// A hold.
    Hold(HoldId),
    /// A booking.
    Booking(BookingId),
    /// The answer to a command.
    Decision(Slot, CommandId),
    /// A withdrawal that came before what it withdraws.
    Tombstone(HoldId),
    /// The counters of a slot.
    Slot(Slot),
    /// The clock of a partition.
    Clock(u16),
}

/// One row; it carries its own key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A property.
    Property(PropertyRow),
    /// A room type of a property.
    RoomType(RoomTypeRow),
    /// A rate plan of a property.
    RatePlan(RatePlanRow),
    /// The supply of a room type.
    Inventory(InventoryRow),
    /// A night of a room type on which something is held or sold.
    InventoryNight(InventoryNightRow),
    /// What a scope of a property says of its nights.
    Restrictions(RestrictionsRow),
    /// What may be held at a property and not paid for.
    HoldCaps(HoldCapsRow),
    /// What a room type is made of.
    Link(LinkRow),
    /// A version of a policy of a property.
    Policy(PolicyRow),
    /// The version of a policy that is in force.
    ActivePolicy(ActivePolicyRow),
    /// What is recommended of the nights of a room type.
    Limits(LimitsRow),
    /// A hold or booking above the physical rooms.
    Above(AboveRow),
    /// Rooms set aside for somebody.
    Block(BlockRow),
    /// The day that the books of a property are in.
    BusinessDate(BusinessDateRow),
    /// A night of a room type on which more is held, sold and allotted than may be.
    Oversold(OversoldRow),
    /// A hold.
    Hold(HoldRow),
    /// A booking.
    Booking(BookingRow),
    /// The answer to a command.
    Decision(DecisionRow),
    /// A withdrawal that came before what it withdraws.
    Tombstone(TombstoneRow),
    /// The counters of a slot.
    Slot(SlotRow),
    /// The clock of the partition.
    Clock(ClockRow),
}

impl Row {
    /// What it is kept under.
    pub fn key(&self) -> RowKey {
        match self {
            Self::Property(row) => RowKey::Property(row.command.property.clone()),
            Self::RoomType(row) => {
                RowKey::RoomType(row.command.property.clone(), row.command.room_type.clone())
            }
            Self::RatePlan(row) => {
                RowKey::RatePlan(row.command.property.clone(), row.command.rate_plan.clone())
            }
            Self::Inventory(row) => RowKey::Inventory(row.property.clone(), row.room_type.clone()),
            Self::InventoryNight(row) => {
                RowKey::InventoryNight(row.property.clone(), row.room_type.clone(), row.night)
            }
            Self::Restrictions(row) => {
                RowKey::Restrictions(row.property.clone(), row.said.scope.clone())
            }
            Self::HoldCaps(row) => RowKey::HoldCaps(row.command.property.clone()),
            Self::Link(row) => {
                RowKey::Link(row.command.property.clone(), row.command.room_type.clone())
            }
            Self::Policy(row) => {
                RowKey::Policy(row.property.clone(), row.kind, row.version.clone())
            }
            Self::ActivePolicy(row) => RowKey::ActivePolicy(row.property.clone(), row.kind),
            Self::Limits(row) => RowKey::Limits(row.property.clone(), row.room_type.clone()),
            Self::Above(row) => RowKey::Above(row.property.clone(), row.hold),
            Self::Block(row) => {
                RowKey::Block(row.command.property.clone(), row.command.block.clone())
            }
            Self::BusinessDate(row) => RowKey::BusinessDate(row.property.clone()),
            Self::Oversold(row) => {
                RowKey::Oversold(row.property.clone(), row.room_type.clone(), row.night)
            }
            Self::Hold(row) => RowKey::Hold(row.hold),
            Self::Booking(row) => RowKey::Booking(row.booking),
            Self::Decision(row) => RowKey::Decision(row.slot, row.id),
            Self::Tombstone(row) => RowKey::Tombstone(row.hold),
            Self::Slot(row) => RowKey::Slot(row.slot),
            Self::Clock(row) => RowKey::Clock(row.partition),
        }
    }
}

/// What became of a row since the last time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// It is now this.
    Put(Row),
    /// It is gone.
    Delete(RowKey),
}

/// A property as it was last defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyRow {
    /// The definition.
    pub command: DefineProperty,
}

/// A room type as it was last defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomTypeRow {
    /// Which of the property's room types it is, in order of first definition.
    pub ordinal: u16,
    /// The definition.
    pub command: DefineRoomType,
}

/// A rate plan as it was last defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatePlanRow {
    /// Which of the property's rate plans it is, in order of first definition.
    pub ordinal: u16,
    /// The definition.
    pub command: DefineRatePlan,
}

/// Nights with the same supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupplyRange {
    /// Which nights.
    pub nights: Stay,
    /// What may be sold on each.
    pub supply: Supply,
}

/// The supply of a room type; a night in no range has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryRow {
    /// Whose.
    pub property: PropertyId,
    /// Of what.
    pub room_type: RoomTypeId,
    /// In order, not overlapping, neighbours that are equal merged, none without supply.
    pub ranges: Vec<SupplyRange>,
}

/// A night on which something is held or sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryNightRow {
    /// Whose.
    pub property: PropertyId,
    /// Of what.
    pub room_type: RoomTypeId,
    /// When.
    pub night: Night,
    /// What may be sold: repeated from the ranges.
    pub supply: Supply,
    /// Rooms set aside.
    pub held: u16,
    /// Rooms sold.
    pub sold: u16,
    /// Rooms in blocks that nobody has picked up.
    pub allotted: u16,
}

/// Nights of which a scope says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestrictionRange {
    /// Which nights.
    pub nights: Stay,
    /// What is said of each.
    pub restrictions: Restrictions,
}

/// What a scope of a property says of its nights; it stays when nothing is said any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictionsRow {
    /// Whose nights.
    pub property: PropertyId,
    /// Of whom, and what.
    pub said: Said,
}

/// What may be held at a property and not paid for, as it was last set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldCapsRow {
    /// The caps.
    pub command: SetHoldCaps,
}

/// What a room type is made of, as it was last said; there is none for one with rooms of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// Its parts; never none.
    pub command: LinkRoomType,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockState {
    /// What is left of it is set aside.
    Open,
    /// What was left was given back by request.
    Released,
    /// What was left was given back by the business date.
    CutOff,
}

/// Rooms set aside for somebody, as was last said, for as long as their property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockRow {
    /// The block.
    pub command: SetBlock,
    /// Where it stands.
    pub state: BlockState,
    /// How many rooms of its type holds and bookings which name it have on a night; in order, none
    /// of them 0.
    pub picked: Vec<(Night, u16)>,
}

/// The day that the books of a property are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessDateRow {
    /// Whose.
    pub property: PropertyId,
    /// Which.
    pub date: Night,
}

/// A night on which more is held, sold and allotted than may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OversoldRow {
    /// Whose.
    pub property: PropertyId,
    /// Of what.
    pub room_type: RoomTypeId,
    /// Which night.
    pub night: Night,
    /// By how many rooms.
    pub rooms: u32,
    /// The stamp of the record by which it became so.
    pub since: Stamp,
    /// The offset of that record in its partition.
    pub offset: u64,
}

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldState {
    /// Its rooms are set aside.
    Held,
    /// It has become a booking.
    Confirmed,
    /// Its rooms were given back by request.
    Released,
    /// Its rooms were given back by time.
    Expired,
}

/// A hold, for as long as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRow {
    /// Which.
    pub hold: HoldId,
    /// Where.
    pub property: PropertyId,
    /// What.
    pub lines: Lines,
    /// Where it stands.
    pub state: HoldState,
    /// When it ends in log time.
    pub deadline: LogTime,
    /// A tick has come since it was placed, so that its deadline is final.
    pub anchored: bool,
    /// The stamp of its placing.
    pub stamp: Stamp,
    /// For how long it was asked.
    pub ttl_ms: u64,
    /// When it will be forgotten; set once it is not held any more.
    pub forget_at: Option<LogTime>,
    /// Through whom it came.
    pub channel: ChannelId,
    /// Whose open holds it counts among while it is held.
    pub account: Option<AccountId>,
    /// The block that it was picked up from.
    pub block: Option<BlockId>,
}

/// Where a line of a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineState {
    /// Its rooms are sold.
    Confirmed,
    /// Its rooms were given back.
    Cancelled,
}

/// A line of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedLine {
    /// What was sold.
    pub line: Line,
    /// Where it stands.
    pub state: LineState,
    /// The stamp of its cancellation; none while it is confirmed, and for what earlier builds have
    /// cancelled.
    pub cancelled: Option<Stamp>,
    /// What one room cost for one night when these terms were agreed on, in minor units of the
    /// property's currency: the base price of its rate plan then. None where the rate plan is
    /// unknown here, and for what earlier builds have booked.
    pub night_price_minor: Option<i64>,
}

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingRow {
    /// Which.
    pub booking: BookingId,
    /// Where.
    pub property: PropertyId,
    /// For whom.
    pub guest: GuestRef,
    /// Which of its slot's bookings it is, counted from 1.
    pub ordinal: u32,
    /// The stamp of its confirmation.
    pub stamp: Stamp,
    /// Through whom it came.
    pub channel: ChannelId,
    /// What was sold, line 1 first.
    pub lines: Vec<BookedLine>,
    /// What happened at the hotel, in order.
    pub facts: Vec<(Fact, Stamp)>,
    /// How many times it was amended.
    pub amendments: u32,
    /// The stamp of the last amendment, if there was one.
    pub amended: Option<Stamp>,
    /// What its channel calls it, if the channel had sold it before it was on record here.
    pub reference: Option<ExternalReference>,
    /// The block that it was picked up from.
    pub block: Option<BlockId>,
}

/// The answer to a command, kept so that the same question gets it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Where it was decided.
    pub slot: Slot,
    /// Under which id.
    pub id: CommandId,
    /// About which body.
    pub body_hash: BodyHash,
    /// The kind of the command, as on the wire.
    pub kind: u32,
    /// The stamp of the record that was decided.
    pub stamp: Stamp,
    /// The answer.
    pub decision: Decision,
    /// The log time after which it is forgotten.
    pub forget_at: LogTime,
}

/// A withdrawal that came before what it withdraws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TombstoneRow {
    /// The hold, or the booking of that hold, that must not come to be.
    pub hold: HoldId,
    /// The log time after which it is forgotten.
    pub forget_at: LogTime,
}

/// The counters of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRow {
    /// Which.
    pub slot: Slot,
    /// Bookings made in it so far.
    pub bookings_count: u32,
}

/// The clock of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClockRow {
    /// Whose clock it is.
    pub partition: u16,
    /// The current owner's epoch; 0 before the first.
    pub epoch: u64,
    /// The current owner's start.
    pub boot: Boot,
    /// The highest monotonic time that this owner's ticks have told, once one has.
    pub monotonic_ms: Option<u64>,
    /// The longest step of one tick.
    pub step_max_ms: u64,
    /// Log time.
    pub log_time: LogTime,
}
