//! Policies of a property: every version of each kind, and which of them was in force when.
//!
//! The ledger never reads a document. It sees to it that a version stands for one text for ever,
//! and that everybody who reads the log agrees on the record from which on another is in force.

use events::{PolicyKind, PolicyVersion, PropertyId, Slot, Stamp};

use crate::rows::{ActivePolicyRow, PolicyRow};
use crate::state::State;

/// The most versions of one kind at one property.
pub const VERSIONS_MAX: usize = 250;
/// How many promotions can be taken back.
pub const ROLLBACKS_MAX: usize = 64;

/// The policies of a property.
#[derive(Debug, Default, Clone)]
pub(crate) struct Policies {
    pricing: Shelf,
    overbooking: Shelf,
}

/// The versions of one kind.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shelf {
    /// In the order in which they were staged; never removed from, so that an ordinal stays true.
    versions: Vec<Version>,
    /// The ordinals of those that were promoted and not taken back; the last is in force.
    promoted: Vec<u16>,
}

/// One version.
#[derive(Debug, Clone)]
struct Version {
    id: PolicyVersion,
    text_hash: [u8; 32],
    stamp: Stamp,
    /// The text until it is handed over to be stored: from then on nobody here needs it.
    document: Option<Box<str>>,
}

impl Policies {
    pub(crate) fn of(&self, kind: PolicyKind) -> &Shelf {
        match kind {
            PolicyKind::Pricing => &self.pricing,
            PolicyKind::Overbooking => &self.overbooking,
        }
    }

    pub(crate) fn of_mut(&mut self, kind: PolicyKind) -> &mut Shelf {
        match kind {
            PolicyKind::Pricing => &mut self.pricing,
            PolicyKind::Overbooking => &mut self.overbooking,
        }
    }
}

impl Shelf {
    /// The ordinal of a version.
    pub(crate) fn ordinal(&self, id: &PolicyVersion) -> Option<u16> {
        self.versions.iter().position(|version| version.id == *id).map(|ordinal| ordinal as u16)
    }

    /// The version of an ordinal.
    pub(crate) fn version(&self, ordinal: u16) -> Option<&PolicyVersion> {
        self.versions.get(usize::from(ordinal)).map(|version| &version.id)
    }

    /// Whether that version stands for that text.
    pub(crate) fn is_text_of(&self, ordinal: u16, document: &str) -> bool {
        let version = self.versions.get(usize::from(ordinal));
        version.is_some_and(|version| version.text_hash == hash(document))
    }

    pub(crate) fn versions_count(&self) -> usize {
        self.versions.len()
    }

    /// The ordinal of the version in force.
    pub(crate) fn active(&self) -> Option<u16> {
        self.promoted.last().copied()
    }

    /// Puts a new version beside the others; its ordinal.
    pub(crate) fn stage(&mut self, id: PolicyVersion, document: String, stamp: Stamp) -> u16 {
        let text_hash = hash(&document);
        self.versions.push(Version { id, text_hash, stamp, document: Some(document.into()) });
        (self.versions.len() - 1) as u16
    }

    /// Puts a version in force.
    pub(crate) fn promote(&mut self, ordinal: u16) {
        if self.promoted.len() > ROLLBACKS_MAX {
            self.promoted.remove(0);
        }
        self.promoted.push(ordinal);
    }

    /// Takes the last promotion back.
    pub(crate) fn roll_back(&mut self) {
        self.promoted.pop();
    }

    /// What was stored of a version, whose rows come in order.
    pub(crate) fn restore_version(&mut self, row: PolicyRow) {
        let text_hash = hash(&row.document);
        let PolicyRow { version: id, stamp, .. } = row;
        self.versions.push(Version { id, text_hash, stamp, document: None });
    }

    /// What was stored of the promotions; the version that nobody knows, if there is one.
    pub(crate) fn restore_promoted(&mut self, row: ActivePolicyRow) -> Option<PolicyVersion> {
        for id in row.promoted {
            let Some(ordinal) = self.ordinal(&id) else { return Some(id) };
            self.promoted.push(ordinal);
        }
        None
    }
}

fn hash(document: &str) -> [u8; 32] {
    *blake3::hash(document.as_bytes()).as_bytes()
}

impl State {
    pub(crate) fn policy_row(
        &self,
        (slot, property): (Slot, u32),
        kind: PolicyKind,
        ordinal: u16,
    ) -> Option<PolicyRow> {
        let (property, shelf) = self.shelf((slot, property), kind)?;
        let version = shelf.versions.get(usize::from(ordinal))?;
        Some(PolicyRow {
            property: property.clone(),
            kind,
            version: version.id.clone(),
            ordinal,
            stamp: version.stamp,
            document: version.document.clone()?.into(),
        })
    }

    pub(crate) fn active_policy_row(
        &self,
        whose: (Slot, u32),
        kind: PolicyKind,
    ) -> Option<ActivePolicyRow> {
        let (property, shelf) = self.shelf(whose, kind)?;
        let promoted = shelf.promoted.iter().filter_map(|ordinal| shelf.version(*ordinal));
        let promoted = promoted.cloned().collect();
        Some(ActivePolicyRow { property: property.clone(), kind, promoted })
    }

    fn shelf(
        &self,
        (slot, property): (Slot, u32),
        kind: PolicyKind,
    ) -> Option<(&PropertyId, &Shelf)> {
        let property = self.slot(slot).property_at(property)?;
        let shelf = property.desk.as_ref()?.policies.of(kind);
        Some((&property.definition.property, shelf))
    }

    /// Lets go of a text that was handed over to be stored.
    pub(crate) fn forget_document(
        &mut self,
        (slot, property): (Slot, u32),
        kind: PolicyKind,
        ordinal: u16,
    ) {
        let found = self.slot_mut(slot).property_at_mut(property);
        let desk = found.and_then(|(_, property)| property.desk.as_mut());
        let Some(shelf) = desk.map(|desk| desk.policies.of_mut(kind)) else { return };
        if let Some(version) = shelf.versions.get_mut(usize::from(ordinal)) {
            version.document = None;
        }
    }
}
