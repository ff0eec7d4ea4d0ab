//! Deciding goes first: the threads that only follow yield to the threads that callers wait for.

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy,
};

/// How much a following thread yields; 0 is what a thread starts with, 19 the most.
///
/// Measured on two cores with a store that takes 1.2 us a row, at 50,000 records/s beside other
/// work: from append to decision p99 16 to 20 ms at 0, 5 to 8 ms at 5, 3 to 4 ms at 10; from append
/// to the store at 5,000 records/s p99 1 to 3 ms at any of them.
const NICENESS: i32 = 10;

/// Lowers the priority of the calling thread. Best effort: where the system refuses, nothing is
/// lost but some latency under full load.
#[cfg(target_os = "linux")]
pub fn yield_to_deciders() {
    // Linux keeps a niceness for each thread; elsewhere this call would slow the whole process.
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), NICENESS) {
        tracing::debug!(%error, "the priority of this thread stays as it is");
    }
}

/// Leaves the calling thread only what nobody else wants of a processor: for work that ends by
/// itself. Others need not wait for a moment at which it may be interrupted, as they do for a
/// thread of a lower priority: while a million bookings loaded, decisions took 20 to 90 ms whenever
/// such threads had all cores, and under 10 ms where one core was left to nobody or to such a
/// thread.
#[cfg(target_os = "linux")]
pub(crate) fn yield_to_all() {
    let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let thread = thread_priority::thread_native_id();
    if let Err(error) = set_thread_priority_and_policy(thread, ThreadPriority::Min, policy) {
        tracing::debug!(?error, "the priority of this thread stays as it is");
    }
}

/// Elsewhere priorities belong to the process, and it stays as it is.
#[cfg(not(target_os = "linux"))]
pub fn yield_to_deciders() {
    let _ = NICENESS;
}

/// The same of this.
#[cfg(not(target_os = "linux"))]
pub(crate) fn yield_to_all() {}
