//! An engine with nothing to do takes next to nothing of a core. In a process of its own, so that
//! only the engine is measured.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use dataflows::{Base, Engine, EngineOptions, Listener, PartitionStart, Reply};
use events::{LogTime, Position};
use ingest::MemoryLog;
use ledger::State;

/// Long enough for every thread to wake by itself several times.
const IDLE_FOR: Duration = Duration::from_secs(2);

/// The whole process may take 3 % of a core; this is the most that the engine may take of it.
const SHARE_MAX: f64 = 0.01;

struct Deaf;

impl Listener for Deaf {
    fn decided(&mut self, _: &[Reply], _: &[(u16, LogTime)]) {}
}

/// What each thread of this process has had of a processor so far.
fn on_processor() -> Option<Duration> {
    let mut nanoseconds = 0;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanoseconds))
}

#[test]
fn an_idle_engine_is_idle() {
    for workers in [1, 2] {
        let start = PartitionStart {
            partition: 0,
            state: State::new(),
            next_offset: 0,
            chain: Default::default(),
            digest: Default::default(),
        };
        let base = Base { partitions: vec![start], ..Base::default() };
        let options = EngineOptions { workers, ..EngineOptions::default() };
        let log = Arc::new(MemoryLog::new(1));
        let engine = Engine::start(options, log, base, Box::new(Deaf), Box::new(|_| Ok(())))
            .expect("it starts");
        assert!(engine.wait_stored(&Position::default(), Duration::from_secs(10)));

        // Where the system does not tell what a thread has used there is nothing to compare.
        let Some(before) = on_processor() else { return };
        let begun = Instant::now();
        thread::sleep(IDLE_FOR);
        let used = on_processor().expect("as before").saturating_sub(before);
        let share = used.as_secs_f64() / begun.elapsed().as_secs_f64();
        println!("{workers} workers: {:.3} % of a core", share * 100.0);
        assert!(share < SHARE_MAX, "{:.2} % of a core with nothing to do", share * 100.0);
        engine.stop().expect("nothing was wrong");
    }
}
