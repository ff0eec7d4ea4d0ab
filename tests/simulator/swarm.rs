//! The options of one seed: each seed has a world, a load and faults of its own.

use crate::random::Random;

/// Which log carries the commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// The embedded log, its files and its recovery, for one process.
    Embedded,
    /// A log elsewhere, as Kafka is one: shared, with records that are under way.
    Broker,
}

/// How many kinds of commands the generator knows.
pub const KINDS: usize = 17;

/// From this kind on commands are about rules that many worlds do without.
const FIRST_RULE: usize = 10;

/// What a seed has drawn for itself.
#[derive(Debug, Clone)]
pub struct Swarm {
    pub log: LogKind,
    pub processes: usize,
    pub partitions: u16,
    pub properties: usize,
    pub room_types: usize,
    pub nights: i32,
    pub rooms_max: u16,
    pub weights: [u32; KINDS],
    pub ttl_max_ms: u64,
    /// The longest that passes between two things that happen.
    pub step_max_ms: u64,
    /// In percent: how often a request, an answer or a record does not arrive, or twice, or late.
    pub lost: u32,
    pub answers_lost: u32,
    pub doubled: u32,
    pub late: u32,
    pub retried: u32,
    pub read: u32,
    /// In a thousand steps.
    pub crashes: u32,
    pub power_cuts: u32,
    pub sync_failures: u32,
    pub damages: u32,
    pub garbage: u32,
    pub replays: u32,
    pub takeovers: u32,
    pub clock_jumps: u32,
    pub pauses: u32,
    /// In percent: how eager the parts are.
    pub commit: u32,
    pub decide: u32,
    pub feed: u32,
    pub store: u32,
    pub tick: u32,
}

impl Swarm {
    /// The options of a seed.
    pub fn draw(random: &mut Random) -> Self {
        let log = if random.percent(60) { LogKind::Embedded } else { LogKind::Broker };
        let large = random.percent(10);
        let processes = if log == LogKind::Broker && random.percent(50) { 2 } else { 1 };
        Self {
            log,
            processes,
            partitions: [1, 1, 1, 2, 3][random.index(5)],
            properties: random.between(1, if large { 8 } else { 3 }) as usize,
            room_types: random.between(1, 3) as usize,
            nights: random.between(1, if large { 60 } else { 5 }) as i32,
            rooms_max: random.between(1, if large { 60 } else { 8 }) as u16,
            weights: weights(random),
            ttl_max_ms: [500, 5_000, 60_000, 900_000][random.index(4)],
            step_max_ms: [5, 50, 500, 2_000][random.index(4)],
            lost: sometimes(random, 30),
            answers_lost: sometimes(random, 50),
            doubled: sometimes(random, 50),
            late: sometimes(random, 60),
            retried: sometimes(random, 40),
            read: random.between(5, 40) as u32,
            crashes: sometimes(random, 4),
            power_cuts: sometimes(random, 100),
            sync_failures: sometimes(random, 3),
            damages: sometimes(random, 2),
            garbage: sometimes(random, 20),
            replays: sometimes(random, 30),
            takeovers: sometimes(random, 8),
            clock_jumps: sometimes(random, 20),
            pauses: sometimes(random, 5),
            commit: random.between(20, 100) as u32,
            decide: random.between(20, 100) as u32,
            feed: random.between(10, 60) as u32,
            store: random.between(10, 90) as u32,
            tick: random.between(2, 30) as u32,
        }
    }
}

/// A rate that is nothing in a third of the seeds.
fn sometimes(random: &mut Random, max: u64) -> u32 {
    if random.percent(33) { 0 } else { random.between(1, max) as u32 }
}

/// Define, supply, hold, confirm, release, cancel, fact, same id with another body, hold again;
/// amend, sale of a channel, restrict, cap, link; set a block, release one, advance a date.
fn weights(random: &mut Random) -> [u32; KINDS] {
    let mut weights = [2, 6, 40, 25, 10, 10, 2, 2, 1, 10, 3, 2, 1, 1, 4, 1, 1];
    for (kind, weight) in weights.iter_mut().enumerate() {
        *weight = match random.index(4) {
            // Many worlds know nothing of some rules, so that others show.
            0 if kind >= FIRST_RULE => 0,
            0 => *weight / 3,
            1 => *weight * 3,
            _ => *weight,
        };
    }
    // Without holds there is nothing to see.
    weights[2] = weights[2].max(10);
    weights
}
