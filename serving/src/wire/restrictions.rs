//! Restrictions and caps on holds: their JSON, as it is asked and as it is answered.

use events::{
    ChannelId, Night, Restrictions, Scope, SetHoldCaps, SetRestrictions, Stay, StayPattern,
};
use ledger::restrictions::Said;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::commands::{Faults, path_id, stay};
use super::read::{self, Object, Pointer, Report, integer, parsed};

/// What a scope says of each night of a range; what is left out restricts nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionsRequest {
    /// Of which room type; of all without it.
    #[schema(example = "double")]
    pub room_type: Option<String>,
    /// On which rate plan; on all without it.
    #[schema(example = "flexible")]
    pub rate_plan: Option<String>,
    /// Through which channel; through all without it.
    #[schema(example = "ota")]
    pub channel: Option<String>,
    /// The first night.
    #[schema(format = Date, example = "2027-01-01")]
    pub from: String,
    /// The day after the last night; at most 730 nights after the first.
    #[schema(format = Date, example = "2027-12-31")]
    pub to: String,
    /// Who arrives then stays at least so many nights.
    #[schema(minimum = 1, maximum = 730, example = 2)]
    pub min_stay_arrival: Option<u16>,
    /// Who stays over such a night stays at least so many nights.
    #[schema(minimum = 1, maximum = 730, example = 3)]
    pub min_stay_through: Option<u16>,
    /// Who arrives then stays at most so many nights.
    #[schema(minimum = 1, maximum = 730, example = 14)]
    pub max_stay: Option<u16>,
    /// Nobody may arrive then.
    #[schema(default = false, example = false)]
    pub closed_to_arrival: Option<bool>,
    /// Nobody may check out then.
    #[schema(default = false, example = false)]
    pub closed_to_departure: Option<bool>,
    /// Nobody may stay over such a night.
    #[schema(default = false, example = false)]
    pub stop_sell: Option<bool>,
    /// Who arrives then has booked at least so many days before.
    #[schema(minimum = 0, maximum = 3650, example = 1)]
    pub advance_min_days: Option<u16>,
    /// Who arrives then has booked at most so many days before.
    #[schema(minimum = 0, maximum = 3650, example = 365)]
    pub advance_max_days: Option<u16>,
    /// Whether each length of stay from one night up may be sold to who arrives then; a longer one
    /// may not.
    #[schema(pattern = "^[YN]{1,64}$", example = "NYYYYYY")]
    pub stay_pattern: Option<String>,
}

/// What may be held and not yet paid for; what is left out bounds nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldCapsRequest {
    /// How many holds of one account may be open at once.
    #[schema(minimum = 0, maximum = 65535, example = 20)]
    pub open_holds_per_account_max: Option<u16>,
    /// How much of what is not sold yet may be held on a night, in percent: at least one room.
    #[schema(minimum = 0, maximum = 100, example = 50)]
    pub unpaid_percent_max: Option<u8>,
}

/// The nights are restricted as asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionsSet {
    /// Nights that are now restricted otherwise than before.
    #[schema(example = 364)]
    pub nights_changed: u32,
}

/// What a scope says of each night of a range.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictedRange {
    /// Of which room type; of all where it is null.
    pub room_type: Option<String>,
    /// On which rate plan; on all where it is null.
    pub rate_plan: Option<String>,
    /// Through which channel; through all where it is null.
    pub channel: Option<String>,
    /// The first night.
    #[schema(example = "2027-01-01")]
    pub from: String,
    /// The day after the last night.
    #[schema(example = "2027-12-31")]
    pub to: String,
    /// Who arrives then stays at least so many nights.
    pub min_stay_arrival: Option<u16>,
    /// Who stays over such a night stays at least so many nights.
    pub min_stay_through: Option<u16>,
    /// Who arrives then stays at most so many nights.
    pub max_stay: Option<u16>,
    /// Nobody may arrive then.
    pub closed_to_arrival: bool,
    /// Nobody may check out then.
    pub closed_to_departure: bool,
    /// Nobody may stay over such a night.
    pub stop_sell: bool,
    /// Who arrives then has booked at least so many days before.
    pub advance_min_days: Option<u16>,
    /// Who arrives then has booked at most so many days before.
    pub advance_max_days: Option<u16>,
    /// Whether each length of stay from one night up may be sold.
    #[schema(example = "NYYYYYY")]
    pub stay_pattern: Option<String>,
}

/// What is said of a property's nights.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionsList {
    /// The position's time.
    pub as_of: String,
    /// By scope, then by night; nights of which nothing is said are in none.
    pub restrictions: Vec<RestrictedRange>,
}

/// `PUT /v1/properties/{property}/restrictions`.
pub(crate) fn set_restrictions(property: &str, body: &Value) -> Result<SetRestrictions, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    read::body(body, report, |body, report| {
        let room_type = body.optional(report, "room_type", None, |v, at, r| some(parsed(v, at, r)));
        let rate_plan = body.optional(report, "rate_plan", None, |v, at, r| some(parsed(v, at, r)));
        let channel = body.optional(report, "channel", None, |v, at, r| some(parsed(v, at, r)));
        let nights = stay(body, report, "from", "to");
        let restrictions = restrictions(body, report);
        Some(SetRestrictions {
            property: property?,
            scope: Scope { room_type: room_type?, rate_plan: rate_plan?, channel: channel? },
            nights: nights?,
            restrictions: restrictions?,
        })
    })
}

fn restrictions(body: &mut Object<'_>, report: &mut Report) -> Option<Restrictions> {
    const NIGHTS: (i64, i64) = (1, 730);
    const DAYS: (i64, i64) = (0, 3650);
    let mut number = |body: &mut Object<'_>, name, (min, max): (i64, i64)| {
        body.optional(report, name, None, |v, at, r| some(integer::<u16>(min..=max)(v, at, r)))
    };
    let min_stay_arrival = number(body, "min_stay_arrival", NIGHTS);
    let min_stay_through = number(body, "min_stay_through", NIGHTS);
    let max_stay = number(body, "max_stay", NIGHTS);
    let advance_min_days = number(body, "advance_min_days", DAYS);
    let advance_max_days = number(body, "advance_max_days", DAYS);
    let closed_to_arrival = body.optional(report, "closed_to_arrival", false, boolean);
    let closed_to_departure = body.optional(report, "closed_to_departure", false, boolean);
    let stop_sell = body.optional(report, "stop_sell", false, boolean);
    let pattern = |v: &Value, at: &Pointer<'_>, r: &mut Report| some(parsed(v, at, r));
    let stay_pattern = body.optional::<Option<StayPattern>>(report, "stay_pattern", None, pattern);
    Some(Restrictions {
        min_stay_arrival: min_stay_arrival?,
        min_stay_through: min_stay_through?,
        max_stay: max_stay?,
        closed_to_arrival: closed_to_arrival?,
        closed_to_departure: closed_to_departure?,
        stop_sell: stop_sell?,
        advance_min_days: advance_min_days?,
        advance_max_days: advance_max_days?,
        stay_pattern: stay_pattern?,
    })
}

/// `PUT /v1/properties/{property}/hold-caps`.
pub(crate) fn set_hold_caps(property: &str, body: &Value) -> Result<SetHoldCaps, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    read::body(body, report, |body, report| {
        let holds = |v: &Value, at: &Pointer<'_>, r: &mut Report| {
            some(integer::<u16>(0..=i64::from(u16::MAX))(v, at, r))
        };
        let open_holds = body.optional(report, "open_holds_per_account_max", None, holds);
        let percent =
            |v: &Value, at: &Pointer<'_>, r: &mut Report| some(integer::<u8>(0..=100)(v, at, r));
        let unpaid_percent = body.optional(report, "unpaid_percent_max", None, percent);
        Some(SetHoldCaps {
            property: property?,
            open_holds_per_account_max: open_holds?,
            unpaid_percent_max: unpaid_percent?,
        })
    })
}

/// A value that was read, as the value of a field that may be left out.
pub(crate) fn some<T>(read: Option<T>) -> Option<Option<T>> {
    read.map(Some)
}

fn boolean(value: &Value, at: &Pointer<'_>, report: &mut Report) -> Option<bool> {
    let read = value.as_bool();
    if read.is_none() {
        report.fault(at, format!("expected true or false, found {}", read::kind_of(value)));
    }
    read
}

/// What a scope says of the nights of a range.
pub(crate) fn restricted_ranges(said: &Said, nights: Stay) -> Vec<RestrictedRange> {
    let reached = said.ranges.iter().filter_map(|range| {
        let from = range.nights.arrival().max(nights.arrival());
        let to = range.nights.departure().min(nights.departure());
        (from < to).then(|| restricted_range(&said.scope, (from, to), &range.restrictions))
    });
    reached.collect()
}

fn restricted_range(
    scope: &Scope,
    (from, to): (Night, Night),
    said: &Restrictions,
) -> RestrictedRange {
    RestrictedRange {
        room_type: scope.room_type.as_ref().map(ToString::to_string),
        rate_plan: scope.rate_plan.as_ref().map(ToString::to_string),
        channel: scope.channel.as_ref().map(ChannelId::to_string),
        from: from.to_string(),
        to: to.to_string(),
        min_stay_arrival: said.min_stay_arrival,
        min_stay_through: said.min_stay_through,
        max_stay: said.max_stay,
        closed_to_arrival: said.closed_to_arrival,
        closed_to_departure: said.closed_to_departure,
        stop_sell: said.stop_sell,
        advance_min_days: said.advance_min_days,
        advance_max_days: said.advance_max_days,
        stay_pattern: said.stay_pattern.map(|pattern| pattern.to_string()),
    }
}
