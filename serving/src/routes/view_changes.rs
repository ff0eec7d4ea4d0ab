//! The change stream of a view: everything that it says of a property, then whatever changes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use events::{PropertyId, Reason};
use futures_core::Stream;
use storage::Snapshot;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use crate::app::{App, Ready};
use crate::extract::{Segments, WaitFor};
use crate::feed::Told;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::routes::ReadHeaders;
use crate::status::instant;
use crate::wire::answers::ProblemBody;
use crate::wire::commands;
use crate::wire::views::{ViewEvent, ViewRowBody, availability_row};

/// How many events may wait for a follower that reads slowly; then the stream waits for it, and a
/// follower that falls out of what is kept gets a snapshot again.
const EVENTS_PENDING_MAX: usize = 16;

/// How many rows one event carries at most.
const ROWS_PER_EVENT_MAX: usize = 1_000;

/// How often a stream on which nothing happens says that it lives, and looks whether it should.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `commands::followed` reads")]
pub(crate) struct FollowParams {
    /// Of which property.
    #[param(example = "grand")]
    property: String,
}

/// Follows a view: a snapshot first, then every change with its retractions.
///
/// Events are named `snapshot` and `changes`; their `data` is a `ViewEvent`. Each has an `id`:
/// whoever comes back with it in `Last-Event-ID` gets what has changed since, or a snapshot where
/// that is not kept any more.
#[utoipa::path(
    get, path = "/v1/views/{view}/changes", tag = "operate",
    params(
        ReadHeaders,
        FollowParams,
        ("view" = String, Path, description = "Which view", example = "availability"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen"),
    ),
    responses(
        (status = 200, description = "A stream without an end", body = ViewEvent,
            content_type = "text/event-stream",
            headers(("Roomnight-Position" = String, description = "Where it begins"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn follow(
    State(app): State<Arc<App>>,
    path: Segments,
    headers: HeaderMap,
    wait_for: WaitFor,
    query: Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    if path.get("view") != "availability" {
        return Err(Problem::new(Kind::ViewUnknown));
    }
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let property = commands::followed(&pairs)?;
    wait_for.reached(&app).await?;
    let position = {
        let snapshot = app.snapshot()?;
        let row = snapshot.property(&property).map_err(|error| app.storage_failed(&error))?;
        row.ok_or(Reason::PropertyUnknown)?;
        snapshot.position()
    };
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let seen = seen.and_then(|text| number_of(text, app.feed.start()));
    let (sender, receiver) = mpsc::channel(EVENTS_PENDING_MAX);
    tokio::spawn(tell(Arc::clone(&app), property, seen, sender));
    let events = Sse::new(Events(receiver)).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE));
    Ok(respond::read(&position, Ok(events.into_response())))
}

/// The events of one follower.
struct Events(mpsc::Receiver<Event>);

impl Stream for Events {
    type Item = Result<Event, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

/// Tells a follower everything from where it stands, until it leaves or the process ends.
async fn tell(
    app: Arc<App>,
    property: PropertyId,
    mut seen: Option<u64>,
    sender: mpsc::Sender<Event>,
) {
    let mut latest = app.feed.subscribe();
    while app.readiness.get() != Ready::Stopping && !sender.is_closed() {
        // Marked as seen before it is read: what is told meanwhile wakes the wait below at once.
        latest.mark_unchanged();
        let told = seen.and_then(|number| app.feed.after(number));
        let (events, number) = match told {
            Some(told) => changes(&app, &property, &told, seen.unwrap_or(0)),
            // Asked before the snapshot is taken: what it then shows twice changes nothing.
            None => {
                let number = app.feed.latest();
                let Ok(events) = snapshot(&app, &property, number) else { return };
                (events, number)
            }
        };
        seen = Some(number);
        for event in events {
            if sender.send(event).await.is_err() {
                return;
            }
        }
        // Nothing new for a while: time to look whether anybody still listens.
        let _woken = tokio::time::timeout(SIGN_OF_LIFE, latest.changed()).await;
    }
}

/// What has changed, an event for each write that says something of the property.
fn changes(app: &App, property: &PropertyId, told: &[Arc<Told>], seen: u64) -> (Vec<Event>, u64) {
    let mut events = Vec::new();
    for told in told {
        let rows = told.availability.iter().filter(|(key, _)| key.property == *property);
        let rows: Vec<_> = rows.map(|(key, row)| availability_row(key, row.as_ref())).collect();
        if !rows.is_empty() {
            let position = told.position.to_string();
            let as_of = instant(told.stamp);
            let body = ViewEvent { position, as_of, snapshot: false, rows };
            events.push(event(app, "changes", &body, told.number));
        }
    }
    (events, told.last().map_or(seen, |told| told.number))
}

/// Everything that the view says of the property, in events of bounded size.
fn snapshot(app: &App, property: &PropertyId, number: u64) -> Result<Vec<Event>, Problem> {
    let snapshot = app.snapshot()?;
    let rows = rows_of(&snapshot, property).map_err(|error| app.storage_failed(&error))?;
    let (position, as_of) = (snapshot.position().to_string(), instant(snapshot.stamp()));
    let body = |rows: &[ViewRowBody]| ViewEvent {
        position: position.clone(),
        as_of: as_of.clone(),
        snapshot: true,
        rows: rows.to_vec(),
    };
    let last = rows.len() - rows.len() % ROWS_PER_EVENT_MAX;
    let (whole, rest) = rows.split_at(last);
    // Only the last has an id: whoever has heard a part of it comes back for all of it.
    let mut events: Vec<_> =
        whole.chunks(ROWS_PER_EVENT_MAX).map(|rows| unnumbered("snapshot", &body(rows))).collect();
    events.push(event(app, "snapshot", &body(rest), number));
    Ok(events)
}

fn rows_of(
    snapshot: &Snapshot<'_>,
    property: &PropertyId,
) -> Result<Vec<ViewRowBody>, storage::Error> {
    let rows = snapshot.availability_of(property)?;
    Ok(rows.iter().map(|(key, row)| availability_row(key, Some(row))).collect())
}

fn event(app: &App, name: &str, body: &ViewEvent, number: u64) -> Event {
    let id = format!("{:016x}-{number}", app.feed.start());
    unnumbered(name, body).id(id)
}

fn unnumbered(name: &str, body: &ViewEvent) -> Event {
    let event = Event::default().event(name);
    event.json_data(body).unwrap_or_else(|error| {
        tracing::error!(%error, "an event could not be written as JSON");
        Event::default().comment("an event is missing: read the snapshot again")
    })
}

/// The number in an event's id, if it is of this start.
fn number_of(id: &str, start: u64) -> Option<u64> {
    let (of_start, number) = id.split_once('-')?;
    if u64::from_str_radix(of_start, 16) != Ok(start) {
        return None;
    }
    number.parse().ok()
}
