//! The change stream of a view: everything that it says of a property, a market or an identity,
//! then whatever changes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use events::{Position, Reason, Stamp};
use futures_core::Stream;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use crate::app::{App, Ready};
use crate::extract::{Pairs, Segments, WaitFor};
use crate::feed::Told;
use crate::followed::{Followed, Of, View};
use crate::keys::Caller;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::routes::ReadHeaders;
use crate::status::instant;
use crate::wire::answers::ProblemBody;
use crate::wire::views::{ViewEvent, ViewMessage, ViewRowBody, followed};

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
#[expect(dead_code, reason = "it only describes what `wire::views::followed` reads")]
pub(crate) struct FollowParams {
    /// Of which property; all views but `market_events` and `velocity` take it.
    #[param(example = "grand")]
    property: Option<String>,
    /// Of which market; `occupancy` and `demand` take it in place of a property, and
    /// `market_events` takes nothing else.
    #[param(example = "lisbon")]
    market: Option<String>,
    /// Of what kind of identity; `velocity` takes it, with `id`.
    #[param(example = "card")]
    kind: Option<String>,
    /// Of which identity, as attempts name it.
    #[param(example = "tok-1")]
    id: Option<String>,
}

/// Follows a view: a snapshot first, then every change with its retractions.
///
/// Views: `availability`, `occupancy`, `pace`, `price`, `limit`, `demand`, `competitors`,
/// `market_events` and `velocity`. Each asks for the scope of those who read the same once. What a
/// candidate policy would do is not among them.
///
/// Events are named `snapshot` and `changes`; their `data` is a `ViewEvent`. The last of those
/// that belong together has an `id`: whoever comes back with it in `Last-Event-ID` gets what has
/// changed since, or a snapshot where that is not kept any more.
#[utoipa::path(
    get, path = "/v1/views/{view}/changes", tag = "operate",
    params(
        ReadHeaders,
        FollowParams,
        ("view" = String, Path, description = "Which view", example = "availability"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen"),
    ),
    responses(
        (status = 200, description = "A stream without an end", body = ViewMessage,
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
    caller: Caller,
    headers: HeaderMap,
    wait_for: WaitFor,
    pairs: Pairs,
) -> Result<Response, Problem> {
    let view = View::from_name(path.get("view")).ok_or_else(|| Problem::new(Kind::ViewUnknown))?;
    if !caller.may(view.scopes()) {
        return Err(Problem::because(Kind::Forbidden, scope_missing(view)));
    }
    let followed = followed(view, pairs.as_slice())?;
    wait_for.reached(&app).await?;
    let position = {
        let snapshot = app.snapshot()?;
        if let Of::Property(property) = &followed.of {
            let row = snapshot.property(property).map_err(|error| app.storage_failed(&error))?;
            row.ok_or(Reason::PropertyUnknown)?;
        }
        snapshot.position()
    };
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let seen = seen.and_then(|text| number_of(text, app.feed.start()));
    let (sender, receiver) = mpsc::channel(EVENTS_PENDING_MAX);
    tokio::spawn(tell(Arc::clone(&app), followed, seen, sender));
    let events = Sse::new(Events(receiver)).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE));
    Ok(respond::read(&position, Ok(events.into_response())))
}

fn scope_missing(view: View) -> String {
    let names: Vec<String> = view.scopes().iter().map(|scope| format!("`{scope}`")).collect();
    format!("`{}` needs an API key with the scope {}.", view.name(), names.join(" or "))
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
    followed: Followed,
    mut seen: Option<u64>,
    sender: mpsc::Sender<Event>,
) {
    let mut latest = app.feed.subscribe();
    while app.readiness.get() != Ready::Stopping && !sender.is_closed() {
        // Marked as seen before it is read: what is told meanwhile wakes the wait below at once.
        latest.mark_unchanged();
        let told = seen.and_then(|number| app.feed.after(number));
        let (events, number) = match told {
            Some(told) => changes(&app, &followed, &told, seen.unwrap_or(0)),
            // Asked before the snapshot is taken: what it then shows twice changes nothing.
            None => {
                let number = app.feed.latest();
                let Ok(events) = snapshot(&app, &followed, number) else { return };
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

/// What has changed, told for each write that says something of what is followed.
fn changes(app: &App, followed: &Followed, told: &[Arc<Told>], seen: u64) -> (Vec<Event>, u64) {
    let mut all = Vec::new();
    for told in told {
        let rows = followed.changes(told);
        if !rows.is_empty() {
            let at = At { position: &told.position, stamp: told.stamp, number: told.number };
            all.extend(events(app, false, &at, &rows));
        }
    }
    (all, told.last().map_or(seen, |told| told.number))
}

/// Everything that the view says of what is followed.
fn snapshot(app: &App, followed: &Followed, number: u64) -> Result<Vec<Event>, Problem> {
    let snapshot = app.snapshot()?;
    let rows = followed.rows(&snapshot).map_err(|error| app.storage_failed(&error))?;
    let at = At { position: &snapshot.position(), stamp: snapshot.stamp(), number };
    Ok(events(app, true, &at, &rows))
}

/// Where rows stand.
struct At<'p> {
    position: &'p Position,
    stamp: Stamp,
    /// The write that they are of, or up to which they were read.
    number: u64,
}

/// Rows as events of bounded size.
fn events(app: &App, is_snapshot: bool, at: &At<'_>, rows: &[ViewRowBody]) -> Vec<Event> {
    let name = if is_snapshot { "snapshot" } else { "changes" };
    let body = |rows: &[ViewRowBody], more| ViewEvent {
        position: at.position.to_string(),
        as_of: instant(at.stamp),
        snapshot: is_snapshot,
        more,
        rows: rows.to_vec(),
    };
    let last = rows.len() - rows.len() % ROWS_PER_EVENT_MAX;
    let (whole, rest) = rows.split_at(last);
    // Whoever has heard a part of it comes back for all of it.
    let mut events: Vec<_> =
        whole.chunks(ROWS_PER_EVENT_MAX).map(|rows| unnumbered(name, &body(rows, true))).collect();
    let id = format!("{:016x}-{}", app.feed.start(), at.number);
    events.push(unnumbered(name, &body(rest, false)).id(id));
    events
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
