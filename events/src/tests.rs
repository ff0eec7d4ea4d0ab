//! Nights, money, slots and positions behave as the glossary says.

use crate::{
    CommandId, Currency, HoldId, Money, MoneyError, Night, Position, PropertyId, Reason, SLOTS,
    Slot, Stay, StayPattern,
};

#[test]
fn a_night_is_a_civil_date_and_back() {
    let night: Night = "2027-03-01".parse().expect("a date");
    assert_eq!(night.number(), 9_921);
    assert_eq!(night.to_string(), "2027-03-01");
    assert_eq!(Night::MIN.to_string(), "1900-01-01");
    assert_eq!(Night::MAX.to_string(), "2200-12-31");
    for wrong in
        ["2027-02-29", "2027-3-1", "20270301", "2027-03-01T00:00", "1899-12-31", "2201-01-01", ""]
    {
        assert!(wrong.parse::<Night>().is_err(), "{wrong}");
    }
}

#[test]
fn a_stay_ends_before_its_departure() {
    let night = |text: &str| text.parse::<Night>().expect("a date");
    let stay = Stay::new(night("2027-02-27"), night("2027-03-02")).expect("a stay");
    let nights: Vec<String> = stay.nights().map(|night| night.to_string()).collect();
    assert_eq!(nights, ["2027-02-27", "2027-02-28", "2027-03-01"]);
    assert!(!stay.contains(night("2027-03-02")));
    assert!(Stay::new(night("2027-03-02"), night("2027-03-02")).is_err());
}

#[test]
fn money_knows_its_minor_unit_and_keeps_to_one_currency() {
    let money = |amount_minor, code: &str| Money {
        amount_minor,
        currency: code.parse().expect("a currency"),
    };
    assert_eq!(money(12_345, "EUR").to_string(), "123.45 EUR");
    assert_eq!(money(-5, "EUR").to_string(), "-0.05 EUR");
    assert_eq!(money(12_345, "JPY").to_string(), "12345 JPY");
    assert_eq!(money(12_345, "KWD").to_string(), "12.345 KWD");
    assert_eq!(money(1, "EUR").checked_add(money(2, "EUR")), Ok(money(3, "EUR")));
    assert!(matches!(
        money(1, "EUR").checked_add(money(2, "USD")),
        Err(MoneyError::CurrencyMismatch(..))
    ));
    assert_eq!(money(i64::MAX, "EUR").checked_add(money(1, "EUR")), Err(MoneyError::Overflow));
    assert!("EURO".parse::<Currency>().is_err());
    assert!("eur".parse::<Currency>().is_err());
}

#[test]
fn slots_stay_where_they_are_and_take_even_shares() {
    let slot = |text: &str| Slot::of(&PropertyId::new(text).expect("a good id"));
    assert_eq!(slot("grand").number(), slot("grand").number());
    assert_eq!(
        [slot("grand"), slot("city-hotel"), slot("a")].map(Slot::number),
        [1_492, 2_093, 192]
    );
    let mut counts = vec![0_u32; usize::from(SLOTS)];
    for index in 0..400_000 {
        counts[usize::from(slot(&format!("property-{index}")).number())] += 1;
    }
    let (least, most) = (counts.iter().min(), counts.iter().max());
    assert!(least > Some(&50) && most < Some(&160), "{least:?} {most:?}");
}

#[test]
fn a_hold_names_its_slot() {
    for number in [0, 1, 2_047, 4_095] {
        let slot = Slot::new(number).expect("a slot");
        let hold = HoldId::of_command(slot, CommandId::from_key("default", "key"));
        assert_eq!(hold.slot(), slot);
        assert_eq!(hold.booking().slot(), slot);
        assert_eq!(hold.booking().hold(), hold);
    }
}

#[test]
fn a_position_covers_what_lies_before_it() {
    let at = |text: &str| text.parse::<Position>().expect("a position");
    assert_eq!(at("0:0"), Position::default());
    assert_eq!(at("0:5.3:7").to_string(), "0:5.3:7");
    assert!(at("0:5.3:7").covers(&at("0:5")));
    assert!(at("0:5.3:7").covers(&Position::default()));
    assert!(!at("0:5").covers(&at("0:5.3:7")));
    assert!(!at("0:4").covers(&at("0:5")));
    assert_eq!(Position::after(3, 6), at("3:7"));
    for wrong in ["", "5", "a:b", "0:5.", "0:-1", "70000:1"] {
        assert!(wrong.parse::<Position>().is_err(), "{wrong}");
    }
}

#[test]
fn a_pattern_of_stays_reads_as_it_is_written() {
    let pattern: StayPattern = "NYYN".parse().expect("a pattern");
    let sold: Vec<i32> = (-1..70).filter(|nights| pattern.sells(*nights)).collect();
    assert_eq!((sold.as_slice(), pattern.to_string().as_str()), (&[2, 3][..], "NYYN"));
    let longest = "Y".repeat(64).parse::<StayPattern>().expect("a pattern");
    assert!(longest.sells(64) && !longest.sells(65));
    assert_eq!(StayPattern::new(longest.sold(), 64), Some(longest));
    assert_eq!(StayPattern::new(0b1000, 3), None);
    assert_eq!(StayPattern::new(0, 0), None);
    for wrong in ["", "y", "YN ", &"N".repeat(65)] {
        assert!(wrong.parse::<StayPattern>().is_err(), "{wrong}");
    }
}

#[test]
fn reasons_are_ordered_by_their_place_and_not_by_their_number() {
    assert!(Reason::ALL.is_sorted());
    assert!(Reason::Withdrawn < Reason::Closed && Reason::Closed < Reason::NoRoom);
    let mut numbers: Vec<u32> = Reason::ALL.iter().map(|reason| reason.number()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), Reason::ALL.len());
}
