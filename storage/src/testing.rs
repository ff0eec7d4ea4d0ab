//! For tests: seeded rows of every table, and the tests that every table has.

use std::collections::BTreeMap;

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{
    AccountId, BodyHash, BookingId, Boot, ChainHash, CommandId, DefineProperty, DefineRatePlan,
    DefineRoomType, ExternalReference, Fact, GuestRef, HoldId, Link, Location, Minute, Money,
    Night, Occupancy, Scope, SetHoldCaps, Stay,
};
use ingest::Topic;
use ledger::Digest;
use ledger::restrictions::Said;
use ledger::rows::{
    BookedLine, BookingRow, ClockRow, DecisionRow, HoldCapsRow, HoldRow, HoldState,
    InventoryNightRow, InventoryRow, LineState, PropertyRow, RatePlanRow, RestrictionRange,
    RestrictionsRow, RoomTypeRow, SlotRow, SupplyRange, TombstoneRow,
};

use crate::table::{Table, decode, encode, encode_key};
use crate::tables::{
    Availability, Booking, Bookmark, BookmarkRow, Clock, Decision, Hold, HoldCaps, Inventory,
    InventoryNight, Meta, MetaRow, Property, RatePlan, Reach, Restrictions, RoomType,
    Slot as SlotTable, Tombstone, ViewClock,
};

mod blocks;
mod draw;
mod policies;
mod risk;
mod sales;
mod signals;
mod views;

pub(crate) use draw::Draw;

/// A table of which rows can be drawn.
pub(crate) trait Sample: Table {
    /// A row with what the table had when it was first pinned.
    fn sample(draw: &mut Draw) -> Self::Row;

    /// Whether anything was added since. Absent, it means what it meant before there was any, so
    /// that the first pin stands and states on disk are read as ever; what was added has a pin of
    /// its own.
    const HAS_GROWN: bool = false;

    /// A row with all that the table has.
    fn grown(draw: &mut Draw) -> Self::Row {
        Self::sample(draw)
    }
}

impl Sample for Meta {
    fn sample(draw: &mut Draw) -> MetaRow {
        let partitions = draw.within(1..=8) as u16;
        let reach = |draw: &mut Draw| Reach {
            next_offset: draw.edgy(),
            chain: Link::default().then(&draw.u64().to_be_bytes()).then(&draw.u64().to_be_bytes()),
            digest: Digest(ChainHash::default().then(&draw.u64().to_be_bytes()).0),
        };
        let partition = |draw: &mut Draw| (draw.u64() % u64::from(partitions)) as u16;
        let reaches: BTreeMap<_, _> = draw.several(|draw| (partition(draw), reach(draw)));
        let log = format!("kafka {:x}", draw.u64());
        MetaRow { format: draw.edgy() as u32, partitions, log, stamp: draw.stamp(), reaches }
    }
}

impl Sample for Bookmark {
    fn sample(draw: &mut Draw) -> BookmarkRow {
        // Of those that there were when the format was pinned.
        let topic = Topic::ALL[(draw.u64() % 4) as usize];
        let link = Link::default().then(&draw.u64().to_be_bytes());
        let next_offset = draw.edgy();
        BookmarkRow { topic, partition: draw.edgy() as u16, next_offset, link }
    }
}

impl Sample for ViewClock {
    fn sample(draw: &mut Draw) -> Minute {
        Minute(draw.edgy().cast_signed())
    }
}

impl Sample for Clock {
    fn sample(draw: &mut Draw) -> ClockRow {
        let row = ClockRow {
            partition: 0,
            epoch: draw.edgy(),
            boot: Boot(draw.u128()),
            monotonic_ms: Some(draw.edgy()).filter(|_| draw.u64().is_multiple_of(2)),
            step_max_ms: draw.edgy(),
            log_time: draw.log_time(),
        };
        ClockRow { partition: draw.edgy() as u16, ..row }
    }
}

impl Sample for SlotTable {
    fn sample(draw: &mut Draw) -> SlotRow {
        SlotRow { slot: draw.slot(), bookings_count: draw.edgy() as u32 }
    }
}

impl Sample for Property {
    fn sample(draw: &mut Draw) -> PropertyRow {
        let command = DefineProperty {
            property: draw.property(),
            name: draw.name(),
            city: draw.name(),
            country: draw.name(),
            location: Location {
                latitude_microdegrees: draw.within(-90_000_000..=90_000_000) as i32,
                longitude_microdegrees: draw.within(-180_000_000..=180_000_000) as i32,
            },
            time_zone: draw.name(),
            currency: draw.currency(),
            stars: draw.u64() as u8,
            amenities: draw.several(Draw::name),
            market: None,
        };
        PropertyRow { command }
    }
}

impl Sample for RoomType {
    fn sample(draw: &mut Draw) -> RoomTypeRow {
        let command = DefineRoomType {
            property: draw.property(),
            room_type: draw.room_type(),
            name: draw.name(),
            max_guests: draw.edgy() as u16,
        };
        RoomTypeRow { ordinal: draw.edgy() as u16, command }
    }
}

impl Sample for RatePlan {
    fn sample(draw: &mut Draw) -> RatePlanRow {
        let base_price =
            Money { amount_minor: draw.edgy().cast_signed(), currency: draw.currency() };
        let command = DefineRatePlan {
            property: draw.property(),
            rate_plan: draw.rate_plan(),
            name: draw.name(),
            room_types: draw.several(Draw::room_type),
            base_price,
            occupancy: Occupancy {
                min_guests: draw.optional(|draw| draw.edgy() as u16),
                max_guests: draw.optional(|draw| draw.edgy() as u16),
            },
            channels: draw.several(Draw::channel),
        };
        RatePlanRow { ordinal: draw.edgy() as u16, command }
    }
}

impl Sample for Inventory {
    fn sample(draw: &mut Draw) -> InventoryRow {
        let mut from = Night::from_number(draw.within(-300..=300) as i32).expect("a night");
        let ranges = draw.several(|draw| {
            let arrival = from.plus(draw.within(0..=2) as i32);
            from = arrival.plus(draw.within(1..=400) as i32);
            let nights = Stay::new(arrival, from).expect("nights");
            SupplyRange { nights, supply: draw.supply() }
        });
        InventoryRow { property: draw.property(), room_type: draw.room_type(), ranges }
    }
}

impl Sample for InventoryNight {
    fn sample(draw: &mut Draw) -> InventoryNightRow {
        InventoryNightRow {
            property: draw.property(),
            room_type: draw.room_type(),
            night: draw.night(),
            supply: draw.supply(),
            held: draw.edgy() as u16,
            sold: draw.edgy() as u16,
            allotted: 0,
        }
    }

    const HAS_GROWN: bool = true;

    fn grown(draw: &mut Draw) -> Self::Row {
        let row = Self::sample(draw);
        InventoryNightRow { allotted: draw.edgy() as u16, ..row }
    }
}

impl Sample for Hold {
    fn sample(draw: &mut Draw) -> HoldRow {
        use HoldState::{Confirmed, Expired, Held, Released};
        HoldRow {
            hold: HoldId(draw.u128()),
            property: draw.property(),
            lines: draw.several(Draw::line),
            state: draw.pick(&[Held, Confirmed, Released, Expired]),
            deadline: draw.log_time(),
            anchored: draw.u64().is_multiple_of(2),
            stamp: draw.stamp(),
            ttl_ms: draw.edgy(),
            forget_at: Some(draw.log_time()).filter(|_| draw.u64().is_multiple_of(2)),
            channel: draw.channel(),
            account: draw.optional(|draw| AccountId::new(&draw.id()).expect("an id")),
            block: None,
        }
    }

    const HAS_GROWN: bool = true;

    fn grown(draw: &mut Draw) -> Self::Row {
        let row = Self::sample(draw);
        HoldRow { block: draw.optional(blocks::block_id), ..row }
    }
}

impl Sample for Restrictions {
    fn sample(draw: &mut Draw) -> RestrictionsRow {
        let mut from = Night::from_number(draw.within(-300..=300) as i32).expect("a night");
        let ranges = draw.several(|draw| {
            let arrival = from.plus(draw.within(0..=2) as i32);
            from = arrival.plus(draw.within(1..=400) as i32);
            let nights = Stay::new(arrival, from).expect("nights");
            RestrictionRange { nights, restrictions: draw.restrictions() }
        });
        let scope = Scope {
            room_type: draw.optional(Draw::room_type),
            rate_plan: draw.optional(Draw::rate_plan),
            channel: draw.optional(Draw::channel),
        };
        RestrictionsRow { property: draw.property(), said: Said { scope, ranges } }
    }
}

impl Sample for HoldCaps {
    fn sample(draw: &mut Draw) -> HoldCapsRow {
        let command = SetHoldCaps {
            property: draw.property(),
            open_holds_per_account_max: draw.optional(|draw| draw.edgy() as u16),
            unpaid_percent_max: draw.optional(|draw| draw.within(0..=100) as u8),
        };
        HoldCapsRow { command }
    }
}

impl Sample for Booking {
    fn sample(draw: &mut Draw) -> BookingRow {
        let line = |draw: &mut Draw| BookedLine {
            line: draw.line(),
            state: draw.pick(&[LineState::Confirmed, LineState::Cancelled]),
            cancelled: draw.optional(|draw| draw.stamp()),
            night_price_minor: draw.optional(|draw| draw.edgy() as i64),
        };
        let facts = [Fact::Arrived, Fact::Departed, Fact::NoShow];
        BookingRow {
            booking: BookingId(draw.u128()),
            property: draw.property(),
            guest: GuestRef::new(&draw.id()).expect("an id"),
            ordinal: draw.edgy() as u32,
            stamp: draw.stamp(),
            channel: draw.channel(),
            lines: draw.several(line),
            facts: draw.several(|draw| (draw.pick(&facts), draw.stamp())),
            amendments: draw.edgy() as u32,
            amended: Some(draw.stamp()).filter(|_| draw.u64().is_multiple_of(2)),
            reference: draw.optional(|draw| ExternalReference::new(&draw.id()).expect("an id")),
            block: None,
        }
    }

    const HAS_GROWN: bool = true;

    fn grown(draw: &mut Draw) -> Self::Row {
        let row = Self::sample(draw);
        BookingRow { block: draw.optional(blocks::block_id), ..row }
    }
}

impl Sample for Decision {
    fn sample(draw: &mut Draw) -> DecisionRow {
        DecisionRow {
            slot: draw.slot(),
            id: CommandId(draw.u128()),
            body_hash: BodyHash(draw.u128()),
            kind: draw.edgy() as u32,
            stamp: draw.stamp(),
            decision: draw.decision(),
            forget_at: draw.log_time(),
        }
    }
}

impl Sample for Tombstone {
    fn sample(draw: &mut Draw) -> TombstoneRow {
        TombstoneRow { hold: HoldId(draw.u128()), forget_at: draw.log_time() }
    }
}

impl Sample for Availability {
    fn sample(draw: &mut Draw) -> (AvailabilityKey, AvailabilityRow) {
        let key = AvailabilityKey {
            property: draw.property(),
            room_type: draw.room_type(),
            night: draw.night(),
        };
        let mut number = || draw.edgy() as i32;
        let (rooms, blocked, held, sold) = (number(), number(), number(), number());
        (key, AvailabilityRow { rooms, blocked, held, sold, allotted: 0, left: number() })
    }

    const HAS_GROWN: bool = true;

    fn grown(draw: &mut Draw) -> Self::Row {
        let (key, row) = Self::sample(draw);
        (key, AvailabilityRow { allotted: draw.edgy() as i32, ..row })
    }
}

/// What was written reads back, key and row.
pub(crate) fn check_round_trip<T: Sample>(seed: u64) {
    let row = T::grown(&mut Draw::new(seed));
    let (mut key, mut value) = (Vec::new(), Vec::new());
    encode::<T>(&row, &mut key, &mut value);
    assert_eq!(decode::<T>(&key, &value).expect("what was just written"), row);
}

/// A key reads back, and the keys of a table are told from those of every other by their kind.
pub(crate) fn check_key_round_trip<T: Sample>(seed: u64) {
    let key = T::key_of(&T::grown(&mut Draw::new(seed)));
    let mut bytes = Vec::new();
    encode_key::<T>(&key, &mut bytes);
    let (kind, parts) = bytes.split_first().expect("a kind");
    assert_eq!(*kind, T::KIND.byte());
    let mut reader = crate::key::KeyReader::new(parts);
    assert_eq!(T::read_key(&mut reader).expect("what was just written"), key);
    reader.finish().expect("no byte is left");
}

/// The order of the keys is the order of their bytes.
pub(crate) fn check_order<T: Sample>() {
    let mut draw = Draw::new(7);
    let mut keys: Vec<_> = (0..3_000).map(|_| T::key_of(&T::grown(&mut draw))).collect();
    keys.sort();
    let bytes = |key: &T::Key| {
        let mut bytes = Vec::new();
        encode_key::<T>(key, &mut bytes);
        bytes
    };
    for pair in keys.windows(2) {
        let order = bytes(&pair[0]).cmp(&bytes(&pair[1]));
        assert_eq!(order, pair[0].cmp(&pair[1]), "{:?} and {:?}", pair[0], pair[1]);
    }
}

/// The bytes of many rows are those that were pinned, without what was added and with it.
pub(crate) fn check_format<T: Sample>() {
    check_pinned::<T>(T::KIND.name(), T::sample);
    if T::HAS_GROWN {
        check_pinned::<T>(&format!("{}{GROWN}", T::KIND.name()), T::grown);
    }
}

/// Ends the name of a pin of all that a table has by now.
pub(crate) const GROWN: &str = "_grown";

fn check_pinned<T: Sample>(name: &str, sample: fn(&mut Draw) -> T::Row) {
    let mut draw = Draw::new(1);
    let (mut key, mut value) = (Vec::new(), Vec::new());
    let mut hasher = blake3::Hasher::new();
    for _ in 0..2_000 {
        encode::<T>(&sample(&mut draw), &mut key, &mut value);
        for part in [&key, &value] {
            hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
        }
    }
    let line = format!("{name} = \"{}\"", &hasher.finalize().to_hex()[..32]);
    assert!(
        include_str!("../formats.toml").lines().any(|pinned| pinned == line),
        "the bytes of table `{0}` have changed. States on disk have the old ones: give the table a \
         new kind in kinds.rs, keep the old number as retired, and only then write into \
         formats.toml\n{line}",
        T::KIND.name(),
    );
}

/// A row of which any bit is turned is an error, never a panic and never a row.
pub(crate) fn check_damage<T: Sample>(seed: u64) {
    let mut draw = Draw::new(seed);
    let (mut key, mut value) = (Vec::new(), Vec::new());
    encode::<T>(&T::grown(&mut draw), &mut key, &mut value);
    let damaged = &mut if draw.u64().is_multiple_of(2) { &mut key } else { &mut value };
    let at = draw.u64() as usize % damaged.len();
    match draw.u64() % 3 {
        0 => damaged[at] ^= 1 << (draw.u64() % 8),
        1 => damaged.truncate(at),
        _ => damaged.push(draw.u64() as u8),
    }
    let error = decode::<T>(&key, &value).expect_err("damage");
    let crate::Error::Corrupt { table, key: named, .. } = &error else { panic!("{error}") };
    assert_eq!(*table, T::KIND.name());
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(*named, hex);
}

/// A body of any bytes, even under the right checksum, is a row or an error, never a panic.
pub(crate) fn check_nonsense<T: Sample>(seed: u64) {
    let mut draw = Draw::new(seed);
    let row = T::grown(&mut draw);
    let mut body = Vec::new();
    T::write_value(&row, &mut body);
    for _ in 0..draw.within(1..=4) {
        if !body.is_empty() {
            let at = draw.u64() as usize % body.len();
            body[at] = draw.u64() as u8;
        }
    }
    if let Ok(row) = T::read_value(T::key_of(&row), &body) {
        let mut written = Vec::new();
        T::write_value(&row, &mut written);
        assert_eq!(T::read_value(T::key_of(&row), &written).expect("a row"), row);
    }
}

/// The tests of a table.
macro_rules! table_tests {
    ($table:ident) => {
        mod tests {
            use proptest::prelude::{any, proptest};

            use super::$table;
            use crate::testing;

            proptest! {
                #[test]
                fn a_key_reads_back_as_written(seed in any::<u64>()) {
                    testing::check_key_round_trip::<$table>(seed);
                }

                #[test]
                fn a_row_reads_back_as_written(seed in any::<u64>()) {
                    testing::check_round_trip::<$table>(seed);
                }

                #[test]
                fn damage_is_named(seed in any::<u64>()) {
                    testing::check_damage::<$table>(seed);
                }

                #[test]
                fn nonsense_is_no_panic(seed in any::<u64>()) {
                    testing::check_nonsense::<$table>(seed);
                }
            }

            #[test]
            fn the_order_of_bytes_is_the_order_of_keys() {
                testing::check_order::<$table>();
            }

            #[test]
            fn the_format_is_as_pinned() {
                testing::check_format::<$table>();
            }
        }
    };
}
pub(crate) use table_tests;
