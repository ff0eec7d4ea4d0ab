//! Nothing of its own: compiling it compiles RocksDB, whose library scripts/rocksdb then keeps.
