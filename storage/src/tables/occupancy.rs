//! The view `occupancy`: how full nights are, and what a property's last weeks were like.
//!
//! ```text
//! key    kind u8 | 1 and property, or 2 and market, zero-terminated
//!        | 0 for the figures, or 1 and night i32, ordered
//! value  rooms, sold and share of a night, or the figures of 7 and of 30 days and the price trend
//! ```

use dataflows::views::occupancy::{
    Figures, NightOccupancy, OccupancyKey, OccupancyOf, OccupancyRow, Window,
};
use events::MarketId;

use crate::key::{KeyReader, push_night, push_text};
use crate::kinds::Kind;
use crate::table::{Malformed, Table, append, message};

/// Table `occupancy`.
pub(crate) struct Occupancy;

/// Either of the two.
#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(message, optional, tag = "1")]
    night: Option<NightValue>,
    #[prost(message, optional, tag = "2")]
    figures: Option<FiguresValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct NightValue {
    #[prost(uint64, tag = "1")]
    rooms: u64,
    #[prost(uint64, tag = "2")]
    sold: u64,
    #[prost(uint32, optional, tag = "3")]
    permille: Option<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FiguresValue {
    #[prost(message, required, tag = "1")]
    week: WindowValue,
    #[prost(message, required, tag = "2")]
    month: WindowValue,
    #[prost(uint32, optional, tag = "3")]
    price_trend_7d_permille: Option<u32>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct WindowValue {
    #[prost(uint32, tag = "1")]
    bookings: u32,
    #[prost(uint32, tag = "2")]
    cancellations: u32,
    #[prost(uint32, optional, tag = "3")]
    cancelled_permille: Option<u32>,
    #[prost(uint32, optional, tag = "4")]
    occupancy_permille: Option<u32>,
    #[prost(sint64, optional, tag = "5")]
    revenue_per_room_minor: Option<i64>,
}

impl Table for Occupancy {
    const KIND: Kind = Kind::Occupancy;
    type Key = OccupancyKey;
    type Row = (OccupancyKey, OccupancyRow);

    fn key_of((key, _): &Self::Row) -> OccupancyKey {
        key.clone()
    }

    fn write_key(key: &OccupancyKey, bytes: &mut Vec<u8>) {
        let (kind, text) = match &key.of {
            OccupancyOf::Property(property) => (1, property.as_str()),
            OccupancyOf::Market(market) => (2, market.as_str()),
        };
        bytes.push(kind);
        push_text(bytes, text);
        bytes.push(key.night.is_some().into());
        if let Some(night) = key.night {
            push_night(bytes, night);
        }
    }

    fn read_key(bytes: &mut KeyReader<'_>) -> Result<OccupancyKey, Malformed> {
        let of = match bytes.u8()? {
            1 => OccupancyOf::Property(bytes.property()?),
            2 => OccupancyOf::Market(bytes.text(MarketId::new)?),
            kind => return Err(format!("there is no kind {kind} of occupancy").into()),
        };
        let night = bytes.flag()?.then(|| bytes.night()).transpose()?;
        Ok(OccupancyKey { of, night })
    }

    fn write_value((_, row): &Self::Row, bytes: &mut Vec<u8>) {
        let value = match *row {
            OccupancyRow::Night(NightOccupancy { rooms, sold, permille }) => {
                Value { night: Some(NightValue { rooms, sold, permille }), figures: None }
            }
            OccupancyRow::Figures(Figures { week, month, price_trend_7d_permille }) => {
                let (week, month) = (window_value(week), window_value(month));
                let figures = FiguresValue { week, month, price_trend_7d_permille };
                Value { night: None, figures: Some(figures) }
            }
        };
        append(&value, bytes);
    }

    fn read_value(key: OccupancyKey, bytes: &[u8]) -> Result<Self::Row, Malformed> {
        let row = match message(bytes)? {
            Value { night: Some(NightValue { rooms, sold, permille }), figures: None } => {
                OccupancyRow::Night(NightOccupancy { rooms, sold, permille })
            }
            Value { night: None, figures: Some(figures) } => {
                let FiguresValue { week, month, price_trend_7d_permille } = figures;
                let (week, month) = (window(week), window(month));
                OccupancyRow::Figures(Figures { week, month, price_trend_7d_permille })
            }
            _ => return Err("it is neither of a night nor of a property, or of both".into()),
        };
        Ok((key, row))
    }
}

fn window_value(window: Window) -> WindowValue {
    let Window {
        bookings,
        cancellations,
        cancelled_permille,
        occupancy_permille,
        revenue_per_room_minor,
    } = window;
    WindowValue {
        bookings,
        cancellations,
        cancelled_permille,
        occupancy_permille,
        revenue_per_room_minor,
    }
}

fn window(value: WindowValue) -> Window {
    let WindowValue {
        bookings,
        cancellations,
        cancelled_permille,
        occupancy_permille,
        revenue_per_room_minor,
    } = value;
    Window {
        bookings,
        cancellations,
        cancelled_permille,
        occupancy_permille,
        revenue_per_room_minor,
    }
}

#[cfg(test)]
crate::testing::table_tests!(Occupancy);
