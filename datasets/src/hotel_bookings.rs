//! Every booking of two real hotels of Portugal, arriving from July 2015 to August 2017.
//!
//! N. Antonio, A. de Almeida, L. Nunes, "Hotel booking demand datasets", Data in Brief 22 (2019),
//! doi:10.1016/j.dib.2018.11.126, CC BY 4.0. The file is not part of this repository.
//!
//! One row is one booking of one room, also where rows are identical; its id is its number,
//! counted from 1. What the file does not say is invented here:
//!
//! - the time of day of every event ([`crate::history`]) and the reference of every guest;
//! - the age of children (8) and babies (1), of which the file has only the number;
//! - the capacities ([`mod@catalogue`]), names and places of the hotels;
//! - a night for the 715 bookings of zero nights: they are sold as one night of the room type
//!   [`crate::catalogue::DAY_USE`], so that all of them pass as real commands while the nights of
//!   real room types stay what they were.
//!
//! The 180 bookings of nobody stay bookings of nobody: zero adults, no children.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use events::{NightError, Stamp};
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::catalogue::Capacity;
use crate::commands::{CommandMaker, HistoryCommand};
use crate::folder::{DATA_FOLDER_DEFAULT, DATA_FOLDER_VARIABLE, DataFolder};
use crate::history::{History, HistoryEvent, midnight};

mod catalogue;
pub mod count;
mod order;
mod row;

pub use row::{End, House, Row, Terms, Via};

/// The file within the data folder.
pub const FILE: &str = "hotel_booking_demand/hotel_bookings.csv.gz";

/// The SHA-256 of the file from which every figure in this crate was computed.
pub const FILE_SHA256: &str = "2b847da2c50528b52852a2cc00d41c19fcf30864d81a5b1a61b3b0533f325cfc";

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum HotelBookingsError {
    /// The file is not there.
    #[error(
        "the hotel bookings are absent: no file {path}; set {DATA_FOLDER_VARIABLE} to a folder \
         that holds {FILE}, or put that folder at {DATA_FOLDER_DEFAULT} beside the project"
    )]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is another than the one that this build knows.
    #[error(
        "{path} is not the file that this build was made for: its SHA-256 is {found}, expected \
         {FILE_SHA256}; fetch it again"
    )]
    AnotherFile {
        /// Which file.
        path: PathBuf,
        /// Its SHA-256.
        found: String,
    },
    /// The file cannot be read.
    #[error("the hotel bookings at {path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text is not CSV.
    #[error("the hotel bookings are not CSV that can be read")]
    NotCsv(#[from] csv::Error),
    /// A column is missing.
    #[error("the hotel bookings have no column `{0}`: is this another table?")]
    NoColumn(&'static str),
    /// A field does not say what such a field says.
    #[error("row {row} of the hotel bookings: `{column}` is `{text}`, expected {expected}")]
    Field {
        /// Which row, counted from 1.
        row: u32,
        /// Which column.
        column: &'static str,
        /// What it says.
        text: String,
        /// What it may say.
        expected: &'static str,
    },
    /// A date does not exist.
    #[error("row {row} of the hotel bookings has a date that is none")]
    Night {
        /// Which row, counted from 1.
        row: u32,
        /// Why.
        source: NightError,
    },
    /// A booking that ends before it begins.
    #[error("row {row} of the hotel bookings: {what}")]
    Order {
        /// Which row, counted from 1.
        row: u32,
        /// What is out of order.
        what: &'static str,
    },
}

/// The history of the two hotels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HotelBookings {
    rows: Vec<Row>,
}

impl HotelBookings {
    /// The name of this history.
    pub const NAME: &str = "hotel-bookings";

    /// Reads the file from a data folder after comparing its SHA-256.
    pub fn open(folder: &DataFolder) -> Result<Self, HotelBookingsError> {
        Self::read(decompressed(&folder.file(FILE))?)
    }

    /// Reads the table as CSV text from anywhere.
    pub fn read(text: impl Read) -> Result<Self, HotelBookingsError> {
        row::read(text).map(|rows| Self { rows })
    }

    /// The rows, in the order of the file; the first is number 1.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The commands of the whole history in order, the catalogue not among them.
    pub fn commands(&self) -> impl Iterator<Item = HistoryCommand> + Send + '_ {
        let maker = CommandMaker::new(Self::NAME);
        order::events(&self.rows).flat_map(move |event| maker.commands(&event))
    }

    /// When the history begins: the midnight before its first event.
    fn begin(&self) -> Stamp {
        self.rows.iter().map(|row| row.created).min().map(midnight).unwrap_or_default()
    }
}

impl History for HotelBookings {
    fn name(&self) -> String {
        Self::NAME.into()
    }

    fn bookings_count(&self) -> u64 {
        self.rows.len() as u64
    }

    fn events_count(&self) -> Option<u64> {
        Some(self.rows.iter().map(Row::events_count).sum())
    }

    fn catalogue(
        &self,
        capacity: Capacity,
    ) -> Box<dyn Iterator<Item = HistoryCommand> + Send + '_> {
        let maker = CommandMaker::new(Self::NAME);
        let at = self.begin();
        Box::new(
            House::ALL.iter().flat_map(move |house| house.hotel().commands(&maker, capacity, at)),
        )
    }

    fn events(&self) -> Box<dyn Iterator<Item = HistoryEvent> + Send + '_> {
        Box::new(order::events(&self.rows))
    }
}

/// The text of the file at that path, if it is the file that this build knows.
fn decompressed(path: &Path) -> Result<impl Read + use<>, HotelBookingsError> {
    let unreadable = |source| HotelBookingsError::Unreadable { path: path.into(), source };
    let bytes = match File::open(path) {
        Ok(mut file) => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(unreadable)?;
            bytes
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(HotelBookingsError::Absent { path: path.into() });
        }
        Err(error) => return Err(unreadable(error)),
    };
    let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if found != FILE_SHA256 {
        return Err(HotelBookingsError::AnotherFile { path: path.into(), found });
    }
    Ok(BufReader::new(MultiGzDecoder::new(io::Cursor::new(bytes))))
}

#[cfg(test)]
mod tests;
