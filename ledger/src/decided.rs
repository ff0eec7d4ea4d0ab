//! What became of a record: its decision, and whether it was made before.

use events::{Decision, Stamp};

/// A decision, and when it was first made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What became of the command.
    pub decision: Decision,
    /// The stamp of the record that was first decided under this id.
    pub stamp: Stamp,
    /// An earlier record with this id had been decided.
    pub repeated: bool,
}
