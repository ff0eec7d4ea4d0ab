//! Dead letters: records that could not be read, listed and driven again once that is repaired.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use ingest::dead_letters::{Letters, Stood};
use ingest::{DeadLetter, Topic};
use utoipa::IntoParams;

use crate::app::App;
use crate::extract::{Segments, Write};
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::routes::WriteHeaders;
use crate::status::instant;
use crate::submit::not_taken;
use crate::wire::answers::{DeadLetterShown, DeadLetters, DrivenAgain, ProblemBody};

/// How much of a dead letter is shown.
const BYTES_SHOWN_MAX: usize = 1024;

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `wire::dead_letters::query` reads")]
pub(crate) struct DeadLettersParams {
    /// Only those of one topic: `commands`, `searches`, `competitor-prices`, `attempts` or
    /// `market-events`.
    #[param(example = "searches")]
    topic: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
}

/// Lists the dead letters that nobody has driven again, ordered by where their records stood.
#[utoipa::path(
    get, path = "/v1/dead-letters", tag = "operate",
    params(DeadLettersParams),
    responses(
        (status = 200, description = "Those that wait for somebody", body = DeadLetters,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    query: Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let query = crate::wire::dead_letters::query(&pairs)?;
    let letters = letters(&app).await?;
    let waiting = letters.waiting.values();
    let asked = |letter: &&DeadLetter| query.topic.is_none_or(|topic| topic == letter.topic);
    let body = DeadLetters {
        as_of: instant(app.clock.now()),
        waiting: letters.waiting.len(),
        dead_letters: waiting.filter(asked).take(query.limit).map(shown).collect(),
    };
    Ok(respond::read(&app.progress.position(), Ok(respond::of_body(StatusCode::OK, &body))))
}

/// Appends the bytes of a dead letter to their topic again.
///
/// What still cannot be read becomes a dead letter anew, at its new place.
#[utoipa::path(
    post, path = "/v1/dead-letters/{topic}/{partition}/{offset}/redrive", tag = "operate",
    params(WriteHeaders,
        ("topic" = String, Path, description = "The topic of the record"),
        ("partition" = u16, Path, description = "Its partition"),
        ("offset" = u64, Path, description = "Its offset"),
    ),
    responses(
        (status = 200, description = "It stands in its topic again", body = DrivenAgain),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn redrive(
    State(app): State<Arc<App>>,
    path: Segments,
    write: Write,
) -> Result<Response, Problem> {
    crate::wire::dead_letters::no_fields(&write.body)?;
    let unknown = || Problem::new(Kind::DeadLetterUnknown);
    let stood = stood(&path).ok_or_else(unknown)?;
    let letters = letters(&app).await?;
    if !letters.driven_again.contains(&stood) {
        let letter = letters.waiting.get(&stood).ok_or_else(unknown)?;
        ingest::dead_letters::drive_again(app.log.as_ref(), letter).map_err(not_taken)?;
    }
    Ok(respond::of_body(StatusCode::OK, &DrivenAgain { state: "driven_again" }))
}

fn stood(path: &Segments) -> Option<Stood> {
    let topic = Topic::from_name(path.get("topic"))?;
    Some((topic, path.get("partition").parse().ok()?, path.get("offset").parse().ok()?))
}

/// Reads them from their topic, on a thread that may wait.
async fn letters(app: &App) -> Result<Letters, Problem> {
    let log = Arc::clone(&app.log);
    let letters = tokio::task::spawn_blocking(move || ingest::dead_letters::read(log.as_ref()));
    match letters.await {
        Ok(Ok(letters)) => Ok(letters),
        Ok(Err(error)) => {
            tracing::error!(%error, "the dead letters could not be read");
            Err(Problem::because(Kind::StorageFailed, "The log could not be read."))
        }
        Err(_) => Err(Problem::new(Kind::Internal)),
    }
}

fn shown(letter: &DeadLetter) -> DeadLetterShown {
    let bytes = &letter.bytes[..letter.bytes.len().min(BYTES_SHOWN_MAX)];
    DeadLetterShown {
        topic: letter.topic.name(),
        partition: letter.partition,
        offset: letter.offset,
        reason: letter.reason.clone(),
        bytes_count: letter.bytes.len(),
        bytes_hex: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
