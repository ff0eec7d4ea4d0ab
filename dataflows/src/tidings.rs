//! What the keepers are told: signals, rows of the ledger, and their own rows after a restart.

use std::sync::Arc;

use events::Observation;
use ledger::{Row, RowChange, RowKey};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::view_rows::{ViewKey, ViewRow};

/// One thing that a keeper may want to hear; shared, since every view looks at each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tiding {
    /// Somebody has seen something.
    Observed(Arc<Observation>),
    /// A row of the ledger is now this.
    Row(Arc<RowChange>),
    /// A row that only the view itself could tell, as it was stored before the start.
    Stored(Arc<(ViewKey, ViewRow)>),
}

/// The rows of the ledger that some view is made of.
pub(crate) fn tidings_of(rows: &[RowChange]) -> impl Iterator<Item = Tiding> {
    let told = |change: &&RowChange| match change {
        RowChange::Put(row) => views_hear(row),
        RowChange::Delete(key) => is_key_told(key),
    };
    rows.iter().filter(told).map(|change| Tiding::Row(Arc::new(change.clone())))
}

/// Whether some view is made of such rows.
pub(crate) fn views_hear(row: &Row) -> bool {
    match row {
        Row::Property(_)
        | Row::RoomType(_)
        | Row::RatePlan(_)
        | Row::Inventory(_)
        | Row::InventoryNight(_)
        | Row::Link(_)
        | Row::Policy(_)
        | Row::ActivePolicy(_)
        | Row::Booking(_) => true,
        Row::Restrictions(_)
        | Row::Limits(_)
        | Row::Above(_)
        | Row::HoldCaps(_)
        | Row::Oversold(_)
        | Row::Block(_)
        | Row::BusinessDate(_)
        | Row::Hold(_)
        | Row::Decision(_)
        | Row::Tombstone(_)
        | Row::Slot(_)
        | Row::Clock(_) => false,
    }
}

fn is_key_told(key: &RowKey) -> bool {
    match key {
        RowKey::Property(_)
        | RowKey::RoomType(..)
        | RowKey::RatePlan(..)
        | RowKey::Inventory(..)
        | RowKey::InventoryNight(..)
        | RowKey::Link(..)
        | RowKey::Policy(..)
        | RowKey::ActivePolicy(..)
        | RowKey::Booking(_) => true,
        RowKey::Restrictions(..)
        | RowKey::Limits(..)
        | RowKey::Above(..)
        | RowKey::HoldCaps(_)
        | RowKey::Oversold(..)
        | RowKey::Block(..)
        | RowKey::BusinessDate(_)
        | RowKey::Hold(_)
        | RowKey::Decision(..)
        | RowKey::Tombstone(_)
        | RowKey::Slot(_)
        | RowKey::Clock(_) => false,
    }
}

/// Something that travels between the workers of one process and never further.
///
/// Timely asks that whatever is exchanged can be serialised, and within a process it never does
/// so; this says so, and fails instead of inventing a second wire form if it ever should.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local<T>(pub T);

impl<T> Serialize for Local<T> {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("what workers tell each other stays in their process"))
    }
}

impl<'de, T> Deserialize<'de> for Local<T> {
    fn deserialize<D: Deserializer<'de>>(_deserializer: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("what workers tell each other stays in their process"))
    }
}
