//! Bodies and path parameters to commands, with every fault of a request noted.

use std::str::FromStr;

use events::night::STAY_NIGHTS_MAX;
use events::{
    BookingId, CancelBooking, ChannelId, ConfirmHold, Currency, DefineProperty, DefineRatePlan,
    DefineRoomType, HoldId, IdError, Line, Location, Money, Night, Occupancy, PlaceHold,
    PropertyId, RatePlanId, ReleaseHold, SetInventory, Stay, Supply,
};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::answers::FieldError;
use super::read::{self, Object, Pointer, Report, distinct, integer, list, object, parsed, text};
use super::restrictions::some;

mod policies;
mod sales;

pub(crate) use policies::{PolicyPath, promote_policy, rollback_policy, stage_policy};
pub(crate) use sales::{amend_booking, external_sale, link_room_type};

pub(super) const NAME_CHARS_MAX: usize = 200;
const AMENITIES_MAX: usize = 100;
const AMENITY_CHARS_MAX: usize = 64;
const STARS_MAX: i64 = 7;
const ROOM_TYPES_MAX: usize = 200;
const CHANNELS_MAX: usize = 100;
const GUESTS_PER_ROOM_MAX: i64 = 1000;
const PRICE_MINOR_MAX: i64 = 1_000_000_000_000;
const TTL_SECONDS_MAX: i64 = 86_400;
const TTL_SECONDS_DEFAULT: u64 = 900;
const LINES_MAX: usize = 50;
const ROOMS_MAX: i64 = 200;
const ADULTS_MAX: i64 = 10_000;
const CHILDREN_MAX: usize = 200;
const CHILD_AGE_MAX: i64 = 17;

/// What is wrong with a request.
pub(crate) type Faults = Vec<FieldError>;

/// `PUT /v1/properties/{property}`.
pub(crate) fn define_property(property: &str, body: &Value) -> Result<DefineProperty, Faults> {
    let mut report = Report::default();
    let property = path_id::<PropertyId>("property", property, &mut report);
    read::body(body, report, |body, report| {
        let name = body.required(report, "name", text(NAME_CHARS_MAX));
        let city = body.required(report, "city", text(NAME_CHARS_MAX));
        let country = body.required(report, "country", country);
        let location = body.required(report, "location", object(location));
        let time_zone = body.required(report, "time_zone", time_zone);
        let currency = body.required(report, "currency", parsed::<Currency>);
        let stars = body.optional(report, "stars", 0, integer(0..=STARS_MAX));
        let each = distinct(0..=AMENITIES_MAX, text(AMENITY_CHARS_MAX));
        let amenities = body.optional(report, "amenities", Vec::new(), each);
        let market = body
            .optional(report, "market", None, |value, at, report| some(parsed(value, at, report)));
        Some(DefineProperty {
            property: property?,
            name: name?,
            city: city?,
            country: country?,
            location: location?,
            time_zone: time_zone?,
            currency: currency?,
            stars: stars?,
            amenities: amenities?,
            market: market?,
        })
    })
}

/// `PUT /v1/properties/{property}/room-types/{room_type}`.
pub(crate) fn define_room_type(
    property: &str,
    room_type: &str,
    body: &Value,
) -> Result<DefineRoomType, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    let room_type = path_id("room_type", room_type, &mut report);
    read::body(body, report, |body, report| {
        let name = body.required(report, "name", text(NAME_CHARS_MAX));
        let max_guests = body.required(report, "max_guests", integer(1..=GUESTS_PER_ROOM_MAX));
        Some(DefineRoomType {
            property: property?,
            room_type: room_type?,
            name: name?,
            max_guests: max_guests?,
        })
    })
}

/// `PUT /v1/properties/{property}/rate-plans/{rate_plan}`.
pub(crate) fn define_rate_plan(
    property: &str,
    rate_plan: &str,
    body: &Value,
) -> Result<DefineRatePlan, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    let rate_plan = path_id("rate_plan", rate_plan, &mut report);
    read::body(body, report, |body, report| {
        let name = body.required(report, "name", text(NAME_CHARS_MAX));
        let room_types = body.required(report, "room_types", distinct(1..=ROOM_TYPES_MAX, parsed));
        let base_price = body.required(report, "base_price", object(money));
        let occupancy = occupancy(body, report);
        let channels =
            body.optional(report, "channels", Vec::new(), distinct(0..=CHANNELS_MAX, parsed));
        Some(DefineRatePlan {
            property: property?,
            rate_plan: rate_plan?,
            name: name?,
            room_types: room_types?,
            base_price: base_price?,
            occupancy: occupancy?,
            channels: channels?,
        })
    })
}

/// `PUT /v1/properties/{property}/inventory`.
pub(crate) fn set_inventory(property: &str, body: &Value) -> Result<SetInventory, Faults> {
    let mut report = Report::default();
    let property = path_id("property", property, &mut report);
    let rooms = || integer::<u16>(0..=i64::from(u16::MAX));
    read::body(body, report, |body, report| {
        let room_type = body.required(report, "room_type", parsed);
        let nights = stay(body, report, "from", "to");
        let physical = body.required(report, "rooms", rooms());
        let blocked = body.optional(report, "blocked", 0, rooms());
        let allowance = body.optional(report, "allowance", 0, rooms());
        Some(SetInventory {
            property: property?,
            room_type: room_type?,
            nights: nights?,
            supply: Supply { physical: physical?, blocked: blocked?, allowance: allowance? },
        })
    })
}

/// `POST /v1/holds`.
pub(crate) fn place_hold(body: &Value) -> Result<PlaceHold, Faults> {
    read::body(body, Report::default(), |body, report| {
        let property = body.required(report, "property", parsed);
        let ttl = integer::<u64>(1..=TTL_SECONDS_MAX);
        let ttl_seconds = body.optional(report, "ttl_seconds", TTL_SECONDS_DEFAULT, ttl);
        let lines = body.required(report, "lines", list(1..=LINES_MAX, object(line)));
        let channel = body.optional(report, "channel", ChannelId::DIRECT, parsed);
        let account = body.optional(report, "account", None, |v, at, r| some(parsed(v, at, r)));
        let block = body.optional(report, "block", None, |v, at, r| some(parsed(v, at, r)));
        Some(PlaceHold {
            channel: channel?,
            account: account?,
            block: block?,
            ..PlaceHold::direct(property?, ttl_seconds? * 1000, lines?)
        })
    })
}

/// `POST /v1/holds/{hold}/confirm`.
pub(crate) fn confirm_hold(hold: HoldId, body: &Value) -> Result<ConfirmHold, Faults> {
    read::body(body, Report::default(), |body, report| {
        let guest = body.required(report, "guest", parsed);
        Some(ConfirmHold { hold, guest: guest? })
    })
}

/// `POST /v1/holds/{hold}/release`.
pub(crate) fn release_hold(hold: HoldId, body: &Value) -> Result<ReleaseHold, Faults> {
    read::body(body, Report::default(), |_, _| Some(ReleaseHold { hold }))
}

/// `POST /v1/bookings/{booking}/cancel`.
pub(crate) fn cancel_booking(booking: BookingId, body: &Value) -> Result<CancelBooking, Faults> {
    read::body(body, Report::default(), |body, report| {
        let each = distinct(1..=LINES_MAX, integer::<u16>(1..=i64::from(u16::MAX)));
        let lines = body.optional(report, "lines", Vec::new(), each);
        Some(CancelBooking { booking, lines: lines?.into() })
    })
}

/// What `GET …/availability` is asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AvailabilityQuery {
    pub(crate) stay: Stay,
    pub(crate) rooms: u32,
    pub(crate) guests: u32,
    /// The only one to look at, if one is named.
    pub(crate) rate_plan: Option<RatePlanId>,
    pub(crate) channel: ChannelId,
}

/// The query of `GET /v1/properties/{property}/availability`.
pub(crate) fn availability(pairs: &[(String, String)]) -> Result<AvailabilityQuery, Faults> {
    let mut report = Report::default();
    const NAMES: [&str; 6] = ["check_in", "check_out", "rooms", "guests", "rate_plan", "channel"];
    let [check_in, check_out, rooms, guests, rate_plan, channel] =
        read::parameters(NAMES, pairs, &mut report);
    let arrival = query_night(NAMES[0], check_in, &mut report);
    let departure = query_night(NAMES[1], check_out, &mut report);
    let stay = nights_between(arrival, departure, &at_field("check_out"), &mut report);
    let rooms = query_count(NAMES[2], rooms.unwrap_or("1"), ROOMS_MAX, &mut report);
    let guests = query_count(NAMES[3], guests.unwrap_or("2"), ADULTS_MAX, &mut report);
    let rate_plan = rate_plan.map(|text| path_id::<RatePlanId>(NAMES[4], text, &mut report));
    let channel = channel
        .map_or(Some(ChannelId::DIRECT), |text| path_id::<ChannelId>(NAMES[5], text, &mut report));
    let query = (|| {
        Some(AvailabilityQuery {
            stay: stay?,
            rooms: rooms?,
            guests: guests?,
            rate_plan: match rate_plan {
                Some(named) => Some(named?),
                None => None,
            },
            channel: channel?,
        })
    })();
    report.conclude(query)
}

fn occupancy(plan: &mut Object<'_>, report: &mut Report) -> Option<Occupancy> {
    let guests = |v: &Value, at: &Pointer<'_>, r: &mut Report| {
        some(integer::<u16>(1..=GUESTS_PER_ROOM_MAX)(v, at, r))
    };
    let min_guests = plan.optional(report, "min_guests", None, guests)?;
    let max_guests = plan.optional(report, "max_guests", None, guests)?;
    if max_guests.is_some_and(|max_guests| min_guests.is_some_and(|least| least > max_guests)) {
        report.fault(&plan.at("max_guests"), "is less than `min_guests`");
        return None;
    }
    Some(Occupancy { min_guests, max_guests })
}

fn at_field(name: &str) -> Pointer<'_> {
    Pointer::Field(&Pointer::Root, name)
}

pub(crate) fn query_night(
    name: &'static str,
    value: Option<&str>,
    report: &mut Report,
) -> Option<Night> {
    let Some(value) = value else {
        report.fault_of(name, "is missing");
        return None;
    };
    value.parse().map_err(|error: events::NightError| report.fault_of(name, error.to_string())).ok()
}

/// The query of a read of nights: which.
pub(crate) fn nights_query(pairs: &[(String, String)]) -> Result<Stay, Faults> {
    let mut report = Report::default();
    let [from, to] = read::parameters(["from", "to"], pairs, &mut report);
    let nights = query_nights(from, to, &mut report);
    report.conclude(nights)
}

/// The same where no night need be named.
pub(crate) fn nights_query_if_any(pairs: &[(String, String)]) -> Result<Option<Stay>, Faults> {
    let mut report = Report::default();
    let [from, to] = read::parameters(["from", "to"], pairs, &mut report);
    let nights = match (from, to) {
        (None, None) => Some(None),
        _ => query_nights(from, to, &mut report).map(Some),
    };
    report.conclude(nights)
}

/// The query of a read of a property: which.
pub(crate) fn property_query(pairs: &[(String, String)]) -> Result<String, Faults> {
    let mut report = Report::default();
    let [property] = read::parameters(["property"], pairs, &mut report);
    if property.is_none() {
        report.fault_of("property", "is missing");
    }
    report.conclude(property.map(str::to_owned))
}

fn query_nights(from: Option<&str>, to: Option<&str>, report: &mut Report) -> Option<Stay> {
    let from = query_night("from", from, report);
    let to = query_night("to", to, report);
    nights_between(from, to, &Pointer::Field(&Pointer::Root, "to"), report)
}

/// A night that stands in a path.
pub(crate) fn path_night(text: &str) -> Result<Night, Faults> {
    let mut report = Report::default();
    let night = query_night("night", Some(text), &mut report);
    report.conclude(night)
}

fn query_count(name: &'static str, text: &str, max: i64, report: &mut Report) -> Option<u32> {
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let count = text.parse::<u32>().ok();
    let count = count.filter(|count| digits_only && (1..=max).contains(&i64::from(*count)));
    if count.is_none() {
        report.fault_of(name, format!("expected a whole number from 1 to {max}"));
    }
    count
}

pub(crate) fn path_id<T: FromStr<Err = IdError>>(
    name: &str,
    text: &str,
    report: &mut Report,
) -> Option<T> {
    text.parse().map_err(|error: IdError| report.fault_of(name, error.to_string())).ok()
}

fn line(line: &mut Object<'_>, report: &mut Report) -> Option<Line> {
    let room_type = line.required(report, "room_type", parsed);
    let rate_plan = line.required(report, "rate_plan", parsed);
    let stay = stay(line, report, "check_in", "check_out");
    let rooms = line.required(report, "rooms", integer(1..=ROOMS_MAX));
    let guests = line.required(report, "guests", object(guests));
    let (adults, children) = guests?;
    Some(Line {
        room_type: room_type?,
        rate_plan: rate_plan?,
        stay: stay?,
        rooms: rooms?,
        adults,
        children: children.into(),
    })
}

fn guests(guests: &mut Object<'_>, report: &mut Report) -> Option<(u16, Vec<u8>)> {
    let adults = guests.required(report, "adults", integer(1..=ADULTS_MAX));
    let ages = list(0..=CHILDREN_MAX, integer::<u8>(0..=CHILD_AGE_MAX));
    let children = guests.optional(report, "children", Vec::new(), ages);
    Some((adults?, children?))
}

pub(crate) fn money(money: &mut Object<'_>, report: &mut Report) -> Option<Money> {
    let amount_minor = money.required(report, "amount", integer(0..=PRICE_MINOR_MAX));
    let currency = money.required(report, "currency", parsed);
    Some(Money { amount_minor: amount_minor?, currency: currency? })
}

pub(crate) fn stay(
    object: &mut Object<'_>,
    report: &mut Report,
    first: &'static str,
    end: &'static str,
) -> Option<Stay> {
    let arrival = object.required(report, first, parsed::<Night>);
    let departure = object.required(report, end, parsed::<Night>);
    nights_between(arrival, departure, &object.at(end), report)
}

pub(crate) fn nights_between(
    arrival: Option<Night>,
    departure: Option<Night>,
    at: &Pointer<'_>,
    report: &mut Report,
) -> Option<Stay> {
    let stay = Stay::new(arrival?, departure?);
    let stay = stay.map_err(|error| report.fault(at, error.to_string())).ok()?;
    if stay.nights_count() > STAY_NIGHTS_MAX {
        let detail =
            format!("{} nights; at most {STAY_NIGHTS_MAX} are allowed", stay.nights_count());
        report.fault(at, detail);
        return None;
    }
    Some(stay)
}

fn location(location: &mut Object<'_>, report: &mut Report) -> Option<Location> {
    let latitude_microdegrees = location.required(report, "lat", degrees(90));
    let longitude_microdegrees = location.required(report, "lon", degrees(180));
    Some(Location {
        latitude_microdegrees: latitude_microdegrees?,
        longitude_microdegrees: longitude_microdegrees?,
    })
}

/// Degrees as the caller wrote them, to the nearest millionth.
fn degrees(max: i32) -> impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<i32> {
    move |value, at, report| {
        let degrees = value.as_f64().filter(|degrees| degrees.abs() <= f64::from(max));
        if degrees.is_none() {
            report.fault(at, format!("expected a number from -{max} to {max}"));
        }
        // Formatting rounds the exact value once; a multiplication would round it twice.
        format!("{:.6}", degrees?).replace('.', "").parse().ok()
    }
}

fn country(value: &Value, at: &Pointer<'_>, report: &mut Report) -> Option<String> {
    let code = read::string(value, at, report)?;
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Some(code.to_owned());
    }
    report.fault(at, "expected an ISO 3166-1 code of two capital letters such as PT");
    None
}

fn time_zone(value: &Value, at: &Pointer<'_>, report: &mut Report) -> Option<String> {
    let name = read::string(value, at, report)?;
    let zone = TimeZone::get(name).ok();
    match zone.as_ref().and_then(TimeZone::iana_name) {
        Some(exact) if exact == name => Some(exact.to_owned()),
        Some(exact) => {
            report.fault(at, format!("is written {exact}"));
            None
        }
        None => {
            report.fault(at, "expected an IANA time zone such as Europe/Lisbon");
            None
        }
    }
}

#[cfg(test)]
mod tests;
