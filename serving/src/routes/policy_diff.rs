//! What a staged version of a policy would change: its own branch of the views against the one in
//! force, at one position.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use dataflows::views::limit::{LimitKey, LimitRow};
use dataflows::views::policies::version_number;
use dataflows::views::price::Branch;
use events::{Night, PolicyKind, PolicyVersion, Reason, RoomTypeId, Stay};
use ledger::rows::PolicyRow;
use models::policy::parse_pricing;

use crate::app::App;
use crate::extract::{Pairs, Segments, WaitFor};
use crate::price_list::PriceList;
use crate::problem::{Kind, Problem};
use crate::reading::{NightsParams, Reading, read_at};
use crate::routes::ReadHeaders;
use crate::wire::answers::ProblemBody;
use crate::wire::commands::{PolicyPath, nights_query};
use crate::wire::policies::candidate;
use crate::wire::policy_diff::PolicyDiff;

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
    pairs: Pairs,
    wait_for: WaitFor,
) -> Result<Response, Problem> {
    let (property, version) = (path.get("property"), path.get("version"));
    let (_, kind) = PolicyPath { property, kind: path.get("kind"), version }.read()?;
    let nights = nights_query(pairs.as_slice())?;
    read_at(&app, &wait_for, |reading| diff(reading, (property, kind, version), nights)).await
}

fn diff(
    reading: Reading<'_>,
    (property, kind, version): (&str, PolicyKind, &str),
    nights: Stay,
) -> Result<PolicyDiff, Problem> {
    let Reading { snapshot, .. } = reading;
    let definition = reading.property(property)?;
    let property = &definition.property;
    let version: PolicyVersion = version.parse().map_err(|_| Reason::PolicyUnknown)?;
    let versions = reading.stored(snapshot.policies(property, kind))?;
    if !versions.iter().any(|row| row.version == version) {
        return Err(Reason::PolicyUnknown.into());
    }
    let active = reading.stored(snapshot.active_policy(property, kind))?;
    let candidate = candidate(&versions, active.as_ref());
    let candidate = candidate.filter(|row| row.version == version);
    let candidate = candidate.ok_or_else(|| Problem::new(Kind::PolicyNotCandidate))?;
    let mut diff = PolicyDiff {
        as_of: reading.as_of(),
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
            let list = PriceList::of(reading, definition)?;
            compare_prices(&list, candidate, nights, &mut diff)?;
        }
        PolicyKind::Overbooking => {
            let now = reading.stored(snapshot.limit_rows(property))?;
            let then = reading.stored(snapshot.limit_candidate_rows(property))?;
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
