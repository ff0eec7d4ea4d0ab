//! The memory: ledger rows and views on disk, with the one position that they reflect.
