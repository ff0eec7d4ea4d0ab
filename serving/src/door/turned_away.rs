//! What is said to a request that is turned away before it is read: the same bytes each time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use events::Slot;

use super::Door;
use super::sieve::Head;
use crate::admission::{Class, Wish};
use crate::metrics::Metrics;
use crate::policy;
use crate::problem::{Kind, MEDIA_TYPE, Problem};

/// How many answers there are: they differ in how long to wait, so that those who were turned away
/// together do not come back together.
const ANSWERS: usize = 3;

/// A longer request is left to whoever sees to how its body arrives.
const BYTES_MAX: usize = 64 << 10;

/// The answers, written once.
#[derive(Debug)]
pub(super) struct TurnedAway {
    answers: [Vec<u8>; ANSWERS],
    next: AtomicUsize,
}

impl TurnedAway {
    pub(super) fn new() -> Self {
        Self {
            answers: std::array::from_fn(|number| answer(1 + number)),
            next: AtomicUsize::new(0),
        }
    }
}

fn answer(wait_s: usize) -> Vec<u8> {
    let problem = Problem::new(Kind::Overloaded);
    let body = problem.body();
    let mut answer = format!(
        "HTTP/1.1 {}\r\ncontent-type: {}\r\nretry-after: {wait_s}\r\ncontent-length: {}\r\n\r\n",
        problem.status(),
        MEDIA_TYPE.to_str().unwrap_or_default(),
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(&body);
    answer
}

impl Door {
    /// What a request is told at once, if there is neither a place nor a chair for it.
    pub(super) fn turn_away(&self, head: &Head<'_>, metrics: &Metrics) -> Option<&[u8]> {
        if !self.admission.has_waiting() || head.length > BYTES_MAX {
            return None;
        }
        let policy = policy::of_plain(head.method, head.path)?;
        let class = policy.class?;
        let wish = Wish { class, lane: lane_of(class, head.body) };
        if !self.admission.is_hopeless(wish, Instant::now()) {
            return None;
        }
        metrics.door.refused(Some(class), "queue_full");
        metrics.request(Some(policy.path), 503, Duration::ZERO);
        let number = self.turned_away.next.fetch_add(1, Ordering::Relaxed);
        Some(&self.turned_away.answers[number % ANSWERS])
    }
}

/// The slot of the property that a hold is for, as far as a look at its body tells. Nothing depends
/// on it but whose turn it is: the body is not read as JSON yet.
pub(crate) fn lane_of(class: Class, body: &[u8]) -> Option<Slot> {
    const MEMBER: &[u8] = b"\"property\"";
    if class != Class::Hold {
        return None;
    }
    let at = body.windows(MEMBER.len()).position(|window| window == MEMBER)?;
    let rest = body[at + MEMBER.len()..].trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let end = rest.iter().take(256).position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok().map(Slot::of_text)
}

#[cfg(test)]
mod tests;
