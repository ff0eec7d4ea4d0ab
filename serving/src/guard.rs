//! Before any handler: who asks, may they, how often, and is there a place.
//!
//! What is refused is refused as early as it can be: by the table, then the key, then the rate,
//! then a look at the queue; only then is the body read, and only whole requests take a place.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use events::Slot;

use crate::admission::{Class, Wish};
use crate::app::App;
use crate::door;
use crate::door::body::{self, BodyFault, Share};
use crate::keys::{Caller, NotKnown, Scope};
use crate::policy::{self, Found, Policy};
use crate::problem::{Kind, Problem};
use crate::respond::Took;

/// The header by which a caller says how long it waits.
pub(crate) const DEADLINE: HeaderName = HeaderName::from_static("roomnight-deadline");

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// When the caller waits no longer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Instant);

impl Deadline {
    /// What is left of it.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Lets a request pass, or says why not.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        let peer = peer_of(&request);
        return match app.door.rates.check_address(peer) {
            Ok(()) => next.run(request).await,
            Err(too_often) => Refusal::too_often(too_often.0).into_response(),
        };
    };
    let policy = match policy::of(request.method(), path.as_str()) {
        Found::Policy(policy) => policy,
        // The router answers, and no handler runs.
        Found::OtherMethod => return next.run(request).await,
        Found::Nothing => return Refusal::of(Kind::Forbidden, "no_policy").into_response(),
    };
    match pass(&app, policy, request, next).await {
        Ok(response) => response,
        Err(refusal) => {
            app.metrics.door.refused(policy.class, refusal.reason);
            let response = refusal.into_response();
            let status = response.status().as_u16();
            app.metrics.request(Some(path.as_str()), status, started.elapsed());
            response
        }
    }
}

async fn pass(
    app: &App,
    policy: &Policy,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let caller = admit(app, policy, &request)?;
    request.extensions_mut().insert(caller);
    let Some(class) = policy.class else { return Ok(next.run(request).await) };
    let patience = patience(request.headers(), app.options.deadline)?;
    if app.door.admission.is_hopeless(class.into(), Instant::now()) {
        return Err(Refusal::of(Kind::Overloaded, "queue_full"));
    }
    let (mut request, lane, _share) = whole(app, class, request).await?;
    // It counts from here: how long a body takes to arrive has a bound of its own.
    let deadline = Deadline(Instant::now() + patience);
    request.extensions_mut().insert(deadline);
    let entered = app.door.admission.enter(Wish { class, lane }, deadline.0).await;
    let permit = entered.map_err(|_| Refusal::of(Kind::Overloaded, "no_place"))?;
    app.metrics.door.admitted(class);
    if class == Class::Read || class == Class::Signal {
        // What never waits would never be seen to pile up: it takes its place, and then its turn.
        tokio::task::yield_now().await;
    }
    let response = next.run(request).await;
    // How long the log and the ledger took says how busy they are. How long a task waited for its
    // turn on a thread would say how many are being refused, and refuse still more.
    if let Some(Took(took)) = response.extensions().get() {
        permit.completed_in(*took);
    } else if class == Class::Signal {
        permit.completed();
    }
    Ok(response)
}

/// Who asks, if they may.
fn admit(app: &App, policy: &Policy, request: &Request) -> Result<Caller, Refusal> {
    let rates = &app.door.rates;
    if policy.scopes.is_empty() {
        rates.check_address(peer_of(request)).map_err(|often| Refusal::too_often(often.0))?;
        return Ok(Caller::default());
    }
    let caller = app.door.keys.caller(request.headers()).or_else(|not_known| {
        rates.check_address(peer_of(request)).map_err(|often| Refusal::too_often(often.0))?;
        Err(Refusal::not_known(not_known))
    })?;
    if !caller.may(policy.scopes) {
        return Err(Refusal::scope(policy.scopes));
    }
    rates.check_key(&caller).map_err(|often| Refusal::too_often(often.0))?;
    Ok(caller)
}

fn peer_of(request: &Request) -> Option<IpAddr> {
    request.extensions().get::<Peer>().map(|peer| peer.0)
}

/// How long the caller waits: as long as it says, and never longer than it may.
fn patience(headers: &HeaderMap, longest: Duration) -> Result<Duration, Refusal> {
    let Some(value) = headers.get(&DEADLINE) else { return Ok(longest) };
    let ms = value.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    let ms = ms.ok_or_else(|| Refusal::of(Kind::MalformedDeadline, "malformed_deadline"))?;
    Ok(Duration::from_millis(ms).min(longest))
}

/// The request with its whole body in memory, and the slot of the property that it is for.
async fn whole(
    app: &App,
    class: Class,
    request: Request,
) -> Result<(Request, Option<Slot>, Share), Refusal> {
    let (parts, body) = request.into_parts();
    let read = body::read(&parts.headers, body, &app.door.options, &app.door.body_budget).await;
    match read {
        Ok(read) => {
            let lane = door::lane_of(class, &read.bytes);
            Ok((Request::from_parts(parts, Body::from(read.bytes)), lane, read.share))
        }
        Err(fault) => Err(Refusal::body(fault)),
    }
}

/// Why a request does not pass.
#[derive(Debug)]
struct Refusal {
    kind: Kind,
    /// For the metrics.
    reason: &'static str,
    /// Words of its own.
    detail: Option<String>,
    challenge: Option<&'static str>,
    /// Until then it would be refused again.
    wait_s: Option<u64>,
}

impl Refusal {
    fn of(kind: Kind, reason: &'static str) -> Self {
        Self { kind, reason, detail: None, challenge: None, wait_s: None }
    }

    fn too_often(wait: Duration) -> Self {
        Self { wait_s: Some(wait.as_secs() + 1), ..Self::of(Kind::TooManyRequests, "rate") }
    }

    fn not_known(not_known: NotKnown) -> Self {
        let challenge = match not_known {
            NotKnown::Missing => "Bearer realm=\"roomnight\"",
            NotKnown::Malformed | NotKnown::Mistyped | NotKnown::Unknown => {
                "Bearer realm=\"roomnight\", error=\"invalid_token\""
            }
        };
        Self {
            detail: Some(not_known.detail().to_owned()),
            challenge: Some(challenge),
            ..Self::of(Kind::Unauthenticated, "unauthenticated")
        }
    }

    fn scope(any_of: &[Scope]) -> Self {
        let names: Vec<String> = any_of.iter().map(|scope| format!("`{scope}`")).collect();
        let detail = format!("This needs an API key with the scope {}.", names.join(" or "));
        Self { detail: Some(detail), ..Self::of(Kind::Forbidden, "scope") }
    }

    fn body(fault: BodyFault) -> Self {
        match fault {
            BodyFault::TooLarge => Self::of(Kind::BodyTooLarge, "body_too_large"),
            BodyFault::TooSlow => Self::of(Kind::BodyTooSlow, "body_too_slow"),
            BodyFault::Unreadable => Self::of(Kind::BodyUnreadable, "body_unreadable"),
            BodyFault::NoMemory => Self::of(Kind::Overloaded, "body_memory"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { kind, reason: _, detail, challenge, wait_s } = self;
        let problem = Problem::new(kind);
        let problem = match detail {
            Some(detail) => problem.in_words(detail),
            None => problem,
        };
        let mut response = problem.into_response();
        let headers = response.headers_mut();
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = wait_s {
            let limit = HeaderValue::try_from(format!("\"client\";r=0;t={seconds}"));
            headers.extend(limit.ok().map(|limit| (RATE_LIMIT, limit)));
        }
        if headers.contains_key(header::RETRY_AFTER) {
            headers.insert(header::RETRY_AFTER, (wait_s.unwrap_or(1) + jitter_s()).into());
        }
        response
    }
}

/// 0 to 2 seconds, so that those who were refused together do not come back together.
fn jitter_s() -> u64 {
    static REFUSALS: AtomicU64 = AtomicU64::new(0);
    let number = REFUSALS.fetch_add(1, Ordering::Relaxed);
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) % 3
}

#[cfg(test)]
mod tests;
