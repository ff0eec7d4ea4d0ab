//! What the ledger makes of the records is what was recommended, and then there are none.

use events::wire::encode_command;
use events::{
    BodyHash, Command, Decision, DefineProperty, DefineRoomType, Envelope, Location, LogTime,
    PromotePolicy, StagePolicy, Stamp,
};
use events::{PolicyKind, Slot};
use ledger::rows::Row;
use ledger::{RowChange, State};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

fn night(number: i32) -> Night {
    Night::from_number(number).expect("a night")
}

fn property() -> PropertyId {
    "grand".parse().expect("an id")
}

fn room_type() -> RoomTypeId {
    "double".parse().expect("an id")
}

/// A ledger, and the row that it has told.
struct World {
    state: State,
    offset: u64,
    row: Option<LimitsRow>,
}

impl World {
    fn new() -> Self {
        let mut world = Self { state: State::new(), offset: 0, row: None };
        let location = Location { latitude_microdegrees: 0, longitude_microdegrees: 0 };
        let define = Command::DefineProperty(DefineProperty {
            property: property(),
            name: "Grand".to_owned(),
            city: "Lisbon".to_owned(),
            country: "PT".to_owned(),
            location,
            time_zone: "Europe/Lisbon".to_owned(),
            currency: "EUR".parse().expect("a currency"),
            stars: 4,
            amenities: Vec::new(),
            market: None,
        });
        let (name, max_guests) = ("Double".to_owned(), 2);
        let room_type =
            DefineRoomType { property: property(), room_type: room_type(), name, max_guests };
        world.say("property", define);
        world.say("room-type", Command::DefineRoomType(room_type));
        world
    }

    fn say(&mut self, key: &str, command: Command) -> Decision {
        self.append(CommandId::from_key("test", key), command)
    }

    fn append(&mut self, id: CommandId, command: Command) -> Decision {
        let envelope = Envelope {
            id,
            producer: 1,
            sequence: 1,
            not_after: LogTime(u64::MAX),
            stamp: Stamp(0),
            slot: Slot::of(&property()),
            body_hash: BodyHash::of(&encode_command(&command)),
            command,
        };
        self.state.read_at(self.offset);
        self.offset += 1;
        let decision = ledger::apply(&mut self.state, envelope).decision;
        let mut changes = Vec::new();
        self.state.drain(&mut changes, &mut Vec::new());
        for change in changes {
            if let RowChange::Put(Row::Limits(row)) = change {
                self.row = Some(row);
            }
        }
        decision
    }

    fn recommended(&self, nights: &[(i32, u16)]) -> Recommended {
        Recommended {
            property: property(),
            room_type: room_type(),
            nights: nights.iter().map(|(number, rooms)| (night(*number), *rooms)).collect(),
            computed_at: self.offset,
            policy: None,
        }
    }

    fn publish(&mut self, recommended: &Recommended, today: i32) -> usize {
        let records = records(recommended, self.row.as_ref(), night(today));
        let count = records.len();
        for (id, command) in records {
            let decision = self.append(id, Command::ApplyLimits(command));
            assert!(matches!(decision, Decision::LimitsApplied { .. }), "{decision:?}");
        }
        count
    }

    fn applied(&self) -> BTreeMap<Night, u16> {
        let ranges = self.row.iter().flat_map(|row| &row.ranges);
        ranges
            .flat_map(|range| range.nights.nights().map(|night| (night, range.allowance)))
            .collect()
    }
}

#[test]
fn whatever_is_recommended_comes_to_be_applied_and_is_told_once() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let mut world = World::new();
    for round in 0..400 {
        let today = round / 4;
        let mut nights = Vec::new();
        for number in 0..140 {
            if random.random_ratio(1, 3) {
                nights.push((number, random.random_range(0..3)));
            }
        }
        let recommended = world.recommended(&nights);
        world.publish(&recommended, today);
        let mut expected = recommended.nights.clone();
        expected = expected.split_off(&night(today));
        let applied = world.applied().split_off(&night(today));
        assert_eq!(applied, expected, "round {round}");
        let again = Recommended { computed_at: world.offset, ..recommended };
        assert_eq!(world.publish(&again, today), 0, "round {round}");
    }
}

#[test]
fn a_night_that_passes_is_no_reason_for_a_record_and_goes_with_the_next() {
    let mut world = World::new();
    let first = world.recommended(&[(1, 2), (2, 2), (3, 1)]);
    assert_eq!(world.publish(&first, 1), 1);
    let passed = world.recommended(&[(3, 1)]);
    assert_eq!(world.publish(&passed, 3), 0);
    assert_eq!(world.applied().len(), 3);
    let other = world.recommended(&[(3, 0)]);
    assert_eq!(world.publish(&other, 3), 1);
    assert_eq!(world.applied(), BTreeMap::from([(night(3), 0)]));
}

#[test]
fn what_is_appended_twice_is_decided_once() {
    let mut world = World::new();
    let recommended = world.recommended(&[(1, 2), (2, 2)]);
    let [(id, command)] = &records(&recommended, None, night(1))[..] else { panic!("one record") };
    assert_eq!(records(&recommended, None, night(1)), [(*id, command.clone())]);
    let command = Command::ApplyLimits(command.clone());
    let first = world.append(*id, command.clone());
    let row = world.row.take();
    assert_eq!(world.append(*id, command), first);
    assert_eq!((world.row, row.is_some()), (None, true), "nothing has changed the second time");
}

#[test]
fn an_older_recommendation_is_not_published() {
    let mut world = World::new();
    let older = world.recommended(&[(1, 2)]);
    let newer = Recommended { computed_at: older.computed_at + 1, ..world.recommended(&[(1, 1)]) };
    world.say(
        "more",
        Command::RollbackPolicy(events::RollbackPolicy {
            property: property(),
            kind: PolicyKind::Pricing,
        }),
    );
    assert_eq!(world.publish(&newer, 0), 1);
    assert_eq!(world.publish(&older, 0), 0);
}

#[test]
fn many_nights_are_several_records_of_one_position() {
    let mut world = World::new();
    let nights: Vec<(i32, u16)> = (0..1_500).map(|number| (number, (number % 2) as u16)).collect();
    let recommended = world.recommended(&nights);
    assert_eq!(world.publish(&recommended, 0), 3);
    assert_eq!(world.applied(), recommended.nights);
    assert_eq!(world.publish(&recommended, 0), 0);
}

#[test]
fn the_version_by_which_was_computed_is_named() {
    let mut world = World::new();
    let (kind, version) = (PolicyKind::Overbooking, "calm".parse().expect("an id"));
    let document = "text".to_owned();
    let stage = StagePolicy { property: property(), kind, version, document };
    let promote = PromotePolicy { property: property(), kind, version: stage.version.clone() };
    let policy = Some(stage.version.clone());
    world.say("stage", Command::StagePolicy(stage));
    world.say("promote", Command::PromotePolicy(promote));
    let recommended = Recommended { policy: policy.clone(), ..world.recommended(&[(1, 2)]) };
    assert_eq!(world.publish(&recommended, 0), 1);
    let row = world.row.expect("a row");
    assert_eq!(row.ranges.first().map(|range| range.policy.clone()), Some(policy));
}
