//! How the views stand: what each holds, how busy it is and how far it has come.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::problem::Problem;
use crate::respond;
use crate::wire::answers::ProblemBody;
use crate::wire::views::{Dataflow, DayPassed, ViewStanding};

/// Shows how the views stand.
#[utoipa::path(
    get, path = "/v1/dataflow", tag = "operate",
    responses(
        (status = 200, description = "How they stand", body = Dataflow,
            headers(("Roomnight-Position" = String, description = "What is stored of them"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let views = app.standings.by_view().into_iter();
    let view = |(view, standing): (&'static str, dataflows::Standing)| ViewStanding {
        view,
        keys: standing.size.keys_count as u64,
        held: standing.size.held_count as u64,
        events_total: standing.events_count,
        changes_total: standing.changes_count,
        busy_seconds_total: standing.busy.as_secs_f64(),
        day_passed: standing.day_passed.map(DayPassed::from),
        frontier_age_ms: standing.closed_at.map(|closed| closed.elapsed().as_millis() as u64),
    };
    let body =
        Dataflow { epochs_stored_total: app.feed.latest(), views: views.map(view).collect() };
    let answer = respond::of_body(StatusCode::OK, &body);
    Ok(respond::read(&app.progress.position(), Ok(answer)))
}
