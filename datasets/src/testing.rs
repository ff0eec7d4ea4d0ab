//! What the tests of this crate share.

use std::io::Write;

use events::wire::encode_command;
use sha2::{Digest, Sha256};

use crate::commands::HistoryCommand;
use crate::folder::DataFolder;
use crate::hotel_bookings::{HotelBookings, HotelBookingsError};

/// The real history; without its file the caller's test is skipped, which it says past the
/// harness, since that swallows what passing tests print.
pub fn real(test: &str) -> Option<HotelBookings> {
    match HotelBookings::open(&DataFolder::find()) {
        Ok(history) => Some(history),
        Err(absent @ HotelBookingsError::Absent { .. }) => {
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {absent}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A fingerprint of commands, their ids, times and order.
pub fn hash_of(commands: impl Iterator<Item = HistoryCommand>) -> String {
    let mut hasher = Sha256::new();
    for command in commands {
        hasher.update(command.id.to_bytes());
        hasher.update(command.at.0.to_be_bytes());
        hasher.update(command.slot.number().to_be_bytes());
        hasher.update(encode_command(&command.command));
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
