//! The heart: a command at its place in the log becomes a decision and the rows that it changes.
//!
//! [`apply`] is synchronous and total: no I/O, clock, randomness, float, hash order, panic,
//! `Result` or async. Its laws:
//!
//! 1. The same records in the same order give the same decisions and the same rows, byte for byte,
//!    however they are cut into batches.
//! 2. A command id is decided once; the same id with the same body is answered as the first time.
//! 3. A stay is admitted for all its nights and lines, or for none.
//! 4. held + sold + allotted never passes `Supply::limit` by a sale or a block; lowering the limit
//!    turns nobody away, and no recommendation lifts it above what the hotel allows.
//! 5. A hold never ends before its interval of log time, counted from the first tick after it.
//! 6. State is proportional to what is sold and remembered, not to the calendar.

mod above;
pub mod apply;
mod blocks;
mod commands;
pub mod decided;
pub mod digest;
mod forget;
mod inventory;
mod journal;
pub mod laws;
pub mod limits;
pub mod moves;
mod oversold;
pub mod planted;
pub mod policies;
mod property;
pub mod restore;
pub mod restrictions;
pub mod rows;
mod rules;
mod slot;
pub mod state;
#[cfg(test)]
mod tests;
mod warm;

pub use apply::apply;
pub use decided::Decided;
pub use digest::Digest;
pub use moves::{ClaimKind, Move, moves_of_row};
pub use restore::{RestoreError, Restoring};
pub use rows::{Row, RowChange, RowKey};
pub use state::State;
