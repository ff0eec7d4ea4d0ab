//! The mixed stream: of a hundred events seventy are searches, twenty are rivals' prices, eight are
//! attempts and two are bookings or cancellations.

use std::collections::VecDeque;

use events::signal::Place;
use events::{
    Attempt, AttemptId, BookingId, CancelBooking, CardToken, Command, CommandId, CompetitorPrice,
    ConfirmHold, DeviceId, EmailHash, GuestRef, HoldId, MarketId, Money, Observation, Outcome,
    RivalId, Search, SearchId, Signal, Slot, SourceId, Stay,
};
use ingest::Topic;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::now;
use crate::bench::world::{NIGHTS_COUNT, World, WorldError};

/// How many hotels compete in one market.
const HOTELS_PER_MARKET: usize = 100;

/// How many rivals each hotel watches.
const RIVALS: u32 = 5;

/// One event and where it goes.
pub(crate) enum Said {
    /// To the ledger.
    Command(CommandId, Box<Command>),
    /// To the views.
    Signal(Box<Observation>),
}

impl Said {
    pub(crate) fn command(key: String, command: Command) -> Self {
        Self::Command(CommandId::from_key("views", &key), Box::new(command))
    }

    pub(crate) fn topic(&self) -> Topic {
        match self {
            Self::Command(..) => Topic::Commands,
            Self::Signal(observation) => Topic::of_signal(&observation.signal),
        }
    }
}

/// What is said next.
pub(crate) struct Stream {
    properties: usize,
    random: ChaCha8Rng,
    number: u64,
    /// Holds that were placed and are to be confirmed.
    held: VecDeque<HoldId>,
    /// Bookings that may be cancelled.
    booked: VecDeque<BookingId>,
}

impl Stream {
    pub(crate) fn new(properties: usize, random: ChaCha8Rng) -> Self {
        Self { properties, random, number: 0, held: VecDeque::new(), booked: VecDeque::new() }
    }

    pub(crate) fn next(&mut self, world: &World) -> Result<Said, WorldError> {
        self.number += 1;
        let hotel = self.random.random_range(0..self.properties);
        match self.random.random_range(0..100) {
            0..70 => self.search(world, hotel),
            70..90 => self.price(world, hotel),
            90..98 => self.attempt(world, hotel),
            _ => self.booking(world, hotel),
        }
    }

    fn search(&mut self, world: &World, hotel: usize) -> Result<Said, WorldError> {
        let arrival = world.first_night().plus(self.random.random_range(0..NIGHTS_COUNT - 3));
        let market = MarketId::new(&format!("market-{}", hotel / HOTELS_PER_MARKET))?;
        signal(Signal::Search(Search {
            id: SearchId::new(&format!("s-{}", self.number))?,
            place: Place::Property(world.property(hotel)?, Some(market)),
            stay: Stay::new(arrival, arrival.plus(self.random.random_range(1..=3)))?,
            rooms: 1,
            guests: 2,
        }))
    }

    fn price(&mut self, world: &World, hotel: usize) -> Result<Said, WorldError> {
        let amount_minor = self.random.random_range(80..200) * 100;
        signal(Signal::CompetitorPrice(CompetitorPrice {
            property: world.property(hotel)?,
            rival: RivalId::new(&format!("rival-{}", self.random.random_range(0..RIVALS)))?,
            night: world.first_night().plus(self.random.random_range(0..NIGHTS_COUNT)),
            price: Some(Money { amount_minor, currency: "EUR".parse()? }),
        }))
    }

    fn attempt(&mut self, world: &World, hotel: usize) -> Result<Said, WorldError> {
        let person = self.random.random_range(0..200_000_u32);
        let address = std::net::Ipv4Addr::from(0x0a00_0000 | (person >> 1));
        signal(Signal::Attempt(Box::new(Attempt {
            id: AttemptId::new(&format!("a-{}", self.number))?,
            property: world.property(hotel)?,
            guest: Some(GuestRef::new(&format!("guest-{person}"))?),
            card: Some(CardToken::new(&format!("tok-{}", person / 4))?),
            email: Some(EmailHash::new(&format!("{person:032x}"))?),
            address: Some(address.into()),
            device: Some(DeviceId::new(&format!("device-{}", person / 2))?),
            amount: Money { amount_minor: 36_000, currency: "EUR".parse()? },
            outcome: Outcome::Started,
        })))
    }

    /// A hold, then its confirmation, and for each sixth booking its cancellation.
    fn booking(&mut self, world: &World, hotel: usize) -> Result<Said, WorldError> {
        let key = format!("b-{}", self.number);
        if self.booked.len() > 5 {
            let booking = self.booked.pop_front();
            self.booked.clear();
            if let Some(booking) = booking {
                let cancel = CancelBooking { booking, lines: Default::default() };
                return Ok(Said::command(key, Command::CancelBooking(cancel)));
            }
        }
        if let Some(hold) = self.held.pop_front() {
            self.booked.push_back(hold.booking());
            let guest = GuestRef::new("guest-1")?;
            return Ok(Said::command(key, Command::ConfirmHold(ConfirmHold { hold, guest })));
        }
        let command = world.hold(hotel, &mut self.random)?;
        let said = Said::command(key, command);
        if let Said::Command(id, _) = &said {
            self.held.push_back(HoldId::of_command(Slot::of(&world.property(hotel)?), *id));
        }
        Ok(said)
    }
}

fn signal(signal: Signal) -> Result<Said, WorldError> {
    let stamp = now();
    let source = SourceId::new("bench")?;
    let observation =
        Observation { producer: 0, sequence: 0, source, observed: stamp, stamp, signal };
    Ok(Said::Signal(Box::new(observation)))
}
