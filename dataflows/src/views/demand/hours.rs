//! Which hours of which places are told as base rows: those that are over for two hours and more.
//!
//! An hour that is not told yet is known from the pages of searches, which stay until it is.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

/// How many places of an hour that is over are told in one epoch, so that the turn of an hour is
/// not a burst.
const TOLD_AT_ONCE: usize = 2_000;

/// An hour of a place.
pub(super) type HourOf = (i32, u32);

#[derive(Debug)]
pub(super) struct Hours {
    /// The first hour that is not over for long enough.
    open: i32,
    /// Places that were searched, by hour, and are still to be told.
    untold: BTreeMap<i32, Vec<u32>>,
    told: BTreeMap<i32, FxHashSet<u32>>,
    /// Told, and changed since.
    changed: BTreeSet<HourOf>,
    /// To be told to be gone.
    gone: Vec<HourOf>,
}

impl Hours {
    pub fn new() -> Self {
        let (untold, told) = (BTreeMap::new(), BTreeMap::new());
        Self { open: i32::MIN, untold, told, changed: BTreeSet::new(), gone: Vec::new() }
    }

    /// Searches of that hour changed at a place; `was_none` if there were none before.
    pub fn note(&mut self, hour: i32, place: u32, was_none: bool) {
        if hour < self.open && self.is_told(hour, place) {
            self.changed.insert((hour, place));
        } else if was_none {
            self.untold.entry(hour).or_default().push(place);
        }
    }

    pub fn is_told(&self, hour: i32, place: u32) -> bool {
        self.told.get(&hour).is_some_and(|places| places.contains(&place))
    }

    /// It was told before a restart.
    pub fn restore(&mut self, hour: i32, place: u32) {
        self.told.entry(hour).or_default().insert(place);
    }

    /// The first hour of which the searches are kept one by one.
    pub fn open(&self) -> i32 {
        self.open
    }

    /// Whether all searches of the hours up to that one are told.
    pub fn are_told(&self, hour: i32) -> bool {
        hour < self.open && self.untold.first_key_value().is_none_or(|(first, _)| *first > hour)
    }

    /// What is to be told now, and whether it was told before, given the first hour that is open
    /// and the last one outside of all windows.
    pub fn take_due(&mut self, open: i32, outside: i32) -> Vec<(HourOf, bool)> {
        self.open = open;
        while let Some(first) = self.told.first_entry().filter(|first| *first.key() <= outside) {
            let (hour, places) = first.remove_entry();
            let mut places: Vec<u32> = places.into_iter().collect();
            places.sort_unstable();
            self.gone.extend(places.into_iter().rev().map(|place| (hour, place)));
        }
        self.untold = self.untold.split_off(&outside.saturating_add(1));
        let changed = std::mem::take(&mut self.changed);
        let is_inside = |of: &HourOf| of.0 > outside;
        let mut due: Vec<_> = changed.into_iter().filter(is_inside).map(|of| (of, true)).collect();
        while due.len() < TOLD_AT_ONCE {
            let Some(mut first) = self.untold.first_entry().filter(|first| *first.key() < open)
            else {
                break;
            };
            let hour = *first.key();
            match first.get_mut().pop() {
                Some(place) => {
                    let is_new = self.told.entry(hour).or_default().insert(place);
                    due.extend(is_new.then_some(((hour, place), false)));
                }
                None => drop(first.remove()),
            }
        }
        due
    }

    /// There is nothing to be told of it after all.
    pub fn forget(&mut self, (hour, place): HourOf) {
        if let Some(places) = self.told.get_mut(&hour) {
            places.remove(&place);
        }
    }

    /// Whether some are still to be told to be gone.
    pub fn are_some_gone(&self) -> bool {
        !self.gone.is_empty()
    }

    /// Some of those that are outside of all windows now.
    pub fn take_gone(&mut self) -> Vec<HourOf> {
        let rest = self.gone.len().saturating_sub(TOLD_AT_ONCE);
        self.gone.split_off(rest)
    }
}
