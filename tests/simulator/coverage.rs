//! What was met: a run that did not meet a situation often enough has proved nothing about it.

use std::collections::BTreeMap;

/// How often each situation was met, by where its name stands in memory: that is sooner compared
/// than the name, and a name that stands in several places is added up when it is asked for.
#[derive(Debug, Default, Clone)]
pub struct Coverage(BTreeMap<usize, (&'static str, u64)>);

impl Coverage {
    /// This has just happened.
    pub fn sometimes(&mut self, situation: &'static str) {
        self.often(situation, 1);
    }

    /// This has happened so many times.
    pub fn often(&mut self, situation: &'static str, times: u64) {
        self.0.entry(situation.as_ptr().addr()).or_insert((situation, 0)).1 += times;
    }

    /// Adds what another seed has met.
    pub fn add(&mut self, other: &Self) {
        for (situation, times) in other.0.values() {
            self.often(situation, *times);
        }
    }

    /// How often a situation was met.
    pub fn times(&self, situation: &str) -> u64 {
        let named = self.0.values().filter(|(name, _)| *name == situation);
        named.map(|(_, times)| times).sum()
    }

    fn by_name(&self) -> BTreeMap<&'static str, u64> {
        let mut named = BTreeMap::new();
        for (situation, times) in self.0.values() {
            *named.entry(*situation).or_default() += times;
        }
        named
    }

    /// The situations that were met less often than a thousand seeds must meet them.
    pub fn below_floor(&self, seeds: u64) -> Vec<String> {
        let short = |(situation, floor): &(&'static str, u64)| {
            let (met, floor) = (self.times(situation), floor * seeds / 1000);
            (met < floor).then(|| format!("{situation}: {met} times, and {floor} were expected"))
        };
        FLOORS.iter().filter_map(short).collect()
    }
}

impl std::fmt::Display for Coverage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.by_name()
            .iter()
            .try_for_each(|(situation, times)| writeln!(f, "{times:>12}  {situation}"))
    }
}

/// Situations, and how often a thousand seeds meet each at the very least: a fifth of what they do,
/// and a twentieth where that is little, as two hundred seeds have shown.
const FLOORS: &[(&str, u64)] = &[
    ("a bit is flipped", 55),
    ("a block gives rooms back", 400),
    ("a block is cut off", 200),
    ("a block is set", 2_000),
    ("a booking is amended", 5_000),
    ("a booking is cancelled", 10_000),
    ("a booking of a block is amended", 150),
    ("a booking of a block is cancelled", 450),
    ("a business date moves", 1_700),
    ("a channel sells", 2_000),
    ("a channel sells more than there is", 10_000),
    ("a channel tells a sale again", 1_000),
    ("a client asks again", 80_000),
    ("a client hangs up", 10_000),
    ("a dead letter is found again", 1_000),
    ("a hold expires", 4_000),
    ("a hold is confirmed", 6_000),
    ("a hold is placed", 20_000),
    ("a hold is released", 10_000),
    ("a hold of a block is confirmed", 400),
    ("a line of a booking is cancelled", 500),
    ("a monotonic clock stands still", 1_000),
    ("a process is killed", 1_000),
    ("a producer sends a record twice", 5_000),
    ("a read is answered with a position", 40_000),
    ("a read is compared", 100_000),
    ("a read must wait for its position", 40_000),
    ("a read shows a night with more sold than its limit", 80_000),
    ("a read shows rooms of a block", 15_000),
    ("a record cannot be read, or says something else", 1_000),
    ("a record is lost with its producer", 400),
    ("a record is replayed", 4_000),
    ("a request comes late or twice", 20_000),
    ("a request is lost", 50_000),
    ("a request waits while its process ends", 3_000),
    ("a retry is answered as the first time", 200_000),
    ("a stored state is compared at a start", 1_000),
    ("a sync fails, and the process ends", 600),
    ("a torn tail is cut", 100),
    ("a write is lost or torn", 600),
    ("an answer is lost", 60_000),
    ("an expired hold is admitted again", 2_000),
    ("an expired hold of a block is admitted again", 60),
    ("an owner announces itself", 4_000),
    ("block_closed", 16_000),
    ("block_mismatch", 4_500),
    ("block_picked_up", 40),
    ("block_short", 4_300),
    ("block_unknown", 4_300),
    ("booking_cancelled", 50_000),
    ("booking_unknown", 20_000),
    ("closed", 30_000),
    ("closed_to_arrival", 20_000),
    ("closed_to_departure", 7_000),
    ("confirm_too_late", 8_000),
    ("date_not_after", 4_200),
    ("hold_confirmed", 90_000),
    ("hold_expired", 9_000),
    ("hold_released", 10_000),
    ("hold_unknown", 50_000),
    ("id_reused", 10_000),
    ("line_cancelled", 300),
    ("line_unknown", 40_000),
    ("link_nested", 700),
    ("max_stay", 5_000),
    ("min_stay_arrival", 7_000),
    ("min_stay_through", 2_000),
    ("misrouted", 54),
    ("named_twice", 3_000),
    ("nights are restricted or opened", 8_000),
    ("no_room", 100_000),
    ("not_of_block", 1_500),
    ("room_type_claimed", 1_000),
    ("room_type_has_rooms", 100),
    ("room_type_linked", 100),
    ("room_type_unknown", 7_000),
    ("rooms of a block are picked up", 1_400),
    ("stay_pattern", 2_000),
    ("the edge refuses an id of another slot", 2_000),
    ("the last group is taken away", 46),
    ("the log has another partition", 200),
    ("the log is cut", 100),
    ("the log is forked", 200),
    ("the number of partitions is changed", 48),
    ("the power goes", 900),
    ("the power goes between a write and its sync", 38),
    ("the wall clock jumps", 5_000),
    ("too_early", 1_000),
    ("too_late", 700),
    ("too_many_guests", 9_000),
    ("too_many_open_holds", 10_000),
    ("unpaid_share_reached", 2_000),
    ("withdrawn", 20_000),
];
