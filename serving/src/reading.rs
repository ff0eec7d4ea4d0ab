//! Reads: what was asked, the wait for the position that the reader wants to see, and the answer
//! from storage at one position.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use events::{DefineProperty, PropertyId, Reason, Stay};
use serde::Serialize;
use storage::Snapshot;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Pairs, Segments, WaitFor};
use crate::problem::Problem;
use crate::respond;
use crate::status::instant;
use crate::wire::commands::nights_query;

/// Storage at one position, which a whole answer is read from.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'s> {
    app: &'s App,
    pub(crate) snapshot: &'s Snapshot<'s>,
}

impl Reading<'_> {
    /// What storage gave, or that it could not.
    pub(crate) fn stored<T>(&self, read: Result<T, storage::Error>) -> Result<T, Problem> {
        read.map_err(|error| self.app.storage_failed(&error))
    }

    /// The position's time.
    pub(crate) fn as_of(&self) -> String {
        instant(self.snapshot.stamp())
    }

    /// What is said of the property of that name.
    pub(crate) fn property(&self, name: &str) -> Result<DefineProperty, Problem> {
        let property: PropertyId = name.parse().map_err(|_| Reason::PropertyUnknown)?;
        let row = self.stored(self.snapshot.property(&property))?;
        Ok(row.ok_or(Reason::PropertyUnknown)?.command)
    }
}

/// Answers from storage once it is where the reader wants it to be; a problem names the position
/// too.
pub(crate) async fn read_at<B: Serialize>(
    app: &App,
    wait_for: &WaitFor,
    answer: impl FnOnce(Reading<'_>) -> Result<B, Problem>,
) -> Result<Response, Problem> {
    wait_for.reached(app).await?;
    let snapshot = app.snapshot()?;
    let answer = answer(Reading { app, snapshot: &snapshot });
    let answer = answer.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

/// The query of [`NightsRead`], for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `nights_query` reads")]
pub(crate) struct NightsParams {
    /// The first night.
    #[param(example = "2027-03-01", format = Date)]
    from: String,
    /// The day after the last night; at most 730 nights after the first.
    #[param(example = "2027-04-01", format = Date)]
    to: String,
}

/// A question about nights of the property that the path names.
#[derive(Debug)]
pub(crate) struct NightsRead {
    path: Segments,
    pairs: Pairs,
    wait_for: WaitFor,
}

impl FromRequestParts<Arc<App>> for NightsRead {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let path = Segments::from_request_parts(parts, app).await?;
        let Ok(pairs) = Pairs::from_request_parts(parts, app).await;
        let wait_for = WaitFor::from_request_parts(parts, app).await?;
        Ok(Self { path, pairs, wait_for })
    }
}

impl NightsRead {
    /// Answers it from what is said of the property and of its nights.
    pub(crate) async fn answer<B: Serialize>(
        self,
        app: &App,
        answer: impl FnOnce(Reading<'_>, DefineProperty, Stay) -> Result<B, Problem>,
    ) -> Result<Response, Problem> {
        let nights = nights_query(self.pairs.as_slice())?;
        read_at(app, &self.wait_for, |reading| {
            answer(reading, reading.property(self.path.get("property"))?, nights)
        })
        .await
    }
}
