//! What stands on a log, one record a line.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use events::{
    ApplyLimits, Command, Line, LinkRoomType, Position, RecordExternalSale, SetBlock, StagePolicy,
    Stamp,
};
use ingest::{Log, LogError, Record, Topic};
use jiff::Timestamp;

use crate::config::Config;
use crate::directory::DataFolder;
use crate::log::{LogOpenError, OpenLog};

#[cfg(test)]
mod tests;

/// How many records are read at once.
const RECORDS_MAX: usize = 1_024;

/// How many bytes of a dead letter are shown.
const BYTES_SHOWN_MAX: usize = 64;

/// Why a log cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum TailError {
    /// There is no log.
    #[error("there is no log in {0}: name the data folder of a server with --data")]
    Absent(PathBuf),
    /// The log cannot be opened; one process has it at a time, a server too.
    #[error("the log cannot be opened")]
    Open(#[from] LogOpenError),
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Read(#[from] LogError),
    /// The output is closed or full.
    #[error("the output takes nothing more")]
    Write(#[from] io::Error),
}

/// Which records.
#[derive(Debug, Clone, Default)]
pub struct Range {
    /// From which position on.
    pub from: Position,
    /// Of which partition; of all if none is named.
    pub partition: Option<u16>,
    /// How many at most.
    pub limit: Option<u64>,
}

/// Opens the log of a data folder, which must be there if it is the embedded one.
pub fn open(folder: &DataFolder, config: &Config) -> Result<OpenLog, TailError> {
    if !config.kafka.is_named() && !folder.log().is_dir() {
        return Err(TailError::Absent(folder.path().to_path_buf()));
    }
    Ok(OpenLog::open(config, folder)?)
}

/// Prints the commands of a range.
pub fn commands(log: &dyn Log, range: &Range, out: &mut dyn Write) -> Result<(), TailError> {
    let end = log.end(Topic::Commands)?;
    let mut reader = log.reader(Topic::Commands, &range.from)?;
    let mut read = range.from.clone();
    let mut left = range.limit.unwrap_or(u64::MAX);
    while left > 0 && !read.covers(&end) {
        for record in reader.next(RECORDS_MAX, Duration::from_secs(1))? {
            read.set(record.partition, record.offset + 1);
            if range.partition.is_none_or(|partition| partition == record.partition) && left > 0 {
                writeln!(out, "{}", line(&record))?;
                left -= 1;
            }
        }
    }
    Ok(())
}

/// Prints every record that could not be read.
pub fn dead_letters(log: &dyn Log, out: &mut dyn Write) -> Result<(), TailError> {
    for letter in ingest::dead_letters::list(log)? {
        let shown = letter.bytes.len().min(BYTES_SHOWN_MAX);
        let hex: String = letter.bytes[..shown].iter().map(|byte| format!("{byte:02x}")).collect();
        let more = if shown < letter.bytes.len() { "…" } else { "" };
        writeln!(
            out,
            "{}:{}  {}  {} bytes {hex}{more}",
            letter.partition,
            letter.offset,
            one_line(&letter.reason),
            letter.bytes.len()
        )?;
    }
    Ok(())
}

/// Position, stamp, kind, id, summary.
fn line(record: &Record) -> String {
    let position = format!("{}:{}", record.partition, record.offset);
    match ingest::decode(record) {
        Ok(envelope) => format!(
            "{position:<12}  {}  {:<16}  {}  {}",
            shown_stamp(envelope.stamp),
            envelope.command.name(),
            envelope.id,
            summary(&envelope.command)
        ),
        Err(letter) => format!("{position:<12}  unreadable: {}", one_line(&letter.reason)),
    }
}

/// A reason may quote what somebody wrote, who may not thereby write a line of their own.
fn one_line(reason: &impl std::fmt::Display) -> String {
    let shown = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    reason.to_string().chars().map(shown).collect()
}

fn shown_stamp(stamp: Stamp) -> String {
    match Timestamp::from_millisecond(stamp.0) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => format!("{} ms", stamp.0),
    }
}

fn summary(command: &Command) -> String {
    match command {
        Command::DefineProperty(command) => {
            format!("{} `{}` in {}", command.property, command.name, command.city)
        }
        Command::DefineRoomType(command) => {
            format!("{}/{} for {} guests", command.property, command.room_type, command.max_guests)
        }
        Command::DefineRatePlan(command) => {
            format!("{}/{} from {}", command.property, command.rate_plan, command.base_price)
        }
        Command::SetInventory(command) => format!(
            "{}/{} {} to {} rooms, {} blocked, {} beyond",
            command.property,
            command.room_type,
            command.nights,
            command.supply.physical,
            command.supply.blocked,
            command.supply.allowance
        ),
        Command::PlaceHold(command) => {
            let lines: Vec<String> = command.lines.iter().map(summary_of_line).collect();
            format!("{} {} for {} ms", command.property, lines.join(", "), command.ttl_ms)
        }
        Command::ConfirmHold(command) => format!("{} for {}", command.hold, command.guest),
        Command::ReleaseHold(command) => command.hold.to_string(),
        Command::CancelBooking(command) if command.lines.is_empty() => command.booking.to_string(),
        Command::CancelBooking(command) => {
            format!("{} lines {:?}", command.booking, command.lines.as_slice())
        }
        Command::AmendBooking(command) => {
            let lines = command.lines.iter().map(|line| format!("{} to {}", line.line, line.stay));
            format!("{} lines {}", command.booking, lines.collect::<Vec<_>>().join(", "))
        }
        Command::RecordExternalSale(command) => {
            let lines: Vec<String> = command.lines.iter().map(summary_of_line).collect();
            let RecordExternalSale { property, channel, reference, .. } = command;
            format!("{property} {} by {channel} as {reference}", lines.join(", "))
        }
        Command::SetRestrictions(command) => {
            format!("{} {:?} {}", command.property, command.scope, command.nights)
        }
        Command::SetHoldCaps(command) => format!(
            "{} at most {:?} open holds an account, {:?} percent unpaid",
            command.property, command.open_holds_per_account_max, command.unpaid_percent_max
        ),
        Command::StagePolicy(command) => {
            let StagePolicy { property, kind, version, document } = command;
            format!("{property} {} {version}, {} bytes", kind.name(), document.len())
        }
        Command::PromotePolicy(command) => {
            format!("{} {} {}", command.property, command.kind.name(), command.version)
        }
        Command::RollbackPolicy(command) => {
            format!("{} {}", command.property, command.kind.name())
        }
        Command::ApplyLimits(command) => summary_of_limits(command),
        Command::LinkRoomType(command) => summary_of_link(command),
        Command::SetBlock(command) => summary_of_block(command),
        Command::ReleaseBlock(command) => format!("{}/{}", command.property, command.block),
        Command::AdvanceBusinessDate(command) => {
            format!("{} to {}", command.property, command.date)
        }
        Command::RecordFact(command) => format!("{} {:?}", command.booking, command.fact),
        Command::AnnounceOwner(command) => {
            format!("epoch {} steps of at most {} ms", command.epoch, command.step_max_ms)
        }
        Command::Tick(command) => format!("epoch {} at {} ms", command.epoch, command.monotonic_ms),
    }
}

fn summary_of_limits(command: &ApplyLimits) -> String {
    let ApplyLimits { property, room_type, computed_at, limits, .. } = command;
    let limits = limits.iter().map(|limit| match limit.allowance {
        Some(allowance) => format!("{} {allowance}", limit.nights),
        None => format!("{} as set", limit.nights),
    });
    let limits = limits.collect::<Vec<_>>().join(", ");
    format!("{property}/{room_type} {limits}, computed at {computed_at}")
}

fn summary_of_link(command: &LinkRoomType) -> String {
    let parts = command.parts.iter().map(|part| format!("{} {}", part.rooms, part.room_type));
    let parts = parts.collect::<Vec<_>>().join(", ");
    format!("{}/{} of {parts}", command.property, command.room_type)
}

fn summary_of_block(command: &SetBlock) -> String {
    let SetBlock { property, block, rooms, room_type, nights, cut_off, .. } = command;
    format!("{property}/{block} {rooms} rooms of {room_type} {nights} until {cut_off}")
}

fn summary_of_line(line: &Line) -> String {
    format!("{}x {}/{} {}", line.rooms, line.room_type, line.rate_plan, line.stay)
}
