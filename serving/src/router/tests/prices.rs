//! What the views of bookings and prices say, over HTTP.

use serde_json::{Value, json};

use super::{booked, fair, hotel, hotel_in_lisbon, line, searches};
use crate::testing::Stack;

const NIGHTS: &str = "from=2027-03-01&to=2027-03-05";

fn whole(body: &Value) -> Vec<(String, i64)> {
    let nights = body["nights"].as_array().expect("a list").iter();
    let of_whole = nights.filter(|night| night["room_type"].is_null());
    of_whole
        .map(|night| {
            let books = night["on_the_books"].as_i64().expect("a number");
            (night["night"].as_str().expect("a night").to_owned(), books)
        })
        .collect()
}

#[tokio::test]
async fn bookings_are_on_the_books_until_they_are_cancelled() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let double = line("double", "2027-03-01", "2027-03-04");
    let suite = line("suite", "2027-03-03", "2027-03-05");
    let (_, first) = booked(&stack, "grand", "k-1", &[double]).await;
    let (answer, _) = booked(&stack, "grand", "k-2", &[suite]).await;
    let path = format!("/v1/properties/grand/pace?{NIGHTS}");
    let pace = stack.get_after(&path, &answer).await;
    assert_eq!(pace.status, 200, "{pace:?}");
    let night = |day: u8, rooms| (format!("2027-03-0{day}"), rooms);
    let both = [night(1, 1), night(2, 1), night(3, 2), night(4, 1)];
    assert_eq!(whole(&pace.json()), both);
    let cancelled = stack.post(&format!("/v1/bookings/{first}/cancel"), "k-3", &json!({})).await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
    let pace = stack.get_after(&path, &cancelled).await;
    assert_eq!(whole(&pace.json()), [night(3, 1), night(4, 1)]);
    let unknown = stack.get("/v1/properties/none/pace?from=2027-03-01&to=2027-03-02").await;
    assert_eq!((unknown.status, unknown.text("type")), (404, "/problems/property-unknown".into()));
}

#[tokio::test]
async fn every_night_has_a_price_and_its_explanation_adds_up() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let double = line("double", "2027-03-01", "2027-03-03");
    let (answer, _) = booked(&stack, "grand", "k-1", &[double]).await;
    let path = format!("/v1/properties/grand/prices?{NIGHTS}");
    let prices = stack.get_after(&path, &answer).await.json();
    let prices = prices["prices"].as_array().expect("a list").clone();
    assert_eq!(prices.len(), 8, "two room types and four nights");
    for price in &prices {
        let named = |name: &str| price[name].as_str().expect("a text").to_owned();
        let (room_type, night) = (named("room_type"), named("night"));
        let is_touched = night.as_str() < "2027-03-03";
        assert_eq!(price["touched"], json!(is_touched), "{price}");
        let path = format!("/v1/properties/grand/prices/{room_type}/{night}/explain");
        let explained = stack.get_after(&path, &answer).await.json();
        assert_eq!(&explained["price"], price);
        let amount = |of: &Value| of.as_i64().expect("an amount");
        let sum = |list: &str| {
            let list = explained[list].as_array().expect("a list").iter();
            list.map(|part| amount(&part["amount"])).sum::<i64>()
        };
        let suggested = amount(&explained["suggested_amount"]);
        assert_eq!(amount(&price["base_amount"]) + sum("parts"), suggested, "{explained}");
        assert_eq!(suggested + sum("constraints"), amount(&price["amount"]), "{explained}");
        let effects = explained["parts"].as_array().expect("a list").iter();
        let effects: i64 = effects.map(|part| amount(&part["effect_ppm"])).sum();
        assert_eq!(1_000_000 + effects, amount(&price["multiplier_ppm"]), "{explained}");
    }
    let refused = stack.get("/v1/properties/grand/prices/double/soon/explain").await;
    assert_eq!(refused.status, 422, "{refused:?}");
    let refused = stack.get("/v1/properties/grand/prices/attic/2027-03-01/explain").await;
    assert_eq!(refused.text("type"), "/problems/room-type-unknown");
}

#[tokio::test]
async fn without_a_policy_there_are_no_limits() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let double = line("double", "2027-03-01", "2027-03-03");
    let (answer, _) = booked(&stack, "grand", "k-1", &[double]).await;
    let path = format!("/v1/properties/grand/limits?{NIGHTS}");
    let limits = stack.get_after(&path, &answer).await;
    assert_eq!((limits.status, limits.json()["limits"].clone()), (200, json!([])));
}

/// A night that nobody touched costs what the view would say of it: the view comes to the same
/// price once a search at the property touches it and changes nothing else.
#[tokio::test]
async fn a_night_that_nobody_touched_hears_its_market_as_the_view_does() {
    let stack = Stack::started();
    let _intake = stack.listen();
    let answer = hotel_in_lisbon(&stack, "grand").await;
    stack.tick(1, 1);
    let path = "/v1/properties/grand/prices/double/2027-03-10/explain";
    let part = |body: &Value, feature: &str| {
        let parts = body["parts"].as_array().expect("a list");
        parts.iter().find(|part| part["feature"] == feature).map(|part| part["value"].clone())
    };
    let before = stack.get_after(path, &answer).await.json();
    assert_eq!(
        (part(&before, "searches_7d"), part(&before, "event_major")),
        (None, None),
        "{before}"
    );

    let of_fair =
        stack.tell("k-1", &[fair()], path, |body| part(body, "event_major").is_some()).await.json();
    let told = searches(30, None);
    let searched =
        stack.tell("k-2", &told, path, |body| part(body, "searches_7d") == Some(json!(30))).await;
    let searched = searched.json();
    let amount = |body: &Value| body["price"]["amount"].as_i64().expect("an amount");
    assert!(amount(&before) < amount(&of_fair), "{before} {of_fair}");
    assert!(amount(&of_fair) < amount(&searched), "{of_fair} {searched}");
    assert_eq!(searched["price"]["touched"], false);

    let told = searches(1, Some("grand"));
    let touched = stack.tell("k-3", &told, path, |body| body["price"]["touched"] == true).await;
    let mut touched = touched.json();
    touched["price"]["touched"] = json!(false);
    touched["as_of"] = searched["as_of"].clone();
    assert_eq!(touched, searched);
}
