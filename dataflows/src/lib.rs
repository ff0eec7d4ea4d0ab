//! The views: decisions become availability, incrementally, at a known position.
//!
//! ```text
//! log --records--> ledger --mailbox--> views (timely) --rows--> writer --Changes--> sink
//!                   |  |
//!                   |  '-- decisions, at once --> listener
//!                   '-- what cannot be read --> dead letters
//! ```
//!
//! - [`views`]: one view per file: question, reference SQL, row, bound on its state.
//! - [`Engine`]: everything between a log and a sink, as one thing to start and to stop.
//! - [`Intake`]: the signals, read beside the commands.
//! - [`Changes`]: what leaves this crate, whole or not at all.
//!
//! The only crate that says timely or differential. Its laws:
//!
//! 1. Decisions depend on the order of the log alone: batches, epochs and workers change none.
//! 2. A decision is told before any view has seen it; it never waits for a dataflow.
//! 3. [`Changes`] lead from one position to a later one and are handed on only when every worker
//!    has closed their epoch. A frontier that is empty because something ends closes nothing.
//! 4. What waits is bounded: two epochs on their way, and so many changes in the mailbox; above
//!    that the ledger waits and the log holds the rest.
//! 5. After a restart the views are computed again from the stored rows; what differs from the
//!    stored views is corrected and counted.
//!
//! A process that runs an [`Engine`] installs a panic hook that aborts: timely leaves the peers of
//! a worker that panicked parked for ever.

pub mod bench;
pub mod changes;
pub mod engine;
pub mod error;
pub mod host;
mod hydration;
pub mod inputs;
pub mod intake;
pub mod keeper;
pub mod ledger_thread;
pub mod letters;
mod mailbox;
pub mod places;
mod priority;
mod report;
pub mod status;
pub mod stepped;
pub mod stored;
pub mod tidings;
pub mod view_rows;
pub mod views;
mod wiring;
mod worker;
pub mod writer;

pub use changes::Changes;
pub use engine::{Base, Engine, EngineOptions, Stopped};
pub use error::{EngineError, SinkError};
pub use host::{Standing, Standings};
pub use intake::{Heard, Hearing, Intake};
pub use keeper::{Keeper, KeeperSize};
pub use ledger_thread::{Listener, PartitionStart, Reply};
pub use letters::Letters;
pub use priority::yield_to_deciders;
pub use status::{OnFatal, Status};
pub use stepped::SteppedEngine;
pub use stored::{Kept, ReadKept, ReadStored, Stored, StoredInMemory, StoredRow, Untold};
pub use tidings::{Local, Tiding};
pub use view_rows::{ViewChange, ViewKey, ViewRow};
pub use views::availability::{AvailabilityKey, AvailabilityRow};
pub use writer::Sink;
