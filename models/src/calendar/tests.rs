//! Days of the week and countries, against what everybody knows.

use events::Night;

use super::{Country, Weekdays, month, weekday};

fn night(text: &str) -> Night {
    text.parse().expect("a date")
}

#[test]
fn the_millennium_began_on_a_saturday() {
    assert_eq!((weekday(night("2000-01-01")), month(night("2000-01-01"))), (6, 1));
    assert_eq!((weekday(night("2026-11-23")), month(night("2026-11-23"))), (1, 11));
    assert_eq!((weekday(night("1900-12-30")), month(night("1900-12-30"))), (7, 12));
}

#[test]
fn a_set_of_days_holds_what_was_put_in() {
    let days = Weekdays::default().with(5).with(6).with(0).with(8);
    assert_eq!(days, Weekdays::FRIDAY_SATURDAY);
    let held: Vec<u8> = (0..=9).filter(|day| days.contains(*day)).collect();
    assert_eq!(held, [5, 6]);
    assert_eq!(format!("{days:?}"), "{\"friday\", \"saturday\"}");
    assert_eq!((1..=7).fold(Weekdays::default(), Weekdays::with), Weekdays::ALL);
}

#[test]
fn a_country_is_two_capital_letters() {
    assert_eq!("NA".parse::<Country>().expect("Namibia").code(), "NA");
    for wrong in ["", "P", "pt", "PRT", "P1", "É"] {
        let error = wrong.parse::<Country>().expect_err("no country");
        assert!(error.to_string().starts_with(&format!("`{wrong}`")), "{error}");
    }
}
