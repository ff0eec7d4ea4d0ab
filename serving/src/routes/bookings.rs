//! Bookings: rooms sold.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use events::{BookingId, Command, Fact, Reason};
use ledger::rows::{BookedLine, LineState};
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Segments, WaitFor, Write};
use crate::problem::Problem;
use crate::reading::{Reading, read_at};
use crate::respond;
use crate::routes::{ReadHeaders, WriteHeaders};
use crate::status::{instant, line};
use crate::wire::answers::{self, Amended, Booking, Cancelled, FactRecorded, Pending, ProblemBody};
use crate::wire::{commands, requests};

/// Reads a booking.
#[utoipa::path(
    get, path = "/v1/bookings/{booking}", tag = "shop",
    params(ReadHeaders, ("booking" = String, Path, description = "The id of the booking")),
    responses(
        (status = 200, description = "The booking", body = Booking,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    let booking = |reading: Reading<'_>| booking_body(&app, reading.snapshot, path.booking()?);
    read_at(&app, &wait_for, booking).await
}

fn booking_body(
    app: &App,
    snapshot: &Snapshot<'_>,
    booking: BookingId,
) -> Result<Booking, Problem> {
    let row = snapshot.booking(booking).map_err(|error| app.storage_failed(&error))?;
    let row = row.ok_or(Reason::BookingUnknown)?;
    let is_confirmed = row.lines.iter().any(|line| line.state == LineState::Confirmed);
    Ok(Booking {
        as_of: instant(snapshot.stamp()),
        booking: booking.to_string(),
        confirmation: app.numbers.number(booking.slot(), row.ordinal),
        state: if is_confirmed { "confirmed" } else { "cancelled" },
        property: row.property.to_string(),
        guest: row.guest.to_string(),
        reference: row.reference.as_ref().map(ToString::to_string),
        block: row.block.as_ref().map(ToString::to_string),
        hold: booking.hold().to_string(),
        confirmed_at: instant(row.stamp),
        amendments: row.amendments,
        amended_at: row.amended.map(instant),
        lines: (1..).zip(&row.lines).map(|(number, line)| booked(number, line)).collect(),
        facts: row
            .facts
            .iter()
            .map(|(fact, stamp)| fact_recorded(*fact, instant(*stamp)))
            .collect(),
    })
}

fn booked(number: u16, booked: &BookedLine) -> answers::Line {
    let state = match booked.state {
        LineState::Confirmed => "confirmed",
        LineState::Cancelled => "cancelled",
    };
    line(number, &booked.line, Some(state))
}

fn fact_recorded(fact: Fact, recorded_at: String) -> FactRecorded {
    let fact = match fact {
        Fact::Arrived => "arrived",
        Fact::Departed => "departed",
        Fact::NoShow => "no_show",
    };
    FactRecorded { fact, recorded_at }
}

/// Gives back rooms that were sold: the whole booking or lines of it.
#[utoipa::path(
    post, path = "/v1/bookings/{booking}/cancel", tag = "shop",
    params(WriteHeaders,
        ("booking" = String, Path, description = "The id of the booking"),
    ),
    request_body = Option<requests::Cancel>,
    responses(
        (status = 200, description = "Cancelled", body = Cancelled,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = commands::cancel_booking(path.booking()?, &write.body)?;
    respond::write(&app, &write.key, Command::CancelBooking(command)).await
}

/// Gives lines of a booking other nights, rooms or terms: the net change is admitted, or everything
/// stays as it was.
#[utoipa::path(
    post, path = "/v1/bookings/{booking}/amend", tag = "shop",
    params(WriteHeaders,
        ("booking" = String, Path, description = "The id of the booking"),
    ),
    request_body = requests::Amend,
    responses(
        (status = 200, description = "Amended", body = Amended,
            headers(("Roomnight-Position" = String, description = "Just after this request"))),
        (status = 202, description = "Not decided yet", body = Pending),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn amend(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    let command = commands::amend_booking(path.booking()?, &write.body)?;
    respond::write(&app, &write.key, Command::AmendBooking(command)).await
}
