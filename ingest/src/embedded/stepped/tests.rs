//! A log without threads waits for nobody, for there is nobody to wait for.

use bytes::Bytes;

use super::SteppedLog;
use crate::embedded::{EmbeddedOptions, SEGMENT_BYTES_MIN};
use crate::{Log, Topic};

#[test]
fn one_commit_may_need_several_segments() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut options = EmbeddedOptions::new(folder.path().join("log"), 1);
    options.segment_bytes = SEGMENT_BYTES_MIN;
    let log = SteppedLog::open(&options).expect("opened");
    let record = Bytes::from(vec![7; 60_000]);
    for _ in 0..20 {
        log.append(Topic::Commands, 0, record.clone()).expect("taken");
    }
    assert!(log.commit().expect("committed"));
    assert_eq!(log.end(Topic::Commands).expect("an end").next_offset(0), 20);
    drop(log);
    let again = SteppedLog::open(&options).expect("opened again");
    assert_eq!(again.end(Topic::Commands).expect("an end").next_offset(0), 20);
}
