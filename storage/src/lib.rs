//! The memory: ledger rows and views on disk, with the one position that they reflect.
//!
//! ```text
//!  Store::open -> load -> check_against(log) -> (the engine runs) -> write(changes) ...
//!                                                                 -> snapshot() for every read
//! ```
//!
//! What was loaded may be used once the check says so; a state that is empty is checked first.
//!
//! Invariants:
//!
//! - Rows and the position they reflect are written together, or neither.
//! - The log is the durable truth: the state may trail it, never leads it, and is refused when it
//!   does. Removing the state loses nothing but the time to rebuild it.
//! - Every read is of one snapshot, and a snapshot names its position.
//! - A row that is not what was written is an error that names its table and key, never a row.
//! - This is the only crate that knows RocksDB, and nothing here decides.

mod batch;
pub mod bookmarks;
pub mod check;
pub mod error;
mod hydrate;
pub mod image;
mod key;
mod kinds;
pub mod load;
pub mod options;
pub mod read;
pub mod store;
mod table;
mod tables;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod views;

pub use check::{CheckError, Checked};
pub use error::Error;
pub use hydrate::for_views;
pub use image::Image;
pub use load::Loaded;
pub use options::StoreOptions;
pub use read::Snapshot;
pub use store::Store;
