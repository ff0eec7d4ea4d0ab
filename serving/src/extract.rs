//! Requests to their parts: the idempotency key, the JSON body, the position, the path.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use events::{BookingId, CommandId, HoldId, Position, Reason};
use serde_json::{Map, Value};

use crate::app::{App, Ready};
use crate::problem::{Kind, Problem};

/// The longest body, in bytes.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// How long a body may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(10);

const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

/// The header that names a request so that it can be repeated safely.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that says which position an answer reflects.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("roomnight-position");
/// The header by which a reader asks for a position.
pub(crate) const WAIT_FOR: HeaderName = HeaderName::from_static("roomnight-wait-for");

/// The key that a caller gave a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(String);

impl Key {
    /// The key, if it is 1 to 255 visible ASCII characters.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let fits = (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the command that this key stands for.
    pub(crate) fn command_id(&self, app: &App) -> CommandId {
        CommandId::from_key(&app.options.tenant, &self.0)
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
        if app.readiness.get() == Ready::Stopping {
            return Err(Problem::new(Kind::Stopping));
        }
        let (parts, body) = request.into_parts();
        let key = key(&parts.headers)?;
        let body = json(&parts.headers, body).await?;
        Ok(Self { key, body })
    }
}

fn key(headers: &HeaderMap) -> Result<Key, Problem> {
    let key = the_only(headers, &IDEMPOTENCY_KEY).and_then(Key::new);
    key.ok_or_else(|| Problem::new(Kind::IdempotencyKey))
}

/// The value of a header that stands there once and is ASCII.
fn the_only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.to_str().ok())?
}

async fn json(headers: &HeaderMap, body: Body) -> Result<Value, Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<u64>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(Problem::new(Kind::BodyTooLarge));
    }
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or(""));
    if content_type.is_some_and(|content_type| !is_json(content_type)) {
        return Err(Problem::new(Kind::UnsupportedMediaType));
    }
    let bytes = tokio::time::timeout(BODY_WAIT, to_bytes(body, BODY_BYTES_MAX)).await;
    let bytes = bytes.map_err(|_| Problem::new(Kind::BodyUnreadable))?.map_err(unreadable)?;
    match content_type {
        // What takes no fields may be sent without a body.
        _ if bytes.is_empty() => Ok(Value::Object(Map::new())),
        None => Err(Problem::new(Kind::UnsupportedMediaType)),
        Some(_) => serde_json::from_slice(&bytes).map_err(|error| {
            Problem::because(Kind::MalformedJson, format!("The body is not JSON: {error}."))
        }),
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// A body over the limit ends in an error whose source is the limit's.
fn unreadable(error: axum::Error) -> Problem {
    use std::error::Error as _;
    let too_large = error.source().is_some_and(|source| source.to_string().contains("limit"));
    Problem::new(if too_large { Kind::BodyTooLarge } else { Kind::BodyUnreadable })
}

/// The position that a reader wants to see, if any.
#[derive(Debug)]
pub(crate) struct WaitFor(Option<Position>);

impl WaitFor {
    /// Waits until storage is there; refuses to answer from an older state.
    pub(crate) async fn reached(&self, app: &App) -> Result<(), Problem> {
        match &self.0 {
            Some(position) if !app.progress.reached(position, app.options.deadline).await => {
                Err(Problem::new(Kind::NotThereYet))
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for WaitFor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(&WAIT_FOR) {
            return Ok(Self(None));
        }
        let text = the_only(&parts.headers, &WAIT_FOR);
        let position = text.and_then(|text| text.parse().ok());
        position.map(|position| Self(Some(position))).ok_or(Problem::new(Kind::MalformedPosition))
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
