//! The demo's own hotel, with rooms on future nights, and lines that book there as they are
//! printed.

use std::fmt::Write;
use std::net::SocketAddr;

use events::{
    Command, CommandId, DefineProperty, DefineRatePlan, DefineRoomType, HoldId, IdError, Location,
    Money, MoneyError, Night, NightError, PropertyId, RatePlanId, RoomTypeId, SetInventory, Slot,
    Stay, Supply,
};
use ingest::AppendError;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::hand::Words;
use crate::run::{RunError, System};

/// The hotel's id.
const PROPERTY: &str = "demo-hotel";

/// Its only room type.
const ROOM_TYPE: &str = "double";

/// For how long it sells.
const NIGHTS_COUNT: i32 = 700;

/// Why the hotel could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HotelError {
    /// An id that is none.
    #[error(transparent)]
    Id(#[from] IdError),
    /// Nights that are none.
    #[error(transparent)]
    Night(#[from] NightError),
    /// A currency that is none.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The log takes nothing.
    #[error("the log takes no record")]
    Append(#[from] AppendError),
    /// The system does not go on.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// A hotel that is ready for sale from today on.
#[derive(Debug)]
pub(super) struct Hotel {
    property: PropertyId,
    today: Night,
}

impl Hotel {
    /// Defines it and waits until the views know it.
    pub(super) fn make(system: &System) -> Result<Self, HotelError> {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let today = Night::from_date(today).unwrap_or(Night::MIN);
        let hotel = Self { property: PropertyId::new(PROPERTY)?, today };
        let hand = system.hand()?;
        let app = system.app();
        for (number, command) in (0..).zip(hotel.commands()?) {
            let slot = Slot::of(&hotel.property);
            let partition = slot.partition(app.log.partitions());
            hand.append(Words {
                id: CommandId::from_key("demo", &number.to_string()),
                sequence: hand.next_sequence(),
                not_after: app.waiters.not_after(partition),
                stamp: app.clock.now(),
                command,
            })?;
        }
        system.wait_for_supply(&hotel.property, &RoomTypeId::new(ROOM_TYPE)?)?;
        Ok(hotel)
    }

    fn commands(&self) -> Result<[Command; 4], HotelError> {
        let property = || self.property.clone();
        let (room_type, rate_plan) = (RoomTypeId::new(ROOM_TYPE)?, RatePlanId::new("flexible")?);
        let currency = "EUR".parse()?;
        Ok([
            Command::DefineProperty(DefineProperty {
                property: property(),
                name: "Demo Hotel".to_owned(),
                city: "Lisbon".to_owned(),
                country: "PT".to_owned(),
                location: Location {
                    latitude_microdegrees: 38_710_000,
                    longitude_microdegrees: -9_140_000,
                },
                time_zone: "Europe/Lisbon".to_owned(),
                currency,
                stars: 4,
                amenities: vec!["wifi".to_owned()],
                market: Some("lisbon".parse()?),
            }),
            Command::DefineRoomType(DefineRoomType {
                property: property(),
                room_type: room_type.clone(),
                name: "Double".to_owned(),
                max_guests: 2,
            }),
            Command::DefineRatePlan(DefineRatePlan {
                property: property(),
                rate_plan,
                name: "Flexible".to_owned(),
                room_types: vec![room_type.clone()],
                base_price: Money { amount_minor: 12_000, currency },
                occupancy: events::Occupancy::default(),
                channels: Vec::new(),
            }),
            Command::SetInventory(SetInventory {
                property: property(),
                room_type,
                nights: Stay::new(self.today, self.today.plus(NIGHTS_COUNT))?,
                supply: Supply { physical: 2, blocked: 0, allowance: 0 },
            }),
        ])
    }

    /// What to type, line by line; ids follow from keys, so every line is known in advance.
    pub(super) fn lines(&self, address: SocketAddr, tenant: &str) -> String {
        let command = CommandId::from_key(tenant, "demo-hold");
        let hold = HoldId::of_command(Slot::of(&self.property), command);
        let booking = hold.booking();
        let (check_in, check_out) = (self.today.plus(30), self.today.plus(33));
        let property = &self.property;
        let api = format!("http://{address}/v1");
        let nights = format!("check_in={check_in}&check_out={check_out}&rooms=1&guests=2");
        let line = format!(
            r#"{{"room_type": "double", "rate_plan": "flexible", "check_in": "{check_in}", "check_out": "{check_out}", "rooms": 1, "guests": {{"adults": 2, "children": []}}}}"#
        );
        let hold_body =
            format!(r#"{{"property": "{property}", "ttl_seconds": 900, "lines": [{line}]}}"#);
        let get = |path: String| format!("curl -sS '{api}{path}'");
        let post = |path: String, key: &str, body: &str| {
            format!(
                "curl -sS -X POST '{api}{path}' -H 'Content-Type: application/json' \
                 -H 'Idempotency-Key: {key}' -d '{body}'"
            )
        };
        let available = get(format!("/properties/{property}/availability?{nights}"));
        let steps = [
            ("What is left of a hotel with two rooms:", available.clone()),
            ("Hold one of them:", post("/holds".to_owned(), "demo-hold", &hold_body)),
            (
                "Make the hold a booking:",
                post(format!("/holds/{hold}/confirm"), "demo-confirm", r#"{"guest": "guest-1"}"#),
            ),
            ("The booking, and what is left now:", get(format!("/bookings/{booking}"))),
            ("", available),
            ("Cancel it:", post(format!("/bookings/{booking}/cancel"), "demo-cancel", "{}")),
            ("What became of an earlier request:", get("/commands/demo-hold".to_owned())),
        ];
        let mut text = "Try it, in another terminal:\n".to_owned();
        for (heading, line) in steps {
            if !heading.is_empty() {
                // Writing to a string does not fail.
                let _ = write!(text, "\n# {heading}");
            }
            text.push('\n');
            text.push_str(&line);
        }
        text.push_str(&format!("\n\nEverything else: http://{address}/openapi.json\n"));
        text
    }
}
