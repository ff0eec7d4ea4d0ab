//! A small world of hotels: a random history as records, and what it comes to, computed slowly.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use events::wire::encode_command;
use events::{
    AnnounceOwner, BodyHash, Boot, CancelBooking, Command, CommandId, ConfirmHold, DefineProperty,
    DefineRatePlan, DefineRoomType, Envelope, GuestRef, HoldId, Line, Location, LogTime, Money,
    Night, PlaceHold, PropertyId, RatePlanId, ReleaseHold, RoomTypeId, SetInventory, Slot, Stamp,
    Stay, Supply, Tick, encode_envelope,
};
use ingest::{Log, MemoryLog, Topic};
use ledger::{ClaimKind, Digest, Move, State};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{AvailabilityKey, AvailabilityRow, Changes, Listener, Reply, Sink};

pub(super) type Rows = BTreeMap<AvailabilityKey, AvailabilityRow>;

const NIGHTS: i32 = 12;
const BOOT: Boot = Boot(7);

/// Records in order, each with its partition.
pub(super) struct History {
    pub partitions: u16,
    pub records: Vec<(u16, Bytes)>,
}

impl History {
    /// A log that holds the first `count` records.
    pub fn log(&self, count: usize) -> MemoryLog {
        let log = MemoryLog::new(self.partitions);
        self.append(&log, 0, count);
        log
    }

    /// Appends the records from one index up to another.
    pub fn append(&self, log: &MemoryLog, from: usize, to: usize) {
        for (partition, bytes) in &self.records[from..to] {
            log.append(Topic::Commands, *partition, bytes.clone()).expect("the log is open");
        }
    }
}

/// Writes a random history: definitions, then holds and what becomes of them, with ticks, repeated
/// commands and unreadable records between.
pub(super) struct Writer {
    random: ChaCha8Rng,
    partitions: u16,
    properties: u32,
    records: Vec<(u16, Bytes)>,
    holds: Vec<HoldId>,
    commands_count: u32,
    monotonic_ms: u64,
}

impl Writer {
    pub fn new(seed: u64, partitions: u16) -> Self {
        Self::of_size(seed, partitions, 5)
    }

    /// With so many properties.
    pub fn of_size(seed: u64, partitions: u16, properties: u32) -> Self {
        let mut world = Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            partitions,
            properties,
            records: Vec::new(),
            holds: Vec::new(),
            commands_count: 0,
            monotonic_ms: 0,
        };
        for partition in 0..partitions {
            let announce = AnnounceOwner { epoch: 1, boot: BOOT, step_max_ms: 10_000 };
            world.send_to(partition, Command::AnnounceOwner(announce));
        }
        for number in 0..properties {
            world.define(property(number));
        }
        world
    }

    /// A history of about `count` records.
    pub fn history(mut self, count: usize) -> History {
        while self.records.len() < count {
            self.act();
        }
        self.finish()
    }

    /// A history after which nothing is held or sold: every hold is over, every booking cancelled.
    pub fn history_undone(mut self, count: usize) -> History {
        while self.records.len() < count {
            self.act();
        }
        for hold in self.holds.clone() {
            self.send(Command::ReleaseHold(ReleaseHold { hold }));
            let booking = hold.booking();
            self.send(Command::CancelBooking(CancelBooking { booking, lines: Default::default() }));
        }
        self.finish()
    }

    fn finish(self) -> History {
        History { partitions: self.partitions, records: self.records }
    }

    fn act(&mut self) {
        match self.random.random_range(0..100) {
            0..45 => self.place_hold(),
            45..65 => {
                let Some(hold) = self.any_hold() else { return };
                let guest = GuestRef::new("guest").expect("an id");
                self.send(Command::ConfirmHold(ConfirmHold { hold, guest }));
            }
            65..75 => {
                let Some(hold) = self.any_hold() else { return };
                self.send(Command::ReleaseHold(ReleaseHold { hold }));
            }
            75..85 => {
                let Some(hold) = self.any_hold() else { return };
                let (booking, lines) = (hold.booking(), Default::default());
                self.send(Command::CancelBooking(CancelBooking { booking, lines }));
            }
            85..90 => self.set_inventory(),
            90..95 => self.tick(),
            95..98 => {
                let again = self.records.choose(&mut self.random).cloned();
                self.records.extend(again);
            }
            _ => self.records.push((0, Bytes::from_static(b"not a command"))),
        }
    }

    fn place_hold(&mut self) {
        let property = self.any_property();
        let lines = (0..self.random.random_range(1..3)).map(|_| self.any_line()).collect();
        let slot = Slot::of(&property);
        let ttl_ms = self.random.random_range(1..20_000);
        let id = self.send(Command::PlaceHold(PlaceHold::direct(property, ttl_ms, lines)));
        self.holds.push(HoldId::of_command(slot, id));
    }

    fn any_line(&mut self) -> Line {
        let first = self.random.random_range(0..NIGHTS);
        let last = (first + self.random.random_range(1..5)).min(NIGHTS);
        Line {
            room_type: room_type(self.random.random_range(0..2)),
            rate_plan: RatePlanId::new("flexible").expect("an id"),
            stay: Stay::new(night(first), night(last)).expect("not empty"),
            rooms: self.random.random_range(1..3),
            adults: 1,
            children: Default::default(),
        }
    }

    fn set_inventory(&mut self) {
        let property = self.any_property();
        let first = self.random.random_range(0..NIGHTS);
        let supply = Supply {
            physical: self.random.random_range(0..8),
            blocked: 0,
            allowance: self.random.random_range(0..2),
        };
        let room_type = room_type(self.random.random_range(0..2));
        let nights = Stay::new(night(first), night(NIGHTS)).expect("not empty");
        self.send(Command::SetInventory(SetInventory { property, room_type, nights, supply }));
    }

    fn tick(&mut self) {
        self.monotonic_ms += self.random.random_range(0..2_000);
        let tick = Tick { epoch: 1, boot: BOOT, monotonic_ms: self.monotonic_ms };
        for partition in 0..self.partitions {
            self.send_to(partition, Command::Tick(tick.clone()));
        }
    }

    fn define(&mut self, property: PropertyId) {
        let currency: events::Currency = "EUR".parse().expect("a currency");
        self.send(Command::DefineProperty(DefineProperty {
            property: property.clone(),
            name: "Hotel".to_owned(),
            city: "Lisbon".to_owned(),
            country: "PT".to_owned(),
            location: Location { latitude_microdegrees: 0, longitude_microdegrees: 0 },
            time_zone: "Europe/Lisbon".to_owned(),
            currency,
            stars: 4,
            amenities: Vec::new(),
            market: None,
        }));
        for number in 0..2 {
            let (property, room_type) = (property.clone(), room_type(number));
            let (name, max_guests) = ("Room".to_owned(), 4);
            let define = DefineRoomType { property, room_type, name, max_guests };
            self.send(Command::DefineRoomType(define));
        }
        self.send(Command::DefineRatePlan(DefineRatePlan {
            property: property.clone(),
            rate_plan: RatePlanId::new("flexible").expect("an id"),
            name: "Flexible".to_owned(),
            room_types: (0..2).map(room_type).collect(),
            base_price: Money { amount_minor: 100, currency },
            occupancy: events::Occupancy::default(),
            channels: Vec::new(),
        }));
        for number in 0..2 {
            let supply = Supply { physical: 6, blocked: 1, allowance: 1 };
            let nights = Stay::new(night(0), night(NIGHTS)).expect("not empty");
            let (property, room_type) = (property.clone(), room_type(number));
            self.send(Command::SetInventory(SetInventory { property, room_type, nights, supply }));
        }
    }

    fn send(&mut self, command: Command) -> CommandId {
        let slot = command.slot().expect("a command of a property");
        self.send_to(slot.partition(self.partitions), command)
    }

    fn send_to(&mut self, partition: u16, command: Command) -> CommandId {
        self.commands_count += 1;
        let id = CommandId::from_key("test", &self.commands_count.to_string());
        let envelope = Envelope {
            id,
            producer: 1,
            sequence: u64::from(self.commands_count),
            not_after: LogTime(u64::MAX),
            stamp: Stamp(0),
            slot: command.slot().unwrap_or(Slot::from_low_bits(partition)),
            body_hash: BodyHash::of(&encode_command(&command)),
            command,
        };
        self.records.push((partition, encode_envelope(&envelope).into()));
        id
    }

    fn any_property(&mut self) -> PropertyId {
        property(self.random.random_range(0..self.properties))
    }

    fn any_hold(&mut self) -> Option<HoldId> {
        self.holds.choose(&mut self.random).copied()
    }
}

fn property(number: u32) -> PropertyId {
    PropertyId::new(&format!("hotel-{number}")).expect("an id")
}

fn room_type(number: u32) -> RoomTypeId {
    RoomTypeId::new(&format!("room-{number}")).expect("an id")
}

fn night(number: i32) -> Night {
    Night::from_number(number).expect("a small number")
}

/// What the records of one partition come to, without an engine.
pub(super) struct Expected {
    pub digest: Digest,
    pub dead_letters_count: u64,
    /// The moves of each record.
    moves: Vec<Vec<Move>>,
}

impl Expected {
    /// Decides the records of a partition one by one.
    pub fn of(history: &History, partition: u16) -> Self {
        let mut state = State::new();
        let mut expected = Self { digest: Digest::default(), dead_letters_count: 0, moves: vec![] };
        let of_partition = |(of, bytes): &(u16, Bytes)| (*of == partition).then(|| bytes.clone());
        for bytes in history.records.iter().filter_map(of_partition) {
            let mut moves = Vec::new();
            match events::decode_envelope(&bytes) {
                Ok(envelope) => {
                    let decided = ledger::apply(&mut state, envelope);
                    expected.digest = expected.digest.then(&decided.decision);
                    state.drain(&mut Vec::new(), &mut moves);
                }
                Err(_) => expected.dead_letters_count += 1,
            }
            expected.moves.push(moves);
        }
        expected
    }

    /// The view after the first `count` records, summed from scratch.
    pub fn rows(&self, count: u64) -> Rows {
        let mut sums = BTreeMap::<AvailabilityKey, [i32; 5]>::new();
        for moved in self.moves.iter().take(count as usize).flatten() {
            add(&mut sums, moved);
        }
        let rows = sums.into_iter().filter(|(_, sums)| *sums != [0; 5]);
        let row = |(key, [rooms, blocked, held, sold, allotted]): (_, [i32; 5])| {
            let left = rooms - blocked - held - sold - allotted;
            (key, AvailabilityRow { rooms, blocked, held, sold, allotted, left })
        };
        rows.map(row).collect()
    }
}

fn add(sums: &mut BTreeMap<AvailabilityKey, [i32; 5]>, moved: &Move) {
    match moved.clone() {
        Move::Claim { property, room_type, stay, rooms, kind, diff } => {
            for night in stay.nights() {
                let (property, room_type) = (property.clone(), room_type.clone());
                let key = AvailabilityKey { property, room_type, night };
                let index = match kind {
                    ClaimKind::Held => 2,
                    ClaimKind::Sold => 3,
                    ClaimKind::Allotted => 4,
                };
                sums.entry(key).or_default()[index] += i32::from(rooms) * diff as i32;
            }
        }
        Move::Supply { property, room_type, night, supply, diff } => {
            let sums = sums.entry(AvailabilityKey { property, room_type, night }).or_default();
            sums[0] += (i32::from(supply.physical) + i32::from(supply.allowance)) * diff as i32;
            sums[1] += i32::from(supply.blocked) * diff as i32;
        }
    }
}

/// Keeps what an engine hands on.
#[derive(Clone, Default)]
pub(super) struct Kept {
    pub changes: Arc<Mutex<Vec<Changes>>>,
    pub replies: Arc<Mutex<Vec<Reply>>>,
}

impl Kept {
    pub fn sink(&self) -> Sink {
        let kept = Arc::clone(&self.changes);
        Box::new(move |changes| {
            kept.lock().expect("no panic before").push(changes);
            Ok(())
        })
    }

    pub fn listener(&self) -> Box<dyn Listener> {
        Box::new(self.clone())
    }

    pub fn changes(&self) -> Vec<Changes> {
        self.changes.lock().expect("no panic before").clone()
    }
}

impl Listener for Kept {
    fn decided(&mut self, replies: &[Reply], log_times: &[(u16, LogTime)]) {
        assert!(!log_times.is_empty());
        self.replies.lock().expect("no panic before").extend_from_slice(replies);
    }
}
