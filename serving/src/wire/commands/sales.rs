//! Bodies that change what was sold.

use events::{AmendBooking, AmendLine, BookingId, Guests, LinkRoomType, Part, RecordExternalSale};
use serde_json::Value;

use super::{Faults, LINES_MAX, ROOMS_MAX, guests, line, path_id, stay};
use crate::wire::read::{self, Object, Pointer, Report, integer, list, object, parsed};

const PART_ROOMS_MAX: i64 = 100;

/// `POST /v1/bookings/{booking}/amend`.
pub(crate) fn amend_booking(booking: BookingId, body: &Value) -> Result<AmendBooking, Faults> {
    read::body(body, Report::default(), |body, report| {
        let lines = body.required(report, "lines", amend_lines);
        Some(AmendBooking { booking, lines: lines?.into() })
    })
}

/// `POST /v1/external-sales`.
pub(crate) fn external_sale(body: &Value) -> Result<RecordExternalSale, Faults> {
    read::body(body, Report::default(), |body, report| {
        let property = body.required(report, "property", parsed);
        let channel = body.required(report, "channel", parsed);
        let reference = body.required(report, "reference", parsed);
        let guest = body.required(report, "guest", parsed);
        let lines = body.required(report, "lines", list(1..=LINES_MAX, object(line)));
        Some(RecordExternalSale {
            property: property?,
            channel: channel?,
            reference: reference?,
            guest: guest?,
            lines: lines?,
        })
    })
}

/// `PUT /v1/properties/{property}/room-types/{room_type}/links`.
pub(crate) fn link_room_type(
    property: &str,
    room_type: &str,
    body: &Value,
) -> Result<LinkRoomType, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    let room_type = path_id("room_type", room_type, &mut report);
    read::body(body, report, |body, report| {
        let parts: Option<Vec<Part>> =
            body.required(report, "parts", list(0..=LINES_MAX, object(part)));
        Some(LinkRoomType { property: property?, room_type: room_type?, parts: parts?.into() })
    })
}

fn part(part: &mut Object<'_>, report: &mut Report) -> Option<Part> {
    let room_type = part.required(report, "room_type", parsed);
    let rooms = part.required(report, "rooms", integer(1..=PART_ROOMS_MAX));
    Some(Part { room_type: room_type?, rooms: rooms? })
}

fn amend_lines(value: &Value, at: &Pointer<'_>, report: &mut Report) -> Option<Vec<AmendLine>> {
    let lines: Vec<AmendLine> = list(1..=LINES_MAX, object(amend_line))(value, at, report)?;
    let is_named_before =
        |index: &usize| lines[..*index].iter().any(|before| before.line == lines[*index].line);
    if let Some(index) = (0..lines.len()).find(is_named_before) {
        let line = Pointer::Item(at, index);
        report.fault(&Pointer::Field(&line, "line"), "stands in this list before");
        return None;
    }
    Some(lines)
}

fn amend_line(line: &mut Object<'_>, report: &mut Report) -> Option<AmendLine> {
    let number = line.required(report, "line", integer(1..=i64::from(u16::MAX)));
    let stay = stay(line, report, "check_in", "check_out");
    let room_type = line.optional(report, "room_type", None, |value, at, report| {
        parsed(value, at, report).map(Some)
    });
    let rate_plan = line.optional(report, "rate_plan", None, |value, at, report| {
        parsed(value, at, report).map(Some)
    });
    let rooms = line.optional(report, "rooms", None, |value, at, report| {
        integer(1..=ROOMS_MAX)(value, at, report).map(Some)
    });
    let guests = line.optional(report, "guests", None, |value, at, report| {
        object(guests)(value, at, report).map(Some)
    });
    let of = |(adults, children): (u16, Vec<u8>)| Guests { adults, children: children.into() };
    Some(AmendLine {
        line: number?,
        stay: stay?,
        room_type: room_type?,
        rate_plan: rate_plan?,
        rooms: rooms?,
        guests: guests?.map(of),
    })
}
