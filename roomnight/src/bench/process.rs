//! What the operating system says a process uses.

use std::io;
use std::time::Duration;

/// How many ticks the kernel counts a second of processor time as; fixed for user space on Linux.
const TICKS_PER_SECOND: u64 = 100;

/// Bytes of memory that this process occupies now; 0 where the system does not say.
pub(super) fn resident_bytes() -> u64 {
    status_bytes("VmRSS:")
}

/// The most bytes of memory that this process ever occupied; 0 where the system does not say.
pub(super) fn peak_resident_bytes() -> u64 {
    status_bytes("VmHWM:")
}

fn status_bytes(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1_024
}

/// Processor time that all threads of a process have used.
pub(super) fn processor_time(process: u32) -> io::Result<Duration> {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th
    // after.
    let rest = line.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let ticks = ticks.sum::<Result<u64, _>>().map_err(io::Error::other)?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
}
