//! Everything that may be asked of the ledger.

use crate::{
    AdvanceBusinessDate, AmendBooking, AnnounceOwner, ApplyLimits, CancelBooking, ConfirmHold,
    DefineProperty, DefineRatePlan, DefineRoomType, LinkRoomType, PlaceHold, PromotePolicy,
    RecordExternalSale, RecordFact, ReleaseBlock, ReleaseHold, RollbackPolicy, SetBlock,
    SetHoldCaps, SetInventory, SetRestrictions, Slot, StagePolicy, Tick,
};

/// A wish; what becomes of it is a [`crate::Decision`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A hotel, or something new about it.
    DefineProperty(DefineProperty),
    /// A room type, or something new about it.
    DefineRoomType(DefineRoomType),
    /// A rate plan, or something new about it.
    DefineRatePlan(DefineRatePlan),
    /// How many rooms may be sold.
    SetInventory(SetInventory),
    /// Set rooms aside.
    PlaceHold(PlaceHold),
    /// Sell what was set aside.
    ConfirmHold(ConfirmHold),
    /// Give back what was set aside.
    ReleaseHold(ReleaseHold),
    /// Give back what was sold.
    CancelBooking(CancelBooking),
    /// Something happened at the hotel.
    RecordFact(RecordFact),
    /// Other nights, rooms or terms for what was sold.
    AmendBooking(AmendBooking),
    /// A sale that a channel has made already.
    RecordExternalSale(RecordExternalSale),
    /// What a room type is made of.
    LinkRoomType(LinkRoomType),
    /// Set rooms aside for somebody until a date.
    SetBlock(SetBlock),
    /// Give back what of them nobody has picked up.
    ReleaseBlock(ReleaseBlock),
    /// The night audit of a property is done.
    AdvanceBusinessDate(AdvanceBusinessDate),
    /// Somebody owns this partition from here on.
    AnnounceOwner(AnnounceOwner),
    /// Time has passed.
    Tick(Tick),
    /// Which stays may be sold at all.
    SetRestrictions(SetRestrictions),
    /// How much may be held and not paid for.
    SetHoldCaps(SetHoldCaps),
    /// A version of a policy.
    StagePolicy(StagePolicy),
    /// The version that is in force.
    PromotePolicy(PromotePolicy),
    /// The version that was in force before.
    RollbackPolicy(RollbackPolicy),
    /// How many rooms beyond the physical ones a view recommends.
    ApplyLimits(ApplyLimits),
}

impl Command {
    /// The number of its kind on the wire.
    pub fn kind(&self) -> u32 {
        match self {
            Self::DefineProperty(_) => 1,
            Self::DefineRoomType(_) => 2,
            Self::DefineRatePlan(_) => 3,
            Self::SetInventory(_) => 4,
            Self::PlaceHold(_) => 5,
            Self::ConfirmHold(_) => 6,
            Self::ReleaseHold(_) => 7,
            Self::CancelBooking(_) => 8,
            Self::RecordFact(_) => 9,
            Self::AnnounceOwner(_) => 10,
            Self::Tick(_) => 11,
            Self::AmendBooking(_) => 14,
            Self::RecordExternalSale(_) => 15,
            Self::LinkRoomType(_) => 16,
            Self::SetBlock(_) => 17,
            Self::ReleaseBlock(_) => 18,
            Self::AdvanceBusinessDate(_) => 19,
            Self::SetRestrictions(_) => 12,
            Self::SetHoldCaps(_) => 13,
            Self::StagePolicy(_) => 20,
            Self::PromotePolicy(_) => 21,
            Self::RollbackPolicy(_) => 22,
            Self::ApplyLimits(_) => 23,
        }
    }

    /// Its name in the glossary, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DefineProperty(_) => "define_property",
            Self::DefineRoomType(_) => "define_room_type",
            Self::DefineRatePlan(_) => "define_rate_plan",
            Self::SetInventory(_) => "set_inventory",
            Self::PlaceHold(_) => "place_hold",
            Self::ConfirmHold(_) => "confirm_hold",
            Self::ReleaseHold(_) => "release_hold",
            Self::CancelBooking(_) => "cancel_booking",
            Self::RecordFact(_) => "record_fact",
            Self::AnnounceOwner(_) => "announce_owner",
            Self::Tick(_) => "tick",
            Self::AmendBooking(_) => "amend_booking",
            Self::RecordExternalSale(_) => "record_external_sale",
            Self::LinkRoomType(_) => "link_room_type",
            Self::SetBlock(_) => "set_block",
            Self::ReleaseBlock(_) => "release_block",
            Self::AdvanceBusinessDate(_) => "advance_business_date",
            Self::SetRestrictions(_) => "set_restrictions",
            Self::SetHoldCaps(_) => "set_hold_caps",
            Self::StagePolicy(_) => "stage_policy",
            Self::PromotePolicy(_) => "promote_policy",
            Self::RollbackPolicy(_) => "rollback_policy",
            Self::ApplyLimits(_) => "apply_limits",
        }
    }

    /// The slot it belongs to; `None` for what concerns a whole partition.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Self::DefineProperty(command) => Some(Slot::of(&command.property)),
            Self::DefineRoomType(command) => Some(Slot::of(&command.property)),
            Self::DefineRatePlan(command) => Some(Slot::of(&command.property)),
            Self::SetInventory(command) => Some(Slot::of(&command.property)),
            Self::PlaceHold(command) => Some(Slot::of(&command.property)),
            Self::SetRestrictions(command) => Some(Slot::of(&command.property)),
            Self::SetHoldCaps(command) => Some(Slot::of(&command.property)),
            Self::StagePolicy(command) => Some(Slot::of(&command.property)),
            Self::PromotePolicy(command) => Some(Slot::of(&command.property)),
            Self::RollbackPolicy(command) => Some(Slot::of(&command.property)),
            Self::ApplyLimits(command) => Some(Slot::of(&command.property)),
            Self::ConfirmHold(command) => Some(command.hold.slot()),
            Self::ReleaseHold(command) => Some(command.hold.slot()),
            Self::CancelBooking(command) => Some(command.booking.slot()),
            Self::RecordFact(command) => Some(command.booking.slot()),
            Self::AmendBooking(command) => Some(command.booking.slot()),
            Self::LinkRoomType(command) => Some(Slot::of(&command.property)),
            Self::SetBlock(command) => Some(Slot::of(&command.property)),
            Self::ReleaseBlock(command) => Some(Slot::of(&command.property)),
            Self::AdvanceBusinessDate(command) => Some(Slot::of(&command.property)),
            Self::RecordExternalSale(command) => Some(Slot::of(&command.property)),
            Self::AnnounceOwner(_) | Self::Tick(_) => None,
        }
    }
}
