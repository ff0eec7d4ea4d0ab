//! Public holidays of 247 countries, 2013 to 2030, for [`models::calendar`].
//!
//! The table was made with the package `holidays` (MIT licence) and is not part of this repository.
//! It has a column for the day, one for the country and one for the name; `NA` is Namibia.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;

use events::Night;
use flate2::read::MultiGzDecoder;
use models::calendar::{Country, Holidays};

use crate::folder::{DATA_FOLDER_DEFAULT, DATA_FOLDER_VARIABLE, DataFolder};

/// The file within the data folder.
pub const FILE: &str = "geo_reference/public_holidays_2013_2030.csv.gz";

/// Why there is no table of holidays.
#[derive(Debug, thiserror::Error)]
pub enum PublicHolidaysError {
    /// The file is not there.
    #[error(
        "the public holidays are absent: no file {path}; set {DATA_FOLDER_VARIABLE} to a folder \
         that holds {FILE}, or put that folder at {DATA_FOLDER_DEFAULT} beside the project"
    )]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("the public holidays at {path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The text is not CSV.
    #[error("the public holidays are not CSV that can be read")]
    NotCsv(#[from] csv::Error),
    /// A row says something else than a day and a country.
    #[error("row {row} of the public holidays: `{text}` is not {expected}")]
    Field {
        /// Which row, counted from 1.
        row: u32,
        /// What stands there.
        text: String,
        /// What may stand there.
        expected: &'static str,
    },
}

/// Reads the file from a data folder.
pub fn open(folder: &DataFolder) -> Result<Holidays, PublicHolidaysError> {
    let path = folder.file(FILE);
    match File::open(&path) {
        Ok(file) => read(MultiGzDecoder::new(BufReader::new(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(PublicHolidaysError::Absent { path })
        }
        Err(source) => Err(PublicHolidaysError::Unreadable { path, source }),
    }
}

/// Reads the table as CSV text from anywhere: the day, the country, and whatever follows.
pub fn read(text: impl Read) -> Result<Holidays, PublicHolidaysError> {
    let mut reader = csv::Reader::from_reader(text);
    let mut rows = Vec::new();
    for (row, fields) in (1..).zip(reader.records()) {
        let fields = fields?;
        let field = |place: usize, expected: &'static str| {
            let text: String = fields.get(place).unwrap_or_default().chars().take(40).collect();
            (text.clone(), PublicHolidaysError::Field { row, text, expected })
        };
        let (day, wrong) = field(0, "a day such as 2027-03-01");
        let night: Night = day.parse().map_err(|_| wrong)?;
        let (country, wrong) = field(1, "a country of two capital letters");
        let country: Country = country.parse().map_err(|_| wrong)?;
        rows.push((country, night));
    }
    Ok(Holidays::from_rows(rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(text: &str) -> Night {
        text.parse().expect("a date")
    }

    #[test]
    fn rows_are_days_of_countries() {
        let text = "date,country,name\n2026-03-21,NA,Independence Day\n2026-04-25,PT,Freedom Day\n";
        let holidays = read(text.as_bytes()).expect("a table");
        let namibia = "NA".parse().expect("Namibia");
        assert_eq!(holidays.is_holiday(namibia, night("2026-03-21")), Some(true));
        assert_eq!(holidays.is_holiday(namibia, night("2026-04-25")), Some(false));
        let error = read("date,country\n2026-04-25,Portugal\n".as_bytes()).expect_err("no code");
        assert!(error.to_string().contains("row 1 of the public holidays: `Portugal`"), "{error}");
        let error = read("date,country\n2026-02-30,PT\n".as_bytes()).expect_err("no day");
        assert!(error.to_string().contains("`2026-02-30` is not a day"), "{error}");
    }

    #[test]
    fn the_real_table_knows_the_holidays_of_portugal() {
        let holidays = match open(&DataFolder::find()) {
            Ok(holidays) => holidays,
            Err(absent @ PublicHolidaysError::Absent { .. }) => {
                let _ = io::Write::write_all(
                    &mut io::stderr(),
                    format!("SKIPPED the_real_table_knows_the_holidays_of_portugal: {absent}\n")
                        .as_bytes(),
                );
                return;
            }
            Err(error) => panic!("{error}"),
        };
        assert_eq!(holidays.countries_count(), 247);
        let portugal: Country = "PT".parse().expect("Portugal");
        assert_eq!(holidays.is_holiday(portugal, night("2017-04-25")), Some(true));
        assert_eq!(holidays.is_holiday(portugal, night("2017-04-26")), Some(false));
        assert_eq!(holidays.is_holiday(portugal, night("2031-04-25")), None);
    }
}
