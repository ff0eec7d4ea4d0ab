//! How RocksDB is set up: for one writer of many small rows, for a quick start, within bounds.

use std::path::PathBuf;

use rocksdb::{
    BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, Options, WriteBufferManager,
};

const MIB: usize = 1 << 20;

/// Where a state is kept and what it may use.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The directory `state`; it is made if it is not there.
    pub dir: PathBuf,
    /// Memory for blocks, indexes, filters and write buffers together, in bytes.
    pub cache_bytes: usize,
    /// The size at which a write buffer goes to a file, in bytes. It bounds what a start after a
    /// kill has to read again, which is the reason to keep it small.
    pub write_buffer_bytes: usize,
    /// Whether files are compacted only once the views were loaded: what an earlier process has
    /// left to do takes a core for seconds, and at a start there is better use for it.
    pub waits_with_compaction: bool,
}

impl StoreOptions {
    /// A state in that directory, with the sizes that suit a machine of a few gigabytes.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        let (cache_bytes, write_buffer_bytes) = (256 * MIB, 16 * MIB);
        Self { dir: dir.into(), cache_bytes, write_buffer_bytes, waits_with_compaction: false }
    }

    pub(crate) fn rocksdb(&self) -> Options {
        let cache = Cache::new_lru_cache(self.cache_bytes);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_block_based_table_factory(&blocks(&cache));
        options.set_compression_type(DBCompressionType::Lz4);

        // Damage is reported, not worked round. A torn end of the write-ahead log is no damage:
        // what it held is on the log and is replayed from there.
        options.set_paranoid_checks(true);
        options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);

        // One writer: the cheaper insert of a memtable that nobody else writes to. Buffers are
        // counted against the block cache, so that one figure bounds both.
        options.set_allow_concurrent_memtable_write(false);
        options.set_write_buffer_size(self.write_buffer_bytes);
        options.set_max_write_buffer_number(4);
        options.set_max_total_wal_size((4 * self.write_buffer_bytes) as u64);
        let buffers = (self.cache_bytes / 2).max(4 * self.write_buffer_bytes);
        options.set_write_buffer_manager(&WriteBufferManager::new_write_buffer_manager_with_cache(
            buffers, false, cache,
        ));
        options.set_max_background_jobs(2);
        options.set_disable_auto_compactions(self.waits_with_compaction);
        options.set_bytes_per_sync(MIB as u64);

        // A quick start: files are opened when they are read, and nothing is sampled.
        options.set_max_open_files(1024);
        options.set_skip_stats_update_on_db_open(true);

        // An idle store does nothing, and its own log stays small.
        options.set_stats_dump_period_sec(0);
        options.set_stats_persist_period_sec(0);
        options.set_max_log_file_size(4 * MIB);
        options.set_keep_log_file_num(4);
        options
    }
}

fn blocks(cache: &Cache) -> BlockBasedOptions {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_block_size(16 * 1024);
    blocks.set_bloom_filter(10.0, false);
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    blocks
}
