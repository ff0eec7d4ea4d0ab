//! Random histories, decided by the real ledger: sound ones pass, and no single lie goes unseen.

use super::*;

use events::{AmendBooking, AmendLine, Fact, RecordExternalSale, RecordFact};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

mod blocks;
mod policies;
mod rules;

const HOTELS: [&str; 2] = ["grand", "plaza"];
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const ROOM_TYPES: [&str; 2] = ["double", "suite"];

/// A small world in which everybody meets everybody: few rooms, few nights, many retries.
struct Guests {
    random: ChaCha8Rng,
    history: History,
    said: Vec<(CommandId, Command)>,
    holds: Vec<HoldId>,
}

impl Guests {
    fn new(seed: u64) -> Self {
        let mut history = History::new();
        history.start();
        for hotel in HOTELS {
            history.define(hotel, &ROOM_TYPES);
            history.supply(hotel, "double", 0..9, supply(2, 0, 1));
            history.supply(hotel, "suite", 2..9, supply(1, 0, 0));
        }
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self { random, history, said: Vec::new(), holds: Vec::new() }
    }

    /// One record: mostly a wish, sometimes time, now and then a restart or rubbish.
    fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..12 => {
                let ms = *[0, 1_000, 20_000, 59_999, 60_000].choose(&mut self.random).unwrap();
                self.history.pass(ms);
            }
            12..14 => {
                // A pause, of which no tick may count more than a day.
                self.history.pass(*[DAY_MS, 2 * DAY_MS].choose(&mut self.random).unwrap());
            }
            14 => self.history.start(),
            15 => self.history.append_bytes(Bytes::from_static(b"\x07rubbish")),
            16..28 if !self.said.is_empty() => {
                let (id, command) = self.said.choose(&mut self.random).unwrap().clone();
                self.history.say_as(id, command);
            }
            _ => self.say_something(),
        }
    }

    fn say_something(&mut self) {
        let command = self.command();
        let id = self.history.next_id();
        let now = self.history.state.log_time();
        let late = self.random.random_ratio(1, 50);
        let not_after = if late { LogTime(now.0.saturating_sub(1)) } else { now.plus_ms(30_000) };
        let decision = self.history.say_until(id, not_after, command.clone());
        self.said.push((id, command));
        match decision {
            Decision::Held { hold, .. } => self.holds.push(hold),
            Decision::ExternalSaleRecorded { booking, .. } => self.holds.push(booking.hold()),
            _ => {}
        }
    }

    fn command(&mut self) -> Command {
        let hotel = HOTELS.choose(&mut self.random).unwrap();
        match self.random.random_range(0..28) {
            27 => self.policy_or_limit(hotel),
            0..7 => self.place_hold(hotel),
            20..23 => self.block(hotel),
            23..27 => self.guest_of_a_block(hotel),
            8..12 => confirm(self.some_hold()),
            12..14 => release(self.some_hold()),
            7 => self.external_sale(hotel),
            14 => amend(self.some_hold().booking(), self.amendment()),
            15..17 => {
                let lines: &[u16] =
                    [&[][..], &[1], &[2], &[2, 1]].choose(&mut self.random).unwrap();
                cancel(self.some_hold().booking(), lines)
            }
            17 => {
                let booking = self.some_hold().booking();
                Command::RecordFact(RecordFact { booking, fact: Fact::NoShow })
            }
            18 => {
                let from = self.random.random_range(0..9);
                let [physical, blocked, allowance] =
                    self.random.random::<[u16; 3]>().map(|n| n % 3);
                Command::SetInventory(SetInventory {
                    property: hotel.parse().unwrap(),
                    room_type: ROOM_TYPES.choose(&mut self.random).unwrap().parse().unwrap(),
                    nights: stay(from..self.random.random_range(from + 1..11)),
                    supply: supply(physical, blocked, allowance),
                })
            }
            19 if self.random.random_ratio(1, 2) => self.policy_or_limit(hotel),
            _ if self.random.random_ratio(3, 4) => self.rule(hotel),
            _ => Command::DefineProperty(DefineProperty {
                stars: self.random.random_range(0..6),
                market: self.random.random_bool(0.5).then(|| "lisbon".parse().unwrap()),
                ..property_named(hotel)
            }),
        }
    }

    fn external_sale(&mut self, hotel: &str) -> Command {
        let Command::PlaceHold(hold) = self.place_hold(hotel) else { unreachable!() };
        Command::RecordExternalSale(RecordExternalSale {
            property: hold.property,
            channel: ["ota", "other"].choose(&mut self.random).unwrap().parse().unwrap(),
            reference: format!("sale-{}", self.random.random_range(0..30)).parse().unwrap(),
            guest: "guest".parse().unwrap(),
            lines: hold.lines,
        })
    }

    fn amendment(&mut self) -> Vec<AmendLine> {
        let lines = 0..*[1, 1, 2].choose(&mut self.random).unwrap();
        let line = |_| {
            let from = self.random.random_range(0..9);
            let room_type = ROOM_TYPES.choose(&mut self.random).unwrap().parse().unwrap();
            AmendLine {
                line: self.random.random_range(1..3),
                stay: stay(from..self.random.random_range(from + 1..11)),
                room_type: Some(room_type).filter(|_| self.random.random_ratio(1, 2)),
                rate_plan: None,
                rooms: Some(self.random.random_range(1..3)).filter(|rooms| *rooms == 1),
                guests: None,
            }
        };
        lines.map(line).collect()
    }

    fn place_hold(&mut self, hotel: &str) -> Command {
        let lines = (0..*[1, 1, 1, 2, 3].choose(&mut self.random).unwrap()).map(|_| {
            let from = self.random.random_range(0..9);
            let nights = from..self.random.random_range(from + 1..11);
            let room_type = ROOM_TYPES.choose(&mut self.random).unwrap();
            let rooms = if self.random.random_ratio(1, 4) { 2 } else { 1 };
            line(room_type, nights, rooms)
        });
        let lines = lines.collect();
        let ttl_ms = *[20_000, 60_000, DAY_MS].choose(&mut self.random).unwrap();
        let hold = PlaceHold::direct(hotel.parse().unwrap(), ttl_ms, lines);
        self.placed_from_somewhere(hold)
    }

    /// A hold that was placed, or now and then one that never was.
    fn some_hold(&mut self) -> HoldId {
        let recent = self.holds.len().saturating_sub(8);
        let known = self.holds[recent..].choose(&mut self.random).copied();
        let unknown = self.random.random_ratio(1, 10) || known.is_none();
        if unknown {
            let slot = Slot::of(&HOTELS.choose(&mut self.random).unwrap().parse().unwrap());
            // Sometimes the very next one, which is thereby withdrawn before it comes.
            let ahead = self.random.random_range(1..4_u128);
            return HoldId::of_command(slot, CommandId((self.history.ids_count + ahead) << 64));
        }
        known.unwrap()
    }
}

#[test]
fn sound_histories_pass_at_every_stage() {
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in 0..40 {
        let mut guests = Guests::new(seed);
        for _ in 0..6 {
            for _ in 0..80 {
                guests.step();
            }
            let stored = guests.history.stored();
            let report = guests.history.audit(&stored);
            assert!(report.all_holds(), "seed {seed}: {report}");
            for (name, count) in &report.checked {
                *totals.entry(name).or_default() += count;
            }
        }
    }
    // A check that never had anything to look at would have proved nothing.
    totals.retain(|_, count| *count == 0);
    // Where a command stands is looked at only when the number of partitions is known.
    assert_eq!(totals.into_keys().collect::<Vec<_>>(), ["routed"]);
}

#[test]
fn no_row_can_go_missing_or_change_unseen() {
    for seed in 100..104 {
        let mut guests = Guests::new(seed);
        for _ in 0..150 {
            guests.step();
        }
        let sound = guests.history.stored();
        for index in 0..sound.rows.len() {
            let mut stored = sound.clone();
            let missing = stored.rows.swap_remove(index);
            let report = guests.history.audit(&stored);
            assert!(!report.all_holds(), "seed {seed}: nobody misses {missing:?}");

            let mut stored = sound.clone();
            falsify(&mut stored.rows[index]);
            let report = guests.history.audit(&stored);
            let false_row = &stored.rows[index];
            assert!(!report.all_holds(), "seed {seed}: nobody minds {false_row:?}");
        }
        for index in 0..sound.availability.len() {
            let mut stored = sound.clone();
            stored.availability.swap_remove(index);
            assert!(!guests.history.audit(&stored).all_holds());
            let mut stored = sound.clone();
            let row = &mut stored.availability[index].1;
            (row.sold, row.left) = (row.sold + 1, row.left - 1);
            assert!(!guests.history.audit(&stored).all_holds());
        }
    }
}

fn amend(booking: BookingId, lines: Vec<AmendLine>) -> Command {
    Command::AmendBooking(AmendBooking { booking, lines: lines.into() })
}

/// Changes one thing that a row says.
fn falsify(row: &mut Row) {
    match row {
        Row::Property(row) => row.command.stars += 1,
        Row::RoomType(row) => row.command.max_guests += 1,
        Row::RatePlan(row) => row.ordinal += 1,
        Row::Inventory(row) => match row.ranges.pop() {
            Some(_) => {}
            None => {
                let nights = stay(0..1);
                row.ranges.push(ledger::rows::SupplyRange { nights, supply: supply(1, 0, 0) });
            }
        },
        Row::InventoryNight(row) => (row.held, row.sold) = (row.held + 1, row.sold),
        Row::Link(row) => row.command.parts[0].rooms += 1,
        Row::Policy(row) => row.document.push('!'),
        Row::ActivePolicy(row) => row.promoted.push("nobody".parse().unwrap()),
        Row::Limits(row) => row.computed_at += 1,
        Row::Above(row) => row.nights[0].rooms += 1,
        Row::Block(row) => {
            let is_cut_off = row.state == BlockState::CutOff;
            row.state = if is_cut_off { BlockState::Open } else { BlockState::CutOff };
        }
        Row::BusinessDate(row) => row.date = row.date.plus(1),
        Row::Oversold(row) => row.offset += 1,
        Row::Restrictions(row) => match row.said.ranges.pop() {
            Some(_) => {}
            None => {
                let restrictions = events::Restrictions { stop_sell: true, ..Default::default() };
                let range = ledger::rows::RestrictionRange { nights: stay(0..1), restrictions };
                row.said.ranges.push(range);
            }
        },
        Row::HoldCaps(row) => {
            let percent = row.command.unpaid_percent_max;
            row.command.unpaid_percent_max = Some(if percent == Some(7) { 8 } else { 7 });
        }
        Row::Hold(row) => row.deadline = row.deadline.plus_ms(1),
        Row::Booking(row) => row.ordinal += 1,
        Row::Decision(row) if row.decision == Decision::Recorded => {
            row.decision = Decision::Defined
        }
        Row::Decision(row) => row.decision = Decision::Recorded,
        Row::Tombstone(row) => row.forget_at = row.forget_at.plus_ms(1),
        Row::Slot(row) => row.bookings_count += 1,
        Row::Clock(row) => row.epoch += 1,
    }
}
