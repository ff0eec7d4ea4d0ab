//! What a staged version would change is what it changes once it is promoted.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::policies::stage;
use super::{booked, hotel, line};
use crate::testing::{Answer, Stack};

const NIGHTS: &str = "from=2027-03-01&to=2027-03-11";
const PRICING: &str = "/v1/properties/grand/policies/pricing";
const OVERBOOKING: &str = "/v1/properties/grand/policies/overbooking";

/// Occupied nights cost more, and a season adds to all of five.
const BOLD: &str = r#"
schema = 1
kind = "pricing"
factors.occupancy.curve = [[0, 0], [1000, 500]]
[[seasons]]
name = "spring"
first_night = 2027-03-06
last_night = 2027-03-10
priority = 1
adjustment_permille = -100
"#;

const DARING: &str = r#"
schema = 1
kind = "overbooking"
enabled = true
refills_count = 1
walk_cost.price_permille = 100
hard_cap = { rooms = 1, permille = 1000 }
shows = { default_permille = 100, spread_permille = 0 }
"#;

fn values(body: &Value, list: &str, value: &str) -> BTreeMap<(String, String), i64> {
    let cells = body[list].as_array().expect("a list").iter();
    let named = |cell: &Value, name: &str| cell[name].as_str().expect("a text").to_owned();
    let cell = |cell: &Value| {
        let key = (named(cell, "room_type"), named(cell, "night"));
        (key, cell[value].as_i64().expect("a number"))
    };
    cells.map(cell).collect()
}

async fn staged(stack: &Stack, path: &str, text: &str) -> Answer {
    let staged = stage(stack, path, path, "text/plain", text).await;
    assert_eq!(staged.status, 200, "{staged:?}");
    staged
}

#[tokio::test]
async fn the_difference_in_prices_is_what_a_promotion_makes_of_them() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    booked(&stack, "grand", "k-1", &[line("double", "2027-03-02", "2027-03-05")]).await;
    let staged = staged(&stack, &format!("{PRICING}/bold"), BOLD).await;
    let prices = format!("/v1/properties/grand/prices?{NIGHTS}");
    let before = stack.get_after(&prices, &staged).await.json();
    let diff = stack.get_after(&format!("{PRICING}/bold/diff?{NIGHTS}"), &staged).await;
    assert_eq!(diff.status, 200, "{diff:?}");
    let diff = diff.json();
    let list = stack.get_after(PRICING, &staged).await.json();
    assert_eq!((&list["active"], &list["candidate"]), (&json!(null), &json!("bold")));
    assert_eq!((&diff["active"], &diff["candidate"]), (&json!(null), &json!("bold")));
    assert_eq!((&diff["unit"], &diff["compared"]), (&json!("EUR"), &json!(20)));

    let promoted = stack.post(&format!("{PRICING}/bold/promote"), "p-1", &json!({})).await;
    let after = stack.get_after(&prices, &promoted).await.json();
    let (before, after) = (values(&before, "prices", "amount"), values(&after, "prices", "amount"));
    let mut changed = before.clone();
    changed.retain(|key, amount| after[key] != *amount);
    assert_eq!(values(&diff, "changes", "now"), changed);
    changed.iter_mut().for_each(|(key, amount)| *amount = after[key]);
    assert_eq!(values(&diff, "changes", "then"), changed);
    let is_touched = |night: &str| ("2027-03-02".."2027-03-05").contains(&night);
    let of_changed = |is_wanted: &dyn Fn(&str) -> bool| {
        changed.keys().filter(|(_, night)| is_wanted(night)).count()
    };
    assert!(of_changed(&is_touched) > 0, "nights with rows of the view");
    assert!(of_changed(&|night| !is_touched(night)) > 0, "nights that nobody touched");
    let sum = |all: &BTreeMap<_, i64>| all.values().sum::<i64>();
    assert_eq!(
        (&diff["total_now"], &diff["total_then"]),
        (&json!(sum(&before)), &json!(sum(&after)))
    );
    let count = |is: fn(i64, i64) -> bool| {
        before.iter().filter(|(key, now)| is(after[*key], **now)).count()
    };
    assert_eq!(diff["raised"], json!(count(|then, now| then > now)));
    assert_eq!(diff["lowered"], json!(count(|then, now| then < now)));

    let over = stack.get_after(&format!("{PRICING}/bold/diff?{NIGHTS}"), &promoted).await;
    assert_eq!((over.status, over.text("type")), (409, "/problems/policy-not-candidate".into()));
    let back = stack.post(&format!("{PRICING}/rollback"), "r-1", &json!({})).await;
    let again = stack.get_after(&format!("{PRICING}/bold/diff?{NIGHTS}"), &back).await;
    assert_eq!(again.json()["changes"], diff["changes"]);
}

#[tokio::test]
async fn the_difference_in_limits_is_what_a_promotion_makes_of_them() {
    let stack = Stack::started();
    stack.pass(1, 1_000).await;
    hotel(&stack, "grand").await;
    booked(&stack, "grand", "k-1", &[line("double", "2027-03-02", "2027-03-04")]).await;
    booked(&stack, "grand", "k-2", &[line("double", "2027-03-03", "2027-03-05")]).await;
    let calm = "schema = 1\nkind = \"overbooking\"\n";
    staged(&stack, &format!("{OVERBOOKING}/calm"), calm).await;
    stack.post(&format!("{OVERBOOKING}/calm/promote"), "p-1", &json!({})).await;
    let staged = staged(&stack, &format!("{OVERBOOKING}/daring"), DARING).await;
    let path = format!("{OVERBOOKING}/daring/diff?from=2027-03-03&to=2027-03-11");
    let diff = stack.get_after(&path, &staged).await.json();
    assert_eq!((&diff["active"], &diff["unit"]), (&json!("calm"), &json!("rooms")), "{diff}");
    let changes = json!([
        {"room_type": "double", "night": "2027-03-03", "now": 0, "then": 1},
        {"room_type": "double", "night": "2027-03-04", "now": 0, "then": 1},
    ]);
    assert_eq!((&diff["compared"], &diff["changes"]), (&json!(2), &changes));
    let promoted = stack.post(&format!("{OVERBOOKING}/daring/promote"), "p-2", &json!({})).await;
    let limits = format!("/v1/properties/grand/limits?{NIGHTS}");
    let limits = stack.get_after(&limits, &promoted).await.json();
    let allowances = values(&limits, "limits", "allowance");
    assert_eq!(allowances.values().copied().collect::<Vec<_>>(), [1, 1, 1]);
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() {
    let stack = Stack::started();
    hotel(&stack, "grand").await;
    staged(&stack, &format!("{PRICING}/bold"), BOLD).await;
    let last = staged(&stack, &format!("{PRICING}/bolder"), BOLD).await;
    for (path, kind) in [
        ("pricing/bold/diff", "/problems/policy-not-candidate"),
        ("pricing/shy/diff", "/problems/policy-unknown"),
        ("overbooking/bold/diff", "/problems/policy-unknown"),
        ("weather/bold/diff", "/problems/invalid-input"),
    ] {
        let path = format!("/v1/properties/grand/policies/{path}?{NIGHTS}");
        assert_eq!(stack.get_after(&path, &last).await.text("type"), kind, "{path}");
    }
    let unbounded = stack.get_after(&format!("{PRICING}/bolder/diff"), &last).await;
    assert_eq!(unbounded.status, 422);
    let nowhere = format!("/v1/properties/ritz/policies/pricing/bold/diff?{NIGHTS}");
    assert_eq!(stack.get_after(&nowhere, &last).await.status, 404);
}
