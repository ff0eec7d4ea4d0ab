//! What clients ask for: the generator of commands, which draws from what was asked before.

use events::{
    BookingId, CancelBooking, Command, CommandId, ConfirmHold, Currency, Decision, DefineProperty,
    DefineRatePlan, DefineRoomType, Fact, GuestRef, HoldId, Line, Location, Money, Night,
    PlaceHold, PropertyId, RatePlanId, RecordFact, ReleaseHold, RoomTypeId, SetInventory, Slot,
    Stay, Supply,
};

use crate::blocks::Blocks;
use crate::coverage::Coverage;
use crate::random::Random;
use crate::swarm::Swarm;
use crate::wishes;

/// The first night that anybody may ask for.
pub const FIRST_NIGHT: i32 = 9_800;

/// Makes commands.
pub struct Generator {
    swarm: Swarm,
    /// Every hold that anybody has asked for, whatever became of it.
    holds: Vec<HoldId>,
    /// Holds that were placed, as far as anybody was told.
    placed: Vec<HoldId>,
    /// Bookings that came to be, as far as anybody was told.
    booked: Vec<BookingId>,
    ids: Vec<(CommandId, PropertyId)>,
    blocks: Blocks,
}

/// The property of that number.
pub fn property(number: usize) -> PropertyId {
    PropertyId::new(&format!("hotel-{number}")).expect("a short id")
}

/// The room type of that number, in every property.
pub fn room_type(number: usize) -> RoomTypeId {
    RoomTypeId::new(&format!("room-{number}")).expect("a short id")
}

/// The one rate plan of every property.
pub fn rate_plan() -> RatePlanId {
    RatePlanId::new("flexible").expect("a short id")
}

/// The night of that number.
pub fn night(number: i32) -> Night {
    Night::from_number(number).expect("a night of these years")
}

impl Generator {
    /// Nothing asked yet.
    pub fn new(swarm: &Swarm) -> Self {
        Self {
            swarm: swarm.clone(),
            holds: Vec::new(),
            placed: Vec::new(),
            booked: Vec::new(),
            ids: Vec::new(),
            blocks: Blocks::default(),
        }
    }

    /// What defines the world, in order.
    pub fn world(&self, random: &mut Random) -> Vec<Command> {
        let mut commands = Vec::new();
        for number in 0..self.swarm.properties {
            let property = property(number);
            commands.push(Command::DefineProperty(define_property(&property)));
            // One more than have rooms: it may be made of the others.
            for number in 0..=self.swarm.room_types {
                commands.push(Command::DefineRoomType(define_room_type(&property, number)));
            }
            commands.push(Command::DefineRatePlan(self.define_rate_plan(&property)));
            for number in 0..self.swarm.room_types {
                let nights = stay(FIRST_NIGHT, self.swarm.nights);
                commands.push(self.set_inventory(&property, number, nights, random));
            }
        }
        commands
    }

    /// One more wish, and under which id.
    pub fn next(&mut self, random: &mut Random) -> (CommandId, Command) {
        let id = CommandId(u128::from(random.bits()) << 64 | u128::from(random.bits()));
        let kind = random.weighted(&self.swarm.weights);
        let property = property(random.index(self.swarm.properties));
        let command = match kind {
            0 => self.definition(&property, random),
            1 => {
                let (nights, number) = (self.stay(random), random.index(self.swarm.room_types));
                self.set_inventory(&property, number, nights, random)
            }
            3 => self.confirm(random),
            4 => Command::ReleaseHold(ReleaseHold { hold: self.hold(random) }),
            5 => self.cancel(random),
            6 => self.fact(random),
            7 => return self.other_body(random, &property, id),
            9 => wishes::amend(&self.swarm, self.booking(random), random),
            10 => wishes::external_sale(&self.swarm, &property, random),
            11 => wishes::restrict(&self.swarm, &property, self.stay(random), random),
            12 => wishes::cap(&property, random),
            13 => wishes::link(&self.swarm, &property, random),
            14 => self.blocks.set(&self.swarm, &property, random),
            15 => self.blocks.release(&property, random),
            16 => self.blocks.audit(&property, random),
            _ => self.place_hold(&property, random),
        };
        // A sale of a channel may be amended and cancelled as the booking of a hold is.
        if matches!(command, Command::PlaceHold(_) | Command::RecordExternalSale(_)) {
            self.holds.push(HoldId::of_command(Slot::of(&property), id));
        }
        self.ids.push((id, property));
        (id, command)
    }

    /// The id of an earlier command with something else under it.
    fn other_body(
        &mut self,
        random: &mut Random,
        property: &PropertyId,
        fresh: CommandId,
    ) -> (CommandId, Command) {
        let same = random.percent(70);
        let earlier = random.pick(&self.ids).cloned();
        let (id, home) = earlier.unwrap_or_else(|| (fresh, property.clone()));
        // In the same slot the ledger refuses it; in another the edge does.
        let property = if same { home } else { property.clone() };
        (id, self.place_hold(&property, random))
    }

    fn definition(&self, property: &PropertyId, random: &mut Random) -> Command {
        match random.index(3) {
            0 => Command::DefineProperty(define_property(property)),
            1 => {
                let number = random.index(self.swarm.room_types + 1);
                Command::DefineRoomType(define_room_type(property, number))
            }
            _ => Command::DefineRatePlan(self.define_rate_plan(property)),
        }
    }

    fn define_rate_plan(&self, property: &PropertyId) -> DefineRatePlan {
        let currency = "EUR".parse::<Currency>().expect("a currency");
        DefineRatePlan {
            property: property.clone(),
            rate_plan: rate_plan(),
            name: "Flexible".to_owned(),
            room_types: (0..=self.swarm.room_types).map(room_type).collect(),
            base_price: Money { amount_minor: 10_000, currency },
            occupancy: Default::default(),
            channels: Vec::new(),
        }
    }

    fn set_inventory(
        &self,
        property: &PropertyId,
        number: usize,
        nights: Stay,
        random: &mut Random,
    ) -> Command {
        let most = u64::from(self.swarm.rooms_max);
        let physical = random.between(0, most) as u16;
        let blocked =
            if random.percent(20) { random.between(0, physical.into()) as u16 } else { 0 };
        let allowance = if random.percent(20) { random.between(0, 2) as u16 } else { 0 };
        Command::SetInventory(SetInventory {
            property: property.clone(),
            room_type: room_type(number),
            nights,
            supply: Supply { physical, blocked, allowance },
        })
    }

    fn place_hold(&self, property: &PropertyId, random: &mut Random) -> Command {
        let lines = if random.percent(20) { random.between(2, 3) } else { 1 };
        // Half of them the same, as where there is one rule for all: such holds end together.
        let least_ms = if random.percent(50) { self.swarm.ttl_max_ms } else { 1 };
        let mut hold = PlaceHold {
            property: property.clone(),
            ttl_ms: random.between(least_ms, self.swarm.ttl_max_ms),
            lines: (0..lines).map(|_| line(&self.swarm, random)).collect(),
            channel: wishes::channel(random),
            account: wishes::account(random),
            booked_on: random.percent(50).then(|| night(FIRST_NIGHT - random.between(0, 8) as i32)),
            block: None,
        };
        if random.percent(30) {
            self.blocks.pick_up(&mut hold, random);
        }
        Command::PlaceHold(hold)
    }

    fn confirm(&self, random: &mut Random) -> Command {
        let guest = GuestRef::new("guest").expect("a short id");
        Command::ConfirmHold(ConfirmHold { hold: self.hold(random), guest })
    }

    fn cancel(&self, random: &mut Random) -> Command {
        let line = random.between(1, 3) as u16;
        let lines = random.percent(40).then_some(line).into_iter().collect();
        Command::CancelBooking(CancelBooking { booking: self.booking(random), lines })
    }

    fn fact(&self, random: &mut Random) -> Command {
        let fact = [Fact::Arrived, Fact::Departed, Fact::NoShow][random.index(3)];
        Command::RecordFact(RecordFact { booking: self.booking(random), fact })
    }

    /// A client was told what became of its wish.
    pub fn learn(&mut self, command: &Command, decision: &Decision, coverage: &mut Coverage) {
        self.blocks.learn(command, decision, coverage);
        match decision {
            Decision::Held { hold, .. } => self.placed.push(*hold),
            Decision::Confirmed { booking, .. }
            | Decision::ExternalSaleRecorded { booking, .. } => self.booked.push(*booking),
            _ => {}
        }
    }

    /// Mostly one of the last bookings; now and then what is none, or not yet.
    fn booking(&self, random: &mut Random) -> BookingId {
        let recent = last(&self.booked);
        let known = if random.percent(80) { random.pick(recent).copied() } else { None };
        known.unwrap_or_else(|| self.hold(random).booking())
    }

    /// Mostly one of the last holds; now and then one that nobody has placed yet.
    fn hold(&self, random: &mut Random) -> HoldId {
        let from = match random.index(10) {
            0..7 => last(&self.placed),
            7..9 => last(&self.holds),
            _ => &self.holds,
        };
        let unknown = || HoldId::of_command(Slot::of(&property(0)), CommandId(1 << 100));
        random.pick(from).copied().unwrap_or_else(unknown)
    }

    /// Some nights of the world.
    pub fn stay(&self, random: &mut Random) -> Stay {
        stay_in(&self.swarm, random)
    }
}

/// What came last of all that came.
fn last<T>(all: &[T]) -> &[T] {
    &all[all.len().saturating_sub(12)..]
}

/// Some nights of a world.
pub fn stay_in(swarm: &Swarm, random: &mut Random) -> Stay {
    let first = random.between(0, swarm.nights as u64 - 1) as i32;
    let most = (swarm.nights - first).min(14);
    stay(FIRST_NIGHT + first, random.between(1, most as u64) as i32)
}

/// Rooms for some nights: now and then of no room type that there is, or for too many guests.
pub fn line(swarm: &Swarm, random: &mut Random) -> Line {
    let number = match random.index(50) {
        0 => 99,
        // What may be made of the others.
        1..5 => swarm.room_types,
        _ => random.index(swarm.room_types),
    };
    let rooms = if random.percent(25) { 2 } else { 1 };
    Line {
        room_type: room_type(number),
        rate_plan: rate_plan(),
        stay: stay_in(swarm, random),
        rooms,
        adults: if random.percent(3) { 99 } else { rooms },
        children: Default::default(),
    }
}

fn stay(first: i32, nights: i32) -> Stay {
    Stay::new(night(first), night(first + nights)).expect("at least one night")
}

fn define_property(property: &PropertyId) -> DefineProperty {
    DefineProperty {
        property: property.clone(),
        name: "Hotel".to_owned(),
        city: "Lisbon".to_owned(),
        country: "PT".to_owned(),
        location: Location { latitude_microdegrees: 0, longitude_microdegrees: 0 },
        time_zone: "Europe/Lisbon".to_owned(),
        currency: "EUR".parse().expect("a currency"),
        stars: 4,
        amenities: Vec::new(),
        market: None,
    }
}

fn define_room_type(property: &PropertyId, number: usize) -> DefineRoomType {
    DefineRoomType {
        property: property.clone(),
        room_type: room_type(number),
        name: "Room".to_owned(),
        max_guests: 3,
    }
}
