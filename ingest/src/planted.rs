//! Bugs on purpose, one at a time, to see whether the simulator finds them.
//!
//! Without the feature `planted-bugs`, which no product is built with, [`is_on`] is `false` at
//! compile time and nothing of this is left.

/// What may be wrong below the ledger and above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The log shows a group that it has not synced.
    AcknowledgedBeforeSync,
    /// The log shows a group that it has not written.
    ReadUnsynced,
    /// What the witness says is not looked at when a log is opened.
    WitnessNotChecked,
    /// Damage before acknowledged groups is cut off as if it were a torn tail.
    DamageCutOff,
    /// A log is opened with another number of partitions.
    PartitionCountAccepted,
    /// A record that cannot be read is skipped without a dead letter.
    DecodeErrorSkipped,
    /// An epoch is stored before the views have closed it.
    EpochStoredEarly,
    /// Of several changes of one row the first is kept.
    FirstChangeKept,
    /// A night with more sold than its limit is shown as sold out.
    ClampHidesOversell,
    /// The position is stored before the rows that it speaks of.
    PositionBeforeRows,
    /// The rows are stored before their position.
    RowsBeforePosition,
    /// A state that is ahead of its log is taken.
    StateAheadAccepted,
    /// A state of other records is taken.
    ForkAccepted,
    /// A read does not wait for its position.
    TokenIgnored,
    /// An id that was decided in another slot is let in.
    IdInTwoSlots,
    /// The answer goes to whoever asked before.
    AnswerOfAnother,
}

#[cfg(feature = "planted-bugs")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Has a bug, or none, on the calling thread from here on.
#[cfg(feature = "planted-bugs")]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// Whether that bug is there.
#[cfg(feature = "planted-bugs")]
pub fn is_on(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether that bug is there: never.
#[cfg(not(feature = "planted-bugs"))]
pub const fn is_on(_: Bug) -> bool {
    false
}
