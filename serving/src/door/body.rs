//! A body from its first byte to its last: how long it may be, how slow, and how much memory all
//! bodies together may take.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, header};
use tokio::time::Instant;

use super::DoorOptions;
use crate::extract::BODY_BYTES_MAX;

/// A body is not measured before that: the first packets of a good client may be lost.
const GRACE: Duration = Duration::from_secs(3);

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    /// It is longer than any may be.
    TooLarge,
    /// It came too slowly.
    TooSlow,
    /// It broke off.
    Unreadable,
    /// All bodies together take too much memory.
    NoMemory,
}

/// How much memory is left for bodies.
#[derive(Debug)]
pub(crate) struct Budget(Arc<AtomicUsize>);

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    fn share(&self) -> Share {
        Share { left: Arc::clone(&self.0), taken: 0 }
    }
}

/// What one body takes of it; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    left: Arc<AtomicUsize>,
    taken: usize,
}

impl Share {
    fn take(&mut self, bytes: usize) -> Result<(), BodyFault> {
        let less = |left: usize| left.checked_sub(bytes);
        let taken = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        taken.map_err(|_| BodyFault::NoMemory)?;
        self.taken += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.left.fetch_add(self.taken, Ordering::Relaxed);
    }
}

/// A whole body.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) bytes: Bytes,
    /// To be kept for as long as the bytes are.
    pub(crate) share: Share,
}

/// Reads a body to its end, within every bound.
pub(crate) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    options: &DoorOptions,
    budget: &Budget,
) -> Result<Read, BodyFault> {
    let mut share = budget.share();
    if body.is_end_stream() {
        return Ok(Read { bytes: Bytes::new(), share });
    }
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let length = length.and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(BodyFault::TooLarge);
    }
    let started = Instant::now();
    let mut read = Vec::new();
    let mut only = Bytes::new();
    loop {
        let until = until(started, only.len().max(read.len()), options);
        let next = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
        let frame = tokio::time::timeout_at(until, next).await.map_err(|_| BodyFault::TooSlow)?;
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| BodyFault::Unreadable)?.into_data() else { continue };
        let before = only.len().max(read.len());
        if before + data.len() > BODY_BYTES_MAX {
            return Err(BodyFault::TooLarge);
        }
        share.take(data.len())?;
        if before == 0 {
            // Most bodies come in one piece, which need not be copied.
            only = data;
            continue;
        }
        read.extend_from_slice(&std::mem::take(&mut only));
        read.extend_from_slice(&data);
    }
    Ok(Read { bytes: if read.is_empty() { only } else { read.into() }, share })
}

/// Until when the next bytes must come, after so many.
fn until(started: Instant, bytes: usize, options: &DoorOptions) -> Instant {
    let per_second = options.body_bytes_per_second_min.max(1);
    let earned = Duration::from_millis(bytes as u64 * 1_000 / per_second);
    started + (GRACE + earned).min(options.body_wait)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{BodyFault, Budget, until};
    use crate::door::DoorOptions;

    #[test]
    fn a_body_must_come_quickly_enough() {
        let (started, options) = (Instant::now(), DoorOptions::default());
        assert_eq!(until(started, 0, &options) - started, Duration::from_secs(3));
        assert_eq!(until(started, 512, &options) - started, Duration::from_secs(5));
        assert_eq!(until(started, 1 << 20, &options) - started, Duration::from_secs(15));
    }

    #[test]
    fn all_bodies_together_have_a_bound() {
        let budget = Budget::new(10);
        let (mut first, mut second) = (budget.share(), budget.share());
        assert_eq!((first.take(6), first.take(2)), (Ok(()), Ok(())));
        assert_eq!(second.take(3), Err(BodyFault::NoMemory));
        drop(first);
        assert_eq!(second.take(10), Ok(()));
    }
}
