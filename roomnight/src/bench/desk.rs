//! Clients within the process: each asks, waits for the decision on a record read back as durable,
//! and asks again.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use dataflows::{Listener, Reply};
use events::{BodyHash, Command, CommandId, Decision, Envelope, LogTime, Slot, encode_envelope};
use ingest::{AppendError, Log, Topic};
use serving::{Clock, SystemClock};

/// For how much log time a command may still be decided.
const NOT_AFTER_MS: u64 = 60_000;

/// Where clients get their answers; the sequence of a record is the number of its client.
pub(super) struct Desk {
    producer: u64,
    seats: Box<[Mutex<Seat>]>,
}

#[derive(Default)]
struct Seat {
    decision: Option<Decision>,
    waker: Option<Waker>,
}

impl Desk {
    /// A desk with so many seats.
    pub(super) fn new(producer: u64, seats: usize) -> Arc<Self> {
        Arc::new(Self { producer, seats: (0..seats).map(|_| Mutex::default()).collect() })
    }

    /// The ear to give to the engine.
    pub(super) fn listener(self: &Arc<Self>) -> Box<dyn Listener> {
        Box::new(Ear(Arc::clone(self)))
    }

    /// Asks for something and waits until it is decided.
    pub(super) async fn ask(
        &self,
        log: &dyn Log,
        seat: usize,
        id: u128,
        log_time: LogTime,
        command: Command,
    ) -> Result<Decision, AppendError> {
        let slot = command.slot().unwrap_or(Slot::from_low_bits(0));
        let envelope = Envelope {
            id: CommandId(id),
            producer: self.producer,
            sequence: seat as u64,
            not_after: log_time.plus_ms(NOT_AFTER_MS),
            stamp: SystemClock.now(),
            slot,
            body_hash: BodyHash(0),
            command,
        };
        let partition = slot.partition(log.partitions());
        log.append(Topic::Commands, partition, encode_envelope(&envelope).into())?;
        let decision = poll_fn(|context| {
            let mut seat = lock(&self.seats[seat]);
            if let Some(decision) = seat.decision.take() {
                return Poll::Ready(decision);
            }
            seat.waker = Some(context.waker().clone());
            Poll::Pending
        });
        Ok(decision.await)
    }
}

/// Nothing can panic between two changes of a seat.
fn lock(seat: &Mutex<Seat>) -> MutexGuard<'_, Seat> {
    seat.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Ear(Arc<Desk>);

impl Listener for Ear {
    fn decided(&mut self, replies: &[Reply], _: &[(u16, LogTime)]) {
        for reply in replies.iter().filter(|reply| reply.producer == self.0.producer) {
            let Some(seat) = self.0.seats.get(reply.sequence as usize) else { continue };
            let mut seat = lock(seat);
            seat.decision = Some(reply.decided.decision.clone());
            let waker = seat.waker.take();
            drop(seat);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}
