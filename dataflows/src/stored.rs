//! What was stored, as the views start from it: read row by row, then held against what they tell.
//!
//! Of a large state neither the rows nor their copies in the views may stand in memory as a whole:
//! what is read goes to the views at once, and what the views tell is compared as it comes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use ledger::Row;

use crate::error::SinkError;
use crate::view_rows::{ViewKey, ViewRow};
use crate::views::availability::{AvailabilityKey, AvailabilityRow};

/// A row as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredRow {
    /// Of the ledger.
    Ledger(Row),
    /// Of a keeper, and only it could tell it; see [`ViewKey::is_base`].
    View(ViewKey, ViewRow),
}

/// Hands over what the views are made of: the rows of the ledger, then those that only a view
/// itself could tell, since these are about those.
pub type ReadStored = Box<dyn FnOnce(&mut dyn FnMut(StoredRow)) -> Result<(), SinkError> + Send>;

/// Gives the rows of the views.
pub type ReadKept = Box<dyn FnOnce() -> Result<Box<dyn Kept>, SinkError> + Send>;

/// What was stored, all at one position. Both are called once, on threads of their own.
pub struct Stored {
    /// What the views are made of.
    pub read: ReadStored,
    /// What they had made of it.
    pub kept: ReadKept,
}

impl Default for Stored {
    fn default() -> Self {
        StoredInMemory::default().into()
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").finish_non_exhaustive()
    }
}

/// The rows of the views as they are stored, each to be held against what a view tells.
pub trait Kept: Send {
    /// Whether under the key stands just that row; none says that nothing does. Each key is asked
    /// for once.
    fn is(&mut self, key: &ViewKey, row: Option<&ViewRow>) -> bool;

    /// The same of the view `availability`.
    fn is_available(&mut self, key: &AvailabilityKey, row: Option<&AvailabilityRow>) -> bool;

    /// What was not asked for. Of rows that only a view itself could tell none is named: they are
    /// what the view was told.
    fn untold(&mut self) -> Result<Untold, SinkError>;
}

/// Rows that are stored and that no view tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Untold {
    /// Of the view `availability`.
    pub availability: Vec<AvailabilityKey>,
    /// Of the keepers.
    pub views: Vec<ViewKey>,
}

/// A small state that stands in memory whole.
#[derive(Debug, Clone, Default)]
pub struct StoredInMemory {
    /// The rows of the ledger.
    pub ledger: Vec<Row>,
    /// The rows of the view `availability`.
    pub availability: Vec<(AvailabilityKey, AvailabilityRow)>,
    /// The rows of the keepers.
    pub views: Vec<(ViewKey, ViewRow)>,
}

impl From<StoredInMemory> for Stored {
    fn from(StoredInMemory { ledger, availability, views }: StoredInMemory) -> Self {
        let base: Vec<_> = views.iter().filter(|(key, _)| key.is_base()).cloned().collect();
        let read = move |take: &mut dyn FnMut(StoredRow)| {
            ledger.into_iter().for_each(|row| take(StoredRow::Ledger(row)));
            base.into_iter().for_each(|(key, row)| take(StoredRow::View(key, row)));
            Ok(())
        };
        let kept = KeptInMemory {
            availability: availability.into_iter().collect(),
            views: views.into_iter().collect(),
        };
        Self { read: Box::new(read), kept: Box::new(move || Ok(Box::new(kept))) }
    }
}

/// The rows of the views, until somebody asks for them.
#[derive(Debug)]
struct KeptInMemory {
    availability: BTreeMap<AvailabilityKey, AvailabilityRow>,
    views: HashMap<ViewKey, ViewRow>,
}

impl Kept for KeptInMemory {
    fn is(&mut self, key: &ViewKey, row: Option<&ViewRow>) -> bool {
        self.views.remove(key).as_ref() == row
    }

    fn is_available(&mut self, key: &AvailabilityKey, row: Option<&AvailabilityRow>) -> bool {
        self.availability.remove(key).as_ref() == row
    }

    fn untold(&mut self) -> Result<Untold, SinkError> {
        let views = std::mem::take(&mut self.views).into_keys();
        Ok(Untold {
            availability: std::mem::take(&mut self.availability).into_keys().collect(),
            views: views.filter(|key| !key.is_base()).collect(),
        })
    }
}
