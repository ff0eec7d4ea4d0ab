//! Around every request: a trace id, a line in the access log, a count and a duration.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use crate::app::App;
use crate::trace::{TRACEPARENT, Traces};

/// What the middleware needs.
#[derive(Clone)]
pub(crate) struct Observer {
    app: Arc<App>,
    traces: Arc<Traces>,
}

impl Observer {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app, traces: Arc::new(Traces::new()) }
    }
}

/// Lets a request pass and notes how it went.
pub(crate) async fn observe(
    State(observer): State<Observer>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let trace = observer.traces.of(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let span = tracing::info_span!(
        "request",
        trace_id = %trace.id(),
        method = %request.method(),
        route = route.unwrap_or("none"),
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, duration) = (response.status().as_u16(), started.elapsed());
    observer.app.metrics.request(route, status, duration);
    let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(target: "roomnight::access", status, duration_us, "answered"));
    if let Some(traceparent) = trace.header() {
        response.headers_mut().insert(TRACEPARENT, traceparent);
    }
    response
}
