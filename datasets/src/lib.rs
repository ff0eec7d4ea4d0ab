//! The days: real and made-up histories as events, at any pace.
//!
//! - [`history`]: what happened when, and the trait that every history has in common.
//! - [`commands`]: what happened as commands, under ids that are known in advance.
//! - [`hotel_bookings`]: two real hotels of Portugal, read from a file that is not in this
//!   repository; [`hotel_bookings::count`] counts the same file without any of the above.
//! - [`generated`]: histories of any size, shaped like that one.
//! - [`pace`]: when each event is due if history runs at a chosen speed.
//!
//! Nothing here sleeps, reads a clock or draws a number that a seed does not fix.

pub mod catalogue;
pub mod commands;
mod folder;
pub mod generated;
pub mod history;
pub mod hotel_bookings;
pub mod pace;
#[cfg(test)]
mod testing;

pub use catalogue::Capacity;
pub use commands::{CommandMaker, HistoryCommand};
pub use folder::{DATA_FOLDER_DEFAULT, DATA_FOLDER_VARIABLE, DataFolder};
pub use generated::{Generated, GeneratedError, GeneratedOptions};
pub use history::{History, HistoryEvent, HistoryWhat};
pub use hotel_bookings::{HotelBookings, HotelBookingsError};
pub use pace::{Pace, Pacer};
