//! What leaves this crate: everything that changed up to one position of the log.

use events::{Link, Position};
use ingest::{Bookmark, Topic};
use ledger::{Digest, RowChange};

use crate::view_rows::ViewChange;
use crate::views::availability::{AvailabilityKey, AvailabilityRow};

/// All that changed between the changes before and `up_to`; kept whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// What these changes lead to.
    pub up_to: Position,
    /// The last step of the log's chain before `up_to`, for each partition.
    pub chains: Vec<(u16, Link)>,
    /// The digest of the decisions at `up_to`, for each partition.
    pub digests: Vec<(u16, Digest)>,
    /// The rows of the ledger, each at most once.
    pub ledger: Vec<RowChange>,
    /// The rows of the view `availability`, each at most once, room type by room type and there in
    /// order of nights; `None` where a row is gone.
    pub availability: Vec<(AvailabilityKey, Option<AvailabilityRow>)>,
    /// The rows of the other views, each at most once.
    pub views: Vec<ViewChange>,
    /// How far each topic of signals is reflected, where that has changed.
    pub bookmarks: Vec<(Topic, Bookmark)>,
    /// Whether these are corrections of what is stored, of which more will come before the views
    /// are loaded.
    pub is_early: bool,
}
