//! Each thing that can be wrong with a document, and the words in which it is told.

use crate::policy::parse;

/// The faults of a document, a line each.
fn faults(text: &str) -> Vec<String> {
    let error = parse(text).expect_err("a document with faults");
    assert_eq!(error.more_count, 0);
    error.faults.iter().map(ToString::to_string).collect()
}

/// The faults of what follows the two lines of a head.
fn pricing(body: &str) -> Vec<String> {
    faults(&format!("schema = 1\nkind = \"pricing\"\n{body}"))
}

fn overbooking(body: &str) -> Vec<String> {
    faults(&format!("schema = 1\nkind = \"overbooking\"\n{body}"))
}

#[test]
fn the_head_is_asked_for() {
    assert_eq!(
        faults(""),
        [
            "line 1, column 1: `schema` is missing; allowed is the number of the schema, 1",
            "line 1, column 1: `kind` is missing; allowed is \"pricing\" or \"overbooking\"",
        ]
    );
    assert_eq!(
        faults("schema = 2\nkind = \"prices\"\nother = 1"),
        [
            "line 1, column 10: `schema`: 2 is not in its range; allowed is 1",
            "line 2, column 8: `kind`: \"prices\" is not known here; allowed is \"pricing\", \
             \"overbooking\"",
        ]
    );
}

#[test]
fn what_is_no_toml_is_told_with_every_line() {
    let told = pricing("a = \nb = 1\nc = [1, \n");
    assert!(told.len() >= 2, "{told:?}");
    assert!(told[0].starts_with("line 3, column 5: not TOML: "), "{told:?}");
    assert!(told.iter().all(|fault| fault.ends_with("; allowed is TOML 1.1")), "{told:?}");
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_document() {
    let body = "\
[bounds]
floor_permille = \"much\"
ceeling_permille = 3
[bounds.currencies.EUR]
floor_minor = 900
ceiling_minor = 100
[bounds.currencies.EURO]
floor_minor = 1
[factors.pace]
curve = [[0, 0], [10, 50], [20, 40]]
[factors.cancellation_rate_7d]
curve = [[0, 0], [10, 1]]
[factors.occupancy]
weight_permille = 1.5
curve = [[0, 0], [0, 5]]
[factors.look_to_book]
weight_permille = 1
[factors.demand]
curve = []
";
    assert_eq!(
        pricing(body),
        [
            "line 4, column 18: `bounds.floor_permille`: \"much\" is not a whole number; allowed \
             is a whole number from 0 to 1000000",
            "line 5, column 1: `bounds.ceeling_permille`: there is no such key; allowed is \
             ceiling_permille, currencies, floor_permille",
            "line 6, column 1: `bounds.currencies.EUR`: the floor is above the ceiling; allowed \
             is a floor up to 100",
            "line 9, column 1: `bounds.currencies.EURO`: the key is not a currency; allowed is a \
             code of ISO 4217 such as \"EUR\"",
            "line 12, column 28: `factors.pace.curve[2]`: the effect goes the wrong way; allowed \
             is an effect at least that of the point before: more of this is more demand, which \
             never lowers a price",
            "line 14, column 18: `factors.cancellation_rate_7d.curve[1]`: the effect goes the \
             wrong way; allowed is an effect at most that of the point before: more of this is \
             less demand, which never raises a price",
            "line 16, column 19: `factors.occupancy.weight_permille`: 1.5 is not a whole number; \
             allowed is a whole number from 0 to 10000",
            "line 17, column 18: `factors.occupancy.curve[1]`: the value is not above that of the \
             point before; allowed is rising values",
            "line 18, column 1: `factors.look_to_book`: there is no curve, and none is built in; \
             allowed is `curve` with points such as [[0, 0], [1000, 50]]",
            "line 20, column 10: `factors.demand`: there is no such key; allowed is \
             cancellation_rate_7d, days_to_arrival, event_concert, event_conference, \
             event_major, event_sports, holiday, look_to_book, market_occupancy, month, occupancy, \
             occupancy_last_year, pace, rivals_average, rivals_minimum, rivals_sold_out, \
             searches_7d, weekday, weekend",
        ]
    );
}

#[test]
fn lists_of_tables_are_told_by_number() {
    let body = "\
[[tiers]]
currency = \"EUR\"
step_minor = 100
endings_minor = [0, 100]
[[tiers]]
currency = \"JPY\"
step_minor = 10
endings_minor = [5]
[[tiers]]
currency = \"JPY\"
step_minor = 100
endings_minor = [50]
[[seasons]]
name = \"a\"
first_night = 2027-02-30
weekdays = [\"friday\", \"funday\"]
lead_days_from = 8
priority = 1
adjustment_permille = 1
[[seasons]]
name = \"a\"
first_night = 2027-02-02
last_night = 2027-02-01
lead_days_from = 30
lead_days_before = 30
stay_nights_min = 3
stay_nights_max = 2
priority = 1
";
    let body = body.replace("2027-02-30", "\"2027-02-30\"");
    let edges = "0, 1, 2, 3, 4, 5, 6, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365";
    assert_eq!(
        pricing(&body),
        [
            "line 6, column 21: `tiers[0].endings_minor[1]`: 100 is not in its range; allowed is \
             a whole number from 0 to 99",
            "line 11, column 1: `tiers[2]`: another tier of JPY begins at 0; allowed is one tier \
             for each beginning",
            "line 17, column 15: `seasons[0].first_night`: \"2027-02-30\" is not a date; allowed \
             is a date such as 2027-07-01, between 1900 and 2200",
            "line 18, column 23: `seasons[0].weekdays[1]`: \"funday\" is not known here; allowed \
             is \"monday\", \"tuesday\", \"wednesday\", \"thursday\", \"friday\", \"saturday\", \
             \"sunday\"",
            &format!(
                "line 19, column 18: `seasons[0].lead_days_from`: no bucket of days begins at 8; \
                 allowed is {edges}"
            ),
            "line 22, column 1: `seasons[1]`: `adjustment_permille` is missing; allowed is \
             thousandths of the base price",
            "line 22, column 1: `seasons[1]`: the first night is after the last; allowed is a \
             first night up to the last",
            "line 22, column 1: `seasons[1]`: `lead_days_from` is not below `lead_days_before`; \
             allowed is at least one bucket",
            "line 22, column 1: `seasons[1]`: `stay_nights_min` is above `stay_nights_max`; \
             allowed is at least one length",
            "line 22, column 1: `seasons[1]`: another season is called `a`; allowed is another \
             name",
            "line 22, column 1: `seasons[1]`: another season has priority 1; allowed is one \
             season for each priority, so that one of them holds",
        ]
    );
}

#[test]
fn columns_count_characters() {
    assert_eq!(
        pricing("parity = { default = \"é\", markets = { \"ö\" = \"off\" } }"),
        [
            "line 3, column 22: `parity.default`: \"é\" is not known here; allowed is \"off\", \
             \"warn\", \"enforce\"",
            "line 3, column 45: `parity.markets.ö`: the key is not the id of a market; allowed is \
             1 to 64 of the characters A-Z a-z 0-9 . _ ~ -",
        ]
    );
}

#[test]
fn overbooking_has_its_faults() {
    let body = "\
enabled = \"yes\"
confidence_permille = 1000
factors = 1
[walk_cost.amounts_minor]
EUR = -1
XXY = 5
[shows]
segments = [{ name = \"\", show_permille = 1001 }, { show_permille = 5, channel = \"a b\" }]
";
    assert_eq!(
        overbooking(body),
        [
            "line 3, column 11: `enabled`: \"yes\" is not a truth; allowed is true or false",
            "line 4, column 23: `confidence_permille`: 1000 is not in its range; allowed is a \
             whole number from 500 to 999",
            "line 5, column 1: `factors`: there is no such key; allowed is confidence_permille, \
             enabled, hard_cap, horizon_days, kind, refills_count, schema, shows, walk_cost",
            "line 7, column 7: `walk_cost.amounts_minor.EUR`: -1 is not in its range; allowed is \
             a whole number from 0 to 1000000000000000",
            "line 8, column 7: `walk_cost.amounts_minor.XXY`: the key is not a currency; allowed \
             is a code of ISO 4217 such as \"EUR\"",
            "line 10, column 22: `shows.segments[0].name`: \"\" is not such a text; allowed is a \
             text of 1 to 64 characters",
            "line 10, column 42: `shows.segments[0].show_permille`: 1001 is not in its range; \
             allowed is a whole number from 0 to 1000",
            "line 10, column 50: `shows.segments[1]`: `name` is missing; allowed is a text of 1 \
             to 64 characters",
            "line 10, column 81: `shows.segments[1].channel`: \"a b\" is not an id; allowed is 1 \
             to 64 of the characters A-Z a-z 0-9 . _ ~ -",
        ]
    );
}
