//! The embedded log keeps the contract, and what it holds survives all that can happen to a disk.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::{EmbeddedLog, EmbeddedOptions, SEGMENT_BYTES_MIN};
use crate::Log;
use crate::contract::{self, Subject};

mod damage;
mod disks;
mod failure;
mod images;
mod power;
mod refused;
mod restart;
mod torn;

/// A small log, so that the tests cross from one segment to the next.
fn options(dir: &Path, partitions: u16) -> EmbeddedOptions {
    EmbeddedOptions { segment_bytes: SEGMENT_BYTES_MIN, ..EmbeddedOptions::new(dir, partitions) }
}

fn open(dir: &Path, partitions: u16) -> EmbeddedLog {
    EmbeddedLog::open(options(dir, partitions)).expect("the log opens")
}

fn temporary() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// Logs in temporary directories, the cache as large as given.
struct OnDisk {
    dir: TempDir,
    cache_bytes_max: usize,
}

impl OnDisk {
    fn with_cache(cache_bytes_max: usize) -> Self {
        Self { dir: temporary(), cache_bytes_max }
    }

    fn open(&self, partitions: u16) -> Arc<dyn Log> {
        let cache_bytes_max = self.cache_bytes_max;
        let options = EmbeddedOptions { cache_bytes_max, ..options(self.dir.path(), partitions) };
        Arc::new(EmbeddedLog::open(options).expect("the log opens"))
    }
}

impl Subject for OnDisk {
    fn create(&mut self, partitions: u16) -> Arc<dyn Log> {
        self.dir = temporary();
        self.open(partitions)
    }

    fn reopen(&mut self, log: Arc<dyn Log>) -> Option<Arc<dyn Log>> {
        let partitions = log.partitions();
        drop(log);
        Some(self.open(partitions))
    }
}

#[test]
fn it_keeps_the_contract_with_one_partition() {
    contract::check(&mut OnDisk::with_cache(1 << 20), 1);
}

#[test]
fn it_keeps_the_contract_with_four_partitions() {
    contract::check(&mut OnDisk::with_cache(1 << 20), 4);
}

#[test]
fn it_keeps_the_contract_when_nearly_everything_is_read_from_files() {
    contract::check(&mut OnDisk::with_cache(0), 1);
    contract::check(&mut OnDisk::with_cache(0), 4);
}
