//! Requests to their parts: the idempotency key, the JSON body, the position, the path.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use events::{BookingId, CommandId, HoldId, Position, Reason};
use serde_json::{Map, Value};

use crate::app::{App, Ready};
use crate::card;
use crate::guard::Deadline;
use crate::keys::{Caller, Scope};
use crate::problem::{Kind, Problem};
use crate::strict;

/// The longest body, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;

const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// The header that names a request so that it can be repeated safely.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says which position an answer reflects.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("roomnight-position");
/// The header by which a reader asks for a position.
pub(crate) const WAIT_FOR: HeaderName = HeaderName::from_static("roomnight-wait-for");

/// The key that a caller gave a request, which means something to that caller only, and until when
/// the caller waits.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    text: String,
    caller: Caller,
    deadline: Option<Deadline>,
}

impl Key {
    /// The key, if it is 1 to 255 visible ASCII characters.
    pub(crate) fn new(text: &str, caller: &Caller) -> Option<Self> {
        let fits = (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len());
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let (text, caller) = (text.to_owned(), caller.clone());
        (fits && is_visible).then_some(Self { text, caller, deadline: None })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The id of the command that this key stands for: the same key of two callers is two.
    pub(crate) fn command_id(&self, app: &App) -> CommandId {
        let tenant = &app.options.tenant;
        match &self.caller.name {
            Some(name) => CommandId::from_key(&format!("{tenant}\n{name}"), &self.text),
            None => CommandId::from_key(tenant, &self.text),
        }
    }

    /// The name of the API key that was sent, where one is asked for.
    pub(crate) fn caller_name(&self) -> Option<&str> {
        self.caller.name.as_deref()
    }

    /// Whether its caller may do what one of those scopes allows.
    pub(crate) fn may(&self, any_of: &[Scope]) -> bool {
        self.caller.may(any_of)
    }

    /// When the caller waits no longer.
    pub(crate) fn deadline(&self, app: &App) -> Deadline {
        self.deadline.unwrap_or_else(|| Deadline(Instant::now() + app.options.deadline))
    }
}

/// A write: its key and its body.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) key: Key,
    pub(crate) body: Value,
}

impl FromRequest<Arc<App>> for Write {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let key = key(&parts, app)?;
        let body = json(&parts.headers, body).await?;
        Ok(Self { key, body })
    }
}

/// The key of a write, and until when its caller waits.
pub(crate) fn key(parts: &Parts, app: &App) -> Result<Key, Problem> {
    match app.readiness.get() {
        Ready::Ready => {}
        Ready::Starting => return Err(Problem::new(Kind::NotReady)),
        Ready::Stopping => return Err(Problem::new(Kind::Stopping)),
    }
    let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_default();
    let key = the_only(&parts.headers, &IDEMPOTENCY_KEY);
    let key = key.and_then(|text| Key::new(text, &caller));
    let mut key = key.ok_or_else(|| Problem::new(Kind::IdempotencyKey))?;
    key.deadline = parts.extensions.get::<Deadline>().copied();
    if card::is_in_text(parts.uri.path()) || card::is_in_text(key.as_str()) {
        return Err(Problem::new(Kind::CardNumber));
    }
    Ok(key)
}

/// The value of a header that stands there once and is ASCII.
fn the_only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

async fn json(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or(""));
    if content_type.is_some_and(|content_type| !is_json(content_type)) {
        return Err(Problem::new(Kind::UnsupportedMediaType));
    }
    // The guard has read it whole, within every bound.
    let bytes = to_bytes(body, BODY_BYTES_MAX).await;
    let bytes = bytes.map_err(|_| Problem::new(Kind::BodyUnreadable))?;
    match content_type {
        // What takes no fields may be sent without a body.
        _ if bytes.is_empty() => Ok(Value::Object(Map::new())),
        None => Err(Problem::new(Kind::UnsupportedMediaType)),
        Some(_) => {
            let body = strict::parse(&bytes)?;
            if card::is_in(&body) {
                return Err(Problem::new(Kind::CardNumber));
            }
            Ok(body)
        }
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The position that a reader wants to see, if any.
#[derive(Debug)]
pub(crate) struct WaitFor {
    position: Option<Position>,
    deadline: Option<Deadline>,
}

impl WaitFor {
    /// Waits until storage is there; refuses to answer from an older state.
    pub(crate) async fn reached(&self, app: &App) -> Result<(), Problem> {
        let patience = self.deadline.map_or(app.options.deadline, Deadline::left);
        match &self.position {
            Some(position) if !app.progress.reached(position, patience).await => {
                Err(Problem::new(Kind::NotThereYet))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for WaitFor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let deadline = parts.extensions.get::<Deadline>().copied();
        if !parts.headers.contains_key(&WAIT_FOR) {
            return Ok(Self { position: None, deadline });
        }
        let text = the_only(&parts.headers, &WAIT_FOR);
        let position = text.and_then(|text| text.parse().ok());
        let position = position.ok_or_else(|| Problem::new(Kind::MalformedPosition))?;
        Ok(Self { position: Some(position), deadline })
    }
}

/// The query, in order; one that cannot be read names nothing that there could be.
#[derive(Debug)]
pub(crate) struct Pairs(Vec<(String, String)>);

impl Pairs {
    pub(crate) fn as_slice(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Pairs {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let pairs = Query::from_request_parts(parts, state).await;
        Ok(Self(pairs.map(|Query(pairs)| pairs).unwrap_or_default()))
    }
}

/// The variable parts of a path, decoded.
#[derive(Debug)]
pub(crate) struct Segments(RawPathParams);

impl Segments {
    /// The part of that name, as the caller wrote it.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }

    /// The hold that the path names.
    pub(crate) fn hold(&self) -> Result<HoldId, Problem> {
        self.get("hold").parse().map_err(|_| Reason::HoldUnknown.into())
    }

    /// The booking that the path names.
    pub(crate) fn booking(&self) -> Result<BookingId, Problem> {
        self.get("booking").parse().map_err(|_| Reason::BookingUnknown.into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Segments {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // Bytes that are no text name nothing that there could be.
        let params = RawPathParams::from_request_parts(parts, state).await;
        params.map(Self).map_err(|_| Problem::new(Kind::RouteUnknown))
    }
}
