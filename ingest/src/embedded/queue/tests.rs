//! The queue has bounds, and gives everything at once.

use bytes::Bytes;

use super::Queue;
use crate::embedded::group::Waiting;
use crate::embedded::layout::RECORD_HEADER_BYTES;
use crate::{AppendError, Topic};

fn waiting(length: usize) -> Waiting {
    Waiting { topic: Topic::Commands, partition: 0, bytes: Bytes::from(vec![1; length]) }
}

#[test]
fn it_is_bounded_by_count_and_empty_again_once_taken() {
    let queue = Queue::new(2, 1 << 20);
    assert_eq!(queue.push(waiting(1)), Ok(()));
    assert_eq!(queue.push(waiting(1)), Ok(()));
    let bytes = 2 * (RECORD_HEADER_BYTES + 1);
    assert_eq!(queue.push(waiting(1)), Err(AppendError::Full { records: 2, bytes }));
    let mut taken = Vec::new();
    assert!(queue.take(&mut taken, 0));
    assert_eq!(taken.len(), 2);
    assert_eq!(queue.push(waiting(1)), Ok(()));
}

#[test]
fn it_is_bounded_by_bytes_but_takes_one_record_of_any_length() {
    let queue = Queue::new(100, 10);
    assert_eq!(queue.push(waiting(500)), Ok(()));
    assert!(matches!(queue.push(waiting(0)), Err(AppendError::Full { records: 1, .. })));
}

#[test]
fn once_closed_it_gives_what_it_has_and_then_says_so() {
    let queue = Queue::new(9, 9999);
    assert_eq!(queue.push(waiting(1)), Ok(()));
    queue.close();
    assert_eq!(queue.push(waiting(1)), Err(AppendError::Closed));
    let mut taken = Vec::new();
    assert!(queue.take(&mut taken, 0));
    taken.clear();
    assert!(!queue.take(&mut taken, 0));
}

#[test]
fn a_crowd_that_comes_back_is_taken_together_and_a_lone_record_is_not_kept_waiting_for_long() {
    let queue = Queue::new(1000, 1 << 20);
    let mut taken = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..100 {
                assert_eq!(queue.push(waiting(1)), Ok(()));
            }
        });
        while taken.len() < 100 {
            let mut some = Vec::new();
            assert!(queue.take(&mut some, 100));
            taken.append(&mut some);
        }
    });
    taken.clear();
    std::thread::scope(|scope| {
        scope.spawn(|| assert_eq!(queue.push(waiting(1)), Ok(())));
        assert!(queue.take(&mut taken, 100), "the rest of the crowd never comes");
    });
    assert_eq!(taken.len(), 1);
}
