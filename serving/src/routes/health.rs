//! What operators and machines ask of the process itself.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::{App, Ready};
use crate::metrics::Gauges;
use crate::openapi;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::wire::answers::{Health, ProblemBody, Readiness};

/// Says that the process lives.
#[utoipa::path(
    get, path = "/livez", tag = "operate",
    responses((status = 200, description = "It lives", body = Health))
)]
pub(crate) async fn livez() -> Response {
    respond::of_body(StatusCode::OK, &Health { status: "alive" })
}

/// Says whether the process can be sent requests, and whether its views are loaded.
///
/// It decides before its views are loaded; until then reads answer from what was stored.
#[utoipa::path(
    get, path = "/readyz", tag = "operate",
    responses(
        (status = 200, description = "It can", body = Readiness),
        (status = 503, description = "Not yet, or no more", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    app.readiness.1.ready()?;
    match app.readiness.get() {
        Ready::Ready => {
            let are_loaded = app.progress.has_begun() && app.knows_the_past();
            let views = if are_loaded { "ready" } else { "loading" };
            let body = Readiness { status: "ready", decisions: "ready", views };
            Ok(respond::of_body(StatusCode::OK, &body))
        }
        Ready::Starting => Err(Problem::new(Kind::NotReady)),
        Ready::Stopping => Err(Problem::new(Kind::Stopping)),
    }
}

/// Shows what is counted, in the text format of Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "operate",
    responses((status = 200, description = "Metrics", body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let text = app.metrics.render(&Gauges {
        waiters_count: app.waiters.count(),
        in_flight_count: app.waiters.in_flight_count(),
        stored: app.progress.position(),
        admission: app.door.admission.standing(),
    });
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Describes this API.
#[utoipa::path(
    get, path = "/openapi.json", tag = "operate",
    responses((status = 200, description = "This document", body = serde_json::Value))
)]
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi::document()).into_response()
}
