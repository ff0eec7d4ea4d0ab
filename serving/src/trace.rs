//! Trace ids as W3C Trace Context has them: taken over from the caller or drawn anew.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Which trace a request belongs to, and which span of it this process's work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trace {
    trace_id: u128,
    span_id: u64,
    sampled: bool,
}

/// Draws ids that no other start of a process draws, without asking the system each time.
#[derive(Debug)]
pub(crate) struct Traces {
    seed: u64,
    count: AtomicU64,
}

impl Traces {
    pub(crate) fn new() -> Self {
        // Without randomness ids may repeat after a restart, which only confuses who reads logs.
        let seed = getrandom::u64().unwrap_or_default();
        Self { seed, count: AtomicU64::new(0) }
    }

    /// The trace of a request with these headers.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Trace {
        let span_id = self.draw();
        let given = headers.get(&TRACEPARENT).and_then(|value| value.to_str().ok());
        match given.and_then(parse) {
            Some((trace_id, sampled)) => Trace { trace_id, span_id, sampled },
            None => {
                let trace_id = u128::from(self.draw()) << 64 | u128::from(self.draw());
                Trace { trace_id, span_id, sampled: false }
            }
        }
    }

    /// The next number of a SplitMix64 sequence; never 0, which would name nothing.
    fn draw(&self) -> u64 {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut bits = self.seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ bits >> 31).max(1)
    }
}

impl Trace {
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(self.to_string()).ok()
    }

    /// The id to search logs for.
    pub(crate) fn id(&self) -> impl fmt::Display + use<> {
        let trace_id = self.trace_id;
        std::fmt::from_fn(move |f| write!(f, "{trace_id:032x}"))
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(f, "00-{:032x}-{:016x}-{flags:02x}", self.trace_id, self.span_id)
    }
}

/// `00-<trace id>-<parent id>-<flags>`, in lower-case hexadecimal digits; later versions may add
/// parts at the end.
fn parse(text: &str) -> Option<(u128, bool)> {
    let digits = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| b"0123456789abcdef".contains(&byte))
    };
    let mut parts = text.split('-');
    let (version, trace_id) = (parts.next()?, parts.next()?);
    let (parent_id, flags) = (parts.next()?, parts.next()?);
    let formed = digits(version, 2)
        && version != "ff"
        && digits(trace_id, 32)
        && digits(parent_id, 16)
        && digits(flags, 2)
        && (version != "00" || parts.next().is_none());
    let trace_id = u128::from_str_radix(trace_id, 16).ok().filter(|trace_id| *trace_id != 0)?;
    let parent_id = u64::from_str_radix(parent_id, 16).ok()?;
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    (formed && parent_id != 0).then_some((trace_id, sampled))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{TRACEPARENT, Traces, parse};

    const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_given_trace_is_kept_and_gets_a_span_of_its_own() {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, GIVEN.parse().expect("ASCII"));
        let trace = Traces::new().of(&headers).to_string();
        assert_eq!(trace[..36], GIVEN[..36]);
        assert_ne!(trace[36..52], GIVEN[36..52]);
        assert_eq!(trace[52..], GIVEN[52..]);
    }

    #[test]
    fn what_is_malformed_is_replaced() {
        let malformed = [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        ];
        for text in malformed {
            assert_eq!(parse(text), None, "{text}");
        }
        let traces = Traces::new();
        let drawn = traces.of(&HeaderMap::new()).to_string();
        assert_eq!(drawn.len(), GIVEN.len());
        assert!(parse(&drawn).is_some(), "{drawn}");
        assert_ne!(drawn, traces.of(&HeaderMap::new()).to_string());
    }
}
