//! Policies over HTTP: staged, read, promoted, rolled back, and refused where something is wrong.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::hotel;
use crate::testing::{Answer, Stack};

const PRICING: &str = "/v1/properties/grand/policies/pricing";
const CALM: &str = "schema = 1\nkind = \"pricing\"\n";

pub(super) async fn stage(
    stack: &Stack,
    path: &str,
    key: &str,
    media_type: &str,
    text: &str,
) -> Answer {
    let request = Request::put(path)
        .header("Idempotency-Key", key)
        .header("Content-Type", media_type)
        .body(Body::from(text.to_owned()));
    stack.send(request.expect("a request")).await
}

#[tokio::test]
async fn a_policy_is_staged_promoted_and_taken_back() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let calm = format!("{PRICING}/calm");
    for (key, version, media_type) in
        [("s1", "calm", "application/toml"), ("s2", "bold", "text/plain; charset=utf-8")]
    {
        let staged = stage(&stack, &format!("{PRICING}/{version}"), key, media_type, CALM).await;
        assert_eq!(
            (staged.status, staged.text("state")),
            (200, "defined".to_owned()),
            "{staged:?}"
        );
    }
    let empty = json!({});
    let nothing = stack.post(&format!("{PRICING}/rollback"), "r0", &empty).await;
    assert_eq!((nothing.status, nothing.text("rejection").as_str()), (409, "nothing_to_roll_back"));
    for (key, path, expected) in [
        ("p1", "calm/promote", json!({"version": "calm", "changed": true})),
        ("p2", "calm/promote", json!({"version": "calm", "changed": false})),
        ("p3", "bold/promote", json!({"version": "bold", "changed": true})),
        ("r1", "rollback", json!({"version": "calm", "changed": true})),
        ("r2", "rollback", json!({"version": null, "changed": true})),
        ("p4", "bold/promote", json!({"version": "bold", "changed": true})),
    ] {
        let answer = stack.post(&format!("{PRICING}/{path}"), key, &empty).await;
        assert_eq!((answer.status, answer.json()), (200, expected), "{path}");
    }
    let last = stack.post(&format!("{PRICING}/calm/promote"), "p5", &empty).await;
    let list = stack.get_after(PRICING, &last).await.json();
    assert_eq!((&list["active"], &list["previous"]), (&json!("calm"), &json!("bold")));
    let versions = list["versions"].as_array().expect("a list");
    let told = versions.iter().map(|one| (one["version"].clone(), one["active"].clone()));
    let expected = [(json!("calm"), json!(true)), (json!("bold"), json!(false))];
    assert_eq!(told.collect::<Vec<_>>(), expected);
    let text = stack.get_after(&calm, &last).await;
    assert_eq!(text.header("content-type"), "application/toml");
    assert_eq!(text.bytes, CALM.as_bytes());
    assert_ne!(text.header("roomnight-position"), "");
}

#[tokio::test]
async fn a_version_stands_for_one_text() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let calm = format!("{PRICING}/calm");
    let other = format!("{CALM}# another\n");
    assert_eq!(stage(&stack, &calm, "s1", "text/plain", CALM).await.status, 200);
    assert_eq!(stage(&stack, &calm, "s2", "text/plain", CALM).await.status, 200);
    let taken = stage(&stack, &calm, "s3", "text/plain", &other).await;
    assert_eq!((taken.status, taken.text("rejection").as_str()), (409, "policy_version_taken"));
}

#[tokio::test]
async fn what_is_wrong_with_a_document_is_told_in_its_place() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let calm = format!("{PRICING}/calm");
    let text = "schema = 1\nkind = \"pricing\"\nnonsense = 3\n[more]\nnonsense = 4\n";
    let refused = stage(&stack, &calm, "s1", "application/toml", text).await;
    assert_eq!((refused.status, refused.text("type").as_str()), (422, "/problems/invalid-input"));
    let errors = refused.json()["errors"].clone();
    let places = errors.as_array().expect("a list").iter();
    let places = places
        .map(|error| (error["pointer"].clone(), error["line"].clone(), error["column"].clone()));
    let expected = [(json!("/nonsense"), json!(3), json!(1)), (json!("/more"), json!(4), json!(2))];
    assert_eq!(places.collect::<Vec<_>>(), expected, "{errors}");
    let broken = stage(&stack, &calm, "s2", "application/toml", "schema = \n").await;
    assert_eq!((broken.status, broken.json()["errors"][0]["line"].clone()), (422, json!(1)));
    // The kind in the path is the kind of the document.
    let other =
        stage(&stack, "/v1/properties/grand/policies/overbooking/calm", "s3", "text/plain", CALM)
            .await;
    assert_eq!(other.status, 422);
}

#[tokio::test]
async fn what_is_no_document_of_ours_is_refused() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let calm = format!("{PRICING}/calm");
    let json = stage(&stack, &calm, "s1", "application/json", "{}").await;
    assert_eq!(json.status, 415);
    let long = format!("{CALM}# {}\n", "x".repeat(61_440));
    assert_eq!(stage(&stack, &calm, "s2", "text/plain", &long).await.status, 413);
    for (path, pointer) in [
        ("/v1/properties/grand/policies/weather/calm", "/kind"),
        ("/v1/properties/gr%20and/policies/pricing/calm", "/property"),
        ("/v1/properties/grand/policies/pricing/c%20alm", "/version"),
    ] {
        let refused = stage(&stack, path, "s3", "text/plain", CALM).await;
        let found = refused.json()["errors"][0]["pointer"].clone();
        assert_eq!((refused.status, found), (422, json!(pointer)), "{path}");
    }
    let nowhere =
        stage(&stack, "/v1/properties/ritz/policies/pricing/calm", "s4", "text/plain", CALM).await;
    assert_eq!((nowhere.status, nowhere.text("rejection").as_str()), (404, "property_unknown"));
    for path in
        ["/v1/properties/ritz/policies/pricing", "/v1/properties/grand/policies/pricing/shy"]
    {
        assert_eq!(stack.get_after(path, &nowhere).await.status, 404, "{path}");
    }
    let promoted = stack.post(&format!("{PRICING}/shy/promote"), "p1", &json!({})).await;
    assert_eq!((promoted.status, promoted.text("rejection").as_str()), (404, "policy_unknown"));
    let surplus = stack.post(&format!("{PRICING}/rollback"), "r1", &json!({"to": "calm"})).await;
    assert_eq!(surplus.status, 422);
}

#[tokio::test]
async fn a_sale_above_the_physical_rooms_says_what_allowed_it() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    let inventory = json!({
        "room_type": "double", "from": "2027-03-01", "to": "2027-03-05", "rooms": 1, "allowance": 1
    });
    let set = stack.put("/v1/properties/grand/inventory", "i-9", &inventory).await;
    assert_eq!(set.status, 200, "{set:?}");
    let mut bookings = Vec::new();
    for key in ["h1", "h2"] {
        let held = stack.post("/v1/holds", key, &super::stay_body("grand")).await;
        assert_eq!(held.status, 201, "{held:?}");
        bookings.push(held);
    }
    let [_, above] = &bookings[..] else { panic!("two holds") };
    let path = "/v1/properties/grand/above-physical";
    let sales = stack.get_after(path, above).await.json()["sales"].clone();
    assert_eq!(sales.as_array().map(Vec::len), Some(1), "{sales}");
    assert_eq!(
        (&sales[0]["hold"], &sales[0]["booking"]),
        (&json!(above.text("hold")), &json!(null))
    );
    let night = &sales[0]["nights"][0];
    let expected = json!({
        "room_type": "double", "night": "2027-03-01", "rooms": 1, "allowed_by": "hotel"
    });
    assert_eq!(night, &expected);
    let confirm = format!("/v1/holds/{}/confirm", above.text("hold"));
    let booked = stack.post(&confirm, "c1", &json!({"guest": "g-1"})).await;
    let sales = stack.get_after(path, &booked).await.json()["sales"].clone();
    assert_eq!(sales[0]["booking"], json!(booked.text("booking")));
}
