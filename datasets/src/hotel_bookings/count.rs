//! An independent count of the nights sold, for comparison with what a replay ends in.
//!
//! It shares nothing with the event stream but the opening of the file: it splits lines itself,
//! reckons days itself, and knows no bookings, only rows that were not cancelled and their nights.
//! Bookings of zero nights add nothing here; the replay sells them as
//! [`crate::catalogue::DAY_USE`], so whoever compares leaves that room type out.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use events::{Night, PropertyId, RoomTypeId};

use super::{FILE, HotelBookingsError, decompressed};
use crate::folder::DataFolder;

/// Rooms sold for each property, room type and night, no-shows included; never zero.
pub type RoomsSold = BTreeMap<(PropertyId, RoomTypeId, Night), u32>;

/// The room nights of the City hotel that were not cancelled.
pub const CITY_ROOM_NIGHTS: u64 = 138_656;

/// The room nights of the Resort that were not cancelled.
pub const RESORT_ROOM_NIGHTS: u64 = 120_861;

/// Counts the file in a data folder.
pub fn rooms_sold(folder: &DataFolder) -> Result<RoomsSold, HotelBookingsError> {
    rooms_sold_in(BufReader::new(decompressed(&folder.file(FILE))?))
}

/// Counts the same table as CSV text; its fields may not be quoted.
pub fn rooms_sold_in(text: impl BufRead) -> Result<RoomsSold, HotelBookingsError> {
    let mut lines = text.lines();
    let header = lines.next().transpose().map_err(csv::Error::from)?.unwrap_or_default();
    let places = Places::find(&header)?;
    let mut sold = RoomsSold::new();
    for (row, line) in (1..).zip(lines) {
        let line = line.map_err(csv::Error::from)?;
        let fields: Vec<&str> = line.split(',').collect();
        places.add(&fields, &mut sold).ok_or(HotelBookingsError::Field {
            row,
            column: "a field",
            text: line.chars().take(40).collect(),
            expected: "a row as its header says, without quotes",
        })?;
    }
    Ok(sold)
}

/// The room nights of one property.
pub fn room_nights(sold: &RoomsSold, property: &PropertyId) -> u64 {
    sold.iter().filter(|((of, ..), _)| of == property).map(|(_, rooms)| u64::from(*rooms)).sum()
}

/// Where the columns stand that matter here.
struct Places {
    hotel: usize,
    year: usize,
    month: usize,
    day: usize,
    weekend_nights: usize,
    week_nights: usize,
    room_type: usize,
    status: usize,
}

impl Places {
    fn find(header: &str) -> Result<Self, HotelBookingsError> {
        let place = |name: &'static str| {
            let place = header.split(',').position(|column| column.trim() == name);
            place.ok_or(HotelBookingsError::NoColumn(name))
        };
        Ok(Self {
            hotel: place("hotel")?,
            year: place("arrival_date_year")?,
            month: place("arrival_date_month")?,
            day: place("arrival_date_day_of_month")?,
            weekend_nights: place("stays_in_weekend_nights")?,
            week_nights: place("stays_in_week_nights")?,
            room_type: place("reserved_room_type")?,
            status: place("reservation_status")?,
        })
    }

    /// Adds the nights of a row; `None` if the row is not what the header says.
    fn add(&self, fields: &[&str], sold: &mut RoomsSold) -> Option<()> {
        let field = |place: usize| fields.get(place).map(|text| text.trim());
        let number = |place: usize| field(place)?.parse::<i32>().ok();
        if field(self.status)? == "Canceled" {
            return Some(());
        }
        let property = match field(self.hotel)? {
            "City Hotel" => "city-hotel",
            "Resort Hotel" => "resort-hotel",
            _ => return None,
        };
        let property = PropertyId::new(property).ok()?;
        let room_type = RoomTypeId::new(&field(self.room_type)?.to_ascii_lowercase()).ok()?;
        let month = month_of(field(self.month)?)?;
        let arrival = day_number(number(self.year)?, month, number(self.day)?);
        for night in 0..number(self.weekend_nights)? + number(self.week_nights)? {
            let night = Night::from_number(arrival + night)?;
            *sold.entry((property.clone(), room_type.clone(), night)).or_default() += 1;
        }
        Some(())
    }
}

/// The month whose English name begins like this text.
fn month_of(name: &str) -> Option<i32> {
    let place = "JanFebMarAprMayJunJulAugSepOctNovDec".find(name.get(..3)?)?;
    Some(place as i32 / 3 + 1)
}

/// Days from 2000-01-01 to a date after it, by the rule of leap years.
fn day_number(year: i32, month: i32, day: i32) -> i32 {
    const BEFORE_MONTH: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years_before = year - 1;
    let leap_days = years_before / 4 - years_before / 100 + years_before / 400 - 484;
    (year - 2000) * 365
        + leap_days
        + BEFORE_MONTH[(month - 1) as usize]
        + i32::from(leap && month > 2)
        + day
        - 1
}
