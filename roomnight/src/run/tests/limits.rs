//! What the view of limits recommends comes round by the log and is sold by; and is said once,
//! wherever the process ends and however often the log is read.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dataflows::{Listener, Reply};
use events::{
    ApplyLimits, BookingId, CancelBooking, ChannelId, Command, CommandId, ConfirmHold, Decision,
    GuestRef, HoldId, LogTime, Night, PolicyKind, PromotePolicy, Reason, RollbackPolicy,
    SetInventory, Slot, StagePolicy, Stamp, Stay, Supply,
};
use ingest::Topic;
use ledger::rows::AllowedBy;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serving::Clock;

use super::{Parts, System, quick, until};
use crate::bench::world::World;
use crate::config::Config;
use crate::directory::DataFolder;
use crate::hand::Words;
use crate::limits::Publisher;

/// Of the guests of an agency every second stays away; all others come.
const BOLD: &str = r#"
schema = 1
kind = "overbooking"
enabled = true
refills_count = 1
walk_cost.price_permille = 100
hard_cap = { rooms = 5, permille = 1000 }
shows = { default_permille = 1000, spread_permille = 0, segments = [
    { name = "agency", channel = "agency", show_permille = 500 },
] }
"#;

/// Nothing is sold beyond the rooms there are.
const CALM: &str = "schema = 1\nkind = \"overbooking\"\nenabled = false\n";

/// Rooms of the hotel.
const ROOMS: u16 = 10;

/// A clock that stands on the first of December 2029, a month before the first night.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> Stamp {
        Stamp(1_890_777_600_000)
    }
}

/// Hears every decision, and remembers it.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Reply>>>);

impl Listener for Heard {
    fn decided(&mut self, replies: &[Reply], _: &[(u16, LogTime)]) {
        self.0.lock().expect("no panic before").extend_from_slice(replies);
    }
}

impl Heard {
    fn decision(&self, id: CommandId) -> Option<Decision> {
        let replies = self.0.lock().expect("no panic before");
        let reply = replies.iter().find(|reply| reply.id == id);
        reply.map(|reply| reply.decided.decision.clone())
    }

    /// On how many nights each record of limits has changed anything.
    fn limits_applied(&self) -> Vec<u32> {
        let replies = self.0.lock().expect("no panic before");
        let changed = replies.iter().filter_map(|reply| match reply.decided.decision {
            Decision::LimitsApplied { nights_changed } => Some(nights_changed),
            _ => None,
        });
        changed.collect()
    }
}

/// A hotel in a system of its own.
struct Inn {
    system: System,
    heard: Heard,
    world: World,
    number: u128,
}

impl Inn {
    /// Starts without owning the log: nothing is appended.
    fn open(folder: &Path, every_ms: u64, number: u128) -> Self {
        let heard = Heard::default();
        let config = Config {
            limits: crate::config::LimitConfig {
                every_ms: NonZeroU64::new(every_ms).expect("not zero"),
            },
            ..quick()
        };
        let parts = Parts {
            folder: DataFolder::at(folder),
            clock: Arc::new(Standing),
            listener: Some(Box::new(heard.clone())),
        };
        let system = System::start(&config, parts).expect("it starts");
        until(|| system.status().corrected_rows_count.is_some());
        assert_eq!(system.status().corrected_rows_count, Some(0), "stored rows were wrong");
        Self { system, heard, world: World::new(ROOMS).expect("a world"), number }
    }

    /// Ends in order and starts again.
    fn open_again(self, folder: &Path, every_ms: u64) -> Self {
        let number = self.number;
        self.system.stop().expect("it stops");
        Self::open(folder, every_ms, number)
    }

    fn owned(mut self) -> Self {
        self.system.own().expect("it is owned");
        self
    }

    /// A new hotel that allows five rooms beyond its ten.
    fn build(folder: &Path, every_ms: u64) -> Self {
        let mut inn = Self::open(folder, every_ms, 0).owned();
        for command in inn.world.define(1).expect("a hotel") {
            inn.ask(command);
        }
        inn.allow(5);
        inn
    }

    fn allow(&mut self, allowance: u16) {
        let first = self.world.first_night();
        let set = SetInventory {
            property: self.world.property(1).expect("an id"),
            room_type: self.world.room_type().clone(),
            nights: Stay::new(first, first.plus(30)).expect("nights"),
            supply: Supply { physical: ROOMS, blocked: 0, allowance },
        };
        self.ask(Command::SetInventory(set));
    }

    /// Has a command decided; the policy of limits, which rejects nothing of its own, aside.
    fn ask(&mut self, command: Command) -> (CommandId, Decision) {
        let id = self.say(command);
        until(|| self.heard.decision(id).is_some());
        (id, self.heard.decision(id).expect("it was decided"))
    }

    fn say(&mut self, command: Command) -> CommandId {
        self.number += 1;
        let id = CommandId(self.number << 64);
        let hand = self.system.hand().expect("randomness");
        let words = Words {
            id,
            sequence: hand.next_sequence(),
            not_after: LogTime(u64::MAX),
            stamp: Standing.now(),
            command,
        };
        hand.append(words).expect("the log takes it");
        id
    }

    fn stage(&mut self, version: &str, document: &str) -> PromotePolicy {
        let property = self.world.property(1).expect("an id");
        let (kind, version) = (PolicyKind::Overbooking, version.parse().expect("an id"));
        let promote = PromotePolicy { property, kind, version };
        let PromotePolicy { property, version, .. } = promote.clone();
        let document = document.to_owned();
        self.ask(Command::StagePolicy(StagePolicy { property, kind, version, document }));
        promote
    }

    fn promote(&mut self, version: &str, document: &str) {
        let promote = self.stage(version, document);
        let (_, decision) = self.ask(Command::PromotePolicy(promote));
        assert!(matches!(decision, Decision::PolicyActive { .. }), "{decision:?}");
    }

    fn night(&self, day: i32) -> Night {
        self.world.first_night().plus(day)
    }

    /// The hold of a room on a night.
    fn hold(&self, channel: &str, day: i32) -> Command {
        let night = self.night(day);
        let Command::PlaceHold(mut hold) = super::hold(&self.world, 600_000) else {
            panic!("it is a hold")
        };
        hold.channel = ChannelId::new(channel).expect("an id");
        for line in &mut hold.lines {
            (line.rooms, line.stay) = (1, Stay::new(night, night.plus(1)).expect("a night"));
        }
        Command::PlaceHold(hold)
    }

    /// Books a room on a night; the refusal if there is none.
    fn book(&mut self, channel: &str, day: i32) -> Result<BookingId, Reason> {
        let (id, decision) = self.ask(self.hold(channel, day));
        if let Decision::Rejected(rejection) = decision {
            return Err(rejection.reason);
        }
        let hold = HoldId::of_command(Slot::of(&self.world.property(1).expect("an id")), id);
        let guest = GuestRef::new("guest-1").expect("an id");
        let (_, decision) = self.ask(Command::ConfirmHold(ConfirmHold { hold, guest }));
        assert!(matches!(decision, Decision::Confirmed { .. }), "{decision:?}");
        Ok(hold.booking())
    }

    /// What the view recommends of each night.
    fn recommended(&self) -> BTreeMap<Night, u16> {
        let property = self.world.property(1).expect("an id");
        let snapshot = self.system.app().store.snapshot().expect("a snapshot");
        let rows = snapshot.limit_rows(&property).expect("rows").into_iter();
        rows.map(|(key, row)| (key.night, row.allowance as u16)).collect()
    }

    /// What the ledger applies.
    fn applied(&self) -> BTreeMap<Night, u16> {
        let property = self.world.property(1).expect("an id");
        let snapshot = self.system.app().store.snapshot().expect("a snapshot");
        let rows = snapshot.limits(&property).expect("rows").into_iter();
        let ranges = rows.flat_map(|row| row.ranges);
        ranges.flat_map(|range| range.nights.nights().map(move |n| (n, range.allowance))).collect()
    }

    /// Waits until everything that was said is stored, and nothing is left to be published.
    fn settle(&self) {
        until(|| {
            let end = self.system.log_end().expect("the end");
            self.system.app().store.position().covers(&end)
                && self.rounds(2)
                && self.system.log_end().expect("the end") == end
        });
    }

    /// Waits for so many rounds of the publisher.
    fn rounds(&self, count: u64) -> bool {
        let before = self.system.touched.rounds_count();
        until(|| self.system.touched.rounds_count() >= before + count);
        true
    }
}

/// The records of limits that stand on a log.
fn records_on_the_log(system: &System) -> Vec<ApplyLimits> {
    let (log, end) = (&system.app().log, system.log_end().expect("the end"));
    let mut reader = log.reader(Topic::Commands, &Default::default()).expect("a reader");
    let (mut read, mut found) = (events::Position::default(), Vec::new());
    while !read.covers(&end) {
        for record in reader.next(1_024, Duration::from_secs(1)).expect("records") {
            read.set(record.partition, record.offset + 1);
            if let Command::ApplyLimits(command) = ingest::decode(&record).expect("ours").command {
                found.push(command);
            }
        }
    }
    found
}

fn copy_log(from: &Path, to: &Path) {
    let (from, to) = (DataFolder::at(from).log(), DataFolder::at(to).log());
    std::fs::create_dir_all(&to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        assert!(entry.file_type().expect("a type").is_file(), "{entry:?}");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

/// Ten guests of the agency, and what is applied after the third, the sixth and the tenth.
fn fill(inn: &mut Inn) {
    inn.promote("bold", BOLD);
    for (guests_count, allowance) in [(3, 0), (3, 1), (4, 2)] {
        for _ in 0..guests_count {
            inn.book("agency", 0).expect("there is room");
        }
        let expected = BTreeMap::from([(inn.night(0), allowance)]);
        until(|| inn.applied() == expected);
        inn.settle();
        assert_eq!(inn.applied(), expected);
    }
}

#[test]
fn bookings_raise_a_limit_and_the_ledger_sells_by_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut inn = Inn::build(folder.path(), 5);
    fill(&mut inn);
    for _ in 0..2 {
        inn.book("direct", 0).expect("the limit allows two more");
    }
    assert_eq!(inn.book("direct", 0), Err(Reason::NoRoom), "the hotel itself would allow five");
    inn.settle();
    assert_eq!(inn.heard.limits_applied(), [1, 1, 1]);
    let records = records_on_the_log(&inn.system);
    let said = |record: &ApplyLimits| record.policy.as_ref().map(ToString::to_string);
    assert!(records.iter().all(|record| said(record).as_deref() == Some("bold")), "{records:?}");
    let property = inn.world.property(1).expect("an id");
    {
        let snapshot = inn.system.app().store.snapshot().expect("a snapshot");
        let above = snapshot.above(&property).expect("rows");
        let allowed: Vec<_> = above.iter().flat_map(|row| &row.nights).collect();
        let computed_at = records.last().expect("a record").computed_at;
        let policy = Some("bold".parse().expect("an id"));
        let by = AllowedBy::Limit { computed_at, policy };
        assert!(allowed.len() == 2 && allowed.iter().all(|night| night.allowed_by == by));
    }
    inn.system.stop().expect("it stops");
}

#[test]
fn a_restart_and_a_replay_append_nothing_and_come_to_the_same_rows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = tempfile::tempdir().expect("a temporary folder");
    let mut inn = Inn::build(folder.path(), 5);
    fill(&mut inn);
    let number = inn.number;
    inn.system.stop().expect("it stops");
    copy_log(folder.path(), copy.path());

    let replayed = Inn::open(copy.path(), 5, number);
    let end = replayed.system.catch_up_stored().expect("it goes on");
    let restarted = Inn::open(folder.path(), 5, number);
    assert_eq!(restarted.system.catch_up_stored().expect("it goes on"), end);
    let loaded = |inn: &Inn| inn.system.app().store.load().expect("rows");
    let (one, other) = (loaded(&replayed), loaded(&restarted));
    assert!(one.rows == other.rows, "the ledger's rows differ");
    assert!(one.views == other.views && one.availability == other.availability, "views differ");
    assert_eq!((one.position, one.digests), (other.position, other.digests));

    for inn in [replayed, restarted] {
        assert_eq!(inn.system.log_end().expect("the end"), end, "reading appends nothing");
        let inn = inn.owned();
        inn.settle();
        inn.rounds(5);
        assert_eq!(records_on_the_log(&inn.system).len(), 3);
        assert_eq!(inn.applied(), inn.recommended());
        inn.system.stop().expect("it stops");
    }
}

#[test]
fn what_an_end_kept_from_being_said_is_said_once_and_changes_nothing_that_the_view_hears() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut inn = Inn::build(folder.path(), 3_600_000);
    inn.promote("bold", BOLD);
    for day in [0, 0, 0, 0, 0, 0, 3, 3] {
        inn.book("agency", day).expect("there is room");
    }
    inn.system.catch_up_stored().expect("it goes on");
    let told = inn.system.app().store.load().expect("rows").views;
    let recommended = BTreeMap::from([(inn.night(0), 1), (inn.night(3), 0)]);
    assert_eq!((inn.recommended(), inn.applied()), (recommended.clone(), BTreeMap::new()));
    let number = inn.number;
    drop(inn);

    let inn = Inn::open(folder.path(), 5, number);
    let end = inn.system.log_end().expect("the end");
    let early = Publisher {
        hand: inn.system.hand().expect("randomness"),
        app: Arc::clone(inn.system.app()),
        touched: Arc::clone(&inn.system.touched),
        every: Duration::from_millis(1),
    };
    let early = early.start().expect("a thread");
    inn.rounds(5);
    drop(early);
    assert_eq!(inn.system.log_end().expect("the end"), end, "nobody knows yet what was said");
    let inn = inn.open_again(folder.path(), 5).owned();
    inn.settle();
    inn.rounds(5);
    assert_eq!(inn.applied(), recommended);
    assert_eq!(records_on_the_log(&inn.system).len(), 1);
    let limits = |views: &[(dataflows::ViewKey, dataflows::ViewRow)]| {
        let limits = views.iter().filter(|(key, _)| key.view() == "Limit");
        limits.cloned().collect::<Vec<_>>()
    };
    let now = inn.system.app().store.load().expect("rows").views;
    assert!(!limits(&now).is_empty() && limits(&now) == limits(&told));
    inn.system.stop().expect("it stops");
}

#[test]
fn wherever_it_ends_each_record_changes_something_and_in_the_end_all_is_applied() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = tempfile::tempdir().expect("a temporary folder");
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let mut number = 0;
    let mut booked = Vec::new();
    for end in 0..20 {
        let mut inn = match end {
            0 => Inn::build(folder.path(), 1),
            _ => Inn::open(folder.path(), 1, number).owned(),
        };
        if end == 0 {
            inn.promote("bold", BOLD);
            // Computed beside it, and never said.
            inn.stage("calm", CALM);
        }
        for _ in 0..random.random_range(1..12) {
            let cancelled = random.random_ratio(1, 5).then(|| booked.pop()).flatten();
            if let Some(booking) = cancelled {
                let cancel = CancelBooking { booking, lines: Default::default() };
                inn.ask(Command::CancelBooking(cancel));
            } else if let Ok(booking) = inn.book("agency", random.random_range(0..3)) {
                booked.push(booking);
            }
        }
        std::thread::sleep(Duration::from_micros(random.random_range(0..10_000)));
        number = inn.number;
        if end % 3 == 0 {
            inn.system.stop().expect("it stops");
        }
    }
    let inn = Inn::open(folder.path(), 1, number).owned();
    inn.settle();
    assert_eq!(inn.applied(), inn.recommended());
    assert!(inn.applied().values().any(|allowance| *allowance > 0), "{:?}", inn.applied());
    inn.system.stop().expect("it stops");
    copy_log(folder.path(), copy.path());
    let replayed = Inn::open(copy.path(), 1, number);
    replayed.system.catch_up_stored().expect("it goes on");
    let changed = replayed.heard.limits_applied();
    assert!(changed.len() > 5 && changed.iter().all(|nights| *nights > 0), "{changed:?}");
    let records_count = records_on_the_log(&replayed.system).len();
    assert_eq!(records_count, changed.len(), "none was refused");
    replayed.system.stop().expect("it stops");
    let report = crate::verify::audit(copy.path(), &quick()).expect("it can be audited");
    assert!(report.violation.is_none(), "{report}");
}

#[test]
fn nothing_is_said_without_a_policy_nor_of_a_calm_one_where_the_hotel_allows_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut inn = Inn::build(folder.path(), 5);
    inn.book("agency", 0).expect("there is room");
    inn.settle();
    assert!(inn.heard.limits_applied().is_empty(), "no policy is in force");
    inn.allow(0);
    inn.promote("calm", CALM);
    inn.settle();
    inn.rounds(5);
    assert!(inn.heard.limits_applied().is_empty(), "nothing is to be taken away");
    inn.allow(5);
    inn.settle();
    assert_eq!(inn.applied(), BTreeMap::from([(inn.night(0), 0)]), "five are taken away");
    let (property, kind) = (inn.world.property(1).expect("an id"), PolicyKind::Overbooking);
    inn.ask(Command::RollbackPolicy(RollbackPolicy { property, kind }));
    inn.settle();
    inn.rounds(5);
    assert_eq!((inn.applied(), inn.heard.limits_applied()), (BTreeMap::new(), vec![1, 1]));
    inn.system.stop().expect("it stops");
}
