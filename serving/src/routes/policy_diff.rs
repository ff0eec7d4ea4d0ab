//! What a staged version of a policy would change: its own branch of the views against the one in
//! force, at one position.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use dataflows::views::limit::{LimitKey, LimitRow};
use dataflows::views::policies::version_number;
use dataflows::views::price::Branch;
use events::{Night, PolicyKind, PolicyVersion, PropertyId, Reason, RoomTypeId, Stay};
use ledger::rows::PolicyRow;
use models::policy::parse_pricing;
use storage::Snapshot;

use crate::app::App;
use crate::extract::{Segments, WaitFor};
use crate::price_list::PriceList;
use crate::problem::{Kind, Problem};
use crate::respond;
use crate::routes::ReadHeaders;
use crate::routes::restrictions::NightsParams;
use crate::status::instant;
use crate::wire::answers::ProblemBody;
use crate::wire::commands::PolicyPath;
use crate::wire::policies::candidate;
use crate::wire::policy_diff::PolicyDiff;
use crate::wire::restrictions::restrictions_query;

/// Shows what a staged version would change, night by night, if it were in force.
///
/// The version that was staged last is computed beside the one in force, from the same rows, and
/// nothing of it is published. Prices are compared on every night, limits on those on which
/// something is booked.
#[utoipa::path(
    get, path = "/v1/properties/{property}/policies/{kind}/{version}/diff", tag = "manage",
    params(ReadHeaders,
        NightsParams,
        ("property" = String, Path, description = "The caller's id of the property"),
        ("kind" = String, Path, description = "`pricing` or `overbooking`"),
        ("version" = String, Path, description = "The caller's name of the version"),
    ),
    responses(
        (status = 200, description = "What would be another", body = PolicyDiff,
            headers(("Roomnight-Position" = String, description = "What the answer reflects"))),
        (status = "4XX", description = "Refused", body = ProblemBody,
            content_type = "application/problem+json"),
        (status = "5XX", description = "Not now", body = ProblemBody,
            content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    path: Segments,
    wait_for: WaitFor,
    query: Result<Query<Vec<(String, String)>>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let version = path.get("version");
    let named = PolicyPath { property: path.get("property"), kind: path.get("kind"), version };
    let (property, kind) = named.read()?;
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let nights = restrictions_query(&pairs)?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let answer = diff(&app, &snapshot, (&property, kind, version), nights);
    let answer = answer.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn diff(
    app: &App,
    snapshot: &Snapshot<'_>,
    (property, kind, version): (&PropertyId, PolicyKind, &str),
    nights: Stay,
) -> Result<PolicyDiff, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    snapshot.property(property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let version: PolicyVersion = version.parse().map_err(|_| Reason::PolicyUnknown)?;
    let versions = snapshot.policies(property, kind).map_err(failed)?;
    if !versions.iter().any(|row| row.version == version) {
        return Err(Reason::PolicyUnknown.into());
    }
    let active = snapshot.active_policy(property, kind).map_err(failed)?;
    let candidate = candidate(&versions, active.as_ref());
    let candidate = candidate.filter(|row| row.version == version);
    let candidate = candidate.ok_or_else(|| Problem::new(Kind::PolicyNotCandidate))?;
    let mut diff = PolicyDiff {
        as_of: instant(snapshot.stamp()),
        kind: kind.name().to_owned(),
        active: active.and_then(|row| row.promoted.last().map(ToString::to_string)),
        candidate: version.to_string(),
        unit: "rooms".to_owned(),
        compared: 0,
        raised: 0,
        lowered: 0,
        total_now: 0,
        total_then: 0,
        changes: Vec::new(),
    };
    match kind {
        PolicyKind::Pricing => {
            let list = PriceList::of(app, snapshot, property.as_str())?;
            compare_prices(&list, candidate, nights, &mut diff)?;
        }
        PolicyKind::Overbooking => {
            let now = snapshot.limit_rows(property).map_err(failed)?;
            let then = snapshot.limit_candidate_rows(property).map_err(failed)?;
            compare_limits(now, then, nights, &mut diff);
        }
    }
    Ok(diff)
}

fn compare_prices(
    list: &PriceList<'_>,
    candidate: &PolicyRow,
    nights: Stay,
    diff: &mut PolicyDiff,
) -> Result<(), Problem> {
    // What is no policy is run by no view.
    let policy = parse_pricing(&candidate.document);
    let policy = policy.map_err(|_| Problem::new(Kind::PolicyNotCandidate))?;
    let policy = policy.with_version(version_number(candidate.ordinal));
    diff.unit = list.currency().to_string();
    for room_type in list.bases().keys() {
        for night in nights.nights() {
            let (now, _) = list.price(room_type, night)?;
            let (then, _) = list.price_under((Branch::Candidate, &policy), room_type, night)?;
            let values = (Some(now.price_minor), Some(then.price_minor));
            diff.compare(room_type, night, values);
        }
    }
    Ok(())
}

fn compare_limits(
    now: Vec<(LimitKey, LimitRow)>,
    then: Vec<(LimitKey, LimitRow)>,
    nights: Stay,
    diff: &mut PolicyDiff,
) {
    let mut cells: BTreeMap<(RoomTypeId, Night), [Option<i64>; 2]> = BTreeMap::new();
    for (branch, rows) in [now, then].into_iter().enumerate() {
        for (key, row) in rows.into_iter().filter(|(key, _)| nights.contains(key.night)) {
            let values = cells.entry((key.room_type, key.night)).or_default();
            values[branch] = Some(row.allowance.into());
        }
    }
    for ((room_type, night), [now, then]) in cells {
        diff.compare(&room_type, night, (now, then));
    }
}
