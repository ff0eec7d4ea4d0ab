//! Every fault of a request is reported, each at its place.

use events::{DefineProperty, Night, PlaceHold};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, Object, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::{
    Faults, amend_booking, availability, cancel_booking, confirm_hold, define_property,
    define_rate_plan, define_room_type, external_sale, link_room_type, place_hold, release_hold,
    set_inventory,
};
use crate::wire::blocks::{
    BlockReleaseRequest, BlockRequest, BusinessDateRequest, advance_business_date, release_block,
    set_block,
};
use crate::wire::requests;
use crate::wire::restrictions::{
    HoldCapsRequest, RestrictionsRequest, set_hold_caps, set_restrictions,
};

fn property() -> Value {
    json!({
        "name": "Grand", "city": "Lisbon", "country": "PT",
        "location": {"lat": 38.71, "lon": -9.14}, "time_zone": "Europe/Lisbon",
        "currency": "EUR", "stars": 4, "amenities": ["wifi", "pool"], "market": "lisbon"
    })
}

fn room_type() -> Value {
    json!({"name": "Double", "max_guests": 2})
}

fn rate_plan() -> Value {
    json!({
        "name": "Flexible", "room_types": ["double"],
        "base_price": {"amount": 12000, "currency": "EUR"},
        "min_guests": 1, "max_guests": 2, "channels": ["direct", "ota"]
    })
}

fn inventory() -> Value {
    json!({
        "room_type": "double", "from": "2027-01-01", "to": "2027-12-31",
        "rooms": 20, "blocked": 0, "allowance": 0
    })
}

fn restrictions() -> Value {
    json!({
        "room_type": "double", "rate_plan": "flexible", "channel": "ota", "from": "2027-01-01",
        "to": "2027-12-31", "min_stay_arrival": 2, "min_stay_through": 3, "max_stay": 14,
        "closed_to_arrival": true, "closed_to_departure": true, "stop_sell": true,
        "advance_min_days": 1, "advance_max_days": 365, "stay_pattern": "NYY"
    })
}

fn hold_caps() -> Value {
    json!({"open_holds_per_account_max": 20, "unpaid_percent_max": 50})
}

fn hold() -> Value {
    json!({
        "property": "grand", "ttl_seconds": 900, "lines": [line()], "channel": "ota",
        "account": "shop-7", "block": "wedding-2027"
    })
}

fn line() -> Value {
    json!({
        "room_type": "double", "rate_plan": "flexible", "check_in": "2027-03-01",
        "check_out": "2027-03-04", "rooms": 1, "guests": {"adults": 2, "children": [3]}
    })
}

fn external() -> Value {
    json!({
        "property": "grand", "channel": "ota", "reference": "OTA-1", "guest": "g-1",
        "lines": [line()]
    })
}

fn block() -> Value {
    json!({
        "room_type": "double", "from": "2027-03-01", "to": "2027-03-04", "rooms": 10,
        "cut_off": "2027-02-15", "channel": "agency", "account": "acme", "name": "Wedding"
    })
}

fn amend_line() -> Value {
    json!({"line": 1, "check_in": "2027-03-01", "check_out": "2027-03-03"})
}

#[test]
fn an_amendment_names_each_line_once() {
    let read = |lines: Value| amend_booking(events::BookingId(1), &json!({ "lines": lines }));
    let amended = read(json!([amend_line()])).expect("nothing is at fault");
    assert_eq!((amended.lines[0].line, amended.lines[0].rooms), (1, None));
    assert_eq!(pointers(read(json!([amend_line(), amend_line()]))), ["/lines/1/line"]);
    assert_eq!(pointers(read(json!([]))), ["/lines"]);
    let wrong = json!({
        "line": 0, "check_in": "2027-03-03", "check_out": "2027-03-03", "room_type": "",
        "rate_plan": 1, "rooms": 201, "guests": {"adults": 0}, "more": 1
    });
    let expected = [
        "/lines/0/line",
        "/lines/0/check_out",
        "/lines/0/room_type",
        "/lines/0/rate_plan",
        "/lines/0/rooms",
        "/lines/0/guests/adults",
        "/lines/0/more",
    ];
    assert_eq!(pointers(read(json!([wrong]))), expected);
}

fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    *body.pointer_mut(pointer).expect("the pointer points somewhere") = value;
    body
}

fn pointers<T: std::fmt::Debug>(result: Result<T, Faults>) -> Vec<String> {
    result.expect_err("it is at fault").into_iter().map(|error| error.pointer).collect()
}

type Reads = fn(&Value) -> Result<(), Faults>;

/// Every body: how it is described, one that is complete, and how it is read.
fn bodies() -> Vec<(RefOr<Schema>, Value, Reads)> {
    vec![
        (requests::Property::schema(), property(), |b| define_property("grand", b).map(drop)),
        (requests::RoomType::schema(), room_type(), |b| define_room_type("g", "d", b).map(drop)),
        (requests::RatePlan::schema(), rate_plan(), |b| define_rate_plan("g", "f", b).map(drop)),
        (requests::Inventory::schema(), inventory(), |b| set_inventory("grand", b).map(drop)),
        (RestrictionsRequest::schema(), restrictions(), |b| set_restrictions("grand", b).map(drop)),
        (HoldCapsRequest::schema(), hold_caps(), |b| set_hold_caps("grand", b).map(drop)),
        (requests::HoldRequest::schema(), hold(), |b| place_hold(b).map(drop)),
        (requests::Confirm::schema(), json!({"guest": "g-1"}), |b| {
            confirm_hold(events::HoldId(1), b).map(drop)
        }),
        (requests::Release::schema(), json!({}), |b| release_hold(events::HoldId(1), b).map(drop)),
        (requests::Cancel::schema(), json!({"lines": [1]}), |b| {
            cancel_booking(events::BookingId(1), b).map(drop)
        }),
        (requests::ExternalSale::schema(), external(), |b| external_sale(b).map(drop)),
        (requests::Links::schema(), json!({"parts": [{"room_type": "double", "rooms": 2}]}), |b| {
            link_room_type("grand", "apartment", b).map(drop)
        }),
        (BlockRequest::schema(), block(), |b| set_block("grand", "group", b).map(drop)),
        (BlockReleaseRequest::schema(), json!({}), |b| {
            release_block("grand", "group", b).map(drop)
        }),
        (BusinessDateRequest::schema(), json!({"date": "2027-02-15"}), |b| {
            advance_business_date("grand", b, Night::MAX).map(drop)
        }),
        (requests::Amend::schema(), json!({"lines": [amend_line()]}), |b| {
            amend_booking(events::BookingId(1), b).map(drop)
        }),
    ]
}

fn object(schema: RefOr<Schema>) -> Object {
    match schema {
        RefOr::T(Schema::Object(object)) => object,
        RefOr::T(_) | RefOr::Ref(_) => panic!("not an object"),
    }
}

#[test]
fn bodies_are_read_as_they_are_described() {
    for (schema, complete, read) in bodies() {
        let schema = object(schema);
        assert_eq!(read(&complete), Ok(()), "{complete}");
        let mut fields: Vec<&str> =
            complete.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut described: Vec<&str> = schema.properties.keys().map(String::as_str).collect();
        fields.sort_unstable();
        described.sort_unstable();
        assert_eq!(described, fields);
        let mut required: Vec<String> =
            schema.required.iter().map(|name| format!("/{name}")).collect();
        let mut missing = read(&json!({}))
            .err()
            .map(|faults| faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>())
            .unwrap_or_default();
        required.sort_unstable();
        missing.sort_unstable();
        assert_eq!(missing, required, "what is missing from an empty body");
        assert!(matches!(
            schema.additional_properties.as_deref(),
            Some(AdditionalProperties::FreeForm(false))
        ));
        let mut more = complete.clone();
        more["surprise"] = json!(1);
        assert_eq!(pointers(read(&more)), ["/surprise"]);
        assert_eq!(pointers(read(&json!([]))), [""]);
    }
}

#[test]
fn descriptions_have_names_of_their_own() {
    assert_eq!(requests::HoldRequest::name(), "HoldRequest");
    assert!(matches!(
        object(requests::Money::schema()).properties.get("amount"),
        Some(RefOr::T(_))
    ));
}

#[test]
fn a_property_is_read_exactly() {
    let read = define_property("grand", &property()).expect("nothing is at fault");
    assert_eq!(read.location.latitude_microdegrees, 38_710_000);
    assert_eq!(read.location.longitude_microdegrees, -9_140_000);
    assert_eq!(read.amenities, ["wifi", "pool"]);
    let without = json!({
        "name": "Grand", "city": "Lisbon", "country": "PT", "location": {"lat": -90, "lon": 180},
        "time_zone": "UTC", "currency": "JPY"
    });
    let DefineProperty { stars, amenities, location, market, .. } =
        define_property("grand", &without).expect("stars and amenities may be left out");
    assert_eq!((stars, amenities.len()), (0, 0));
    assert_eq!(market, None);
    assert_eq!(read.market, Some("lisbon".parse().expect("an id")));
    assert_eq!(location.latitude_microdegrees, -90_000_000);
}

#[test]
fn degrees_do_not_drift() {
    for (degrees, microdegrees) in [
        (0.000_001, 1),
        (-0.000_001, -1),
        (0.000_000_4, 0),
        (-0.000_000_4, 0),
        (38.123_456, 38_123_456),
        (-89.999_999, -89_999_999),
        (1.000_000_6, 1_000_001),
    ] {
        let body = with(property(), "/location/lat", json!(degrees));
        let read = define_property("grand", &body).expect("nothing is at fault");
        assert_eq!(read.location.latitude_microdegrees, microdegrees, "{degrees}");
    }
}

#[test]
fn every_fault_of_a_property_is_found() {
    let cases = [
        ("/name", json!("")),
        ("/market", json!("")),
        ("/market", json!("two words")),
        ("/name", json!("x".repeat(201))),
        ("/name", json!("a\nb")),
        ("/name", json!(7)),
        ("/city", json!(" ")),
        ("/country", json!("pt")),
        ("/country", json!("PRT")),
        ("/location", json!([38.7, -9.1])),
        ("/location/lat", json!(90.5)),
        ("/location/lat", json!("38.7")),
        ("/location/lon", json!(-180.000_001)),
        ("/time_zone", json!("Lisbon")),
        ("/time_zone", json!("europe/lisbon")),
        ("/currency", json!("EURO")),
        ("/currency", json!("eur")),
        ("/stars", json!(4.0)),
        ("/stars", json!("4")),
        ("/stars", json!(8)),
        ("/amenities", json!("wifi")),
        ("/amenities/1", json!("x".repeat(65))),
        ("/amenities/1", json!("wifi")),
    ];
    for (pointer, value) in cases {
        let body = with(property(), pointer, value.clone());
        assert_eq!(pointers(define_property("grand", &body)), [pointer], "{value}");
    }
    let all = with(with(property(), "/name", json!(1)), "/stars", json!(-1));
    assert_eq!(pointers(define_property("gr and", &all)), ["/property", "/name", "/stars"]);
}

#[test]
fn every_fault_of_terms_and_supply_is_found() {
    for (pointer, value) in [("/max_guests", json!(0)), ("/max_guests", json!(2.5))] {
        let body = with(room_type(), pointer, value);
        assert_eq!(pointers(define_room_type("g", "d", &body)), [pointer]);
    }
    for (pointer, value) in [
        ("/room_types", json!([])),
        ("/room_types/0", json!("a b")),
        ("/room_types/0", json!(1)),
        ("/base_price/amount", json!(-1)),
        ("/base_price/amount", json!(120.0)),
        ("/base_price/amount", json!("12000")),
        ("/base_price/currency", json!("XX")),
    ] {
        let body = with(rate_plan(), pointer, value);
        assert_eq!(pointers(define_rate_plan("g", "f", &body)), [pointer]);
    }
    for (pointer, value) in [
        ("/from", json!("2027-02-30")),
        ("/from", json!(20270101)),
        ("/to", json!("2027-01-01")),
        ("/to", json!("2029-01-01")),
        ("/rooms", json!(65536)),
        ("/blocked", json!(-1)),
        ("/allowance", json!(1e3)),
    ] {
        let body = with(inventory(), pointer, value.clone());
        assert_eq!(pointers(set_inventory("g", &body)), [pointer], "{value}");
    }
    let whole = with(inventory(), "/to", json!("2028-12-31"));
    let read = set_inventory("g", &whole).expect("730 nights may be set at once");
    assert_eq!(read.nights.nights_count(), 730);
}

#[test]
fn every_fault_of_a_hold_is_found() {
    for (pointer, value) in [
        ("/property", json!("")),
        ("/ttl_seconds", json!(0)),
        ("/ttl_seconds", json!(86_401)),
        ("/lines", json!([])),
        ("/lines", json!(vec![line(); 51])),
        ("/lines/0/rooms", json!(0)),
        ("/lines/0/rooms", json!(201)),
        ("/lines/0/check_in", json!("2027-3-1")),
        ("/lines/0/check_out", json!("2027-03-01")),
        ("/lines/0/guests", json!(2)),
        ("/lines/0/guests/adults", json!(0)),
        ("/lines/0/guests/children/0", json!(18)),
        ("/lines/0/guests/children", json!(1)),
    ] {
        let body = with(hold(), pointer, value.clone());
        assert_eq!(pointers(place_hold(&body)), [pointer], "{value}");
    }
    let mut several = json!({"property": "a b", "lines": [line(), {"rooms": 0}, {"odd/~": 1}]});
    several["lines"][0]["guests"] = json!({});
    let found = pointers(place_hold(&several));
    let expected = [
        "/property",
        "/lines/0/guests/adults",
        "/lines/1/room_type",
        "/lines/1/rate_plan",
        "/lines/1/check_in",
        "/lines/1/check_out",
        "/lines/1/rooms",
        "/lines/1/guests",
        "/lines/2/room_type",
        "/lines/2/rate_plan",
        "/lines/2/check_in",
        "/lines/2/check_out",
        "/lines/2/rooms",
        "/lines/2/guests",
        "/lines/2/odd~1~0",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_hold_lasts_fifteen_minutes_unless_it_says_otherwise() {
    let PlaceHold { ttl_ms, lines, .. } =
        place_hold(&json!({"property": "grand", "lines": [line()]})).expect("nothing is at fault");
    assert_eq!((ttl_ms, lines.len()), (900_000, 1));
    assert_eq!(lines[0].children.as_slice(), [3]);
}

#[test]
fn lines_to_cancel_are_named_once_and_counted_from_one() {
    let read = |body: Value| cancel_booking(events::BookingId(1), &body);
    assert!(read(json!({})).expect("the whole booking").lines.is_empty());
    assert_eq!(read(json!({"lines": [2, 1]})).expect("two lines").lines.as_slice(), [2, 1]);
    assert_eq!(pointers(read(json!({"lines": []}))), ["/lines"]);
    assert_eq!(pointers(read(json!({"lines": [0]}))), ["/lines/0"]);
    assert_eq!(pointers(read(json!({"lines": [1, 2, 1]}))), ["/lines/2"]);
    assert_eq!(pointers(read(json!({"lines": ["1"]}))), ["/lines/0"]);
}

#[test]
fn a_query_is_read_with_its_defaults_and_faults() {
    let read = |text: &str| {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        let pairs: Vec<_> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        availability(&pairs)
    };
    let query = read("check_in=2027-03-01&check_out=2027-03-04").expect("nothing is at fault");
    assert_eq!((query.stay.nights_count(), query.rooms, query.guests), (3, 1, 2));
    assert_eq!(Some(query.stay.arrival()), "2027-03-01".parse::<Night>().ok());
    let good = "check_in=2027-03-01&check_out=2027-03-04";
    assert_eq!(pointers(read("")), ["/check_in", "/check_out"]);
    assert_eq!(pointers(read("check_in=2027-03-04&check_out=2027-03-04")), ["/check_out"]);
    assert_eq!(pointers(read("check_in=2027-03-01&check_out=2029-03-01")), ["/check_out"]);
    assert_eq!(pointers(read(&format!("{good}&rooms=0&guests=+2"))), ["/rooms", "/guests"]);
    assert_eq!(pointers(read(&format!("{good}&room=1"))), ["/room"]);
    assert_eq!(pointers(read(&format!("{good}&rooms=1&rooms=2"))), ["/rooms"]);
}

#[test]
fn a_hundred_thousand_faults_make_a_short_answer() {
    let mut body = hold();
    for index in 0..1000 {
        body[format!("surprise_{index}")] = json!(0);
    }
    assert_eq!(pointers(place_hold(&body)).len(), 100);
}
