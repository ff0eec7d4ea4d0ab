//! The days: real and made-up histories as events, at any pace.
//!
//! - [`history`]: what happened when, and the trait that every history has in common.
//! - [`commands`]: what happened as commands, under ids that are known in advance.
//! - [`hotel_bookings`]: two real hotels of Portugal, read from a file that is not in this
//!   repository; [`hotel_bookings::count`] counts the same file without any of the above.
//! - [`generated`]: histories of any size, shaped like that one.
//! - [`overbooking`]: what an allowance would have done at the two real hotels.
//! - [`pace`]: when each event is due if history runs at a chosen speed.
//! - [`public_holidays`]: the holidays of countries.
//!
//! Nothing here sleeps, reads a clock or draws a number that a seed does not fix.

pub mod catalogue;
pub mod commands;
mod folder;
pub mod generated;
pub mod history;
pub mod hotel_bookings;
pub mod overbooking;
pub mod pace;
pub mod public_holidays;
#[cfg(test)]
mod testing;

pub use catalogue::Capacity;
pub use commands::{CommandMaker, HistoryCommand};
pub use folder::{DATA_FOLDER_DEFAULT, DATA_FOLDER_VARIABLE, DataFolder};
pub use generated::{Generated, GeneratedError, GeneratedOptions};
pub use history::{History, HistoryEvent, HistoryWhat};
pub use hotel_bookings::{HotelBookings, HotelBookingsError};
pub use pace::{Pace, Pacer};
