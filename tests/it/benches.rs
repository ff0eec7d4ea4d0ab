//! Every bench runs, and prints its figures as the contract says: one JSON object a line.

use serde_json::Value;

use crate::support::binary;

#[track_caller]
fn check(bench: &str, figures: &[&str]) {
    let output = binary::run(&["bench", bench, "--tiny", "--json"]);
    assert!(output.status.success(), "{}", binary::said(&output));
    let printed = String::from_utf8(output.stdout).expect("text");
    let mut named = Vec::new();
    for line in printed.lines() {
        let figure: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(figure["bench"], bench, "{line}");
        assert!(figure["unit"].is_string(), "{line}");
        assert!(figure["value"].is_number(), "{line}");
        named.push(figure["figure"].as_str().unwrap_or_default().to_owned());
    }
    for figure in figures {
        assert!(named.iter().any(|name| name == figure), "{figure} is missing in {named:?}");
    }
}

#[test]
fn ledger() {
    check("ledger", &["commands_per_second"]);
}

#[test]
fn booking() {
    check(
        "booking",
        &[
            "decisions_per_second",
            "p99_milliseconds",
            "decisions_per_second_256",
            "p99_milliseconds_256",
        ],
    );
}

#[test]
fn freshness() {
    check("freshness", &["p99_milliseconds"]);
}

#[test]
fn idle() {
    check("idle", &[]);
}

#[test]
fn restart() {
    check("restart", &[]);
}

#[test]
fn catalogue() {
    check("catalogue", &["events_per_second_small", "events_per_second_large", "cost_ratio"]);
}

#[test]
fn http() {
    check("http", &["holds_per_second", "p99_milliseconds"]);
}

#[test]
fn overload() {
    check(
        "overload",
        &[
            "goodput_of_peak_percent",
            "settled_percent_10x",
            "generator_cores_10x",
            "is_well_again",
            "goodput_of_peak_percent_few_places",
            "sent_percent_10x_few_places",
            "is_well_again_few_places",
        ],
    );
}

#[test]
fn flash_sale() {
    check("flash-sale", &["sold_rooms", "p99_milliseconds", "others_p99_ratio"]);
}

#[test]
fn overbooking() {
    check("overbooking", &["walked_nights_to_promised_max", "city_11_rooms_all_with_revenue"]);
}

#[test]
fn velocity() {
    check(
        "velocity",
        &[
            "events_per_second",
            "p99_milliseconds",
            "peak_bytes",
            "peak_bytes_6_days",
            "events_per_second_all",
            "p99_milliseconds_all",
            "peak_bytes_all",
            "peak_bytes_6_days_all",
        ],
    );
}
