//! How many connections there are, altogether and of each address.

use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::DoorOptions;
use crate::rates::network_of;

/// How many files the process keeps for everything else: the log, the state, its own pipes.
const FILES_KEPT: usize = 512;

/// How many files the process may open; it asks for as many as it may ask for.
fn files_max() -> usize {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: before.maximum, ..before };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::debug!(%error, "the number of open files stays as it is");
    }
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Counts connections.
#[derive(Debug, Clone)]
pub(super) struct Peers {
    counts: Arc<Mutex<Counts>>,
    max: usize,
    per_address_max: usize,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of_address: FxHashMap<IpAddr, usize>,
}

impl Peers {
    pub(super) fn new(options: &DoorOptions) -> Self {
        Self {
            counts: Arc::default(),
            max: options.connections_max.min(files_max().saturating_sub(FILES_KEPT)).max(1),
            per_address_max: options.connections_per_address_max,
        }
    }

    /// A seat for a connection from there, or the name of the limit that is reached.
    pub(super) fn take(&self, address: IpAddr) -> Result<Seat, &'static str> {
        let address =
            Some(address.to_canonical()).filter(|address| !address.is_loopback()).map(network_of);
        let mut counts = lock(&self.counts);
        if counts.all >= self.max {
            return Err("all");
        }
        if let Some(address) = address {
            let count = counts.of_address.entry(address).or_insert(0);
            if *count >= self.per_address_max {
                return Err("address");
            }
            *count += 1;
        }
        counts.all += 1;
        Ok(Seat { counts: Arc::clone(&self.counts), address })
    }

    pub(super) fn count(&self) -> usize {
        lock(&self.counts).all
    }
}

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    counts: Arc<Mutex<Counts>>,
    address: Option<IpAddr>,
}

impl Seat {
    /// Gives the place back; how many are left.
    pub(super) fn leave(self) -> usize {
        let counts = Arc::clone(&self.counts);
        drop(self);
        lock(&counts).all
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        counts.all = counts.all.saturating_sub(1);
        if let Some(address) = self.address
            && let Entry::Occupied(mut entry) = counts.of_address.entry(address)
        {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

/// No panic can leave the counts half changed.
fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}
