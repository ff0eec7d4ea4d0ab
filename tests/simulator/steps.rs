//! What happens in a world, one thing at a time.

use std::sync::Arc;

use bytes::Bytes;
use events::{Command, HoldId, Slot};
use ingest::Topic;

use crate::process::{Waiting, lock};
use crate::violation::{Checked, Violation};
use crate::world::{STEP_MAX_MS, World, WorldLog, broken, stopped};

impl World {
    /// Lets one thing happen.
    pub fn step(&mut self) -> Checked {
        self.now_ms += self.random.between(0, self.swarm.step_max_ms);
        self.clients();
        self.arrive()?;
        self.log_goes_on()?;
        self.others_write()?;
        for number in 0..self.processes.len() {
            self.process_goes_on(number)?;
        }
        self.faults()
    }

    /// Clients ask, ask again, and ask again what was answered long ago.
    fn clients(&mut self) {
        if self.random.percent(60) {
            let (id, command) = self.generator.next(&mut self.random);
            self.ask(id, command);
        }
        if self.random.percent(self.swarm.retried)
            && let Some(number) = self.random.pick(&self.open).copied()
        {
            self.coverage.sometimes("a client asks again");
            self.network.push(number);
        }
        if self.random.percent(self.swarm.doubled / 4) {
            let late = self.random.index(self.operations.len());
            self.coverage.sometimes("a request comes late or twice");
            self.network.push(late);
        }
    }

    /// A request arrives at some edge, in no order, or never does.
    fn arrive(&mut self) -> Checked {
        if self.network.is_empty() || self.random.percent(self.swarm.late) {
            return Ok(());
        }
        let first = self.random.percent(50);
        let index = if first { 0 } else { self.random.index(self.network.len()) };
        let number = self.network.remove(index);
        if self.random.percent(self.swarm.lost) {
            self.coverage.sometimes("a request is lost");
            return Ok(());
        }
        let process = self.random.index(self.processes.len());
        self.submit(process, number)
    }

    /// The edge takes a request: the real translation, registry and append.
    pub fn submit(&mut self, process: usize, number: usize) -> Checked {
        let (stamp, floor) = (self.stamp(), self.oracle.floor());
        let image = Arc::clone(&self.images[process]);
        let Some(process) = &mut self.processes[process] else { return Ok(()) };
        let operation = &mut self.operations[number];
        let (id, command) = (operation.id, operation.command.clone());
        if let Command::PlaceHold(hold) = &command {
            let over_at_ms = self.now_ms + hold.ttl_ms;
            let hold = HoldId::of_command(Slot::of(&hold.property), id);
            self.oracle.held_until_ms.entry(hold).or_insert(over_at_ms);
        }
        let decided_in = || {
            let decided = lock(&image).decision(id);
            // A state that cannot be read shows at the next start.
            Ok(decided.ok().flatten().map(|row| row.slot))
        };
        let begun = process.waiters.begin(process.log.as_ref(), stamp, id, command, decided_in);
        match begun {
            Ok((ticket, _)) => {
                operation.sent += 1;
                self.sent_count += 1;
                process.waiting.push(Waiting { operation: number, floor, ticket });
                if self.random.permille(30) {
                    // The client hangs up; what becomes of its wish it does not know.
                    self.coverage.sometimes("a client hangs up");
                    process.waiting.pop();
                }
            }
            Err(_) => {
                self.coverage.sometimes("the edge refuses an id of another slot");
                operation.refused = true;
                self.open.retain(|open| *open != number);
            }
        }
        Ok(())
    }

    /// What was appended becomes durable and visible.
    fn log_goes_on(&mut self) -> Checked {
        if !self.random.percent(self.swarm.commit) {
            return Ok(());
        }
        match &self.log {
            WorldLog::Broker(broker) => {
                let delivered = broker.deliver(&mut self.random, self.swarm.doubled);
                if let (1.., true) = delivered.map_err(broken)? {
                    self.coverage.sometimes("a producer sends a record twice");
                }
            }
            WorldLog::Embedded { log: Some(log), .. } => {
                let failed = log.commit().is_err();
                let follows = !failed && self.random.percent(20);
                if failed || (follows && log.follow().is_err()) {
                    self.coverage.sometimes("a sync fails, and the process ends");
                    return self.crash(0, true);
                }
            }
            WorldLog::Embedded { log: None, .. } => {}
        }
        Ok(())
    }

    /// Somebody else writes to the topic: nonsense, or what stands there already.
    fn others_write(&mut self) -> Checked {
        let garbage = self.random.permille(self.swarm.garbage);
        if !garbage && !self.random.permille(self.swarm.replays) {
            return Ok(());
        }
        let Some((partition, mut bytes)) = self.any_record() else { return Ok(()) };
        if garbage {
            let is_of_an_owner =
                |command| matches!(command, Command::AnnounceOwner(_) | Command::Tick(_));
            if events::decode_envelope(&bytes).is_ok_and(|asked| is_of_an_owner(asked.command)) {
                // Whoever forges an owner's words may do anything to time.
                return Ok(());
            }
            bytes = self.spoiled(&bytes);
            self.coverage.sometimes("a record cannot be read, or says something else");
        } else {
            self.coverage.sometimes("a record is replayed");
        }
        let process = self.processes.iter().flatten().next();
        let append = |log: &dyn ingest::Log| log.append(Topic::Commands, partition, bytes);
        process.map_or(Ok(()), |process| append(process.log.as_ref())).map_err(broken)
    }

    fn spoiled(&mut self, bytes: &Bytes) -> Bytes {
        let mut spoiled = bytes.to_vec();
        if spoiled.is_empty() {
            // Somebody has cut it to nothing before.
            return Bytes::from_static(b"something");
        }
        match self.random.index(3) {
            0 => spoiled.truncate(self.random.index(bytes.len())),
            1 => spoiled = (0..40).map(|_| self.random.bits() as u8).collect(),
            _ => {
                let at = self.random.index(spoiled.len());
                spoiled[at] ^= 1 << self.random.index(8);
            }
        }
        spoiled.into()
    }

    /// A process decides, computes, stores, ticks and answers, each as eagerly as the seed says.
    fn process_goes_on(&mut self, number: usize) -> Checked {
        let swarm = &self.swarm;
        let Some(process) = &mut self.processes[number] else {
            return if self.random.percent(30) { self.start(number) } else { Ok(()) };
        };
        if self.random.percent(swarm.decide) {
            let count = [1, 7, 64, 1_000][self.random.index(4)];
            process.engine.decide(count).map_err(|error| stopped(&error))?;
        }
        if self.random.percent(swarm.feed) {
            process.engine.feed().map_err(|error| stopped(&error))?;
        }
        if self.random.percent(swarm.store) {
            process.engine.store().map_err(|error| stopped(&error))?;
        }
        if self.random.percent(swarm.tick) {
            self.tick(number)?;
        }
        self.listen(number)?;
        if self.random.percent(self.swarm.read) {
            self.read(number)?;
        }
        Ok(())
    }

    fn tick(&mut self, number: usize) -> Checked {
        let partition = self.random.index(usize::from(self.swarm.partitions)) as u16;
        let (now_ms, stamp) = (self.now_ms, self.stamp());
        let takes_over = self.random.permille(self.swarm.takeovers * 10);
        let Some(process) = &mut self.processes[number] else { return Ok(()) };
        if takes_over {
            // Sometimes under an epoch that somebody else has had already.
            self.epoch += u64::from(self.random.percent(80));
            self.coverage.sometimes("an owner announces itself");
            process.announce(partition, self.epoch, stamp, STEP_MAX_MS).map_err(broken)?;
        }
        process.tick(partition, now_ms, stamp).map_err(broken)
    }

    /// Everything goes on as it should, and everybody who was not answered asks again.
    pub fn settle(&mut self) -> Checked {
        self.now_ms += 10;
        for number in 0..self.processes.len() {
            if self.processes[number].is_none() {
                self.start(number)?;
            }
        }
        let asked: Vec<_> = self.network.drain(..).chain(self.open.iter().copied()).collect();
        for number in asked {
            let process = self.random.index(self.processes.len());
            self.submit(process, number)?;
        }
        self.flush()?;
        for number in 0..self.processes.len() {
            let Some(process) = &mut self.processes[number] else { continue };
            process.catch_up().map_err(|what| Violation { check: "engine_goes_on", what })?;
            self.listen(number)?;
        }
        self.flush()
    }

    /// All that was appended is on the log.
    pub fn flush(&mut self) -> Checked {
        match &self.log {
            WorldLog::Broker(broker) => {
                while !broker.is_quiet() {
                    broker.deliver(&mut self.random, 0).map_err(broken)?;
                }
            }
            WorldLog::Embedded { log: Some(log), .. } => {
                log.commit().map_err(broken)?;
                log.follow().map_err(broken)?;
            }
            WorldLog::Embedded { log: None, .. } => {}
        }
        Ok(())
    }
}
