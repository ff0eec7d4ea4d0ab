//! Signals: what was searched for, what rivals ask, who tried to book, what draws people; many to
//! a request.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::{Observation, Signal, encode_observation};
use ingest::Topic;

use crate::app::App;
use crate::extract::Key;
use crate::keys::Scope;
use crate::lines::Lines;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::routes::WriteHeaders;
use crate::submit::not_taken;
use crate::wire::answers::{FieldError, ProblemBody, RefusedLine, SignalsTaken};
use crate::wire::signals::{Told, told};

/// How many nights the searches of one batch may have together.
const SEARCHED_NIGHTS_MAX: usize = 50_000;

/// Takes signals: one JSON object a line, at most 10,000 lines.
///
/// A line that is at fault is refused by its number and spoils no other. A search that is told
/// twice counts once, and of two prices of the same rival, source and night the later one holds, so
/// a batch whose answer was lost can be sent again. An attempt is told when it starts and again, by
/// the same id, when its outcome is known; it names a card by the token of the payment service and
/// an e-mail address by its hash, and a line with the number of a card is refused and kept nowhere.
/// Rivals' prices and events of a market need the scope `manage`, since prices follow them.
#[utoipa::path(
    post, path = "/v1/signals", tag = "manage",
    params(WriteHeaders),
    request_body(content = String, content_type = "application/x-ndjson",
        description = "`search`, `competitor_price`, `attempt` or `market_event`, one a line",
        example = json!("{\"type\": \"search\", \"source\": \"web\", \"id\": \"s-1\", \
            \"observed_at\": \"2026-11-23T10:00:00Z\", \"market\": \"lisbon\", \
            \"check_in\": \"2027-03-01\", \"check_out\": \"2027-03-04\"}")),
    responses(
        (status = 200, description = "Those accepted are durable", body = SignalsTaken),
        (status = 202, description = "Those accepted are not durable yet", body = SignalsTaken),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn tell(
    State(app): State<Arc<App>>,
    Lines { key, lines }: Lines,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let mut accepted = Vec::with_capacity(lines.len());
    let mut refused = Vec::new();
    let mut nights_left = SEARCHED_NIGHTS_MAX;
    for (line, value) in lines {
        let told = value.and_then(|value| told(&value, now).map_err(Problem::from));
        let told = told.and_then(|told| trusted(told, &key));
        match told.and_then(|told| affordable(told, &mut nights_left)) {
            Ok(told) => accepted.push(told),
            Err(problem) => refused.push(RefusedLine { line, errors: problem.into_errors() }),
        }
    }
    if accepted.is_empty() {
        return Err(Problem::invalid(refused.into_iter().flat_map(of_line).collect()));
    }
    let deadline = key.deadline(&app);
    if deadline.is_over() {
        return Err(Problem::new(Kind::Deadline));
    }
    let sequence = app.waiters.next_sequence();
    let mut batch = app.batches.enter(sequence, accepted.len());
    let accepted_count = accepted.len();
    for Told { source, observed, signal } in accepted {
        let topic = Topic::of_signal(&signal);
        let partition = signal.slot().partition(app.log.partitions());
        let producer = app.waiters.producer();
        let stamp = now;
        let observation = Observation { producer, sequence, source, observed, stamp, signal };
        let bytes = encode_observation(&observation).into();
        app.log.append(topic, partition, bytes).map_err(not_taken)?;
    }
    let heard = tokio::time::timeout(deadline.left(), &mut batch.all_heard).await;
    let is_durable = heard.is_ok_and(|heard| heard.is_ok());
    let status = if is_durable { StatusCode::OK } else { StatusCode::ACCEPTED };
    let body = SignalsTaken { accepted: accepted_count, durable: is_durable, refused };
    Ok(respond::of_body(status, &body))
}

/// Prices follow what rivals ask and what draws people, so that only whoever manages tells of them.
fn trusted(told: Told, key: &Key) -> Result<Told, Problem> {
    let moves_prices = matches!(told.signal, Signal::CompetitorPrice(_) | Signal::MarketEvent(_));
    if moves_prices && !key.may(&[Scope::Manage]) {
        let detail = "This kind of signal needs an API key with the scope `manage`.".to_owned();
        return Err(Problem::invalid(vec![FieldError::at("/type".to_owned(), detail)]));
    }
    Ok(told)
}

/// Each night of a search is counted by itself, so that it is nights that a batch costs.
fn affordable(told: Told, nights_left: &mut usize) -> Result<Told, Problem> {
    let Signal::Search(search) = &told.signal else { return Ok(told) };
    let nights_count = usize::try_from(search.stay.nights_count()).unwrap_or(usize::MAX);
    let Some(left) = nights_left.checked_sub(nights_count) else {
        let detail = format!("the searches of one batch have at most {SEARCHED_NIGHTS_MAX} nights");
        return Err(Problem::invalid(vec![FieldError::at("/check_out".to_owned(), detail)]));
    };
    *nights_left = left;
    Ok(told)
}

/// The faults of a line as faults of the body: its number comes first.
fn of_line(RefusedLine { line, errors }: RefusedLine) -> impl Iterator<Item = FieldError> {
    errors.into_iter().map(move |fault| {
        let pointer = format!("/{line}{}", fault.pointer);
        FieldError { pointer, ..fault }
    })
}
