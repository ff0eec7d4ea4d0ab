//! The real history against its own laws, and the parser against a table made up for the purpose.

use std::collections::BTreeMap;

use events::{Command, Night, PropertyId, RoomTypeId};

use super::*;
use crate::catalogue::DAY_USE;
use crate::history::{HistoryWhat, Phase};
use crate::testing::real;

/// Invented rows in the columns of the real table; nothing of it is copied from there.
const SAMPLE: &str = include_str!("../../testdata/sample.csv");

fn sample() -> HotelBookings {
    HotelBookings::read(SAMPLE.as_bytes()).expect("the sample is well formed")
}

fn night(text: &str) -> Night {
    text.parse().expect("a date")
}

/// Rooms sold per night after everything, booked minus cancelled, day use left out.
fn sold_after(history: &HotelBookings) -> count::RoomsSold {
    let mut lines = BTreeMap::new();
    let mut sold = count::RoomsSold::new();
    for event in history.events() {
        match event.what {
            HistoryWhat::Booked { line, .. } => {
                for night in line.stay.nights() {
                    let key = (event.property.clone(), line.room_type.clone(), night);
                    *sold.entry(key).or_default() += 1;
                }
                lines.insert(event.row, line);
            }
            HistoryWhat::Cancelled => {
                let line = lines.remove(&event.row).expect("booked before it is cancelled");
                for night in line.stay.nights() {
                    let key = (event.property.clone(), line.room_type.clone(), night);
                    *sold.get_mut(&key).expect("sold before") -= 1;
                }
            }
            _ => {}
        }
    }
    sold.retain(|(_, room_type, _), rooms| *rooms > 0 && room_type.as_str() != DAY_USE);
    sold
}

fn count_of_phases(history: &HotelBookings) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for event in history.events() {
        *counts.entry(event.what.phase().name()).or_default() += 1;
    }
    counts
}

#[test]
fn the_sample_is_read_as_written() {
    let history = sample();
    let rows = history.rows();
    assert_eq!(rows.len(), 9);
    let expected = Row {
        house: House::City,
        reserved: b'D',
        terms: Terms::NonRefundable,
        via: Via::Agency,
        created: night("2016-01-30"),
        arrival: night("2016-02-28"),
        nights: 3,
        end: End::Cancelled(night("2016-02-10")),
        adults: 2,
        children: 1,
        babies: 1,
        adr_minor: 12_340,
    };
    assert_eq!(rows[1], expected);
    let line = rows[1].line();
    assert_eq!(line.children.as_slice(), [8, 1]);
    assert_eq!((line.room_type.as_str(), line.rate_plan.as_str()), ("d", "non-refundable"));
    assert_eq!(line.stay.to_string(), "2016-02-28..2016-03-02");
    assert_eq!(rows[2].adr_minor, -638);
    assert_eq!((rows[3].children, rows[3].adults), (0, 0));
}

#[test]
fn a_booking_of_no_night_is_a_day_use() {
    let line = sample().rows()[4].line();
    assert_eq!((line.room_type.as_str(), line.stay.nights_count()), (DAY_USE, 1));
}

#[test]
fn the_events_of_the_sample_come_in_order() {
    let history = sample();
    let told: Vec<_> =
        history.events().map(|event| (event.row, event.what.phase().name())).collect();
    let place = |row, phase| {
        let place = told.iter().position(|event| *event == (row, phase));
        place.unwrap_or_else(|| panic!("row {row} is {phase}"))
    };
    // Row 6 is made and cancelled on the day of its arrival, row 5 stays for part of that day.
    assert!(place(6, "booked") < place(6, "cancelled"));
    assert!(place(5, "booked") < place(5, "arrived"));
    assert!(place(5, "arrived") < place(5, "departed"));
    // Row 7 has a no-show that is dated before its arrival.
    let no_show = history.events().find(|event| event.what == HistoryWhat::NoShow);
    let no_show = no_show.expect("row 7 does not come");
    assert_eq!((no_show.row, no_show.at.0 / 86_400_000), (7, 16_999));
    assert_eq!(told.len() as u64, history.events_count().expect("known"));
}

#[test]
fn the_sample_counts_the_same_both_ways() {
    let counted = count::rooms_sold_in(SAMPLE.as_bytes()).expect("the sample is well formed");
    assert_eq!(counted, sold_after(&sample()));
    let city = count::room_nights(&counted, &House::City.property());
    let resort = count::room_nights(&counted, &House::Resort.property());
    assert_eq!((city, resort), (2 + 1 + 4, 7 + 3));
}

#[test]
fn what_is_wrong_is_named_with_its_row() {
    let with = |from: &str, to: &str| {
        let text = SAMPLE.replacen(from, to, 1);
        assert_ne!(text, SAMPLE, "the sample has no `{from}`");
        let error = HotelBookings::read(text.as_bytes()).expect_err("it is wrong");
        let why = std::error::Error::source(&error).map(|why| format!(": {why}"));
        format!("{error}{}", why.unwrap_or_default())
    };
    let cases = [
        (",adr,", ",price,", "no column `adr`"),
        ("City Hotel", "Ice Hotel", "row 1 of the hotel bookings: `hotel` is `Ice Hotel`"),
        ("123.4", "123.456", "row 2 of the hotel bookings: `adr` is `123.456`"),
        (
            "February,9,28",
            "February,9,31",
            "row 2 of the hotel bookings has a date that is none: `2016-02-31`",
        ),
        ("2016-02-10", "2016-03-10", "row 2 of the hotel bookings: cancelled after the arrival"),
        ("2016-02-10", "2015-02-10", "row 2 of the hotel bookings: cancelled before it was made"),
        ("Non Refund", "Maybe", "row 2 of the hotel bookings: `deposit_type` is `Maybe`"),
    ];
    for (from, to, expected) in cases {
        let error = with(from, to);
        assert!(error.contains(expected), "`{error}` does not say `{expected}`");
    }
}

#[test]
fn an_absent_file_says_where_to_put_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = HotelBookings::open(&DataFolder::at(folder.path())).expect_err("absent");
    let error = error.to_string();
    assert!(error.contains(DATA_FOLDER_VARIABLE) && error.contains(DATA_FOLDER_DEFAULT), "{error}");
}

#[test]
fn another_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(FILE);
    std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
    std::fs::write(&path, b"not it").expect("written");
    let error = HotelBookings::open(&DataFolder::at(folder.path())).expect_err("another");
    assert!(matches!(error, HotelBookingsError::AnotherFile { .. }), "{error}");
}

#[test]
fn the_catalogue_sells_whatever_the_rows_ask_for() {
    let history = sample();
    for capacity in [Capacity::AdmitAll, Capacity::Real] {
        let sold: Vec<(PropertyId, RoomTypeId)> = history
            .catalogue(capacity)
            .filter_map(|command| match command.command {
                Command::DefineRoomType(command) => Some((command.property, command.room_type)),
                _ => None,
            })
            .collect();
        for row in history.rows() {
            let wanted = (row.house.property(), row.line().room_type);
            assert!(sold.contains(&wanted), "{wanted:?}");
        }
    }
    let ids = |capacity| history.catalogue(capacity).map(|command| command.id);
    let all: std::collections::BTreeSet<_> = ids(Capacity::AdmitAll).collect();
    assert_eq!(all.len(), ids(Capacity::AdmitAll).count(), "each command has its own id");
    // 2 hotels, 19 room types, 6 rate plans; inventory of 806 nights takes two commands each.
    assert_eq!(all.len(), 2 + 19 + 6 + 2 * 19);
    assert_eq!(ids(Capacity::Real).filter(|id| all.contains(id)).count(), 2 + 19 + 6);
}

#[test]
fn the_physical_rooms_are_those_of_the_house() {
    let physical = |house: House| {
        let nights = house.rooms().iter().filter(|rooms| rooms.0 != DAY_USE);
        nights.map(|rooms| u32::from(rooms.1)).sum::<u32>()
    };
    assert_eq!((physical(House::City), physical(House::Resort)), (226, 187));
}

#[test]
fn the_real_history_has_every_event() {
    let Some(history) = real("the_real_history_has_every_event") else { return };
    let expected = [
        ("booked", 119_390),
        ("cancelled", 43_017),
        ("arrived", 75_166),
        ("departed", 75_166),
        ("no-show", 1_207),
    ];
    assert_eq!(count_of_phases(&history), BTreeMap::from(expected));
    assert_eq!(history.events_count(), Some(313_946));
    let rows = history.rows();
    assert_eq!(rows.iter().filter(|row| row.house == House::City).count(), 79_330);
    assert_eq!(rows.iter().filter(|row| row.nights == 0).count(), 715);
    let nobody = |row: &&Row| row.adults == 0 && row.children == 0 && row.babies == 0;
    assert_eq!(rows.iter().filter(nobody).count(), 180);
    assert_eq!(rows.iter().filter(|row| row.created < night("2015-07-01")).count(), 8_778);
    let adr = |row: &Row| row.adr_minor;
    assert_eq!(rows.iter().map(adr).min(), Some(-638));
    assert_eq!(rows.iter().map(adr).max(), Some(540_000));
    let commands: usize = history.commands().count();
    assert_eq!(commands, 313_946 + 119_390);
}

#[test]
fn the_real_history_keeps_its_order() {
    let Some(history) = real("the_real_history_keeps_its_order") else { return };
    let mut before: BTreeMap<u32, (i64, Phase)> = BTreeMap::new();
    let mut last = Stamp(i64::MIN);
    let (mut same_day, mut arrival_day, mut early) = (0, 0, 0);
    for event in history.events() {
        assert!(last <= event.at, "time goes back at row {}", event.row);
        last = event.at;
        let (day, phase) = (event.at.0.div_euclid(86_400_000), event.what.phase());
        let row = &history.rows()[event.row as usize - 1];
        let day_of = |night: Night| i64::from(night.number()) + 10_957;
        match (before.insert(event.row, (day, phase)), phase) {
            (None, Phase::Booked) => assert_eq!(day, day_of(row.created)),
            (Some((made, Phase::Booked)), Phase::Cancelled) => {
                same_day += usize::from(made == day);
                arrival_day += usize::from(day == day_of(row.arrival));
            }
            (Some((_, Phase::Booked)), Phase::Arrived | Phase::NoShow) => {
                assert_eq!(day, day_of(row.arrival));
            }
            (Some((_, Phase::Arrived)), Phase::Departed) => {
                early += usize::from(day < day_of(row.arrival.plus(i32::from(row.nights))));
            }
            (before, phase) => panic!("row {}: {phase:?} after {before:?}", event.row),
        }
    }
    assert_eq!((same_day, arrival_day, early), (7_057, 881, 27));
    let first = history.events().next().expect("it has events").at;
    assert_eq!(first.0.div_euclid(86_400_000), 15_880, "2013-06-24");
    assert_eq!(last.0.div_euclid(86_400_000), 17_423, "2017-09-14");
}

#[test]
fn the_real_history_nets_to_the_independent_count() {
    let Some(history) = real("the_real_history_nets_to_the_independent_count") else { return };
    let counted = count::rooms_sold(&DataFolder::find()).expect("it was read a moment ago");
    let nights = |house: House| count::room_nights(&counted, &house.property());
    assert_eq!(nights(House::City), count::CITY_ROOM_NIGHTS);
    assert_eq!(nights(House::Resort), count::RESORT_ROOM_NIGHTS);
    assert_eq!(sold_after(&history), counted);
}

/// The most rooms on the books for one night, per hotel and room type.
fn peaks(history: &HotelBookings) -> BTreeMap<(PropertyId, String), u16> {
    let mut books: BTreeMap<(PropertyId, RoomTypeId, Night), u16> = BTreeMap::new();
    let mut peaks = BTreeMap::new();
    for event in history.events() {
        let line = history.rows()[event.row as usize - 1].line();
        for night in line.stay.nights() {
            let key = (event.property.clone(), line.room_type.clone(), night);
            let rooms = books.entry(key).or_default();
            match event.what {
                HistoryWhat::Booked { .. } => {
                    *rooms += 1;
                    let key = (event.property.clone(), line.room_type.to_string());
                    let peak: &mut u16 = peaks.entry(key).or_default();
                    *peak = (*peak).max(*rooms);
                }
                HistoryWhat::Cancelled => *rooms -= 1,
                _ => {}
            }
        }
    }
    peaks
}

#[test]
fn the_rooms_that_admit_all_are_the_fewest_that_do() {
    let Some(history) = real("the_rooms_that_admit_all_are_the_fewest_that_do") else { return };
    let mut peaks = peaks(&history);
    for house in House::ALL {
        for (room_type, _, needed, guests) in house.rooms() {
            let peak = peaks.remove(&(house.property(), (*room_type).into()));
            let peak = peak.expect("each room type is booked at some time");
            if *room_type == DAY_USE {
                assert!(peak <= *needed, "{house:?} {room_type}: {peak}");
            } else {
                assert_eq!(peak, *needed, "{house:?} {room_type}");
            }
            let of_type =
                |row: &&Row| row.house == house && row.line().room_type.as_str() == *room_type;
            let party = |row: &Row| row.adults + u16::from(row.children) + u16::from(row.babies);
            let largest = history.rows().iter().filter(of_type).map(party).max();
            assert!(largest <= Some(*guests), "{house:?} {room_type}: {largest:?}");
        }
    }
    assert!(peaks.is_empty(), "room types without rooms: {peaks:?}");
}

#[test]
fn the_real_rooms_follow_from_the_rooms_in_the_house() {
    let Some(history) = real("the_real_rooms_follow_from_the_rooms_in_the_house") else { return };
    for house in House::ALL {
        let mut by_type: BTreeMap<(u8, Night), u32> = BTreeMap::new();
        let mut in_house: BTreeMap<Night, u32> = BTreeMap::new();
        for row in history.rows().iter().filter(|row| row.house == house) {
            let End::Stayed(left) = row.end else { continue };
            for night in row.arrival.number()..left.number() {
                let night = Night::from_number(night).expect("a night");
                *by_type.entry((row.reserved, night)).or_default() += 1;
                *in_house.entry(night).or_default() += 1;
            }
        }
        let total = in_house.into_values().max().expect("somebody stayed");
        let mut peaks: BTreeMap<u8, u32> = BTreeMap::new();
        for ((letter, _), rooms) in by_type {
            let peak = peaks.entry(letter).or_default();
            *peak = (*peak).max(rooms);
        }
        let sum: u32 = peaks.values().sum();
        let mut dealt: Vec<(u32, u8, u32)> = peaks
            .into_iter()
            .map(|(letter, peak)| (peak * total % sum, letter, peak * total / sum))
            .collect();
        dealt.sort_by_key(|(rest, ..)| std::cmp::Reverse(*rest));
        let left = total - dealt.iter().map(|(.., rooms)| rooms).sum::<u32>();
        for (_, _, rooms) in dealt.iter_mut().take(left as usize) {
            *rooms += 1;
        }
        let mut dealt: Vec<(String, u32)> = dealt
            .into_iter()
            .map(|(_, letter, rooms)| (char::from(letter).to_ascii_lowercase().into(), rooms))
            .collect();
        dealt.sort();
        let written: Vec<(String, u32)> = house
            .rooms()
            .iter()
            .filter(|rooms| rooms.0 != DAY_USE && rooms.1 > 0)
            .map(|rooms| (rooms.0.into(), u32::from(rooms.1)))
            .collect();
        assert_eq!(dealt, written, "{house:?}");
    }
}

#[test]
fn the_real_history_is_the_same_every_time() {
    let Some(history) = real("the_real_history_is_the_same_every_time") else { return };
    let hash = crate::testing::hash_of(history.commands());
    assert_eq!(hash, "c94ba2830ce5c843");
}

#[test]
fn every_command_survives_the_wire() {
    let history = sample();
    let commands: Vec<HistoryCommand> =
        history.catalogue(Capacity::Real).chain(history.commands()).collect();
    assert_eq!(commands.len(), 2 + 19 + 6 + 2 * 19 + 9 * 2 + 14);
    for made in commands {
        let bytes = events::wire::encode_command(&made.command);
        assert_eq!(events::wire::decode_command(&bytes), Ok(made.command.clone()));
        assert_eq!(made.command.slot(), Some(made.slot));
    }
}

#[test]
fn base_prices_are_the_median_of_what_was_paid() {
    let Some(history) = real("base_prices_are_the_median_of_what_was_paid") else { return };
    for house in House::ALL {
        for terms in Terms::ALL {
            let of = |row: &&Row| row.house == house && row.terms == terms && row.adr_minor > 0;
            let mut paid: Vec<i64> =
                history.rows().iter().filter(of).map(|row| row.adr_minor).collect();
            paid.sort_unstable();
            assert_eq!(paid[paid.len() / 2], house.base_price_minor(terms), "{house:?} {terms:?}");
        }
    }
}
