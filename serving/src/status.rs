//! From decisions and errors to statuses and bodies: total, with no arm for "everything else".
//!
//! `docs/http-status-codes.md` is this file as a table; a test compares the two.

use axum::http::StatusCode;
use events::{BookingId, Command, Decision, Oversold, Reason, Stamp};
use jiff::Timestamp;
use serde::Serialize;

use crate::confirmation::ConfirmationKey;
use crate::problem::{Kind, Problem, Terms};
use crate::wire::answers;
use crate::wire::blocks;
use crate::wire::policies::PolicyActive;
use crate::wire::restrictions::RestrictionsSet;

mod words;

/// What a hold's answer says beyond its decision; it comes from the command or from storage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HoldTerms<'a> {
    pub(crate) property: &'a events::PropertyId,
    pub(crate) ttl_ms: u64,
    pub(crate) lines: &'a [events::Line],
    pub(crate) block: Option<&'a events::BlockId>,
}

impl<'a> HoldTerms<'a> {
    /// The terms that a command asks for, if it asks for a hold.
    pub(crate) fn of_command(command: &'a Command) -> Option<Self> {
        match command {
            Command::PlaceHold(hold) => {
                let (property, lines) = (&hold.property, &hold.lines);
                let block = hold.block.as_ref();
                Some(Self { property, ttl_ms: hold.ttl_ms, lines, block })
            }
            Command::DefineProperty(_)
            | Command::DefineRoomType(_)
            | Command::DefineRatePlan(_)
            | Command::SetInventory(_)
            | Command::SetRestrictions(_)
            | Command::SetHoldCaps(_)
            | Command::StagePolicy(_)
            | Command::PromotePolicy(_)
            | Command::RollbackPolicy(_)
            | Command::ApplyLimits(_)
            | Command::ConfirmHold(_)
            | Command::ReleaseHold(_)
            | Command::CancelBooking(_)
            | Command::RecordFact(_)
            | Command::AmendBooking(_)
            | Command::LinkRoomType(_)
            | Command::SetBlock(_)
            | Command::ReleaseBlock(_)
            | Command::AdvanceBusinessDate(_)
            | Command::RecordExternalSale(_)
            | Command::AnnounceOwner(_)
            | Command::Tick(_) => None,
        }
    }
}

/// A status with a body: what the same key and body are always answered with.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// The problem it is, when it is one.
    pub(crate) problem: Option<Problem>,
}

impl Answer {
    fn good(status: StatusCode, body: &impl Serialize) -> Self {
        let body =
            serde_json::to_vec(body).expect("texts and numbers can always be written as JSON");
        Self { status, body, problem: None }
    }

    fn bad(problem: Problem) -> Self {
        Self { status: problem.status(), body: problem.body(), problem: Some(problem) }
    }
}

/// The answer to a decided command. `stamp` is that of the record first decided under its id, so
/// that a repetition is answered with the same bytes.
pub(crate) fn answer(
    decision: &Decision,
    stamp: Stamp,
    terms: Option<HoldTerms<'_>>,
    numbers: &ConfirmationKey,
) -> Answer {
    match decision {
        Decision::Defined => Answer::good(StatusCode::OK, &answers::Defined { state: "defined" }),
        Decision::InventorySet { nights_changed } => {
            let nights_changed = *nights_changed;
            Answer::good(StatusCode::OK, &answers::InventorySet { nights_changed })
        }
        Decision::RestrictionsSet { nights_changed } => {
            let nights_changed = *nights_changed;
            Answer::good(StatusCode::OK, &RestrictionsSet { nights_changed })
        }
        Decision::PolicyActive { version, changed } => {
            let version = version.as_ref().map(ToString::to_string);
            Answer::good(StatusCode::OK, &PolicyActive { version, changed: *changed })
        }
        Decision::Held { hold, deadline: _ } => {
            let held = answers::Hold {
                as_of: None,
                hold: hold.to_string(),
                state: "held",
                property: terms.map(|terms| terms.property.to_string()),
                expires_at: terms.map(|terms| instant_after(stamp, terms.ttl_ms)),
                booking: None,
                block: terms.and_then(|terms| terms.block).map(ToString::to_string),
                lines: terms.map(|terms| lines(terms.lines)),
            };
            Answer::good(StatusCode::CREATED, &held)
        }
        Decision::Confirmed { booking, ordinal, readmitted } => {
            let confirmed = answers::Confirmed {
                booking: booking.to_string(),
                confirmation: numbers.number(booking.slot(), *ordinal),
                state: "confirmed",
                hold: booking.hold().to_string(),
                readmitted: *readmitted,
            };
            Answer::good(StatusCode::CREATED, &confirmed)
        }
        Decision::Released { hold } => Answer::good(
            StatusCode::OK,
            &answers::Released { hold: hold.to_string(), state: "released" },
        ),
        Decision::Cancelled { booking, lines, whole } => cancelled(*booking, lines, *whole),
        Decision::ExternalSaleRecorded { booking, ordinal, oversold, known } => {
            let number = numbers.number(booking.slot(), *ordinal);
            external_sale(*booking, number, oversold, *known)
        }
        Decision::Amended { booking, lines, amendments } => amended(*booking, lines, *amendments),
        Decision::BlockReleased { block, room_nights } => {
            Answer::good(StatusCode::OK, &blocks::block_released(block, *room_nights))
        }
        Decision::BusinessDateAdvanced { date, released } => {
            Answer::good(StatusCode::OK, &blocks::business_date_advanced(*date, released))
        }
        Decision::Rejected(rejection) => Answer::bad(Problem::refused(rejection.clone())),
        // No route asks for these.
        Decision::Recorded
        | Decision::LimitsApplied { .. }
        | Decision::OwnerAnnounced { .. }
        | Decision::Ticked { .. } => Answer::bad(Problem::new(Kind::Internal)),
    }
}

fn cancelled(booking: BookingId, lines: &[u16], whole: bool) -> Answer {
    let cancelled = answers::Cancelled {
        booking: booking.to_string(),
        state: if whole { "cancelled" } else { "confirmed" },
        lines_cancelled: lines.to_vec(),
    };
    Answer::good(StatusCode::OK, &cancelled)
}

fn external_sale(
    booking: BookingId,
    confirmation: String,
    oversold: &[Oversold],
    known: bool,
) -> Answer {
    let too_many = |one: &Oversold| answers::TooMany {
        room_type: one.room_type.to_string(),
        night: one.night.to_string(),
        rooms: one.rooms,
    };
    let recorded = answers::ExternalSaleRecorded {
        booking: booking.to_string(),
        confirmation,
        state: "confirmed",
        known,
        oversold: oversold.iter().map(too_many).collect(),
    };
    Answer::good(if known { StatusCode::OK } else { StatusCode::CREATED }, &recorded)
}

fn amended(booking: BookingId, lines: &[u16], amendments: u32) -> Answer {
    let amended = answers::Amended {
        booking: booking.to_string(),
        state: "confirmed",
        lines_amended: lines.to_vec(),
        amendments,
    };
    Answer::good(StatusCode::OK, &amended)
}

/// Lines as they stand in an answer.
pub(crate) fn lines(lines: &[events::Line]) -> Vec<answers::Line> {
    (1..).zip(lines).map(|(number, asked)| line(number, asked, None)).collect()
}

/// One line as it stands in an answer.
pub(crate) fn line(number: u16, line: &events::Line, state: Option<&'static str>) -> answers::Line {
    answers::Line {
        line: number,
        state,
        room_type: line.room_type.to_string(),
        rate_plan: line.rate_plan.to_string(),
        check_in: line.stay.arrival().to_string(),
        check_out: line.stay.departure().to_string(),
        rooms: line.rooms,
        guests: answers::Guests { adults: line.adults, children: line.children.to_vec() },
    }
}

/// An instant as RFC 3339 in UTC; one that no calendar reaches is the nearest that it does.
pub(crate) fn instant(stamp: Stamp) -> String {
    let nearest = if stamp.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(stamp.0).unwrap_or(nearest).to_string()
}

/// The instant so many milliseconds after a stamp.
pub(crate) fn instant_after(stamp: Stamp, ms: u64) -> String {
    instant(Stamp(stamp.0.saturating_add_unsigned(ms)))
}

/// How a refusal is answered.
pub(crate) fn terms_of_reason(reason: Reason) -> Terms {
    let status = status_of_reason(reason);
    let words = words::REASONS.iter().find(|(described, ..)| *described == reason);
    let (title, detail) = words.map_or((reason.name(), ""), |(_, title, detail)| (title, detail));
    Terms { name: reason.name(), status, title, detail }
}

/// How an error that does not come from the ledger is answered.
pub(crate) fn terms_of_kind(kind: Kind) -> Terms {
    let status = status_of_kind(kind);
    let words = words::KINDS.iter().find(|(described, ..)| *described == kind);
    let (name, title, detail) =
        words.map_or(("unknown", "", ""), |(_, name, title, detail)| (name, title, detail));
    Terms { name, status, title, detail }
}

/// The status of a refusal.
pub fn status_of_reason(reason: Reason) -> StatusCode {
    match reason {
        // It can never be right as it stands.
        Reason::IdReused
        | Reason::TooLarge
        | Reason::CurrencyMismatch
        | Reason::RatePlanExcludesRoomType
        | Reason::RatePlanExcludesChannel
        | Reason::RatePlanOccupancy
        | Reason::BlockedExceedsRooms
        | Reason::NamedTwice
        | Reason::LinkNested
        | Reason::TooManyGuests => StatusCode::UNPROCESSABLE_ENTITY,
        // It names what does not exist.
        Reason::PropertyUnknown
        | Reason::RoomTypeUnknown
        | Reason::RatePlanUnknown
        | Reason::HoldUnknown
        | Reason::BookingUnknown
        | Reason::BlockUnknown
        | Reason::LineUnknown
        | Reason::PolicyUnknown => StatusCode::NOT_FOUND,
        // It was right, and the state of things forbids it.
        Reason::Withdrawn
        | Reason::TooManyOpenHolds
        | Reason::Closed
        | Reason::ClosedToArrival
        | Reason::ClosedToDeparture
        | Reason::MinStayArrival
        | Reason::MinStayThrough
        | Reason::MaxStay
        | Reason::StayPattern
        | Reason::TooEarly
        | Reason::TooLate
        | Reason::BlockClosed
        | Reason::NotOfBlock
        | Reason::BlockMismatch
        | Reason::DateNotAfter
        | Reason::BlockPickedUp
        | Reason::NoRoom
        | Reason::BlockShort
        | Reason::UnpaidShareReached
        | Reason::HoldReleased
        | Reason::HoldExpired
        | Reason::HoldConfirmed
        | Reason::ConfirmTooLate
        | Reason::BookingCancelled
        | Reason::LineCancelled
        | Reason::RoomTypeHasRooms
        | Reason::RoomTypeClaimed
        | Reason::RoomTypeLinked
        | Reason::PolicyVersionTaken
        | Reason::PoliciesFull
        | Reason::NothingToRollBack
        | Reason::PolicyNotActive
        | Reason::LimitsAhead
        | Reason::LimitsOutdated
        | Reason::TombstonesFull
        // It waited too long. Not 503: that answer is kept, and the same key would get it for ever.
        | Reason::Stale => StatusCode::CONFLICT,
        // Nothing is wrong with it, and nothing was decided.
        Reason::EpochSuperseded => StatusCode::SERVICE_UNAVAILABLE,
        // Only a defect of ours brings it about.
        Reason::Misrouted => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status of an error that does not come from the ledger.
pub fn status_of_kind(kind: Kind) -> StatusCode {
    match kind {
        Kind::MalformedJson
        | Kind::BodyUnreadable
        | Kind::IdempotencyKey
        | Kind::MalformedPosition
        | Kind::MalformedDeadline => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
        Kind::RouteUnknown
        | Kind::CommandUnknown
        | Kind::ViewUnknown
        | Kind::IdentityUnknown
        | Kind::MarketUnknown
        | Kind::DeadLetterUnknown => StatusCode::NOT_FOUND,
        Kind::PolicyNotCandidate => StatusCode::CONFLICT,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::InvalidInput | Kind::CardNumber => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Kind::NotThereYet
        | Kind::Deadline
        | Kind::Overloaded
        | Kind::Stopping
        | Kind::NotReady
        | Kind::StorageFailed
        | Kind::StorageFull
        | Kind::StorageStalled => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// When to ask again after that status, in seconds.
pub(crate) fn retry_after_s(status: StatusCode) -> Option<u8> {
    let is_later =
        matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
    is_later.then_some(1)
}

#[cfg(test)]
mod tests;
