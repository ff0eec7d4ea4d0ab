//! Which directories are refused.

use super::{Directory, name_of};
use crate::embedded::OpenError;

#[test]
fn network_filesystems_are_known_by_their_numbers() {
    assert_eq!(name_of(0x6969), Some("NFS"));
    assert_eq!(name_of(0xff53_4d42), Some("CIFS"));
    // The numbers of ext4, XFS and btrfs.
    assert!([0xef53, 0x5846_5342, 0x9123_683e].iter().all(|local| name_of(*local).is_none()));
}

#[test]
fn a_directory_is_locked_once_and_free_again_afterwards() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("deep").join("log");
    let first = Directory::lock(&path).expect("nobody has it");
    let second = Directory::lock(&path).expect_err("the first has it");
    assert!(matches!(second, OpenError::InUse { .. }), "{second}");
    drop(first);
    Directory::lock(&path).expect("nobody has it any more");
}
