//! A row of the table, read and checked.

use std::io::Read;

use events::{Line, Night, Stay};

use super::HotelBookingsError;
use crate::catalogue::{DAY_USE, rate_plan_id, room_type_id};
use crate::history::Phase;

/// The age given to a child, of which the table knows only that there is one.
const CHILD_AGE_YEARS: u8 = 8;

/// The age given to a baby.
const BABY_AGE_YEARS: u8 = 1;

/// Which of the two hotels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum House {
    /// In Lisbon.
    City,
    /// At the coast of the Algarve.
    Resort,
}

impl House {
    /// Both.
    pub const ALL: [Self; 2] = [Self::City, Self::Resort];
}

/// On which terms the room was booked: the column `deposit_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Terms {
    /// No deposit.
    Flexible,
    /// A deposit of the whole price, lost on cancellation.
    NonRefundable,
    /// A deposit that is given back.
    Refundable,
}

impl Terms {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Flexible, Self::NonRefundable, Self::Refundable];

    /// The id of the rate plan.
    pub fn id(self) -> &'static str {
        match self {
            Self::Flexible => "flexible",
            Self::NonRefundable => "non-refundable",
            Self::Refundable => "refundable-deposit",
        }
    }

    /// What guests call them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Flexible => "Flexible",
            Self::NonRefundable => "Non-refundable",
            Self::Refundable => "Refundable deposit",
        }
    }
}

/// Through whom the room was booked: the column `distribution_channel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// The hotel itself, and the five bookings of which the table does not know.
    Direct,
    /// A travel agent or a tour operator.
    Agency,
    /// A company.
    Corporate,
    /// A global distribution system.
    Gds,
}

impl Via {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Direct, Self::Agency, Self::Corporate, Self::Gds];

    /// The id of the channel.
    pub fn id(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Agency => "agency",
            Self::Corporate => "corporate",
            Self::Gds => "gds",
        }
    }
}

/// How a booking ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// Cancelled on that day.
    Cancelled(Night),
    /// The guests came and left on that day.
    Stayed(Night),
    /// The guests did not come.
    NoShow,
}

/// One booking of one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// At which hotel.
    pub house: House,
    /// The kind of room that was asked for: a capital letter.
    pub reserved: u8,
    /// On which terms.
    pub terms: Terms,
    /// Through whom.
    pub via: Via,
    /// The day on which it was made.
    pub created: Night,
    /// The day of arrival.
    pub arrival: Night,
    /// For how many nights; may be zero.
    pub nights: u16,
    /// How it ended.
    pub end: End,
    /// Grown-ups; may be zero.
    pub adults: u16,
    /// Children.
    pub children: u8,
    /// Babies.
    pub babies: u8,
    /// What was paid for a night, in cents; may be zero, and once is negative.
    pub adr_minor: i64,
}

impl Row {
    /// What the booking takes: its room type and nights, or a day use if it has no night.
    pub fn line(&self) -> Line {
        let letter = char::from(self.reserved.to_ascii_lowercase());
        let room_type = match self.nights {
            0 => room_type_id(DAY_USE),
            _ => room_type_id(letter.encode_utf8(&mut [0; 4])),
        };
        let departure = self.arrival.plus(i32::from(self.nights.max(1)));
        let ages = [(self.children, CHILD_AGE_YEARS), (self.babies, BABY_AGE_YEARS)];
        Line {
            room_type,
            rate_plan: rate_plan_id(self.terms.id()),
            stay: Stay::new(self.arrival, departure).expect("one night at least was added"),
            rooms: 1,
            adults: self.adults,
            children: ages
                .into_iter()
                .flat_map(|(count, age)| std::iter::repeat_n(age, usize::from(count)))
                .collect(),
        }
    }

    /// What happened to the booking, and on which days.
    pub fn happenings(&self) -> impl Iterator<Item = (Night, Phase)> + use<> {
        let arrival = self.arrival;
        let (first, second) = match self.end {
            End::Cancelled(day) => ((day, Phase::Cancelled), None),
            End::Stayed(day) => ((arrival, Phase::Arrived), Some((day, Phase::Departed))),
            End::NoShow => ((arrival, Phase::NoShow), None),
        };
        [(self.created, Phase::Booked), first].into_iter().chain(second)
    }

    /// The day on which the booking ends, one way or another.
    pub fn ends(&self) -> Night {
        match self.end {
            End::Cancelled(day) | End::Stayed(day) => day,
            End::NoShow => self.arrival,
        }
    }

    /// How many events the booking makes.
    pub fn events_count(&self) -> u64 {
        self.happenings().count() as u64
    }
}

/// Where each column stands.
struct Columns([usize; Self::NAMES.len()]);

impl Columns {
    const NAMES: [&'static str; 16] = [
        "hotel",
        "lead_time",
        "arrival_date_year",
        "arrival_date_month",
        "arrival_date_day_of_month",
        "stays_in_weekend_nights",
        "stays_in_week_nights",
        "adults",
        "children",
        "babies",
        "distribution_channel",
        "reserved_room_type",
        "deposit_type",
        "adr",
        "reservation_status",
        "reservation_status_date",
    ];

    fn find(header: &csv::StringRecord) -> Result<Self, HotelBookingsError> {
        let mut places = [0; Self::NAMES.len()];
        for (place, name) in places.iter_mut().zip(Self::NAMES) {
            let found = header.iter().position(|column| column == name);
            *place = found.ok_or(HotelBookingsError::NoColumn(name))?;
        }
        Ok(Self(places))
    }
}

/// One record and how to speak of it.
struct Record<'a> {
    row: u32,
    columns: &'a Columns,
    fields: &'a csv::StringRecord,
}

impl Record<'_> {
    fn text(&self, name: &'static str) -> &str {
        let column = Columns::NAMES.iter().position(|column| *column == name);
        let place = column.map(|column| self.columns.0[column]);
        place.and_then(|place| self.fields.get(place)).unwrap_or_default().trim()
    }

    fn wrong(&self, column: &'static str, expected: &'static str) -> HotelBookingsError {
        let text = self.text(column).chars().take(40).collect();
        HotelBookingsError::Field { row: self.row, column, text, expected }
    }

    fn number<T: std::str::FromStr>(&self, column: &'static str) -> Result<T, HotelBookingsError> {
        self.text(column).parse().map_err(|_| self.wrong(column, "a small number"))
    }

    /// A number that may be missing, and that some writers of the table give a fraction of zero.
    fn children(&self) -> Result<u8, HotelBookingsError> {
        let text = self.text("children");
        let whole = text.strip_suffix(".0").unwrap_or(text);
        match whole {
            "NA" | "NULL" => Ok(0),
            _ => whole.parse().map_err(|_| self.wrong("children", "a small number or NA")),
        }
    }

    fn cents(&self, column: &'static str) -> Result<i64, HotelBookingsError> {
        let wrong = || self.wrong(column, "an amount with at most two decimals");
        let text = self.text(column);
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(part) || whole.len() > 9 || part.len() > 2 {
            return Err(wrong());
        }
        let whole: i64 = whole.parse().map_err(|_| wrong())?;
        let part: i64 = format!("{part:0<2}").parse().map_err(|_| wrong())?;
        Ok(sign * (whole * 100 + part))
    }

    fn date(&self, text: &str) -> Result<Night, HotelBookingsError> {
        text.parse().map_err(|source| HotelBookingsError::Night { row: self.row, source })
    }

    fn house(&self) -> Result<House, HotelBookingsError> {
        match self.text("hotel") {
            "City Hotel" => Ok(House::City),
            "Resort Hotel" => Ok(House::Resort),
            _ => Err(self.wrong("hotel", "City Hotel or Resort Hotel")),
        }
    }

    fn reserved(&self) -> Result<u8, HotelBookingsError> {
        match self.text("reserved_room_type").as_bytes() {
            [letter @ b'A'..=b'Z'] => Ok(*letter),
            _ => Err(self.wrong("reserved_room_type", "one capital letter")),
        }
    }

    fn terms(&self) -> Result<Terms, HotelBookingsError> {
        match self.text("deposit_type") {
            "No Deposit" => Ok(Terms::Flexible),
            "Non Refund" => Ok(Terms::NonRefundable),
            "Refundable" => Ok(Terms::Refundable),
            _ => Err(self.wrong("deposit_type", "No Deposit, Non Refund or Refundable")),
        }
    }

    fn via(&self) -> Result<Via, HotelBookingsError> {
        match self.text("distribution_channel") {
            "Direct" | "Undefined" => Ok(Via::Direct),
            "TA/TO" => Ok(Via::Agency),
            "Corporate" => Ok(Via::Corporate),
            "GDS" => Ok(Via::Gds),
            _ => {
                let expected = "Direct, TA/TO, Corporate, GDS or Undefined";
                Err(self.wrong("distribution_channel", expected))
            }
        }
    }

    fn arrival(&self) -> Result<Night, HotelBookingsError> {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let name = self.text("arrival_date_month");
        let month = MONTHS.iter().position(|month| *month == name);
        let month =
            1 + month.ok_or_else(|| self.wrong("arrival_date_month", "a month in English"))?;
        let year: u16 = self.number("arrival_date_year")?;
        let day: u8 = self.number("arrival_date_day_of_month")?;
        self.date(&format!("{year:04}-{month:02}-{day:02}"))
    }

    fn row(&self) -> Result<Row, HotelBookingsError> {
        let arrival = self.arrival()?;
        let created = arrival.plus(-i32::from(self.number::<u16>("lead_time")?));
        let weekend: u16 = self.number("stays_in_weekend_nights")?;
        let week: u16 = self.number("stays_in_week_nights")?;
        let order = |what| HotelBookingsError::Order { row: self.row, what };
        let day = self.date(self.text("reservation_status_date"))?;
        let end = match self.text("reservation_status") {
            "Canceled" if day < created => return Err(order("cancelled before it was made")),
            "Canceled" if day > arrival => return Err(order("cancelled after the arrival")),
            "Canceled" => End::Cancelled(day),
            "Check-Out" if day < arrival => return Err(order("left before the arrival")),
            "Check-Out" => End::Stayed(day),
            // One row of the table has a no-show months before the arrival: the day of arrival
            // is what counts.
            "No-Show" => End::NoShow,
            _ => {
                return Err(self.wrong("reservation_status", "Canceled, Check-Out or No-Show"));
            }
        };
        Ok(Row {
            house: self.house()?,
            reserved: self.reserved()?,
            terms: self.terms()?,
            via: self.via()?,
            created,
            arrival,
            nights: weekend
                .checked_add(week)
                .ok_or_else(|| self.wrong("stays_in_week_nights", "a small number"))?,
            end,
            adults: self.number("adults")?,
            children: self.children()?,
            babies: self.number("babies")?,
            adr_minor: self.cents("adr")?,
        })
    }
}

/// Reads the whole table.
pub(super) fn read(text: impl Read) -> Result<Vec<Row>, HotelBookingsError> {
    let mut reader = csv::Reader::from_reader(text);
    let columns = Columns::find(reader.headers()?)?;
    let mut rows = Vec::new();
    let mut fields = csv::StringRecord::new();
    let mut row = 0;
    while reader.read_record(&mut fields)? {
        row += 1;
        rows.push(Record { row, columns: &columns, fields: &fields }.row()?);
    }
    Ok(rows)
}
