//! What the attempts of each identity add up to, as they come, change and leave their windows.

use std::collections::BTreeMap;

use events::Minute;
use rustc_hash::FxHashMap;

use super::history::{Entry, History};
use super::{AttemptKey, IdentityKind, KEPT_MINUTES, VelocityKey, VelocityRow, short};
use crate::keeper::{Keeper, KeeperSize};

/// What one telling of an attempt changes for one identity.
#[derive(Debug, Clone)]
pub struct Step {
    pub(super) order: u64,
    pub(super) key: VelocityKey,
    pub(super) attempt: AttemptKey,
    /// The minute at which the attempt counted so far.
    pub(super) leaves: Option<i32>,
    /// As what it counts now.
    pub(super) enters: Option<Entry>,
    /// At which minute to say what was known before it.
    pub(super) asks: Option<i32>,
}

impl Step {
    /// Where the worker that deals with this identity is found.
    pub fn route(&self) -> u64 {
        self.key.hash as u64
    }
}

/// What was known of one identity before an attempt.
#[derive(Debug, Clone)]
pub struct Feature {
    /// Before which attempt.
    pub(super) attempt: AttemptKey,
    /// Of which of its identities.
    pub(super) kind: IdentityKind,
    /// What was known.
    pub(super) row: VelocityRow,
}

impl Feature {
    /// Where the worker that deals with the attempt is found.
    pub fn route(&self) -> u64 {
        self.attempt.0 as u64
    }
}

/// What is told.
#[derive(Debug, Clone)]
pub enum IdentitiesChange {
    /// A row of the view.
    Row(VelocityKey, Option<VelocityRow>),
    /// To the keeper of the base.
    Feature(Feature),
}

/// The keeper.
#[derive(Debug)]
pub struct Identities {
    places: FxHashMap<VelocityKey, u32>,
    identities: Vec<Identity>,
    /// Places that are free again.
    free: Vec<u32>,
    steps: Vec<Step>,
    /// What was touched in this epoch, and the row that was told of it before.
    touched: Vec<(u32, Option<VelocityRow>)>,
    /// Identities to look at again, by the minute at which something leaves a window.
    wakes: BTreeMap<i32, Vec<u32>>,
    now: i32,
    /// The highest minute at which something was asked or entered.
    latest: i32,
    rows_count: usize,
    entries_count: usize,
}

#[derive(Debug)]
struct Identity {
    key: VelocityKey,
    history: History,
    /// When it is looked at again; [`NEVER`] where nothing is due.
    wake: i32,
    is_touched: bool,
}

const NEVER: i32 = i32::MAX;

/// How many identities are looked at together.
const TOGETHER: usize = 64;

impl Default for Identities {
    fn default() -> Self {
        Self {
            places: FxHashMap::default(),
            identities: Vec::new(),
            free: Vec::new(),
            steps: Vec::new(),
            touched: Vec::new(),
            wakes: BTreeMap::new(),
            now: i32::MIN / 2,
            latest: i32::MIN / 2,
            rows_count: 0,
            entries_count: 0,
        }
    }
}

impl Identities {
    /// Where the identity of that key is, made anew if there is none.
    fn place(&mut self, key: VelocityKey) -> u32 {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let new = Identity { key, history: History::default(), wake: NEVER, is_touched: false };
        let place = match self.free.pop() {
            Some(place) => {
                self.identities[place as usize] = new;
                place
            }
            None => {
                self.identities.push(new);
                self.identities.len() as u32 - 1
            }
        };
        self.places.insert(key, place);
        place
    }

    /// Remembers what was told of an identity before this epoch changes it.
    fn touch(&mut self, place: u32) {
        let identity = &mut self.identities[place as usize];
        if !identity.is_touched {
            identity.is_touched = true;
            self.touched.push((place, told(identity.history.row(self.now)).cloned()));
        }
    }

    /// Looks at many identities at once: they lie far apart in memory, and the processor waits for
    /// several of them together if nothing depends on what it finds.
    fn glance(&self, places: &[u32]) {
        let glanced = places
            .iter()
            .fold(0, |sum, place| sum ^ self.identities[*place as usize].history.glance());
        std::hint::black_box(glanced);
    }

    /// Takes the steps of an epoch.
    fn take(&mut self, steps: &[Step], tell: &mut dyn FnMut(IdentitiesChange)) {
        let mut places = Vec::with_capacity(TOGETHER);
        for steps in steps.chunks(TOGETHER) {
            places.clear();
            places.extend(steps.iter().map(|step| self.place(step.key)));
            self.glance(&places);
            for (step, place) in steps.iter().zip(&places) {
                self.step(step, *place, tell);
            }
        }
    }

    fn step(&mut self, step: &Step, place: u32, tell: &mut dyn FnMut(IdentitiesChange)) {
        let Step { key, attempt, leaves, enters, asks, .. } = *step;
        self.touch(place);
        let history = &mut self.identities[place as usize].history;
        let before = history.entries_count();
        if let Some(minute) = leaves {
            history.leave(minute, attempt.0 as u64);
        }
        if let Some(at) = asks {
            self.latest = self.latest.max(at);
            let row = history.row(at).clone();
            tell(IdentitiesChange::Feature(Feature { attempt, kind: key.kind, row }));
        }
        if let Some(entry) = enters {
            self.latest = self.latest.max(entry.minute);
            history.enter(entry);
        }
        self.entries_count = self.entries_count + history.entries_count() - before;
    }

    /// Looks at every identity of which something leaves a window by now.
    fn wake(&mut self, before: i32, tell: &mut dyn FnMut(IdentitiesChange)) {
        let now = self.now;
        while let Some(first) = self.wakes.first_entry().filter(|first| *first.key() <= now) {
            let (minute, places) = first.remove_entry();
            for places in places.chunks(TOGETHER) {
                self.glance(places);
                for place in places {
                    let identity = &mut self.identities[*place as usize];
                    if identity.wake != minute {
                        continue;
                    }
                    identity.wake = NEVER;
                    // Those that an event has touched are concluded with it.
                    if !identity.is_touched {
                        let before = told(identity.history.row(before)).cloned();
                        self.conclude(*place, before, tell);
                    }
                }
            }
        }
    }

    /// Says what is so now of an identity that was touched.
    fn conclude(
        &mut self,
        place: u32,
        before: Option<VelocityRow>,
        tell: &mut dyn FnMut(IdentitiesChange),
    ) {
        let identity = &mut self.identities[place as usize];
        identity.is_touched = false;
        let entries_count = identity.history.entries_count();
        identity.history.forget(self.now.min(self.latest) - KEPT_MINUTES);
        self.entries_count -= entries_count - identity.history.entries_count();
        let after = told(identity.history.row(self.now));
        if before.as_ref() != after {
            self.rows_count =
                self.rows_count + usize::from(after.is_some()) - usize::from(before.is_some());
            tell(IdentitiesChange::Row(identity.key, after.cloned()));
        }
        match identity.history.next_wake() {
            Some(wake) if identity.wake <= wake => {}
            Some(wake) => {
                identity.wake = wake;
                self.wakes.entry(wake).or_default().push(place);
            }
            None => {
                identity.wake = NEVER;
                let key = identity.key;
                self.places.remove(&key);
                self.free.push(place);
            }
        }
    }
}

/// The row, if there is one: what never happened has none.
fn told(row: &VelocityRow) -> Option<&VelocityRow> {
    (row.attempts_24h > 0).then_some(row)
}

impl Keeper for Identities {
    type Event = Step;
    type Change = IdentitiesChange;

    fn hear(&mut self, step: Step) {
        self.steps.push(step);
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(IdentitiesChange)) {
        let mut steps = std::mem::take(&mut self.steps);
        // The steps of several workers meet here; those of one come in their order.
        if !steps.is_sorted_by_key(|step| step.order) {
            steps.sort_by_key(|step| step.order);
        }
        self.take(&steps, tell);
        steps.clear();
        self.steps = steps;
        let before = self.now;
        self.now = short(now).max(before);
        self.wake(before, tell);
        let mut touched = std::mem::take(&mut self.touched);
        for (place, before) in touched.drain(..) {
            self.conclude(place, before, tell);
        }
        self.touched = touched;
    }

    fn size(&self) -> KeeperSize {
        KeeperSize { keys_count: self.rows_count, held_count: self.entries_count }
    }
}
