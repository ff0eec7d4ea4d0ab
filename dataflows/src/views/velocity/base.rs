//! Each attempt as it stands, with what was known of its identities before it.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::{Minute, Observation, Signal};
use rustc_hash::FxHashMap;

use super::features::{pack, unpack};
use super::identities::Feature;
use super::{AttemptKey, AttemptRow, IdentityKind, VelocityRow};
use crate::keeper::{Keeper, KeeperSize};

/// The telling of an attempt that holds.
#[derive(Debug, Clone)]
pub struct Telling {
    pub(super) key: AttemptKey,
    pub(super) said: Arc<Observation>,
}

/// What is heard.
#[derive(Debug, Clone)]
pub enum BaseEvent {
    /// Another telling holds.
    Telling(Telling),
    /// What was known of one of its identities.
    Feature(Feature),
    /// No window will hold it again.
    Forgotten(AttemptKey),
    /// An attempt as it was stored before a restart.
    Stored(Box<AttemptRow>),
}

impl BaseEvent {
    /// Where the worker that deals with the attempt is found.
    pub fn route(&self) -> u64 {
        let key = match self {
            Self::Telling(telling) => telling.key,
            Self::Feature(feature) => return feature.route(),
            Self::Forgotten(key) => *key,
            Self::Stored(row) => row.key(),
        };
        key.0 as u64
    }
}

/// What is told: a row of the base.
pub type BaseChange = (AttemptKey, Option<Box<AttemptRow>>);

/// The keeper. Of an attempt that is told it holds the features alone: the rest comes with the next
/// telling, if there is one.
#[derive(Debug, Default)]
pub struct Base {
    held: FxHashMap<AttemptKey, Box<[u8]>>,
    tellings: BTreeMap<AttemptKey, Arc<Observation>>,
    features: FxHashMap<AttemptKey, [Option<VelocityRow>; 6]>,
    forgotten: Vec<AttemptKey>,
}

impl Base {
    /// The row of an attempt after a telling.
    fn row(&mut self, key: AttemptKey, said: Arc<Observation>) -> Option<AttemptRow> {
        let Observation { source, observed, stamp, signal, .. } = Arc::unwrap_or_clone(said);
        let Signal::Attempt(attempt) = signal else { return None };
        let known = self.held.get(&key).map(|packed| unpack(packed)).unwrap_or_default();
        let mut new = self.features.remove(&key).unwrap_or_default();
        let mut features = known;
        for kind in IdentityKind::ALL {
            let feature = &mut features[kind.index()];
            if let Some(new) = new[kind.index()].take() {
                *feature = Some(new);
            }
            if !kind.is_of(&attempt) {
                *feature = None;
            }
        }
        Some(AttemptRow { source, observed, stamp, attempt: *attempt, features })
    }
}

impl Keeper for Base {
    type Event = BaseEvent;
    type Change = BaseChange;

    fn hear(&mut self, event: BaseEvent) {
        match event {
            BaseEvent::Telling(telling) => {
                self.tellings.insert(telling.key, telling.said);
            }
            BaseEvent::Feature(Feature { attempt, kind, row }) => {
                self.features.entry(attempt).or_default()[kind.index()] = Some(row);
            }
            BaseEvent::Forgotten(key) => self.forgotten.push(key),
            BaseEvent::Stored(row) => {
                self.held.insert(row.key(), pack(&row.features));
            }
        }
    }

    fn close(&mut self, _now: Minute, tell: &mut dyn FnMut(BaseChange)) {
        for key in std::mem::take(&mut self.forgotten) {
            self.tellings.remove(&key);
            if self.held.remove(&key).is_some() {
                tell((key, None));
            }
        }
        for (key, said) in std::mem::take(&mut self.tellings) {
            let Some(row) = self.row(key, said) else { continue };
            let row = Box::new(row);
            self.held.insert(key, pack(&row.features));
            tell((key, Some(row)));
        }
        self.features.clear();
    }

    fn size(&self) -> KeeperSize {
        KeeperSize { keys_count: self.held.len(), held_count: self.held.len() }
    }
}
