//! Wishes about blocks: rooms set aside, released, cut off by the night audit, and picked up.

use std::collections::{BTreeMap, BTreeSet};

use events::{
    AdvanceBusinessDate, BlockId, Command, Decision, HoldId, PickUp, PlaceHold, PropertyId,
    ReleaseBlock, SetBlock, Stay,
};

use crate::coverage::Coverage;
use crate::operations::{FIRST_NIGHT, night, room_type, stay_in};
use crate::random::Random;
use crate::swarm::Swarm;
use crate::wishes;

/// How many blocks a property has; few, so that each is set again and again.
const BLOCKS: usize = 4;

/// The day of business that nobody was told of yet.
const FIRST_DAY: i32 = FIRST_NIGHT - 8;

/// How many of the last blocks are picked up from.
const RECENT: usize = 6;

/// What is known of blocks.
#[derive(Debug, Default)]
pub struct Blocks {
    /// How blocks were to be, as far as anybody was told that they are.
    set: BTreeMap<PropertyId, Vec<SetBlock>>,
    /// The last day of business that each property was told to be in.
    today: BTreeMap<PropertyId, i32>,
    /// Holds that were picked up, as far as anybody was told.
    picked_up: BTreeSet<HoldId>,
}

fn block_of(number: usize) -> BlockId {
    BlockId::new(&format!("block-{number}")).expect("a short id")
}

impl Blocks {
    /// The day of a property, before the first of its nights as a rule.
    fn today(&self, property: &PropertyId) -> i32 {
        self.today.get(property).copied().unwrap_or(FIRST_DAY)
    }

    /// One of the last blocks that were set at a property.
    fn recent(&self, property: &PropertyId, random: &mut Random) -> Option<&SetBlock> {
        let set = self.set.get(property)?;
        random.pick(&set[set.len().saturating_sub(RECENT)..])
    }

    /// Sets rooms aside, or says anew how a block is to be.
    pub fn set(&self, swarm: &Swarm, property: &PropertyId, random: &mut Random) -> Command {
        let number = random.index(BLOCKS);
        // A block keeps its room type, which may be made of others; now and then another is asked.
        let kind = if random.percent(8) { random.index(BLOCKS) } else { number };
        let days = random.between(0, 6) as i32 + i32::from(random.percent(90));
        let command = SetBlock {
            property: property.clone(),
            block: block_of(number),
            room_type: room_type(kind % (swarm.room_types + 1)),
            nights: stay_in(swarm, random),
            rooms: random.between(1, 4) as u16,
            cut_off: night(self.today(property) + days),
            pick_up: PickUp {
                channel: wishes::maybe(random, 20, wishes::channel),
                account: wishes::maybe(random, 30, wishes::account).flatten(),
            },
            name: String::new(),
        };
        Command::SetBlock(command)
    }

    /// Gives back what is left of one; now and then of one that there never was.
    pub fn release(&self, property: &PropertyId, random: &mut Random) -> Command {
        let known = self.recent(property, random).map(|known| known.block.clone());
        let block = known.unwrap_or_else(|| block_of(random.index(BLOCKS + 1)));
        Command::ReleaseBlock(ReleaseBlock { property: property.clone(), block })
    }

    /// The next day of business begins, or one that was before.
    pub fn audit(&mut self, property: &PropertyId, random: &mut Random) -> Command {
        let days = random.between(0, 3) as i32 - i32::from(random.percent(20));
        let date = self.today(property) + days;
        self.today.insert(property.clone(), date.max(self.today(property)));
        let property = property.clone();
        Command::AdvanceBusinessDate(AdvanceBusinessDate { property, date: night(date) })
    }

    /// Has a hold picked up from one of the last blocks of its property, mostly as the block has
    /// it: those nights, of that type, by whom it is for.
    pub fn pick_up(&self, hold: &mut PlaceHold, random: &mut Random) {
        let Some(block) = self.recent(&hold.property, random) else { return };
        hold.block = Some(if random.percent(97) { block.block.clone() } else { block_of(BLOCKS) });
        if random.percent(90) {
            let PickUp { channel, account } = &block.pick_up;
            let others = (hold.channel.clone(), hold.account.clone());
            hold.channel = channel.clone().unwrap_or(others.0);
            hold.account = account.clone().or(others.1);
        }
        for line in &mut hold.lines {
            line.adults = line.rooms;
            if random.percent(95) {
                line.room_type = block.room_type.clone();
            }
            if random.percent(90) {
                line.stay = within(block, random);
            }
        }
    }

    /// A client was told what became of its wish.
    pub fn learn(&mut self, command: &Command, decision: &Decision, coverage: &mut Coverage) {
        let is_of_block = |hold: HoldId| self.picked_up.contains(&hold);
        let situation = match (command, decision) {
            (Command::SetBlock(asked), Decision::Defined) => {
                self.set.entry(asked.property.clone()).or_default().push(asked.clone());
                "a block is set"
            }
            (Command::ReleaseBlock(_), Decision::BlockReleased { room_nights: 1.., .. }) => {
                "a block gives rooms back"
            }
            (_, Decision::BusinessDateAdvanced { released, .. }) if !released.is_empty() => {
                "a block is cut off"
            }
            (_, Decision::BusinessDateAdvanced { .. }) => "a business date moves",
            (Command::PlaceHold(PlaceHold { block: Some(_), .. }), Decision::Held { hold, .. }) => {
                self.picked_up.insert(*hold);
                "rooms of a block are picked up"
            }
            (Command::ConfirmHold(asked), Decision::Confirmed { readmitted, .. })
                if is_of_block(asked.hold) =>
            {
                if *readmitted {
                    "an expired hold of a block is admitted again"
                } else {
                    "a hold of a block is confirmed"
                }
            }
            (Command::AmendBooking(asked), Decision::Amended { .. })
                if is_of_block(asked.booking.hold()) =>
            {
                "a booking of a block is amended"
            }
            (Command::CancelBooking(asked), Decision::Cancelled { .. })
                if is_of_block(asked.booking.hold()) =>
            {
                "a booking of a block is cancelled"
            }
            _ => return,
        };
        coverage.sometimes(situation);
    }
}

/// Some nights of a block.
fn within(block: &SetBlock, random: &mut Random) -> Stay {
    let nights = block.nights.nights_count() as u64;
    let first = random.between(0, nights - 1);
    let count = random.between(1, nights - first);
    let arrival = block.nights.arrival().plus(first as i32);
    Stay::new(arrival, arrival.plus(count as i32)).expect("at least one night")
}
