//! Small histories with known verdicts: good ones that must pass, bad ones that must not.
//!
//! A history is written as commands. The real ledger decides them into what a sound system stores;
//! a bad history is that with one lie told consistently: in the answer, the rows and the view.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use bytes::Bytes;
use dataflows::{AvailabilityKey, AvailabilityRow};
use events::hold::Lines;
use events::{
    AnnounceOwner, BodyHash, BookingId, Boot, CancelBooking, ChainHash, Command, CommandId,
    ConfirmHold, Decision, DefineProperty, DefineRatePlan, DefineRoomType, Envelope, HoldId, Line,
    Location, LogTime, Money, Night, PlaceHold, Position, PropertyId, ReleaseHold, SetInventory,
    Slot, Stamp, Stay, Supply, Tick,
};
use ledger::rows::BlockState;
use ledger::rows::{ClockRow, InventoryNightRow, LineState, Row, RowChange, RowKey};
use ledger::rows::{DecisionRow, HoldState};
use ledger::{Digest, State};

use super::{Auditor, Report, StoredState};

mod bad;
mod directory;
mod good;
mod random;

/// A log of one partition, and what a sound system stores of it.
struct History {
    state: State,
    rows: BTreeMap<RowKey, Row>,
    records: Vec<Bytes>,
    chains: Vec<ChainHash>,
    digest: Digest,
    ids_count: u128,
    monotonic_ms: u64,
    epoch: u64,
}

impl History {
    /// An empty log.
    fn new() -> Self {
        Self {
            state: State::new(),
            rows: BTreeMap::new(),
            records: Vec::new(),
            chains: Vec::new(),
            digest: Digest::default(),
            ids_count: 0,
            monotonic_ms: 0,
            epoch: 0,
        }
    }

    /// The hotel `grand` with one double room for each night of ten, and an owner of its clock.
    fn of_one_room() -> Self {
        let mut history = Self::new();
        history.start();
        history.define("grand", &["double"]);
        history.supply("grand", "double", 0..10, supply(1, 0, 0));
        history
    }

    /// A process starts and its clock is first seen.
    fn start(&mut self) {
        self.epoch += 1;
        self.monotonic_ms = 0;
        let boot = Boot(u128::from(self.epoch));
        let step_max_ms = 3 * 24 * 60 * 60 * 1000;
        let epoch = self.epoch;
        self.say(Command::AnnounceOwner(AnnounceOwner { epoch, boot, step_max_ms }));
        self.pass(0);
    }

    /// Time passes at the owner.
    fn pass(&mut self, ms: u64) -> Decision {
        self.monotonic_ms += ms;
        let (epoch, monotonic_ms) = (self.epoch, self.monotonic_ms);
        self.say(Command::Tick(Tick { epoch, boot: Boot(u128::from(epoch)), monotonic_ms }))
    }

    fn define(&mut self, property: &str, room_types: &[&str]) {
        self.say(Command::DefineProperty(property_named(property)));
        for room_type in room_types {
            self.say(Command::DefineRoomType(DefineRoomType {
                property: PropertyId::new(property).unwrap(),
                room_type: room_type.parse().unwrap(),
                name: (*room_type).to_owned(),
                max_guests: 2,
            }));
        }
        self.say(Command::DefineRatePlan(DefineRatePlan {
            property: PropertyId::new(property).unwrap(),
            rate_plan: "flexible".parse().unwrap(),
            name: "Flexible".to_owned(),
            room_types: room_types.iter().map(|id| id.parse().unwrap()).collect(),
            base_price: Money { amount_minor: 12_000, currency: "EUR".parse().unwrap() },
            occupancy: events::Occupancy::default(),
            channels: Vec::new(),
        }));
    }

    fn supply(
        &mut self,
        property: &str,
        room_type: &str,
        nights: std::ops::Range<i32>,
        supply: Supply,
    ) -> Decision {
        self.say(Command::SetInventory(SetInventory {
            property: property.parse().unwrap(),
            room_type: room_type.parse().unwrap(),
            nights: stay(nights),
            supply,
        }))
    }

    /// Asks for one double room of `grand` for a minute.
    fn hold(&mut self, nights: std::ops::Range<i32>) -> Decision {
        self.say(hold(vec![line("double", nights, 1)]))
    }

    fn confirm(&mut self, hold: HoldId) -> Decision {
        self.say(confirm(hold))
    }

    /// Says something new.
    fn say(&mut self, command: Command) -> Decision {
        let id = self.next_id();
        self.say_as(id, command)
    }

    fn next_id(&mut self) -> CommandId {
        self.ids_count += 1;
        // Holds take the upper bits of the id, so that is where ids must differ.
        CommandId(self.ids_count << 64)
    }

    fn say_as(&mut self, id: CommandId, command: Command) -> Decision {
        let not_after = self.state.log_time().plus_ms(60_000);
        self.say_until(id, not_after, command)
    }

    fn say_until(&mut self, id: CommandId, not_after: LogTime, command: Command) -> Decision {
        let slot = command.slot().unwrap_or(Slot::from_low_bits(0));
        // What the appender adds of its own is no part of what was asked.
        let asked = match command.clone() {
            Command::PlaceHold(hold) => Command::PlaceHold(PlaceHold { booked_on: None, ..hold }),
            other => other,
        };
        let body_hash = BodyHash::of(&events::wire::encode_command(&asked));
        let stamp = Stamp(1_700_000_000_000 + self.records.len() as i64);
        let (producer, sequence) = (7, self.records.len() as u64);
        let envelope =
            Envelope { id, producer, sequence, not_after, stamp, slot, body_hash, command };
        self.append(envelope)
    }

    fn append(&mut self, envelope: Envelope) -> Decision {
        let bytes = Bytes::from(events::encode_envelope(&envelope));
        // As it stands on the log: when it was booked is no part of what its hash is of.
        let envelope = events::decode_envelope(&bytes).unwrap();
        self.append_bytes(bytes);
        self.state.read_at(self.last());
        let decision = ledger::apply(&mut self.state, envelope).decision;
        self.digest = self.digest.then(&decision);
        decision
    }

    fn append_bytes(&mut self, bytes: Bytes) {
        let chain = self.chains.last().copied().unwrap_or_default().then(&bytes);
        self.chains.push(chain);
        self.records.push(bytes);
    }

    /// The last offset.
    fn last(&self) -> u64 {
        self.records.len() as u64 - 1
    }

    /// What a sound system stores at the end of the log.
    fn stored(&mut self) -> StoredState {
        let mut changes = Vec::new();
        self.state.drain(&mut changes, &mut Vec::new());
        for change in changes {
            match change {
                RowChange::Put(row) => self.rows.insert(row.key(), row),
                RowChange::Delete(key) => self.rows.remove(&key),
            };
        }
        let is_clock = |row: &&Row| matches!(row, Row::Clock(_));
        let clock = self.rows.values().find_map(|row| match row {
            Row::Clock(clock) => Some(clock.clone()),
            _ => None,
        });
        let mut stored = StoredState {
            partitions: 1,
            position: Position::after(0, self.last()),
            chains: vec![(0, *self.chains.last().unwrap())],
            digests: vec![(0, self.digest.0)],
            clocks: vec![(0, clock.unwrap_or(ClockRow::default()))],
            rows: self.rows.values().filter(|row| !is_clock(row)).cloned().collect(),
            availability: Vec::new(),
        };
        stored.derive_view();
        stored
    }

    /// The verdict on a stored state.
    fn audit(&self, stored: &StoredState) -> Report {
        let mut auditor = Auditor::new();
        for (offset, (bytes, chain)) in (0..).zip(self.records.iter().zip(&self.chains)) {
            auditor.record(0, offset, *chain, bytes);
        }
        auditor.compare(stored);
        auditor.into_report()
    }

    /// The verdict is that all holds.
    fn assert_good(&mut self) -> Report {
        let stored = self.stored();
        let report = self.audit(&stored);
        assert!(report.all_holds(), "{report}");
        report
    }

    /// The verdict is that this check fails, at this offset.
    #[track_caller]
    fn assert_bad(&self, stored: &StoredState, check: &str, offset: u64) {
        let report = self.audit(stored);
        let violation = report.violation.as_ref().expect("a violation is found");
        assert_eq!((violation.check, violation.partition, violation.offset), (check, 0, offset));
    }
}

/// How lies are told: each keeps the rest of the state consistent with itself.
impl StoredState {
    fn answer(&mut self, id: CommandId) -> &mut DecisionRow {
        let answer = self.rows.iter_mut().find_map(|row| match row {
            Row::Decision(answer) if answer.id == id => Some(answer),
            _ => None,
        });
        answer.expect("the answer is stored")
    }

    fn hold(&mut self, id: HoldId) -> &mut ledger::rows::HoldRow {
        let hold = self.rows.iter_mut().find_map(|row| match row {
            Row::Hold(hold) if hold.hold == id => Some(hold),
            _ => None,
        });
        hold.expect("the hold is stored")
    }

    fn booking(&mut self, id: BookingId) -> &mut ledger::rows::BookingRow {
        let booking = self.rows.iter_mut().find_map(|row| match row {
            Row::Booking(booking) if booking.booking == id => Some(booking),
            _ => None,
        });
        booking.expect("the booking is stored")
    }

    /// Counts every night anew from the stored holds and bookings, and the view from that.
    fn recount(&mut self) {
        let mut counts: BTreeMap<RowKey, (u16, u16)> = BTreeMap::new();
        let mut count = |property: &PropertyId, line: &Line, held: u16, sold: u16| {
            for night in line.stay.nights() {
                let (property, room_type) = (property.clone(), line.room_type.clone());
                let key = RowKey::InventoryNight(property, room_type, night);
                let counts = counts.entry(key).or_default();
                *counts = (counts.0 + held, counts.1 + sold);
            }
        };
        for row in &self.rows {
            match row {
                Row::Hold(hold) if hold.state == HoldState::Held => {
                    hold.lines.iter().for_each(|line| count(&hold.property, line, line.rooms, 0));
                }
                Row::Booking(row) => {
                    for booked in row.lines.iter().filter(|one| one.state == LineState::Confirmed) {
                        count(&row.property, &booked.line, 0, booked.line.rooms);
                    }
                }
                _ => {}
            }
        }
        self.rows.retain(|row| !matches!(row, Row::InventoryNight(_)));
        for (key, (held, sold)) in counts {
            let RowKey::InventoryNight(property, room_type, night) = key else { continue };
            let supply = self.supply_of(&property, &room_type, night);
            let allotted = 0;
            let row =
                InventoryNightRow { property, room_type, night, supply, held, sold, allotted };
            self.rows.push(Row::InventoryNight(row));
        }
        self.derive_view();
    }

    fn supply_of(
        &self,
        property: &PropertyId,
        room_type: &events::RoomTypeId,
        night: Night,
    ) -> Supply {
        let ranges = self.rows.iter().filter_map(|row| match row {
            Row::Inventory(row) if (&row.property, &row.room_type) == (property, room_type) => {
                Some(&row.ranges)
            }
            _ => None,
        });
        let range = ranges.flatten().find(|range| range.nights.contains(night));
        range.map(|range| range.supply).unwrap_or_default()
    }

    /// The view as a sound system derives it from the stored nights.
    fn derive_view(&mut self) {
        let nights = self.rows.iter().filter_map(|row| match row {
            Row::InventoryNight(row) => Some(row),
            _ => None,
        });
        self.availability = nights.map(view_row).collect();
    }
}

fn view_row(row: &InventoryNightRow) -> (AvailabilityKey, AvailabilityRow) {
    let (property, room_type) = (row.property.clone(), row.room_type.clone());
    let rooms = i32::from(row.supply.physical) + i32::from(row.supply.allowance);
    let blocked = i32::from(row.supply.blocked);
    let (held, sold) = (i32::from(row.held), i32::from(row.sold));
    let allotted = i32::from(row.allotted);
    let left = rooms - blocked - held - sold - allotted;
    let key = AvailabilityKey { property, room_type, night: row.night };
    (key, AvailabilityRow { rooms, blocked, held, sold, allotted, left })
}

fn property_named(property: &str) -> DefineProperty {
    DefineProperty {
        property: property.parse().unwrap(),
        name: property.to_owned(),
        city: "Lisbon".to_owned(),
        country: "PT".to_owned(),
        location: Location {
            latitude_microdegrees: 38_710_000,
            longitude_microdegrees: -9_140_000,
        },
        time_zone: "Europe/Lisbon".to_owned(),
        currency: "EUR".parse().unwrap(),
        stars: 4,
        amenities: vec!["wifi".to_owned()],
        market: None,
    }
}

fn supply(physical: u16, blocked: u16, allowance: u16) -> Supply {
    Supply { physical, blocked, allowance }
}

fn stay(nights: std::ops::Range<i32>) -> Stay {
    let night = |number: i32| Night::from_number(9_800 + number).unwrap();
    Stay::new(night(nights.start), night(nights.end)).unwrap()
}

fn line(room_type: &str, nights: std::ops::Range<i32>, rooms: u16) -> Line {
    Line {
        room_type: room_type.parse().unwrap(),
        rate_plan: "flexible".parse().unwrap(),
        stay: stay(nights),
        rooms,
        adults: 1,
        children: Default::default(),
    }
}

fn hold(lines: Vec<Line>) -> Command {
    let lines: Lines = lines.into_iter().collect();
    Command::PlaceHold(PlaceHold::direct("grand".parse().unwrap(), 60_000, lines))
}

fn confirm(hold: HoldId) -> Command {
    Command::ConfirmHold(ConfirmHold { hold, guest: "guest-1".parse().unwrap() })
}

fn release(hold: HoldId) -> Command {
    Command::ReleaseHold(ReleaseHold { hold })
}

fn cancel(booking: BookingId, lines: &[u16]) -> Command {
    Command::CancelBooking(CancelBooking { booking, lines: lines.iter().copied().collect() })
}

/// The hold that a decision placed.
#[track_caller]
fn held(decision: &Decision) -> HoldId {
    match decision {
        Decision::Held { hold, .. } => *hold,
        _ => panic!("expected a hold, found {decision:?}"),
    }
}

/// The booking that a decision made.
#[track_caller]
fn booked(decision: &Decision) -> BookingId {
    match decision {
        Decision::Confirmed { booking, .. } => *booking,
        _ => panic!("expected a booking, found {decision:?}"),
    }
}
