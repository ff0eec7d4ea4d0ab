//! Measurements of the engine, to be run by hand:
//! `cargo test --release -p dataflows -- --ignored --nocapture measures`

use std::sync::Mutex;

use events::LogTime;

use super::*;
use crate::Reply;

/// What a store would take for a row, roughly.
const STORE_ROW_FOR: Duration = Duration::from_nanos(1_200);

#[test]
#[ignore = "a measurement, not a check"]
fn decisions() {
    let history = world::Writer::of_size(10, 1, 5_000).history(500_000);
    for (workers, records_max) in [(1, 16), (1, 256), (1, 1024), (2, 1024)] {
        let log = history.log(history.records.len());
        let begun = Instant::now();
        let (before, kept) = (on_processor("ledger"), Kept::default());
        let (listener, sink) = (kept.listener(), kept.sink());
        let shared: Arc<dyn Log> = Arc::new(log.clone());
        let engine =
            Engine::start(options(workers, records_max), shared, nothing(1), listener, sink)
                .unwrap();
        assert!(engine.wait_stored(&log.end(Topic::Commands).expect("the end"), PATIENCE));
        let seconds = begun.elapsed().as_secs_f64();
        let ledger = on_processor("ledger") - before;
        let views = on_processor("timely:work-0");
        let writer = on_processor("writer");
        let stopped = engine.stop().unwrap();
        let changes = kept.changes();
        let rows: usize = changes.iter().map(|changes| changes.ledger.len()).sum();
        let nights: usize = changes.iter().map(|changes| changes.availability.len()).sum();
        println!(
            "{workers} {records_max}: {:.0} records/s, {} epochs, {rows} rows, {nights} nights, \
             ledger {ledger:?}, views {views:?}, writer {writer:?}, {}",
            history.records.len() as f64 / seconds,
            changes.len(),
            stopped.digests[0].1
        );
    }
}

/// What the threads of that name have had of a processor.
fn on_processor(name: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    let named = tasks.filter(|task| {
        std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name)
    });
    let nanoseconds = |task: std::path::PathBuf| {
        let text = std::fs::read_to_string(task.join("schedstat")).unwrap();
        text.split_whitespace().next().unwrap().parse::<u64>().unwrap()
    };
    Duration::from_nanos(named.map(nanoseconds).sum())
}

/// Notes when each record was decided.
struct Clocked(Arc<Mutex<Vec<Instant>>>);

impl Listener for Clocked {
    fn decided(&mut self, replies: &[Reply], _: &[(u16, LogTime)]) {
        let now = Instant::now();
        self.0.lock().unwrap().extend(replies.iter().map(|_| now));
    }
}

/// From append to decision and from append to the store, with a store that takes its time.
#[test]
#[ignore = "a measurement, not a check"]
fn latency() {
    let history = world::Writer::of_size(11, 1, 5_000).history(200_000);
    for per_second in [5_000, 50_000, 100_000] {
        let log = history.log(20_000);
        let decided = Arc::new(Mutex::new(Vec::new()));
        let stored = Arc::new(Mutex::new(Vec::new()));
        let storing = Arc::clone(&stored);
        let sink: Sink = Box::new(move |changes| {
            let rows = changes.ledger.len() + changes.availability.len();
            let until = Instant::now() + STORE_ROW_FOR * rows as u32;
            while Instant::now() < until {}
            storing.lock().unwrap().push((changes.up_to.next_offset(0), Instant::now()));
            Ok(())
        });
        let listener = Box::new(Clocked(Arc::clone(&decided)));
        let shared: Arc<dyn Log> = Arc::new(log.clone());
        let engine = Engine::start(options(1, 1024), shared, nothing(1), listener, sink).unwrap();
        engine.wait_stored(&log.end(Topic::Commands).expect("the end"), PATIENCE);
        let warm = decided.lock().unwrap().len();
        let count = (per_second * 2).min(history.records.len() - 20_000);
        let appended = append_paced(&history, &log, count, per_second);
        engine.wait_stored(&log.end(Topic::Commands).expect("the end"), PATIENCE);
        engine.stop().unwrap();
        let mut waited: Vec<Duration> = Vec::new();
        let decided = decided.lock().unwrap();
        let readable: Vec<_> = appended.iter().filter(|(_, readable, _)| *readable).collect();
        for ((_, _, at), decided) in readable.iter().zip(&decided[warm..]) {
            waited.push(decided.saturating_duration_since(*at));
        }
        println!("{per_second}/s: decided after {}", quantiles(waited));
        let stored = stored.lock().unwrap();
        let stored_at =
            |offset: u64| stored[stored.partition_point(|(up_to, _)| *up_to <= offset)].1;
        let waited = appended.iter().map(|(offset, _, at)| stored_at(*offset) - *at).collect();
        println!("{per_second}/s: stored after {} in {} epochs", quantiles(waited), stored.len());
    }
}

/// Appends so many records after the first 20,000, some each millisecond; tells when.
fn append_paced(
    history: &History,
    log: &MemoryLog,
    count: usize,
    per_second: usize,
) -> Vec<(u64, bool, Instant)> {
    let mut appended = Vec::with_capacity(count);
    let begun = Instant::now();
    for (index, (_, bytes)) in history.records[20_000..20_000 + count].iter().enumerate() {
        let due = begun + Duration::from_millis((index * 1000 / per_second) as u64);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let readable = events::decode_envelope(bytes).is_ok();
        appended.push((20_000 + index as u64, readable, Instant::now()));
        log.append(Topic::Commands, 0, bytes.clone()).unwrap();
    }
    appended
}

fn quantiles(mut waited: Vec<Duration>) -> String {
    waited.sort_unstable();
    let at = |share: f64| waited[((waited.len() - 1) as f64 * share) as usize];
    format!("p50 {:?}, p99 {:?}, p99.9 {:?}", at(0.5), at(0.99), at(0.999))
}
