//! Which policies are in force at a property, and which may come to be?
//!
//! ```sql
//! CREATE VIEW policies AS SELECT property, kind,
//!   (SELECT document FROM staged WHERE version = promoted[-1])               AS active,
//!   (SELECT arg_max(document, ordinal) FROM staged WHERE version NOT IN promoted
//!     AND ordinal = (SELECT max(ordinal) FROM staged))                       AS candidate
//! FROM staged JOIN promotions USING (property, kind);
//! ```
//!
//! The candidate is the version that was staged last, unless it was promoted. A version is told by
//! its number: one more than its ordinal, since 0 is what is built in. Documents are checked before
//! they are appended; one that cannot be read all the same is as if it had not been staged.
//!
//! Inputs: the versions and promotions of the ledger. It tells other views and has no rows.
//!
//! Bound on its state: the policies that were staged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use events::{Minute, PolicyKind, PolicyVersion, PropertyId};
use ledger::rows::PolicyRow;
use ledger::{Row, RowChange};
use models::overbooking::OverbookingPolicy;
use models::policy::{parse_overbooking, parse_pricing};
use models::pricing::PricingPolicy;
use rustc_hash::FxHashMap;

use crate::keeper::{Keeper, KeeperSize};

#[cfg(test)]
mod tests;

/// What is in force at a property, and what may come to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyChange {
    /// How prices are made: the policy in force, and the candidate.
    Pricing(PropertyId, [Option<Arc<PricingPolicy>>; 2]),
    /// How much the hotel dares: the policy in force, and the candidate.
    Overbooking(PropertyId, [Option<Arc<OverbookingPolicy>>; 2]),
}

/// What is heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyEvent {
    /// A version was staged.
    Staged(PolicyRow),
    /// The versions that were promoted and not taken back, the last in force.
    Promoted(PropertyId, PolicyKind, Vec<PolicyVersion>),
}

impl PolicyEvent {
    /// What a row of the ledger says to the view, if anything.
    pub fn of(change: &RowChange) -> Option<Self> {
        match change {
            RowChange::Put(Row::Policy(row)) => Some(Self::Staged(row.clone())),
            RowChange::Put(Row::ActivePolicy(row)) => {
                Some(Self::Promoted(row.property.clone(), row.kind, row.promoted.clone()))
            }
            _ => None,
        }
    }

    /// The property that it is about.
    pub fn property(&self) -> &PropertyId {
        match self {
            Self::Staged(row) => &row.property,
            Self::Promoted(property, ..) => property,
        }
    }
}

/// The versions of one kind at a property.
#[derive(Debug)]
struct Shelf<P> {
    staged: BTreeMap<u16, (PolicyVersion, Arc<P>)>,
    promoted: Vec<PolicyVersion>,
    told: [Option<Arc<P>>; 2],
}

impl<P> Default for Shelf<P> {
    fn default() -> Self {
        Self { staged: BTreeMap::new(), promoted: Vec::new(), told: [None, None] }
    }
}

impl<P: PartialEq> Shelf<P> {
    /// The one in force and the candidate, if either is another than was told.
    fn news(&mut self) -> Option<[Option<Arc<P>>; 2]> {
        let mut staged = self.staged.values();
        let active = self.promoted.last();
        let active = active.and_then(|active| staged.find(|(version, _)| version == active));
        let last = self.staged.values().next_back();
        let candidate = last.filter(|(version, _)| !self.promoted.contains(version));
        let now = [active, candidate].map(|found| found.map(|(_, policy)| Arc::clone(policy)));
        (now != self.told).then(|| {
            self.told = now.clone();
            now
        })
    }
}

/// The policies of a property.
#[derive(Debug, Default)]
struct Shelves {
    pricing: Shelf<PricingPolicy>,
    overbooking: Shelf<OverbookingPolicy>,
}

/// The keeper; its key is the property.
#[derive(Debug, Default)]
pub struct Policies {
    shelves: FxHashMap<PropertyId, Shelves>,
    dirty: BTreeSet<PropertyId>,
    size: KeeperSize,
}

impl Keeper for Policies {
    type Event = PolicyEvent;
    type Change = PolicyChange;

    fn hear(&mut self, event: PolicyEvent) {
        self.dirty.insert(event.property().clone());
        let shelves = self.shelves.entry(event.property().clone()).or_default();
        match event {
            PolicyEvent::Staged(row) => {
                self.size.held_count += 1;
                shelves.stage(row);
            }
            PolicyEvent::Promoted(_, PolicyKind::Pricing, promoted) => {
                shelves.pricing.promoted = promoted;
            }
            PolicyEvent::Promoted(_, PolicyKind::Overbooking, promoted) => {
                shelves.overbooking.promoted = promoted;
            }
        }
    }

    fn close(&mut self, _now: Minute, tell: &mut dyn FnMut(PolicyChange)) {
        for property in std::mem::take(&mut self.dirty) {
            let Some(shelves) = self.shelves.get_mut(&property) else { continue };
            if let Some(now) = shelves.pricing.news() {
                tell(PolicyChange::Pricing(property.clone(), now));
            }
            if let Some(now) = shelves.overbooking.news() {
                tell(PolicyChange::Overbooking(property, now));
            }
        }
        self.size.keys_count = self.shelves.len();
    }

    fn size(&self) -> KeeperSize {
        self.size
    }
}

impl Shelves {
    fn stage(&mut self, row: PolicyRow) {
        let PolicyRow { kind, version, ordinal, document, .. } = row;
        let number = version_number(ordinal);
        match kind {
            PolicyKind::Pricing => {
                if let Ok(policy) = parse_pricing(&document) {
                    let policy = Arc::new(policy.with_version(number));
                    self.pricing.staged.insert(ordinal, (version, policy));
                }
            }
            PolicyKind::Overbooking => {
                if let Ok(policy) = parse_overbooking(&document) {
                    let policy = Arc::new(policy.with_version(number));
                    self.overbooking.staged.insert(ordinal, (version, policy));
                }
            }
        }
    }
}

/// The number under which rows tell a version: 0 is what is built in.
pub fn version_number(ordinal: u16) -> u64 {
    u64::from(ordinal) + 1
}
