//! What is looked for, what rivals ask and what goes on, over HTTP.

use serde_json::{Value, json};

use super::{booked, fair, hotel, hotel_in_lisbon, line, searches};
use crate::testing::{Answer, Stack};

fn rival(name: &str, price: Value) -> Value {
    json!({
        "type": "competitor_price", "source": "crawler", "property": "grand", "rival": name,
        "night": "2027-03-12", "price": price, "observed_at": "2027-01-15T08:00:00Z"
    })
}

fn faults(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 422, "{answer:?}");
    let errors = answer.json()["errors"].as_array().expect("a list").clone();
    errors.iter().map(|error| error["pointer"].clone()).collect()
}

#[tokio::test]
async fn searches_and_rivals_of_a_property_are_told_by_night() {
    let stack = Stack::started();
    let _intake = stack.listen();
    let answer = hotel_in_lisbon(&stack, "grand").await;
    stack.tick(1, 1);
    let path = "/v1/properties/grand/demand?from=2027-03-01&to=2027-04-01";
    let before = stack.get_after(path, &answer).await.json();
    assert_eq!((&before["whole"]["searches_7d"], &before["nights"]), (&json!(0), &json!([])));

    let mut told = searches(3, Some("grand"));
    told.extend(searches(4, None));
    told.push(rival("plaza", json!({"amount": 11_901, "currency": "EUR"})));
    told.push(rival("palace", json!({"amount": 12_000, "currency": "EUR"})));
    told.push(rival("ritz", json!({"amount": 9_000, "currency": "USD"})));
    told.push(rival("inn", Value::Null));
    let is_there = |body: &Value| {
        body["nights"][1]["rivals"]["rivals"] == 4 && body["whole"]["searches_7d"] == 3
    };
    let demand = stack.tell("k-1", &told, path, is_there).await;
    assert!(!demand.header("roomnight-position").is_empty());
    let counts = json!({
        "searches_1h": 3, "searches_1d": 3, "searches_7d": 3, "bookings_1h": 0, "bookings_1d": 0,
        "bookings_7d": 0, "look_to_book_7d_ppm": 0, "conversion_1h_ppm": 0
    });
    let none = json!({
        "searches_1h": 0, "searches_1d": 0, "searches_7d": 0, "bookings_1h": 0, "bookings_1d": 0,
        "bookings_7d": 0
    });
    let rivals = json!({
        "rivals": 4, "sold_out": 1, "in_other_currency": 1, "currency": "EUR",
        "average_amount": 11_951, "minimum_amount": 11_901
    });
    let body = demand.json();
    assert_eq!((&body["whole"], &body["trending_milli"]), (&counts, &json!(3000)));
    let nights = json!([
        {"night": "2027-03-10", "demand": counts},
        {"night": "2027-03-12", "demand": none, "rivals": rivals}
    ]);
    assert_eq!(body["nights"], nights);
    let unknown = stack.get("/v1/properties/none/demand?from=2027-03-01&to=2027-03-02").await;
    assert_eq!((unknown.status, unknown.text("type")), (404, "/problems/property-unknown".into()));
    assert_eq!(faults(&stack.get("/v1/properties/grand/demand?from=soon").await), ["/from", "/to"]);
}

#[tokio::test]
async fn a_market_tells_its_searches_its_rooms_and_its_fairs() {
    let stack = Stack::started();
    let _intake = stack.listen();
    hotel_in_lisbon(&stack, "grand").await;
    stack.tick(1, 1);
    let of_line = line("double", "2027-03-10", "2027-03-12");
    let (answer, _) = booked(&stack, "grand", "k-0", &[of_line]).await;
    let path = "/v1/markets/lisbon?from=2027-03-01&to=2027-04-01";
    let before = stack.get_after(path, &answer).await.json();
    let occupancy = json!({"rooms": 3, "sold": 1, "permille": 333});
    assert_eq!(before["nights"][0]["occupancy"], occupancy, "{before}");

    let mut told = searches(3, Some("grand"));
    told.extend(searches(4, None));
    told.push(fair());
    let is_there =
        |body: &Value| body["nights"][0]["events"].is_object() && body["whole"]["searches_7d"] == 7;
    let body = stack.tell("k-1", &told, path, is_there).await.json();
    let night = &body["nights"][0];
    assert_eq!((&body["market"], &night["night"]), (&json!("lisbon"), &json!("2027-03-10")));
    let counts = ["searches_1h", "bookings_1h"].map(|name| night["demand"][name].clone());
    assert_eq!((counts, &night["occupancy"]), ([json!(7), json!(1)], &occupancy));
    assert_eq!(
        (&night["events"]["major_permille"], &body["whole"]),
        (&json!(800), &night["demand"])
    );
    let next = &body["nights"][1];
    assert_eq!((&next["night"], &next["demand"]["bookings_7d"]), (&json!("2027-03-11"), &json!(1)));
    assert_eq!(body["nights"].as_array().expect("a list").len(), 2);

    // Without nights, those of the next 30 days: there are none of which anything is known.
    let soon = stack.get("/v1/markets/lisbon").await.json();
    assert_eq!((&soon["whole"], &soon["nights"]), (&body["whole"], &json!([])));
    let nobody = stack.get("/v1/markets/atlantis").await.json();
    assert_eq!((&nobody["whole"]["searches_7d"], &nobody["nights"]), (&json!(0), &json!([])));
    assert_eq!(faults(&stack.get("/v1/markets/lisbon?from=2027-03-01").await), ["/to"]);
    let unknown = stack.get("/v1/markets/a%20b").await;
    assert_eq!((unknown.status, unknown.text("type")), (404, "/problems/market-unknown".into()));
}

#[tokio::test]
async fn the_last_hour_of_a_property_is_told_by_minute() {
    let stack = Stack::started();
    let _intake = stack.listen();
    let answer = hotel(&stack, "grand").await;
    stack.tick(1, 1);
    let path = "/v1/metrics/realtime?property=grand";
    let before = stack.get_after(path, &answer).await.json();
    assert_eq!((&before["minutes"], &before["trending_milli"]), (&json!([]), &json!(0)));
    let told = searches(4, Some("grand"));
    stack.tell("k-1", &told, path, |body| body["whole"]["searches_1h"] == 4).await;
    stack.clock.forward_ms(120_000);
    stack.tick(2, 1);
    let of_line = line("double", "2027-03-10", "2027-03-11");
    let (answer, _) = booked(&stack, "grand", "k-2", &[of_line]).await;
    let body = stack.get_after(path, &answer).await.json();
    let minutes = json!([
        {"minute": "2027-01-15T08:00:00Z", "searches": 4, "bookings": 0},
        {"minute": "2027-01-15T08:02:00Z", "searches": 0, "bookings": 1}
    ]);
    assert_eq!(body["minutes"], minutes);
    assert_eq!(
        (&body["search_to_booking_seconds"], &body["trending_milli"]),
        (&json!(120), &json!(4000))
    );
    assert_eq!(body["whole"]["conversion_1h_ppm"], 250_000);
    assert_eq!(faults(&stack.get("/v1/metrics/realtime").await), ["/property"]);
    let unknown = stack.get("/v1/metrics/realtime?property=none").await;
    assert_eq!((unknown.status, unknown.text("type")), (404, "/problems/property-unknown".into()));
}
