//! Made-up histories against the tables they are made from, and the tables against the data.

use super::*;
use crate::folder::DataFolder;
use crate::hotel_bookings::{End, HotelBookings, HotelBookingsError, House, Row};

/// The real history; without its file the caller's test is skipped and says so.
fn real(test: &str) -> Option<HotelBookings> {
    match HotelBookings::open(&DataFolder::find()) {
        Ok(history) => Some(history),
        Err(absent @ HotelBookingsError::Absent { .. }) => {
            println!("SKIPPED {test}: {absent}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_tables_are_what_the_data_counts() {
    let Some(history) = real("the_tables_are_what_the_data_counts") else { return };
    for (house, rooms) in [(House::City, 226), (House::Resort, 187)] {
        let counted = fit::shape(history.rows(), house, rooms);
        assert!(counted == *Shape::of(house), "{house:?} {counted:#?}");
    }
}
