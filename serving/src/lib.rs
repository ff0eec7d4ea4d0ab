//! The door: the HTTP API; it writes nothing but the log and reads nothing but storage.
//!
//! ```text
//!  write: extract -> wire (every fault) -> submit (append, wait) -> status -> problem or answer
//!  read:  extract -> wait for a position -> one snapshot of storage -> answer with `as_of`
//! ```
//!
//! Invariants:
//!
//! - Nothing is decided here. An answer to a write is about a record read back as durable.
//! - The same key with the same body is answered with the same bytes: a body is a function of the
//!   command, the stored decision, and the stamp of the record first decided under its id.
//! - A read answers from one snapshot, and never from one older than its caller asked for.
//! - A JSON body is never a domain type, and every fault of a request is reported at once.
//! - Every error is a problem of RFC 9457, of a status that one total function gives it.

pub mod admission;
pub mod app;
pub mod batches;
mod card;
mod civil;
pub mod clock;
pub mod confirmation;
mod disk;
mod document;
pub mod door;
mod extract;
pub mod feed;
mod followed;
mod guard;
mod in_flight;
pub mod keys;
mod lines;
pub mod metrics;
mod observe;
pub mod openapi;
mod paths;
mod policy;
mod price_list;
pub mod problem;
pub mod progress;
pub mod rates;
mod reading;
mod respond;
pub mod router;
mod routes;
mod seen;
pub mod serve;
pub mod starting;
pub mod status;
mod strict;
pub mod submit;
#[cfg(test)]
mod testing;
mod trace;
pub mod wire;

pub use app::{App, Options, Readiness, Ready};
pub use batches::Batches;
pub use clock::{Clock, SystemClock};
pub use confirmation::ConfirmationKey;
pub use disk::DiskState;
pub use door::{Door, DoorOptions};
pub use feed::Feed;
pub use keys::{ApiKey, Caller, Scope, Secret};
pub use metrics::Metrics;
pub use progress::Progress;
pub use router::router;
pub use seen::Seen;
pub use serve::{ServeError, serve};
pub use starting::answer_not_ready;
pub use submit::{Submitted, Ticket, Waiters};
