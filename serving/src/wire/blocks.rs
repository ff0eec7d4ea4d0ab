//! Blocks and business dates: their JSON, as it is asked and as it is answered.

use events::{AdvanceBusinessDate, BlockId, Night, PickUp, ReleaseBlock, SetBlock};
use ledger::rows::{BlockRow, BlockState};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::commands::{Faults, NAME_CHARS_MAX, path_id, stay};
use super::read::{self, Report, integer, parsed, text};
use super::restrictions::some;

const ROOMS_MAX: i64 = 500;

/// Rooms to set aside for somebody until a date.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockRequest {
    /// Of which room type; that of a block never changes.
    #[schema(example = "double")]
    pub room_type: String,
    /// The first night.
    #[schema(format = Date, example = "2027-03-01")]
    pub from: String,
    /// The day after the last night; at most 730 nights after the first.
    #[schema(format = Date, example = "2027-03-04")]
    pub to: String,
    /// How many on each night, with those that are picked up already.
    #[schema(minimum = 1, maximum = 500, example = 10)]
    pub rooms: u16,
    /// The business date on which what is left is given back.
    #[schema(format = Date, example = "2027-02-15")]
    pub cut_off: String,
    /// Only who comes through this channel picks up; anybody without it.
    #[schema(example = "agency")]
    pub channel: Option<String>,
    /// Only whose holds are on this account picks up; anybody without it.
    #[schema(example = "acme")]
    pub account: Option<String>,
    /// What people call it.
    #[schema(max_length = 200, example = "Wedding Miller")]
    pub name: Option<String>,
}

/// Nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockReleaseRequest {}

/// The day that the night audit has come to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessDateRequest {
    /// After the one that the property has.
    #[schema(format = Date, example = "2027-02-15")]
    pub date: String,
}

/// What nobody had picked up is free to all.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockReleased {
    /// The block.
    #[schema(example = "wedding-2027")]
    pub block: String,
    /// Always `released`.
    #[schema(example = "released")]
    pub state: &'static str,
    /// Rooms that this request gave back, over all nights; none when it was released before.
    #[schema(example = 27)]
    pub room_nights: u32,
}

/// The business date is as asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusinessDateAdvanced {
    /// The date that it is now.
    #[schema(example = "2027-02-15")]
    pub date: String,
    /// The blocks that were cut off by it.
    #[schema(example = json!(["wedding-2027"]))]
    pub released: Vec<String>,
}

/// The day that the books of a property are in.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusinessDate {
    /// The position's time.
    pub as_of: String,
    /// The date; null before the first night audit.
    #[schema(example = "2027-02-15")]
    pub date: Option<String>,
}

/// A night of a block.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockNight {
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// How many rooms holds and bookings that name the block have.
    pub picked_up: u16,
    /// How many are still set aside: none once it is closed.
    pub left: u16,
}

/// Rooms set aside for somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlockDescribed)]
pub struct Block {
    /// The position's time.
    pub as_of: String,
    /// Its id.
    #[schema(example = "wedding-2027")]
    pub block: String,
    /// What people call it.
    #[schema(example = "Wedding Miller")]
    pub name: String,
    /// `open`, `released` or `cut_off`.
    #[schema(example = "open")]
    pub state: &'static str,
    /// Of which room type.
    #[schema(example = "double")]
    pub room_type: String,
    /// The first night.
    #[schema(example = "2027-03-01")]
    pub from: String,
    /// The day after the last night.
    #[schema(example = "2027-03-04")]
    pub to: String,
    /// How many on each night.
    pub rooms: u16,
    /// The business date on which what is left is given back.
    #[schema(example = "2027-02-15")]
    pub cut_off: String,
    /// Only who comes through this channel picks up; anybody where it is null.
    pub channel: Option<String>,
    /// Only whose holds are on this account picks up; anybody where it is null.
    pub account: Option<String>,
    /// Its nights.
    pub nights: Vec<BlockNight>,
}

/// `PUT /v1/properties/{property}/blocks/{block}`.
pub(crate) fn set_block(property: &str, block: &str, body: &Value) -> Result<SetBlock, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    let block = path_id("block", block, &mut report);
    read::body(body, report, |body, report| {
        let room_type = body.required(report, "room_type", parsed);
        let nights = stay(body, report, "from", "to");
        let rooms = body.required(report, "rooms", integer(1..=ROOMS_MAX));
        let cut_off = body.required(report, "cut_off", parsed);
        let channel = body.optional(report, "channel", None, |v, at, r| some(parsed(v, at, r)));
        let account = body.optional(report, "account", None, |v, at, r| some(parsed(v, at, r)));
        let name = body.optional(report, "name", String::new(), text(NAME_CHARS_MAX));
        Some(SetBlock {
            property: property?,
            block: block?,
            room_type: room_type?,
            nights: nights?,
            rooms: rooms?,
            cut_off: cut_off?,
            pick_up: PickUp { channel: channel?, account: account? },
            name: name?,
        })
    })
}

/// `POST /v1/properties/{property}/blocks/{block}/release`.
pub(crate) fn release_block(
    property: &str,
    block: &str,
    body: &Value,
) -> Result<ReleaseBlock, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    let block = path_id("block", block, &mut report);
    read::body(body, report, |_, _| Some(ReleaseBlock { property: property?, block: block? }))
}

/// `POST /v1/properties/{property}/business-date`, up to the latest date that is believed.
pub(crate) fn advance_business_date(
    property: &str,
    body: &Value,
    latest: Night,
) -> Result<AdvanceBusinessDate, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    read::body(body, report, |body, report| {
        let date = body.required(report, "date", |value, at, report| {
            let date: Night = parsed(value, at, report)?;
            if date > latest {
                report.fault(at, format!("expected a date up to {latest}, found {date}"));
                return None;
            }
            Some(date)
        });
        Some(AdvanceBusinessDate { property: property?, date: date? })
    })
}

/// What was left of a block was given back.
pub(crate) fn block_released(block: &BlockId, room_nights: u32) -> BlockReleased {
    BlockReleased { block: block.to_string(), state: "released", room_nights }
}

/// A new day of business has begun.
pub(crate) fn business_date_advanced(date: Night, released: &[BlockId]) -> BusinessDateAdvanced {
    let released = released.iter().map(ToString::to_string).collect();
    BusinessDateAdvanced { date: date.to_string(), released }
}

/// A block as it is stored.
pub(crate) fn block(row: &BlockRow, as_of: String) -> Block {
    let SetBlock { block, room_type, nights, rooms, cut_off, pick_up, name, .. } = &row.command;
    let night = |night: Night| {
        let found = row.picked.binary_search_by_key(&night, |(on, _)| *on).ok();
        let picked_up = found.and_then(|at| row.picked.get(at)).map_or(0, |(_, rooms)| *rooms);
        let is_open = row.state == BlockState::Open;
        let left = if is_open { rooms.saturating_sub(picked_up) } else { 0 };
        BlockNight { night: night.to_string(), picked_up, left }
    };
    Block {
        as_of,
        block: block.to_string(),
        name: name.clone(),
        state: match row.state {
            BlockState::Open => "open",
            BlockState::Released => "released",
            BlockState::CutOff => "cut_off",
        },
        room_type: room_type.to_string(),
        from: nights.arrival().to_string(),
        to: nights.departure().to_string(),
        rooms: *rooms,
        cut_off: cut_off.to_string(),
        channel: pick_up.channel.as_ref().map(ToString::to_string),
        account: pick_up.account.as_ref().map(ToString::to_string),
        nights: nights.nights().map(night).collect(),
    }
}
