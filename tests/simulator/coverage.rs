//! What was met: a run that did not meet a situation often enough has proved nothing about it.

use std::collections::BTreeMap;

/// How often each situation was met.
#[derive(Debug, Default, Clone)]
pub struct Coverage(BTreeMap<&'static str, u64>);

impl Coverage {
    /// This has just happened.
    pub fn sometimes(&mut self, situation: &'static str) {
        self.often(situation, 1);
    }

    /// This has happened so many times.
    pub fn often(&mut self, situation: &'static str, times: u64) {
        *self.0.entry(situation).or_default() += times;
    }

    /// Adds what another seed has met.
    pub fn add(&mut self, other: &Self) {
        for (situation, times) in &other.0 {
            self.often(situation, *times);
        }
    }

    /// How often a situation was met.
    pub fn times(&self, situation: &str) -> u64 {
        self.0.get(situation).copied().unwrap_or(0)
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
        self.0.iter().try_for_each(|(situation, times)| writeln!(f, "{times:>12}  {situation}"))
    }
}

/// Situations, and how often a thousand seeds meet each at the very least.
const FLOORS: &[(&str, u64)] = &[];
