//! What a hotel says may be sold is what is sold: restrictions, rate plans and caps on holds bound
//! every hold, availability names each rule in the way, and a restart forgets none of it.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::api::{Answer, Api};
use crate::support::hotel::Hotel;
use crate::support::server::Server;

const WEEKEND: (&str, &str) = ("2027-03-05", "2027-03-07");

/// Says something new of the hotel.
async fn say(hotel: &Hotel, key: &str, path: &str, body: Value) -> Answer {
    let path = format!("/v1/properties/{}/{path}", hotel.property);
    hotel.api.put(&path, key, &body).await.expect(200)
}

/// Asks for one room with something added to the body.
async fn ask(hotel: &Hotel, key: &str, stay: (&str, &str), more: Value) -> Answer {
    let mut body = hotel.hold_body("double", stay, 1);
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        match body.pointer_mut(&format!("/lines/0/{name}")) {
            Some(of_line) => *of_line = value,
            None => body[name] = value,
        }
    }
    hotel.api.post("/v1/holds", key, &body).await
}

async fn refused(hotel: &Hotel, key: &str, stay: (&str, &str), more: Value, rejection: &str) {
    let answer = ask(hotel, key, stay, more).await;
    assert_eq!(answer.text("rejection"), rejection, "{answer:?}");
}

async fn open(folder: &TempDir, rooms: u16) -> (Server, Hotel) {
    let server = Server::start(folder.path());
    let hotel = Hotel::open(&Api::new(&server.address), "grand", &[("double", rooms)]).await;
    (server, hotel)
}

#[tokio::test]
async fn a_room_that_is_closed_is_sold_on_no_rate_plan() {
    let folder = TempDir::new().expect("a temporary folder");
    let (server, hotel) = open(&folder, 5).await;
    let closed = json!({
        "room_type": "double", "from": "2027-03-05", "to": "2027-03-06", "stop_sell": true,
        "min_stay_arrival": 3,
    });
    let set = say(&hotel, "close", "restrictions", closed.clone()).await;
    assert_eq!(set.body, json!({"nights_changed": 1}));
    // A PUT replaces: for the rate plan nothing is said any more, which opens nothing else.
    let plan = json!({"rate_plan": "flexible", "from": "2027-03-01", "to": "2027-03-31"});
    let set = say(&hotel, "open-plan", "restrictions", plan).await;
    assert_eq!(set.body, json!({"nights_changed": 0}));

    let first = ask(&hotel, "hold", WEEKEND, json!({})).await.expect(409);
    assert_eq!(first.text("rejection"), "closed");
    assert_eq!(first.body["nights"], json!(["2027-03-05"]));
    let row = hotel.availability("double", WEEKEND, &set.position).await;
    assert_eq!(
        (&row["sellable"], &row["why_not"]),
        (&json!(false), &json!(["closed", "min_stay_arrival"]))
    );
    let rule = |name| {
        json!({
            "rule": name, "rate_plan": "flexible", "of_room_type": "double", "of_rate_plan": null,
            "of_channel": null, "nights": ["2027-03-05"],
        })
    };
    assert_eq!(row["rules"], json!([rule("closed"), rule("min_stay_arrival")]));
    let list = "/v1/properties/grand/restrictions?from=2027-03-01&to=2027-04-01";
    let said = hotel.api.get_at(list, &set.position).await.expect(200);
    let said = said.body["restrictions"].as_array().cloned().unwrap_or_default();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!((&said[0]["from"], &said[0]["min_stay_arrival"]), (&json!("2027-03-05"), &json!(3)));

    assert!(server.stop().success());
    let server = Server::start(folder.path());
    let hotel = Hotel { api: Api::new(&server.address), property: "grand".to_owned() };
    refused(&hotel, "again", WEEKEND, json!({}), "closed").await;
    let mut opened = closed;
    opened["stop_sell"] = json!(false);
    say(&hotel, "open", "restrictions", opened).await;
    refused(&hotel, "short", WEEKEND, json!({}), "min_stay_arrival").await;
    ask(&hotel, "long", ("2027-03-05", "2027-03-08"), json!({})).await.expect(201);
}

#[tokio::test]
async fn each_rule_refuses_by_its_name_and_only_where_it_is_said() {
    let folder = TempDir::new().expect("a temporary folder");
    let (_server, hotel) = open(&folder, 50).await;
    let cases = [
        (json!({"closed_to_arrival": true}), "2027-03-10", "2027-03-12", "closed_to_arrival"),
        (json!({"closed_to_departure": true}), "2027-03-08", "2027-03-10", "closed_to_departure"),
        (json!({"min_stay_through": 4}), "2027-03-09", "2027-03-11", "min_stay_through"),
        (json!({"max_stay": 1}), "2027-03-10", "2027-03-12", "max_stay"),
        (json!({"stay_pattern": "YN"}), "2027-03-10", "2027-03-12", "stay_pattern"),
    ];
    for (index, (said, check_in, check_out, rejection)) in cases.into_iter().enumerate() {
        let mut body = json!({"from": "2027-03-10", "to": "2027-03-11", "channel": "ota"});
        for (name, value) in said.as_object().cloned().unwrap_or_default() {
            body[name] = value;
        }
        say(&hotel, &format!("set-{index}"), "restrictions", body).await;
        let ota = || json!({"channel": "ota"});
        refused(&hotel, &format!("ota-{index}"), (check_in, check_out), ota(), rejection).await;
        ask(&hotel, &format!("other-{index}"), ("2027-03-20", "2027-03-22"), ota())
            .await
            .expect(201);
        ask(&hotel, &format!("direct-{index}"), (check_in, check_out), json!({})).await.expect(201);
    }
}

/// Whatever day it is today: the year 2190 is long after it, and 2020 was before it.
#[tokio::test]
async fn how_long_before_is_counted_from_the_date_at_the_property() {
    let folder = TempDir::new().expect("a temporary folder");
    let (_server, hotel) = open(&folder, 5).await;
    let cases = [
        ("2190", json!({"advance_max_days": 365}), "too_early"),
        ("2020", json!({"advance_min_days": 0}), "too_late"),
    ];
    for (year, mut said, rejection) in cases {
        let [from, night, to] = ["03-01", "03-10", "04-01"].map(|day| format!("{year}-{day}"));
        let rooms = json!({"room_type": "double", "from": from, "to": to, "rooms": 5});
        say(&hotel, &format!("rooms-{year}"), "inventory", rooms).await;
        ask(&hotel, &format!("before-{year}"), (&from, &night), json!({})).await.expect(201);
        said["from"] = json!(from);
        said["to"] = json!(night);
        say(&hotel, &format!("set-{year}"), "restrictions", said).await;
        refused(&hotel, &format!("in-{year}"), (&from, &night), json!({}), rejection).await;
        ask(&hotel, &format!("after-{year}"), (&night, &to), json!({})).await.expect(201);
    }
}

#[tokio::test]
async fn a_rate_plan_decides_to_whom_and_through_whom_it_sells() {
    let folder = TempDir::new().expect("a temporary folder");
    let (_server, hotel) = open(&folder, 5).await;
    let plan = json!({
        "name": "Couples", "room_types": ["double"], "min_guests": 2, "max_guests": 2,
        "base_price": {"amount": 9_000, "currency": "EUR"}, "channels": ["ota"],
    });
    let set = say(&hotel, "couples", "rate-plans/couples", plan).await;
    let two = json!({"adults": 2, "children": []});
    let on = |channel: &str, guests: Value| {
        let body = json!({"rate_plan": "couples", "channel": channel, "guests": guests});
        body
    };
    refused(&hotel, "a", WEEKEND, on("direct", two.clone()), "rate_plan_excludes_channel").await;
    let one = json!({"adults": 1, "children": []});
    refused(&hotel, "b", WEEKEND, on("ota", one), "rate_plan_occupancy").await;
    ask(&hotel, "c", WEEKEND, on("ota", two)).await.expect(201);
    for (query, why_not) in [
        ("guests=2&rate_plan=couples", json!(["rate_plan_excludes_channel"])),
        ("guests=2&rate_plan=couples&channel=ota", json!([])),
        ("guests=1&rate_plan=couples&channel=ota", json!(["rate_plan_occupancy"])),
        ("guests=1&channel=ota", json!([])),
    ] {
        let path = format!(
            "/v1/properties/grand/availability?check_in={}&check_out={}&{query}",
            WEEKEND.0, WEEKEND.1
        );
        let answer = hotel.api.get_at(&path, &set.position).await.expect(200);
        assert_eq!(answer.body["room_types"][0]["why_not"], why_not, "{query}");
    }
    let unknown =
        "/v1/properties/grand/availability?check_in=2027-03-05&check_out=2027-03-07&rate_plan=no";
    hotel.api.get_at(unknown, &set.position).await.expect(404);
}

#[tokio::test]
async fn what_is_held_and_not_paid_for_is_bounded_and_a_restart_counts_the_same() {
    let folder = TempDir::new().expect("a temporary folder");
    let (server, hotel) = open(&folder, 10).await;
    let caps = json!({"open_holds_per_account_max": 2, "unpaid_percent_max": 30});
    say(&hotel, "caps", "hold-caps", caps).await;
    let shop = || json!({"account": "shop"});
    let first = ask(&hotel, "first", WEEKEND, shop()).await.expect(201);
    let second = ask(&hotel, "second", WEEKEND, shop()).await.expect(201);
    refused(&hotel, "third", WEEKEND, shop(), "too_many_open_holds").await;
    ask(&hotel, "other", WEEKEND, json!({"account": "other"})).await.expect(201);
    let full = ask(&hotel, "share", WEEKEND, json!({})).await.expect(409);
    assert_eq!(full.text("rejection"), "unpaid_share_reached");
    assert_eq!(full.body["nights"], json!(["2027-03-05", "2027-03-06"]));
    let row = hotel.availability("double", WEEKEND, &full.position).await;
    assert_eq!(row["why_not"], json!(["unpaid_share_reached"]));

    assert!(server.stop().success());
    let server = Server::start(folder.path());
    let hotel = Hotel { api: Api::new(&server.address), property: "grand".to_owned() };
    refused(&hotel, "fourth", WEEKEND, shop(), "too_many_open_holds").await;
    refused(&hotel, "share-2", WEEKEND, json!({}), "unpaid_share_reached").await;
    // What is paid for is no more a hold, and what is given back neither.
    hotel.confirm("confirm", first.text("hold")).await.expect(201);
    ask(&hotel, "fifth", WEEKEND, shop()).await.expect(409);
    let path = format!("/v1/holds/{}/release", second.text("hold"));
    hotel.api.post(&path, "release", &json!({})).await.expect(200);
    ask(&hotel, "sixth", WEEKEND, shop()).await.expect(201);
    refused(&hotel, "seventh", WEEKEND, json!({"account": "third"}), "unpaid_share_reached").await;
}
