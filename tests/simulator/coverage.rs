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

/// Situations, and how often a thousand seeds meet each at the very least.
const FLOORS: &[(&str, u64)] = &[];
