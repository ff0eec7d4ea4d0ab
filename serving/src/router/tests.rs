//! The API from outside: HTTP in, HTTP out, with a real engine and a real store behind it.

use serde_json::{Value, json};

use crate::testing::{Answer, Stack};

mod blocks;
mod bookings;
mod demand;
mod errors;
mod pending;
mod policies;
mod policy_diff;
mod prices;
mod reads;
mod replays;
mod signals;
mod view_changes;

/// A property with two doubles and one suite, on sale from March 2027 on.
async fn hotel(stack: &Stack, property: &str) -> Answer {
    let at = |rest: &str| format!("/v1/properties/{property}{rest}");
    let key = |rest: &str| format!("{property}-{rest}");
    let writes = [
        (at(""), key("property"), property_body()),
        (at("/room-types/double"), key("double"), json!({"name": "Double", "max_guests": 2})),
        (at("/room-types/suite"), key("suite"), json!({"name": "Suite", "max_guests": 4})),
        (at("/rate-plans/flexible"), key("flexible"), rate_plan_body()),
    ];
    for (path, key, body) in writes {
        let answer = stack.put(&path, &key, &body).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"state": "defined"})), "{path}");
    }
    for (room_type, rooms) in [("double", 2), ("suite", 1)] {
        let body = inventory_body(room_type, rooms);
        let answer =
            stack.put(&at("/inventory"), &key(&format!("inventory-{room_type}")), &body).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"nights_changed": 31})));
    }
    stack.put(&at(""), &key("property"), &property_body()).await
}

/// The same, in a market.
async fn hotel_in_lisbon(stack: &Stack, property: &str) -> Answer {
    hotel(stack, property).await;
    let mut body = property_body();
    body["market"] = json!("lisbon");
    let path = format!("/v1/properties/{property}");
    let answer = stack.put(&path, &format!("{property}-in-lisbon"), &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn property_body() -> Value {
    json!({
        "name": "Grand", "city": "Lisbon", "country": "PT",
        "location": {"lat": 38.71, "lon": -9.14}, "time_zone": "Europe/Lisbon",
        "currency": "EUR", "stars": 4, "amenities": ["wifi", "pool"]
    })
}

fn rate_plan_body() -> Value {
    json!({
        "name": "Flexible", "room_types": ["double", "suite"],
        "base_price": {"amount": 12000, "currency": "EUR"}
    })
}

fn inventory_body(room_type: &str, rooms: u16) -> Value {
    json!({"room_type": room_type, "from": "2027-03-01", "to": "2027-04-01", "rooms": rooms})
}

fn line(room_type: &str, check_in: &str, check_out: &str) -> Value {
    json!({
        "room_type": room_type, "rate_plan": "flexible", "check_in": check_in,
        "check_out": check_out, "rooms": 1, "guests": {"adults": 2, "children": []}
    })
}

fn hold_body(property: &str, lines: &[Value]) -> Value {
    json!({"property": property, "ttl_seconds": 900, "lines": lines})
}

/// Three nights in a double.
fn stay_body(property: &str) -> Value {
    hold_body(property, &[line("double", "2027-03-01", "2027-03-04")])
}

/// A booking of those lines, and its id.
async fn booked(stack: &Stack, property: &str, key: &str, lines: &[Value]) -> (Answer, String) {
    let held = stack.post("/v1/holds", key, &hold_body(property, lines)).await;
    assert_eq!(held.status, 201, "{held:?}");
    let path = format!("/v1/holds/{}/confirm", held.text("hold"));
    let confirmed = stack.post(&path, &format!("{key}-confirm"), &json!({"guest": "g-1"})).await;
    assert_eq!(confirmed.status, 201, "{confirmed:?}");
    let booking = confirmed.text("booking");
    (confirmed, booking)
}

/// The rooms left of a room type on each night of the stay.
fn left(availability: &Answer, room_type: &str) -> Vec<u64> {
    let body = availability.json();
    let room_types = body["room_types"].as_array().expect("a list");
    let row = room_types.iter().find(|row| row["room_type"] == room_type).expect("it is listed");
    let nights = row["nights"].as_array().expect("a list");
    nights.iter().map(|night| night["left"].as_u64().expect("a count")).collect()
}

/// Searches in the market of the night 2027-03-10, told at the stack's own time.
fn searches(count: usize, property: Option<&str>) -> Vec<Value> {
    let search = |number: usize| {
        let id = format!("{}-{number}", property.unwrap_or("nowhere"));
        let mut search = json!({
            "type": "search", "source": "web", "id": id,
            "observed_at": "2027-01-15T08:00:00Z", "market": "lisbon",
            "check_in": "2027-03-10", "check_out": "2027-03-11"
        });
        if let Some(property) = property {
            search["property"] = json!(property);
        }
        search
    };
    (0..count).map(search).collect()
}

/// A fair in the market on that night.
fn fair() -> Value {
    json!({
        "type": "market_event", "source": "fairs", "id": "e-1", "kind": "major",
        "market": "lisbon", "from": "2027-03-10", "to": "2027-03-11", "impact_permille": 800,
        "name": "Fair", "observed_at": "2027-01-15T08:00:00Z"
    })
}
