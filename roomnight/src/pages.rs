//! The size of the pages that memory comes in: always the small one.
//!
//! The allocator asks for huge pages, and the kernel clears two megabytes before the thread that
//! touched one may go on. While a million bookings load this held up decisions by 50 to 140 ms
//! (99th percentile 29 ms at 500 holds a second, against 3.5 ms with small pages), and a start came
//! to decide no sooner. The ledger alone is 4 to 8 % slower without them where it fits the caches,
//! and as fast where it does not.

/// Asks the kernel for small pages in this process and in those that it starts. Best effort: where
/// it refuses, nothing is lost but some latency while memory grows.
#[cfg(target_os = "linux")]
pub fn stay_small() {
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// Elsewhere the system's default stays.
#[cfg(not(target_os = "linux"))]
pub fn stay_small() {}
