//! Blocks and business dates to their Protobuf messages and back.

use super::commands::stay;
use super::restrictions::named;
use super::{WireError, out_of_range, proto, small};
use crate::{
    AccountId, AdvanceBusinessDate, BlockId, ChannelId, Night, PickUp, PropertyId, ReleaseBlock,
    RoomTypeId, SetBlock,
};

impl From<&SetBlock> for proto::SetBlock {
    fn from(command: &SetBlock) -> Self {
        let PickUp { channel, account } = &command.pick_up;
        Self {
            property: command.property.to_string(),
            block: command.block.to_string(),
            room_type: command.room_type.to_string(),
            from_night: command.nights.arrival().number(),
            to_night: command.nights.departure().number(),
            rooms: command.rooms.into(),
            cut_off: command.cut_off.number(),
            channel: channel.as_ref().map(ToString::to_string).unwrap_or_default(),
            account: account.as_ref().map(ToString::to_string).unwrap_or_default(),
            name: command.name.clone(),
        }
    }
}

/// The answer to a release.
pub(super) fn released(block: &BlockId, room_nights: u32) -> proto::BlockReleased {
    proto::BlockReleased { block: block.to_string(), room_nights }
}

/// The answer to a night audit.
pub(super) fn date_advanced(date: Night, released: &[BlockId]) -> proto::BusinessDateAdvanced {
    let released = released.iter().map(ToString::to_string).collect();
    proto::BusinessDateAdvanced { date: date.number(), released }
}

impl TryFrom<proto::SetBlock> for SetBlock {
    type Error = WireError;

    fn try_from(command: proto::SetBlock) -> Result<Self, WireError> {
        if command.rooms == 0 {
            return Err(out_of_range("rooms", command.rooms));
        }
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            block: BlockId::new(&command.block)?,
            room_type: RoomTypeId::new(&command.room_type)?,
            nights: stay(command.from_night, command.to_night)?,
            rooms: small("rooms", command.rooms)?,
            cut_off: night("cut_off", command.cut_off)?,
            pick_up: PickUp {
                channel: named(&command.channel, ChannelId::new)?,
                account: named(&command.account, AccountId::new)?,
            },
            name: command.name,
        })
    }
}

impl From<&ReleaseBlock> for proto::ReleaseBlock {
    fn from(command: &ReleaseBlock) -> Self {
        Self { property: command.property.to_string(), block: command.block.to_string() }
    }
}

impl TryFrom<proto::ReleaseBlock> for ReleaseBlock {
    type Error = WireError;

    fn try_from(command: proto::ReleaseBlock) -> Result<Self, WireError> {
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            block: BlockId::new(&command.block)?,
        })
    }
}

impl From<&AdvanceBusinessDate> for proto::AdvanceBusinessDate {
    fn from(command: &AdvanceBusinessDate) -> Self {
        Self { property: command.property.to_string(), date: command.date.number() }
    }
}

impl TryFrom<proto::AdvanceBusinessDate> for AdvanceBusinessDate {
    type Error = WireError;

    fn try_from(command: proto::AdvanceBusinessDate) -> Result<Self, WireError> {
        Ok(Self {
            property: PropertyId::new(&command.property)?,
            date: night("date", command.date)?,
        })
    }
}

pub(super) fn night(field: &'static str, number: i32) -> Result<Night, WireError> {
    Night::from_number(number).ok_or(out_of_range(field, number))
}
