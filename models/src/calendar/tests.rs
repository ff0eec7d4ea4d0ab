//! Days of the week and countries, against what everybody knows.

use events::Night;

use super::{Country, Holidays, Weekdays, month, weekday};

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

#[test]
fn a_holiday_is_known_of_known_countries_and_years() {
    let country = |code: &str| code.parse::<Country>().expect("a country");
    let (namibia, portugal) = (country("NA"), country("PT"));
    let rows = [(namibia, "2026-03-21"), (portugal, "2026-04-25"), (portugal, "2028-04-25")];
    let holidays = Holidays::from_rows(rows.map(|(country, day)| (country, night(day))));
    assert_eq!(holidays.countries_count(), 2);
    assert_eq!(holidays.is_holiday(portugal, night("2026-04-25")), Some(true));
    assert_eq!(holidays.is_holiday(portugal, night("2026-03-21")), Some(false));
    assert_eq!(holidays.is_holiday(namibia, night("2028-12-31")), Some(false));
    assert_eq!(holidays.is_holiday(namibia, night("2029-01-01")), None);
    assert_eq!(holidays.is_holiday(namibia, night("2025-12-31")), None);
    assert_eq!(holidays.is_holiday(country("FR"), night("2026-04-25")), None);
    assert_eq!(Holidays::default().is_holiday(portugal, night("2026-04-25")), None);
}
