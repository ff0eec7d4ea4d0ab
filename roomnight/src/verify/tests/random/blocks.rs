//! Blocks and night audits among random guests.

use super::*;
use events::{AdvanceBusinessDate, BlockId, PickUp, Reason, ReleaseBlock, SetBlock};

fn block_id(id: &str) -> BlockId {
    id.parse().unwrap()
}

impl Guests {
    /// One of few blocks, which now and then nobody has set.
    pub(super) fn some_block(&mut self) -> Option<BlockId> {
        Some(block_id(["group", "crew"].choose(&mut self.random).unwrap()))
    }

    /// Somebody for whom the hotel has set rooms aside, or anybody where it has not.
    pub(super) fn guest_of_a_block(&mut self, hotel: &str) -> Command {
        let said = self.said.iter().rev().find_map(|(_, command)| match command {
            Command::SetBlock(block) if block.property.as_str() == hotel => Some(block.clone()),
            _ => None,
        });
        let Some(block) = said else { return self.place_hold(hotel) };
        let (first, end) = (block.nights.arrival().number(), block.nights.departure().number());
        let from = self.random.random_range(first..end);
        let nights = from..self.random.random_range(from + 1..end + 1);
        let stay = Stay::new(
            Night::from_number(nights.start).unwrap(),
            Night::from_number(nights.end).unwrap(),
        );
        let rooms = self.random.random_range(1..3);
        let line = Line { stay: stay.unwrap(), ..line(block.room_type.as_str(), 0..1, rooms) };
        let hold = PlaceHold::direct(block.property.clone(), 60_000, Lines::from_iter([line]));
        Command::PlaceHold(PlaceHold {
            channel: block.pick_up.channel.unwrap_or_default(),
            account: block.pick_up.account,
            block: Some(block.block),
            ..hold
        })
    }

    /// Something about what is set aside, or the day.
    pub(super) fn block(&mut self, hotel: &str) -> Command {
        let (property, block) = (hotel.parse().unwrap(), self.some_block().unwrap());
        let day = |guests: &mut Self| {
            // Days pass as the log grows, and sometimes more than one of them.
            let days = guests.history.records.len() as i32 / 40 + guests.random.random_range(0..2);
            Night::from_number(9_000 + days).unwrap()
        };
        match self.random.random_range(0..6) {
            0..4 => {
                let again = self.random.random_ratio(1, 2);
                let before = self.said.iter().rev().find_map(|(_, command)| match command {
                    Command::SetBlock(one)
                        if (&one.property, &one.block) == (&property, &block) =>
                    {
                        Some(one.nights)
                    }
                    _ => None,
                });
                let from = self.random.random_range(0..9);
                let fresh = stay(from..self.random.random_range(from + 1..11));
                let room_type = if block == block_id("group") { "double" } else { "suite" };
                let shifted = self.random.random_ratio(1, 12);
                Command::SetBlock(SetBlock {
                    property,
                    block,
                    room_type: if shifted { "double" } else { room_type }.parse().unwrap(),
                    nights: before.filter(|_| again).unwrap_or(fresh),
                    rooms: self.random.random_range(1..3),
                    cut_off: day(self).plus(self.random.random_range(0..4)),
                    pick_up: PickUp {
                        channel: self.random.random_ratio(1, 5).then(|| "ota".parse().unwrap()),
                        account: self.random.random_ratio(1, 5).then(|| "shop".parse().unwrap()),
                    },
                    name: "Group".to_owned(),
                })
            }
            4 => Command::ReleaseBlock(ReleaseBlock { property, block }),
            _ => Command::AdvanceBusinessDate(AdvanceBusinessDate { property, date: day(self) }),
        }
    }
}

fn group(rooms: u16) -> Command {
    Command::SetBlock(SetBlock {
        property: "grand".parse().unwrap(),
        block: block_id("group"),
        room_type: "double".parse().unwrap(),
        nights: stay(1..3),
        rooms,
        cut_off: Night::from_number(5).unwrap(),
        pick_up: PickUp::default(),
        name: "Group".to_owned(),
    })
}

/// Everything that random guests should meet is met: without it nothing would be proved.
#[test]
fn random_guests_meet_blocks_in_every_way() {
    let mut met: BTreeMap<Reason, u32> = BTreeMap::new();
    let (mut picked_up, mut cut_off, mut released) = (0, 0, 0);
    for seed in 0..40 {
        let mut guests = Guests::new(seed);
        let mut answers = BTreeMap::new();
        for _ in 0..48 {
            for _ in 0..10 {
                guests.step();
            }
            // Answers are forgotten, so that they are looked for often.
            for row in guests.history.stored().rows {
                if let Row::Decision(row) = row {
                    answers.insert((row.slot, row.id), row.decision);
                }
            }
        }
        let rows = guests.history.stored().rows.into_iter();
        let from_block = |row: &Row| matches!(row, Row::Booking(row) if row.block.is_some());
        picked_up += rows.filter(from_block).count();
        for decision in answers.into_values() {
            match decision {
                Decision::Rejected(no) => *met.entry(no.reason).or_default() += 1,
                Decision::BusinessDateAdvanced { released, .. } => cut_off += released.len(),
                Decision::BlockReleased { room_nights, .. } => released += room_nights,
                _ => {}
            }
        }
    }
    for reason in [
        Reason::BlockUnknown,
        Reason::BlockClosed,
        Reason::BlockShort,
        Reason::NotOfBlock,
        Reason::BlockMismatch,
        Reason::BlockPickedUp,
        Reason::DateNotAfter,
    ] {
        assert!(met.contains_key(&reason), "{reason:?} was never met: {met:?}");
    }
    assert!(picked_up > 0 && cut_off > 0 && released > 0, "{picked_up} {cut_off} {released}");
}

#[test]
fn a_room_sold_to_others_although_it_is_set_aside() {
    let mut history = History::of_one_room();
    history.say(group(1));
    let id = history.next_id();
    let refused = history.say_as(id, hold(vec![line("double", 0..2, 1)]));
    assert!(matches!(&refused, Decision::Rejected(no) if no.reason == Reason::NoRoom));
    history.assert_good();
    let mut stored = history.stored();
    let hold = HoldId::of_command(Slot::of(&"grand".parse().unwrap()), id);
    stored.answer(id).decision = Decision::Held { hold, deadline: LogTime(60_000) };
    history.assert_bad(&stored, "no_oversell", history.last());
}

#[test]
fn a_block_that_outlives_its_cut_off() {
    let mut history = History::of_one_room();
    history.say(group(1));
    history.say(Command::AdvanceBusinessDate(AdvanceBusinessDate {
        property: "grand".parse().unwrap(),
        date: Night::from_number(5).unwrap(),
    }));
    history.assert_good();
    let mut stored = history.stored();
    for row in &mut stored.rows {
        if let Row::Block(row) = row {
            row.state = BlockState::Open;
        }
    }
    history.assert_bad(&stored, "catalogue", history.last());
}
