//! The store: one RocksDB and what it reflects.

use std::sync::{Mutex, MutexGuard, PoisonError};

use events::Position;
use rocksdb::{DB, IteratorMode};

use crate::table::{Malformed, decode, encode, encode_key};
use crate::tables::{FORMAT, Meta, MetaRow};
use crate::{Error, StoreOptions};

/// The state on disk: rows of the ledger, rows of the views, and the one position they reflect.
pub struct Store {
    pub(crate) db: DB,
    pub(crate) options: StoreOptions,
    standing: Mutex<Standing>,
}

/// What the writer must know before it writes.
pub(crate) struct Standing {
    /// What the rows reflect; `None` in a state that has never met a log.
    pub(crate) meta: Option<MetaRow>,
    /// Whether this process has held the state against its log.
    pub(crate) checked: bool,
}

impl Store {
    /// Opens the state, or makes an empty one.
    pub fn open(options: StoreOptions) -> Result<Self, Error> {
        let db = open_yielding(&options)
            .map_err(|error| Error::of_rocksdb("opening", &options.dir, error))?;
        let standing = Mutex::new(Standing { meta: None, checked: false });
        let store = Self { db, options, standing };
        let meta = store.read_meta(|key| store.db.get(key))?;
        match &meta {
            Some(meta) if meta.format != FORMAT => {
                return Err(Error::Invalid {
                    what: format!(
                        "the state has format {}, this build reads {FORMAT}",
                        meta.format
                    ),
                    remedy: "use the build that wrote it, or remove the directory `state` and \
                             start again: it is rebuilt from the log",
                });
            }
            Some(_) => {}
            None => store.expect_empty()?,
        }
        store.standing().meta = meta;
        Ok(store)
    }

    /// The position that the rows reflect.
    pub fn position(&self) -> Position {
        self.standing().meta.as_ref().map(MetaRow::position).unwrap_or_default()
    }

    /// Brings what was written into files, so that the next start need not read it again.
    ///
    /// Nothing is lost without it; a stop is a good moment for it.
    pub fn flush(&self) -> Result<(), Error> {
        self.db.flush().map_err(|error| self.failed("flushing", error))
    }

    pub(crate) fn standing(&self) -> MutexGuard<'_, Standing> {
        // A panic cannot leave it half changed: it is replaced as a whole, last of all.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn failed(&self, doing: &'static str, error: rocksdb::Error) -> Error {
        Error::of_rocksdb(doing, &self.options.dir, error)
    }

    pub(crate) fn read_meta(
        &self,
        get: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, rocksdb::Error>,
    ) -> Result<Option<MetaRow>, Error> {
        let mut key = Vec::new();
        encode_key::<Meta>(&(), &mut key);
        let value = get(&key).map_err(|error| self.failed("reading", error))?;
        value.map(|value| decode::<Meta>(&key, &value)).transpose()
    }

    /// Writes the first row of a new state.
    pub(crate) fn found(&self, meta: &MetaRow) -> Result<(), Error> {
        let (mut key, mut value) = (Vec::new(), Vec::new());
        encode::<Meta>(meta, &mut key, &mut value);
        self.db.put(&key, &value).map_err(|error| self.failed("writing", error))
    }

    fn expect_empty(&self) -> Result<(), Error> {
        match self.db.iterator(IteratorMode::Start).next() {
            None => Ok(()),
            Some(Err(error)) => Err(self.failed("reading", error)),
            Some(Ok((key, _))) => {
                let reason = "there are rows, and none that says what they reflect";
                Err(Error::corrupt("meta", &key, Malformed::from(reason)))
            }
        }
    }
}

/// Opens the database on a thread that yields to those that decide: RocksDB's own threads, which
/// flush and compact, inherit that from the first that needs them.
fn open_yielding(options: &StoreOptions) -> Result<DB, rocksdb::Error> {
    let open = || {
        dataflows::yield_to_deciders();
        DB::open(&options.rocksdb(), &options.dir)
    };
    let opened = std::thread::scope(|scope| scope.spawn(open).join());
    opened.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
