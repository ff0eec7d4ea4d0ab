//! Availability: what a property has to sell for a stay.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use dataflows::AvailabilityRow;
use events::{DefineRatePlan, Night, PropertyId, Reason, RoomTypeId, Scope};
use ledger::restrictions::{InTheWay, Said, Wish, plan_refusals, unpaid_rooms_max, why_not};
use ledger::rows::RoomTypeRow;
use storage::Snapshot;
use utoipa::IntoParams;

use crate::app::App;
use crate::civil::date_in;
use crate::extract::{Segments, WaitFor};
use crate::problem::Problem;
use crate::respond;
use crate::routes::ReadHeaders;
use crate::status::instant;
use crate::wire::answers::ProblemBody;
use crate::wire::availability::{Availability, NightLeft, RoomTypeAvailability, RuleInTheWay};
use crate::wire::commands::{self, AvailabilityQuery};

/// The query, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `wire::commands::availability` reads")]
pub(crate) struct AvailabilityParams {
    /// The first night.
    #[param(example = "2027-03-01", format = Date)]
    check_in: String,
    /// The day after the last night; at most 730 nights after the first.
    #[param(example = "2027-03-04", format = Date)]
    check_out: String,
    /// How many rooms of one type.
    #[param(minimum = 1, maximum = 200, default = 1)]
    rooms: Option<u32>,
    /// How many people over all these rooms.
    #[param(minimum = 1, maximum = 10_000, default = 2)]
    guests: Option<u32>,
    /// The only rate plan to look at; without it, any that sells the room type will do.
    #[param(example = "flexible")]
    rate_plan: Option<String>,
    /// Through whom it would be sold.
    #[param(default = "direct")]
    channel: Option<String>,
}

/// Reads what a property has to sell for a stay.
#[utoipa::path(
    get, path = "/v1/properties/{property}/availability", tag = "shop",
    params(
        ReadHeaders,
        AvailabilityParams,
        ("property" = String, Path, description = "The caller's id of the property"),
    ),
    responses(
        (status = 200, description = "What is left", body = Availability,
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
    // What cannot be decoded names no parameter, and so the required ones are missing.
    let pairs = query.map(|Query(pairs)| pairs).unwrap_or_default();
    let query = commands::availability(&pairs)?;
    wait_for.reached(&app).await?;
    let snapshot = app.snapshot()?;
    let availability = availability_body(&app, &snapshot, path.get("property"), &query);
    let answer = availability.map(|body| respond::of_body(StatusCode::OK, &body));
    Ok(respond::read(&snapshot.position(), answer))
}

fn availability_body(
    app: &App,
    snapshot: &Snapshot<'_>,
    property: &str,
    query: &AvailabilityQuery,
) -> Result<Availability, Problem> {
    let failed = |error: storage::Error| app.storage_failed(&error);
    let property: PropertyId = property.parse().map_err(|_| Reason::PropertyUnknown)?;
    let row = snapshot.property(&property).map_err(failed)?.ok_or(Reason::PropertyUnknown)?;
    let rate_plans = match &query.rate_plan {
        Some(named) => {
            let plan = snapshot.rate_plan(&property, named).map_err(failed)?;
            vec![plan.ok_or(Reason::RatePlanUnknown)?]
        }
        None => snapshot.rate_plans(&property).map_err(failed)?,
    };
    let said = snapshot.restrictions(&property).map_err(failed)?;
    let caps = snapshot.hold_caps(&property).map_err(failed)?;
    let room_types = snapshot.room_types(&property).map_err(failed)?;
    let of_room_type =
        |row: &RoomTypeRow| snapshot.availability(&property, &row.command.room_type, query.stay);
    let nights = room_types.iter().map(of_room_type).collect::<Result<Vec<_>, _>>();
    let nights = nights.map_err(failed)?;
    let percent = caps.and_then(|row| row.command.unpaid_percent_max);
    let search = Search {
        query,
        rate_plans: rate_plans.into_iter().map(|row| row.command).collect(),
        said: said.into_iter().map(|row| row.said).collect(),
        booked_on: date_in(&row.command.time_zone, app.clock.now()),
        is_over_share: percent.is_some_and(|percent| is_over_share(&nights, percent, query.rooms)),
    };
    let bodies = room_types.iter().zip(&nights).map(|(row, nights)| search.body(row, nights));
    Ok(Availability { as_of: instant(snapshot.stamp()), room_types: bodies.collect() })
}

type NightRow = (Night, AvailabilityRow);

/// What is asked, and what the property says beside its rooms.
struct Search<'q> {
    query: &'q AvailabilityQuery,
    rate_plans: Vec<DefineRatePlan>,
    said: Vec<Said>,
    booked_on: Option<Night>,
    is_over_share: bool,
}

impl Search<'_> {
    fn body(&self, row: &RoomTypeRow, nights: &[NightRow]) -> RoomTypeAvailability {
        let room_type = &row.command.room_type;
        let query = self.query;
        let guests_max = u32::from(row.command.max_guests).saturating_mul(query.rooms);
        let faults = [
            (query.guests > guests_max, Reason::TooManyGuests),
            (nights.iter().any(|(_, row)| left(row) < query.rooms), Reason::NoRoom),
            (self.is_over_share, Reason::UnpaidShareReached),
        ];
        let mut reasons: Vec<Reason> =
            faults.iter().filter(|(at_fault, _)| *at_fault).map(|(_, reason)| *reason).collect();
        let selling = |plan: &&DefineRatePlan| plan.room_types.contains(room_type);
        let met: Vec<_> = self.rate_plans.iter().filter(selling).collect();
        let met: Vec<_> =
            met.into_iter().map(|plan| (plan, self.met_on(plan, room_type))).collect();
        let mut why_not = Vec::new();
        if met.is_empty() {
            match query.rate_plan {
                Some(_) => reasons.push(Reason::RatePlanExcludesRoomType),
                None => why_not.push("no_rate_plan"),
            }
        }
        let mut rules = Vec::new();
        if met.iter().all(|(_, met)| !met.is_empty()) {
            for (plan, met) in met {
                reasons.extend(met.iter().map(|rule| rule.reason));
                rules.extend(met.into_iter().map(|rule| rule_body(plan, rule)));
            }
        }
        reasons.sort_unstable();
        reasons.dedup();
        why_not.extend(reasons.into_iter().map(Reason::name));
        let night =
            |(night, row): &NightRow| NightLeft { night: night.to_string(), left: left(row) };
        RoomTypeAvailability {
            room_type: room_type.to_string(),
            sellable: why_not.is_empty(),
            why_not,
            rules,
            nights: nights.iter().map(night).collect(),
        }
    }

    /// Every rule that a hold on this rate plan would meet.
    fn met_on(&self, plan: &DefineRatePlan, room_type: &RoomTypeId) -> Vec<InTheWay> {
        let query = self.query;
        let of_plan = plan_refusals(plan, &query.channel, query.guests.into(), query.rooms);
        let scope = || Scope { rate_plan: Some(plan.rate_plan.clone()), ..Scope::default() };
        let of_plan = of_plan.map(|reason| InTheWay { reason, scope: scope(), nights: Vec::new() });
        let wish = Wish {
            room_type,
            rate_plan: &plan.rate_plan,
            channel: &query.channel,
            stay: query.stay,
            booked_on: self.booked_on,
        };
        of_plan.chain(why_not(&self.said, &wish)).collect()
    }
}

fn rule_body(plan: &DefineRatePlan, rule: InTheWay) -> RuleInTheWay {
    RuleInTheWay {
        rule: rule.reason.name(),
        rate_plan: plan.rate_plan.to_string(),
        of_room_type: rule.scope.room_type.map(|id| id.to_string()),
        of_rate_plan: rule.scope.rate_plan.map(|id| id.to_string()),
        of_channel: rule.scope.channel.map(|id| id.to_string()),
        nights: rule.nights.iter().map(Night::to_string).collect(),
    }
}

/// More may be held and sold than exists since the supply was lowered: nothing is left then.
fn left(row: &AvailabilityRow) -> u32 {
    u32::try_from(row.left).unwrap_or(0)
}

/// Whether on some night of all room types together more would be held than may be unpaid.
fn is_over_share(room_types: &[Vec<NightRow>], percent: u8, rooms: u32) -> bool {
    let nights_count = room_types.first().map_or(0, Vec::len);
    (0..nights_count).any(|index| {
        let on_night = || room_types.iter().filter_map(|nights| nights.get(index));
        let unsold = |row: &AvailabilityRow| {
            let for_sale = u64::try_from(row.rooms - row.blocked).unwrap_or(0);
            for_sale.saturating_sub(u64::try_from(row.sold + row.allotted).unwrap_or(0))
        };
        let unsold: u64 = on_night().map(|(_, row)| unsold(row)).sum();
        let held: u64 = on_night().map(|(_, row)| u64::try_from(row.held).unwrap_or(0)).sum();
        held + u64::from(rooms) > unpaid_rooms_max(unsold, percent)
    })
}
