//! Whoever follows hears everything once, and is told when it is too far behind.

use events::{Night, PropertyId, RoomTypeId};

use super::*;

fn changes(rows: i32) -> Changes {
    let row = AvailabilityRow { rooms: 1, blocked: 0, held: 0, sold: 1, allotted: 0, left: 0 };
    let key = |number| AvailabilityKey {
        property: PropertyId::new("P").expect("an id"),
        room_type: RoomTypeId::new("T").expect("an id"),
        night: Night::from_number(number % 1000).expect("a night"),
    };
    let availability = (0..rows).map(|number| (key(number), Some(row))).collect();
    Changes { availability, ..Changes::default() }
}

#[test]
fn what_is_told_is_heard_once_and_in_order() {
    let feed = Feed::new(7);
    assert_eq!(feed.after(0).expect("nothing is missing").len(), 0);
    for _ in 0..3 {
        feed.publish(changes(2), Stamp(1));
    }
    let heard = |number| -> Option<Vec<u64>> {
        Some(feed.after(number)?.iter().map(|told| told.number).collect())
    };
    assert_eq!(heard(0), Some(vec![1, 2, 3]));
    assert_eq!(heard(2), Some(vec![3]));
    assert_eq!(heard(3), Some(vec![]));
    assert_eq!(heard(4), None, "a number that was never told is of another start");
    assert_eq!(heard(u64::MAX), None, "and so is the greatest that anybody can send");
}

#[test]
fn what_is_kept_is_bounded_and_a_gap_is_told() {
    let feed = Feed::new(7);
    for _ in 0..30 {
        feed.publish(changes(10_000), Stamp(1));
    }
    assert!(feed.after(0).is_none(), "the first are gone");
    let kept = feed.after(29).expect("the last is there");
    assert_eq!(kept.len(), 1);
    let rows: usize = feed.kept().told.iter().map(|told| told.availability.len()).sum();
    assert!(rows <= ROWS_KEPT_MAX, "{rows} rows are kept");
    feed.publish(changes(1_000_000), Stamp(1));
    assert_eq!(feed.after(30).expect("the last is always there").len(), 1);
}

#[tokio::test]
async fn whoever_waits_is_woken() {
    let feed = Arc::new(Feed::new(7));
    let mut heard = feed.subscribe();
    let telling = Arc::clone(&feed);
    let task = tokio::spawn(async move { telling.publish(changes(1), Stamp(1)) });
    heard.changed().await.expect("the feed lives");
    task.await.expect("it does not panic");
    assert_eq!(feed.latest(), 1);
}
