//! Days begin where dates in UTC do; a night crosses an edge exactly where its bucket changes.

use super::*;

#[test]
fn a_day_is_the_date_in_utc() {
    let date = |day: Day| Night::from_number(day.0).map(|night| night.to_string());
    assert_eq!(date(Day::of(Stamp(0))).as_deref(), Some("1970-01-01"));
    assert_eq!(date(Day::of(Stamp(-1))).as_deref(), Some("1969-12-31"));
    assert_eq!(date(Day::of(Stamp(951_868_799_999))).as_deref(), Some("2000-02-29"));
    assert_eq!(date(Day::of(Stamp(951_868_800_000))).as_deref(), Some("2000-03-01"));
    assert_eq!(Day::of(Stamp(i64::MAX)).0, Night::MAX.number());
    assert_eq!(Day::of(Stamp(i64::MIN)).0, Night::MIN.number());
}

#[test]
fn a_night_crosses_an_edge_where_its_bucket_changes() {
    for night in -3..500 {
        let changes = lead_bucket(Day(0).days_to(night)) != lead_bucket(Day(-1).days_to(night));
        assert_eq!(nights_crossing(Day(0)).any(|crossing| crossing == night), changes, "{night}");
    }
}

#[test]
fn the_nights_of_a_bucket_are_those_that_are_in_it() {
    for (bucket, lead_days) in LEAD_EDGES_DAYS.into_iter().enumerate() {
        let nights = nights_ahead(Day(7), lead_days);
        for night in -3..500 {
            let is_in = lead_bucket(Day(7).days_to(night)) == bucket;
            assert_eq!(nights.contains(&night), is_in, "{night}, {lead_days}");
        }
    }
}

#[test]
fn what_a_day_made_two_workers_look_at_is_their_sum() {
    let passed = |day| DayPassed { day: Day(day), touched_count: 3, told_count: 1 };
    let both = DayPassed { day: Day(7), touched_count: 6, told_count: 2 };
    assert_eq!(passed(7).and(passed(7)), both);
    assert_eq!(passed(6).and(passed(7)), passed(7), "one has not come to it");
    assert_eq!(passed(7).and(passed(6)), passed(7));
}
