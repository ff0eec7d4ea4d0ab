//! What the API answers, as JSON. Fields are named here and nowhere else.

use serde::Serialize;
use utoipa::ToSchema;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// RFC 6901 pointer into the body; `/name` for a path or query parameter of that name.
    #[schema(example = "/lines/0/rooms")]
    pub pointer: String,
    /// What is wrong there.
    #[schema(example = "expected a whole number from 1 to 200, found 0")]
    pub detail: String,
    /// In a document, the line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// In a document, the character in the line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl FieldError {
    /// A fault that stands in no line of a document.
    pub fn at(pointer: String, detail: String) -> Self {
        Self { pointer, detail, line: None, column: None }
    }
}

/// RFC 9457 problem details; every error has this form.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody<'a> {
    /// A stable URI reference that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "/problems/no-room")]
    pub kind: &'a str,
    /// The kind of problem, for people.
    pub title: &'a str,
    /// The HTTP status.
    pub status: u16,
    /// What to do about it.
    pub detail: &'a str,
    /// Why the ledger refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "no_room")]
    pub rejection: Option<&'a str>,
    /// The nights at fault, where nights are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["2027-03-02"]))]
    pub nights: Option<Vec<String>>,
    /// Everything that is wrong with the request.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    pub errors: &'a [FieldError],
}

/// A property, room type or rate plan is as asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Defined {
    /// Always `defined`.
    #[schema(example = "defined")]
    pub state: &'static str,
}

/// The inventory is as asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct InventorySet {
    /// Nights whose supply is now another than before.
    #[schema(example = 364)]
    pub nights_changed: u32,
}

/// Who stays.
#[derive(Debug, Serialize, ToSchema)]
pub struct Guests {
    /// Grown-ups over all rooms of the line.
    pub adults: u16,
    /// The age of each child in years.
    pub children: Vec<u8>,
}

/// Rooms of one type for one stay.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// Counted from 1.
    pub line: u16,
    /// What became of it; only lines of bookings have a state of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "confirmed")]
    pub state: Option<&'static str>,
    /// What kind of room.
    pub room_type: String,
    /// On which terms.
    pub rate_plan: String,
    /// The first night.
    #[schema(example = "2027-03-01")]
    pub check_in: String,
    /// The day after the last night.
    #[schema(example = "2027-03-04")]
    pub check_out: String,
    /// How many rooms.
    pub rooms: u16,
    /// Who stays.
    pub guests: Guests,
}

/// A hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct Hold {
    /// The position's time; only in answers to reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2027-01-15T09:30:00Z")]
    pub as_of: Option<String>,
    /// Its id.
    #[schema(example = "hold_04ct3pm9v1zq8n5k2r7w6x0yab")]
    pub hold: String,
    /// `held`, `confirmed`, `released` or `expired`.
    #[schema(example = "held")]
    pub state: &'static str,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// When it ends at the earliest, unless it is confirmed or released before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2027-01-15T09:45:00Z")]
    pub expires_at: Option<String>,
    /// The booking that it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<String>,
    /// The block that it was picked up from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "wedding-2027")]
    pub block: Option<String>,
    /// What is set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<Line>>,
}

/// A hold was released.
#[derive(Debug, Serialize, ToSchema)]
pub struct Released {
    /// Its id.
    pub hold: String,
    /// Always `released`.
    #[schema(example = "released")]
    pub state: &'static str,
}

/// A hold became a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmed {
    /// The id of the booking.
    #[schema(example = "bk_04ct3pm9v1zq8n5k2r7w6x0yab")]
    pub booking: String,
    /// The number for the guest.
    #[schema(example = "K7QX-2MPA")]
    pub confirmation: String,
    /// Always `confirmed`.
    #[schema(example = "confirmed")]
    pub state: &'static str,
    /// The hold that it was.
    pub hold: String,
    /// The hold had expired, and its rooms were still free.
    pub readmitted: bool,
}

/// Lines of a booking were cancelled.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cancelled {
    /// The booking.
    pub booking: String,
    /// `cancelled` when no line is left, `confirmed` otherwise.
    #[schema(example = "cancelled")]
    pub state: &'static str,
    /// The lines that this request cancelled.
    pub lines_cancelled: Vec<u16>,
}

/// Lines of a booking were changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Amended {
    /// The booking.
    pub booking: String,
    /// Always `confirmed`.
    #[schema(example = "confirmed")]
    pub state: &'static str,
    /// The lines that this request changed.
    pub lines_amended: Vec<u16>,
    /// How many times the booking has been amended by now.
    pub amendments: u32,
}

/// A night on which more is held and sold than may be.
#[derive(Debug, Serialize, ToSchema)]
pub struct TooMany {
    /// Of which room type.
    pub room_type: String,
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// By how many rooms.
    pub rooms: u32,
}

/// A channel's sale is on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalSaleRecorded {
    /// The id of the booking.
    #[schema(example = "bk_04ct3pm9v1zq8n5k2r7w6x0yab")]
    pub booking: String,
    /// The number for the guest.
    #[schema(example = "K7QX-2MPA")]
    pub confirmation: String,
    /// Always `confirmed`.
    #[schema(example = "confirmed")]
    pub state: &'static str,
    /// It was on record before, and nothing was counted now.
    pub known: bool,
    /// The nights on which it left more sold than may be.
    pub oversold: Vec<TooMany>,
}

/// A night on which more is held and sold than may be, and since when.
#[derive(Debug, Serialize, ToSchema)]
pub struct OversoldNight {
    /// Of which room type.
    pub room_type: String,
    /// The night.
    #[schema(example = "2027-03-01")]
    pub night: String,
    /// By how many rooms.
    pub rooms: u32,
    /// When it became so.
    #[schema(example = "2027-01-15T09:30:00Z")]
    pub since: String,
    /// The position just after the record by which it became so.
    #[schema(example = "0:4711")]
    pub position: String,
}

/// The nights of a property on which more is held and sold than may be.
#[derive(Debug, Serialize, ToSchema)]
pub struct Oversold {
    /// The position's time.
    pub as_of: String,
    /// By room type and night.
    pub oversold: Vec<OversoldNight>,
}

/// Something that happened at the hotel.
#[derive(Debug, Serialize, ToSchema)]
pub struct FactRecorded {
    /// `arrived`, `departed` or `no_show`.
    #[schema(example = "arrived")]
    pub fact: &'static str,
    /// When it was recorded.
    pub recorded_at: String,
}

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Booking {
    /// The position's time.
    pub as_of: String,
    /// Its id.
    pub booking: String,
    /// The number for the guest.
    #[schema(example = "K7QX-2MPA")]
    pub confirmation: String,
    /// `confirmed` while a line is, `cancelled` otherwise.
    #[schema(example = "confirmed")]
    pub state: &'static str,
    /// Where.
    pub property: String,
    /// For whom.
    pub guest: String,
    /// What its channel calls it, if the channel had sold it before it was on record here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// The block that it was picked up from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "wedding-2027")]
    pub block: Option<String>,
    /// The hold that it was.
    pub hold: String,
    /// When it was confirmed.
    pub confirmed_at: String,
    /// How many times it was amended.
    pub amendments: u32,
    /// When it was last amended, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amended_at: Option<String>,
    /// What was sold.
    pub lines: Vec<Line>,
    /// What happened at the hotel, in order.
    pub facts: Vec<FactRecorded>,
}

/// What became of a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandDecided {
    /// The position's time.
    pub as_of: String,
    /// The key of the request.
    pub idempotency_key: String,
    /// Always `decided`.
    #[schema(example = "decided")]
    pub state: &'static str,
    /// What was asked.
    #[schema(example = "place_hold")]
    pub command: &'static str,
    /// The status that the request was or would have been answered with.
    pub status: u16,
    /// The body that the request was or would have been answered with.
    pub answer: serde_json::Value,
}

/// A request that is not decided yet, and where to ask again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pending {
    /// Where to ask what became of it.
    #[schema(example = "/v1/commands/3f0c")]
    pub status_url: String,
}

/// A request that is not decided yet, asked for by its key.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandPending {
    /// The position's time.
    pub as_of: String,
    /// The key of the request.
    pub idempotency_key: String,
    /// Always `pending`.
    #[schema(example = "pending")]
    pub state: &'static str,
    /// Where to ask again.
    pub status_url: String,
}

/// What became of a batch of signals.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignalsTaken {
    /// How many lines were accepted.
    #[schema(example = 998)]
    pub accepted: usize,
    /// Whether those were read back from the log as durable by now.
    pub durable: bool,
    /// The lines that are at fault.
    pub refused: Vec<RefusedLine>,
}

/// A line that is at fault.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedLine {
    /// Its number, counted from 1.
    #[schema(example = 3)]
    pub line: usize,
    /// Everything that is wrong with it.
    pub errors: Vec<FieldError>,
}

/// Records that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadLetters {
    /// When they were listed.
    #[schema(example = "2027-01-15T09:30:00Z")]
    pub as_of: String,
    /// How many wait for somebody in all topics.
    #[schema(example = 1)]
    pub waiting: usize,
    /// Those that were asked for.
    pub dead_letters: Vec<DeadLetterShown>,
}

/// A record that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadLetterShown {
    /// The topic it stood in.
    #[schema(example = "searches")]
    pub topic: &'static str,
    /// Its partition.
    pub partition: u16,
    /// Its offset.
    pub offset: u64,
    /// Why it could not be read.
    #[schema(example = "`kind` is missing")]
    pub reason: String,
    /// How long it is.
    pub bytes_count: usize,
    /// Its first 1,024 bytes.
    #[schema(example = "0801")]
    pub bytes_hex: String,
}

/// A dead letter stands in its topic again.
#[derive(Debug, Serialize, ToSchema)]
pub struct DrivenAgain {
    /// Always `driven_again`.
    #[schema(example = "driven_again")]
    pub state: &'static str,
}

/// What of the process is ready.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// Always `ready`: what is not is a problem.
    #[schema(example = "ready")]
    pub status: &'static str,
    /// Always `ready`.
    #[schema(example = "ready")]
    pub decisions: &'static str,
    /// `ready`, or `loading` while reads still answer from before the start.
    #[schema(example = "ready")]
    pub views: &'static str,
}

/// The state of the process.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `alive`.
    #[schema(example = "alive")]
    pub status: &'static str,
}
