//! Which telling of each attempt holds, and what that changes for its identities.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use events::{Attempt, Minute, Observation, Outcome, Signal, SourceId, Stamp};
use rustc_hash::FxHashMap;

use super::base::{BaseEvent, Telling};
use super::history::Entry;
use super::identities::Step;
use super::{AttemptKey, AttemptRow, IdentityKind, KEPT_MINUTES, VelocityKey, hash_of, short};
use crate::keeper::{Keeper, KeeperSize};

/// One telling of an attempt, with the hashes by which the keepers know what it names.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its place in the log; the identities hear in this order, whichever worker tells them.
    pub order: u64,
    key: AttemptKey,
    observed: Stamp,
    stamp: Stamp,
    /// The hash of each kind of identity; 0 where there is none.
    identities: [u128; 6],
    entry: Entry,
    /// What was said, on its way to the base; nobody else needs it.
    said: Option<Arc<Observation>>,
}

impl Told {
    /// What an observation tells of an attempt; `None` if it is of something else.
    pub fn new(order: u64, observation: Arc<Observation>) -> Option<Self> {
        let told = Self::to_count(order, &observation, &IdentityKind::ALL)?;
        Some(Self { said: Some(observation), ..told })
    }

    /// Only what counting by these kinds takes, for measuring that alone.
    pub fn to_count(order: u64, observation: &Observation, kinds: &[IdentityKind]) -> Option<Self> {
        let Observation { source, observed, stamp, signal, .. } = observation;
        let Signal::Attempt(attempt) = signal else { return None };
        Some(Self { order, ..Self::of(source, *observed, *stamp, attempt, kinds) })
    }

    fn of(
        source: &SourceId,
        observed: Stamp,
        stamp: Stamp,
        attempt: &Attempt,
        kinds: &[IdentityKind],
    ) -> Self {
        let key = AttemptKey::new(source, &attempt.id);
        let mut identities = [0; 6];
        for kind in kinds {
            if let Some(text) = kind.text_of(attempt) {
                identities[kind.index()] = hash_of(text.as_bytes());
            }
        }
        let card = attempt.card.as_ref().map_or(0, |card| hash_of(card.as_str().as_bytes()));
        let entry = Entry {
            property: hash_of(attempt.property.as_str().as_bytes()) as u64,
            card: card as u64,
            amount_minor: attempt.amount.amount_minor,
            attempt: key.0 as u64,
            minute: short(observed.min(stamp).minute()),
            currency: attempt.amount.currency,
            outcome: attempt.outcome,
        };
        Self { order: 0, key, observed, stamp, identities, entry, said: None }
    }

    /// Where the worker that deals with this attempt is found.
    pub fn route(&self) -> u64 {
        self.key.0 as u64
    }

    /// The minute in which it was appended.
    fn appended(&self) -> i32 {
        short(self.stamp.minute())
    }

    /// Of two tellings of one attempt the greater one holds.
    fn version(&self) -> (Stamp, Outcome, [u128; 6], u64, i64, events::Currency, Reverse<Stamp>) {
        let Entry { property, amount_minor, currency, outcome, .. } = self.entry;
        let stamp = Reverse(self.stamp);
        (self.observed, outcome, self.identities, property, amount_minor, currency, stamp)
    }
}

/// What is heard.
#[derive(Debug, Clone)]
pub enum AttemptsEvent {
    /// An attempt was told.
    Told(Box<Told>),
    /// An attempt as it was stored before a restart.
    Stored(Box<AttemptRow>),
}

/// What is told, to the other two keepers.
#[derive(Debug, Clone)]
pub enum AttemptsChange {
    /// To the keeper of identities.
    Step(Step),
    /// To the keeper of the base.
    Base(BaseEvent),
}

/// The keeper.
#[derive(Debug, Default)]
pub struct Attempts {
    held: FxHashMap<AttemptKey, Box<Told>>,
    /// Attempts by the minute in which the telling that holds, or one before it, was appended.
    by_minute: BTreeMap<i32, Vec<AttemptKey>>,
    /// The highest stamp that was heard.
    latest: Stamp,
    changes: Vec<AttemptsChange>,
}

impl Attempts {
    fn take(&mut self, mut told: Box<Told>) {
        self.latest = self.latest.max(told.stamp);
        let said = told.said.take();
        let key = told.key;
        let appended = told.appended();
        let before = self.held.get(&key);
        // What is as good as forgotten is another attempt, whether it is forgotten yet or not.
        let known = before.filter(|before| before.appended() > appended - KEPT_MINUTES);
        if known.is_some_and(|known| known.version() >= told.version()) {
            return;
        }
        let asks = if known.is_some() { Asks::New } else { Asks::All };
        steps(&mut self.changes, before.map(Box::as_ref), &told, asks);
        if let Some(said) = said {
            self.changes.push(AttemptsChange::Base(BaseEvent::Telling(Telling { key, said })));
        }
        if before.is_none_or(|before| before.appended() != appended) {
            self.by_minute.entry(appended).or_default().push(key);
        }
        self.held.insert(key, told);
    }

    fn restore(&mut self, row: Box<AttemptRow>) {
        let told = Told::of(&row.source, row.observed, row.stamp, &row.attempt, &IdentityKind::ALL);
        self.latest = self.latest.max(told.stamp);
        steps(&mut self.changes, None, &told, Asks::None);
        self.by_minute.entry(told.appended()).or_default().push(told.key);
        self.held.insert(told.key, Box::new(told));
        self.changes.push(AttemptsChange::Base(BaseEvent::Stored(row)));
    }

    /// Forgets what no window will hold again.
    fn forget(&mut self, now: Minute) {
        let until = short(now).min(short(self.latest.minute())) - KEPT_MINUTES;
        while let Some(first) = self.by_minute.first_entry().filter(|first| *first.key() <= until) {
            let (minute, keys) = first.remove_entry();
            for key in keys {
                if self.held.get(&key).is_some_and(|held| held.appended() == minute) {
                    self.held.remove(&key);
                    self.changes.push(AttemptsChange::Base(BaseEvent::Forgotten(key)));
                }
            }
        }
    }
}

/// For which identities it is asked what was known before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    None,
    /// For those that the telling before it did not name.
    New,
    All,
}

/// What the identities of an attempt hear when a telling takes the place of the one before it.
fn steps(changes: &mut Vec<AttemptsChange>, before: Option<&Told>, told: &Told, asks: Asks) {
    let at = told.appended();
    for kind in IdentityKind::ALL {
        let index = kind.index();
        let left = before.map_or(0, |before| before.identities[index]);
        let entered = told.identities[index];
        let step = |hash| {
            let key = VelocityKey { kind, hash };
            Step {
                order: told.order,
                key,
                attempt: told.key,
                leaves: None,
                enters: None,
                asks: None,
            }
        };
        let leaves = before.map(|before| before.entry.minute);
        let enters = Some(told.entry);
        let mut tell = |step| changes.push(AttemptsChange::Step(step));
        if left == entered {
            let asks = (asks == Asks::All).then_some(at);
            if left != 0 && (asks.is_some() || before.map(|before| before.entry) != enters) {
                tell(Step { leaves, enters, asks, ..step(left) });
            }
            continue;
        }
        if left != 0 {
            tell(Step { leaves, ..step(left) });
        }
        if entered != 0 {
            let asks = (asks != Asks::None).then_some(at);
            tell(Step { enters, asks, ..step(entered) });
        }
    }
}

impl Keeper for Attempts {
    type Event = AttemptsEvent;
    type Change = AttemptsChange;

    fn hear(&mut self, event: AttemptsEvent) {
        match event {
            AttemptsEvent::Told(told) => self.take(told),
            AttemptsEvent::Stored(row) => self.restore(row),
        }
    }

    fn close(&mut self, now: Minute, tell: &mut dyn FnMut(AttemptsChange)) {
        self.forget(now);
        self.changes.drain(..).for_each(tell);
    }

    fn size(&self) -> KeeperSize {
        KeeperSize { keys_count: self.held.len(), held_count: self.held.len() }
    }
}
