//! The log in memory keeps the contract.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use events::Position;

use crate::contract::{self, Subject};
use crate::{AppendError, Log, LogError, MemoryLog, Topic};

struct InMemory;

impl Subject for InMemory {
    fn create(&mut self, partitions: u16) -> Arc<dyn Log> {
        Arc::new(MemoryLog::new(partitions))
    }

    fn reopen(&mut self, _: Arc<dyn Log>) -> Option<Arc<dyn Log>> {
        None
    }
}

#[test]
fn it_keeps_the_contract_with_one_partition() {
    contract::check(&mut InMemory, 1);
}

#[test]
fn it_keeps_the_contract_with_four_partitions() {
    contract::check(&mut InMemory, 4);
}

#[test]
fn a_closed_log_gives_what_it_has_and_then_says_so() {
    let log = MemoryLog::new(1);
    log.append(Topic::Commands, 0, Bytes::from_static(b"last")).expect("the log takes it");
    log.close();
    assert_eq!(log.append(Topic::Commands, 0, Bytes::new()), Err(AppendError::Closed));
    let mut reader = log.reader(Topic::Commands, &Position::default()).expect("readable");
    assert_eq!(reader.next(9, Duration::ZERO).expect("readable").len(), 1);
    assert!(matches!(reader.next(9, Duration::ZERO), Err(LogError::Closed)));
}
