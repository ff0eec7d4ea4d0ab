//! Bugs on purpose, one at a time, to see whether the simulator finds them.
//!
//! Without the feature `planted-bugs`, which no product is built with, [`is_on`] is `false` at
//! compile time and nothing of this is left.

/// What may be wrong with the rules of sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The night of the departure is claimed too.
    CheckoutNightCounted,
    /// A hold ends after its deadline instead of at it.
    ExpiryAfterDeadline,
    /// A restart forgets what was answered.
    AnswersForgottenAtRestart,
    /// A refusal is not remembered under its id.
    RejectionNotStored,
    /// The views are not told of rooms that are given back.
    GivingBackNotTold,
    /// The views are not told of a supply that is lowered.
    LoweredSupplyNotTold,
    /// A withdrawal of what is unknown is forgotten at once.
    TombstoneMissing,
    /// Ticks of an earlier owner move log time.
    TickOfOldEpochCounted,
    /// A command is decided however late it comes.
    StaleDecided,
    /// A tick that comes twice moves log time twice.
    TickCountedTwice,
    /// The interval of a hold begins before the first tick after it.
    IntervalBeginsEarly,
    /// Only the first night of a stay is looked at.
    FirstNightOnly,
    /// The lines of one hold are admitted one by one.
    LinesAdmittedAlone,
    /// Holds that end together end in the order in which they came to be.
    ExpiryInOrderOfArrival,
    /// An expired hold is admitted again though its rooms are taken.
    ReadmittedWithoutRoom,
    /// A restart forgets which holds wait for their first tick.
    WaitingHoldsForgottenAtRestart,
    /// Blocked rooms are sold.
    BlockedRoomsSold,
    /// The same id with another body is answered as the first time.
    BodyNotCompared,
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
