//! Promises that are held against what clients see, beside those that the oracle holds against
//! the log.

use std::collections::BTreeSet;
use std::sync::Arc;

use dataflows::Reply;
use events::{Decision, Position};
use ingest::{Log, Topic, dead_letters};
use storage::Loaded;

use crate::operations::{property, room_type};
use crate::oracle::Oracle;
use crate::process::{Process, SharedImage, lock};
use crate::swarm::{LogKind, Swarm};
use crate::violation::{Checked, Violation};
use crate::world::{World, broken};

/// The rows that only one of two states has, of each kind the first.
fn difference(first: &Loaded, other: &Loaded) -> String {
    let lines = |loaded: &Loaded| -> BTreeSet<String> {
        let rows = loaded.rows.iter().flatten().map(|row| format!("{row:?}"));
        let cells = loaded.availability.iter().map(|row| format!("{row:?}"));
        let views = loaded.views.iter().map(|row| format!("{row:?}"));
        let rest = [&loaded.chains as &dyn std::fmt::Debug, &loaded.digests, &loaded.partitions];
        let rest = rest.into_iter().map(|of| format!("{of:?}"));
        rows.chain(cells).chain(views).chain(rest).collect()
    };
    let (first, other) = (lines(first), lines(other));
    let only: Vec<_> = first.difference(&other).take(3).collect();
    let instead: Vec<_> = other.difference(&first).take(3).collect();
    format!("only here  {only:#?}\n    only there {instead:#?}")
}

/// No hold ends before its interval of true time has passed since it was on the log.
pub fn true_time(oracle: &Oracle, reply: &Reply, now_ms: u64, swarm: &Swarm) -> Checked {
    let Decision::Ticked { expired, .. } = &reply.decided.decision else { return Ok(()) };
    for hold in expired {
        let Some(until_ms) = oracle.held_until_ms.get(hold) else { continue };
        // A tick that was stamped before the hold and arrives after it begins the interval too
        // early by as long as it was on its way; only a broker delays one so.
        if swarm.log == LogKind::Embedded && now_ms < *until_ms {
            let what = format!("{hold} ended {} ms early", until_ms - now_ms);
            return Violation::of("holds_never_early", what);
        }
    }
    Ok(())
}

impl World {
    /// A client reads what is left, with the position that it was told last or without one.
    pub fn read(&mut self, number: usize) -> Checked {
        let stay = self.generator.stay(&mut self.random);
        let of = property(self.random.index(self.swarm.properties));
        let kind = room_type(self.random.index(self.swarm.room_types));
        let with_token = self.random.percent(50);
        let Some(process) = &self.processes[number] else { return Ok(()) };
        if with_token && !process.progress.covers(&self.token) {
            self.coverage.sometimes("a read must wait for its position");
            return Ok(());
        }
        let log = Arc::clone(&process.log);
        let (position, rows) = {
            let image = lock(&process.image);
            let rows = image.availability(&of, &kind, stay).map_err(broken)?;
            (image.position().map_err(broken)?, rows)
        };
        if with_token {
            self.coverage.sometimes("a read is answered with a position");
            if !position.covers(&self.token) {
                let what = format!("asked for {}, answered as of {position}", self.token);
                return Violation::of("read_your_writes", what);
            }
            self.token = position.clone();
        }
        if self.oracle.is_past(&position) {
            return Ok(());
        }
        self.oracle.read_to(log.as_ref(), &position)?;
        for (night, found) in rows {
            let Some(expected) = self.oracle.left_on(&of, &kind, night) else { continue };
            if expected != found {
                let what = format!(
                    "{of}/{kind} {night} as of {position}\n    expected {expected:?}\n    \
                     found    {found:?}"
                );
                return Violation::of("reads_exact", what);
            }
            if found.allotted > 0 {
                self.coverage.sometimes("a read shows rooms of a block");
            }
            if found.left < 0 {
                self.coverage.sometimes("a read shows a night with more sold than its limit");
            }
        }
        self.coverage.sometimes("a read is compared");
        Ok(())
    }

    /// Every record that cannot be read was put aside, whatever has ended while its letter was on
    /// its way.
    pub fn dead_letters(&mut self, log: &dyn Log) -> Checked {
        let letters = dead_letters::list(log).map_err(broken)?;
        let kept: BTreeSet<_> =
            letters.iter().map(|letter| (letter.partition, letter.offset)).collect();
        if let Some(place) = self.oracle.unreadable.iter().find(|place| !kept.contains(place)) {
            let what = format!("record {place:?} cannot be read and was not put aside");
            return Violation::of("dead_letters", what);
        }
        self.coverage.often("a dead letter is found again", kept.len() as u64);
        Ok(())
    }

    /// Another instance, which decides the same log in other batches, ends with the same bytes.
    pub fn replayed(&mut self, log: &Arc<dyn Log>) -> Checked {
        let image = SharedImage::default();
        let started = Process::start(Arc::clone(log), Arc::clone(&image), 0, 0);
        let mut again = started.map_err(broken)?;
        let cut = [1, 7, 64, 1_000][self.random.index(4)];
        let end = log.end(Topic::Commands).map_err(broken)?;
        while !again.engine.status().decided.covers(&end) {
            again.engine.decide(cut).map_err(|error| crate::world::stopped(&error))?;
            if self.random.percent(20) {
                again.engine.feed().map_err(|error| crate::world::stopped(&error))?;
                again.engine.store().map_err(|error| crate::world::stopped(&error))?;
            }
        }
        for reply in again.take_heard() {
            self.oracle.heard(&reply)?;
        }
        // Its dead letters arrive, without which it stores nothing past their records.
        self.flush()?;
        again.catch_up().map_err(|what| Violation { check: "engine_goes_on", what })?;
        let other = lock(&image).load().map_err(broken)?;
        for first in &self.images {
            let first = lock(first).load().map_err(broken)?;
            if first != other {
                let what = format!(
                    "states at {} and {} differ\n    {}",
                    first.position,
                    other.position,
                    difference(&first, &other)
                );
                return Violation::of("determinism", what);
            }
        }
        Ok(())
    }

    /// How far a log goes.
    pub fn end_of(log: &dyn Log) -> Checked<Position> {
        log.end(Topic::Commands).map_err(broken)
    }
}
