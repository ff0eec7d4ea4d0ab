//! The limit and the places, step by step, under a clock that the test leads.

use std::time::{Duration, Instant};

use super::limit::{Limit, LimitOptions};
use super::places::{Enter, Places};
use super::{Admission, Class, Refused};

const MS: Duration = Duration::from_millis(1);

fn options(min: u32, max: u32) -> LimitOptions {
    LimitOptions { in_flight_min: min, in_flight_max: max, ..LimitOptions::default() }
}

/// Windows of requests that each take that long, while somebody finds no place.
fn windows(limit: &mut Limit, count: u32, took: Duration, now: &mut Instant) {
    for _ in 0..count {
        for _ in 0..20 {
            limit.reached();
            limit.sample(Class::Hold, took, *now);
        }
        *now += 100 * MS;
        limit.pass(*now);
    }
}

#[test]
fn the_limit_follows_how_long_requests_take() {
    let mut now = Instant::now();
    let mut limit = Limit::new(options(16, 256), now);
    assert_eq!(limit.count(), 64);
    windows(&mut limit, 40, 5 * MS, &mut now);
    assert_eq!(limit.count(), 256, "while they are quick it grows to its bound");
    windows(&mut limit, 20, 200 * MS, &mut now);
    assert_eq!(limit.count(), 16, "when they slow down it shrinks to its bound");
    windows(&mut limit, 80, 5 * MS, &mut now);
    assert_eq!(limit.count(), 256, "and comes back within eight seconds");
}

#[test]
fn the_limit_stays_where_nobody_needs_more() {
    let mut now = Instant::now();
    let mut limit = Limit::new(options(16, 256), now);
    for _ in 0..1_000 {
        limit.sample(Class::Read, MS, now);
        now += MS;
    }
    assert_eq!(limit.count(), 64);
}

#[test]
fn a_slow_log_has_a_longer_aim_up_to_a_bound() {
    let mut now = Instant::now();
    let mut limit = Limit::new(options(16, 256), now);
    windows(&mut limit, 20, 20 * MS, &mut now);
    let before = limit.count();
    windows(&mut limit, 5, 45 * MS, &mut now);
    assert!(limit.count() >= before, "two and a half times the quickest is not too long");
    windows(&mut limit, 5, 70 * MS, &mut now);
    assert!(limit.count() < before, "above the bound everything is");
}

fn granted(entered: &Enter) -> bool {
    matches!(entered, Enter::Granted)
}

/// Places of a limit of ten that stays.
fn ten(now: Instant) -> Places {
    Places::new(options(10, 10), now)
}

fn fill(places: &mut Places, class: Class, count: usize, now: Instant) {
    for _ in 0..count {
        assert!(granted(&places.enter(class, now)));
    }
}

#[test]
fn a_class_never_takes_what_is_kept_for_those_that_matter_more() {
    let now = Instant::now();
    let shares = [(Class::Signal, 4), (Class::Read, 6), (Class::Manage, 7), (Class::Hold, 8)];
    for (class, share) in shares {
        let mut places = ten(now);
        fill(&mut places, class, share, now);
        assert!(!granted(&places.enter(class, now)), "{class:?} has its share of {share}");
        fill(&mut places, Class::Settle, 10 - share, now);
        assert!(!granted(&places.enter(Class::Settle, now)));
    }
}

#[test]
fn who_matters_most_comes_in_first_and_of_a_class_the_newest() {
    let now = Instant::now();
    let mut places = ten(now);
    fill(&mut places, Class::Settle, 10, now);
    let classes = [Class::Read, Class::Hold, Class::Hold, Class::Settle, Class::Settle];
    let mut waiting: Vec<_> = classes
        .iter()
        .map(|class| match places.enter(*class, now) {
            Enter::Wait { granted, .. } => granted,
            entered => panic!("{class:?} {entered:?}"),
        })
        .collect();
    let mut order = Vec::new();
    for _ in 0..10 {
        places.leave(Class::Settle, None, now);
        for (number, granted) in waiting.iter_mut().enumerate() {
            if granted.try_recv().is_ok() {
                order.push(number);
            }
        }
    }
    assert_eq!(order, [3, 4, 2, 1, 0], "confirmations in turn, the newer hold, the older, a read");
}

#[test]
fn a_burst_waits_and_an_overload_does_not() {
    let mut now = Instant::now();
    let mut places = ten(now);
    fill(&mut places, Class::Hold, 8, now);
    let wait = |places: &mut Places, class, now: Instant| match places.enter(class, now) {
        Enter::Wait { until, granted } => (until - now, granted),
        entered => panic!("{entered:?}"),
    };
    let (longest, mut first) = wait(&mut places, Class::Hold, now);
    assert_eq!(longest, 1_000 * MS);
    now += 1_000 * MS;
    // It has stood for too long: the first is turned out, and who comes now waits a moment only.
    let (longest, _second) = wait(&mut places, Class::Hold, now);
    assert!(first.try_recv().is_err());
    assert_eq!(longest, 5 * MS);
    let next = |_| match places.enter(Class::Hold, now) {
        Enter::Wait { granted, .. } => Some(granted),
        Enter::Granted | Enter::Refused => None,
    };
    let waiting: Vec<_> = (0..20).map_while(next).collect();
    assert_eq!(waiting.len(), 7, "no more wait than may be served in that time");
    assert!(places.is_hopeless(Class::Hold, now));
    assert!(!places.is_hopeless(Class::Settle, now));
    now += 2_000 * MS;
    places.leave(Class::Hold, None, now);
    assert!(granted(&places.enter(Class::Hold, now)));
    let (longest, _third) = wait(&mut places, Class::Hold, now);
    assert_eq!(longest, 5 * MS, "those who were turned out now were refused now");
    now += 1_500 * MS;
    places.leave(Class::Hold, None, now);
    assert!(!places.is_hopeless(Class::Hold, now));
}

#[tokio::test]
async fn a_place_comes_back_however_its_holder_ends() {
    let admission = Admission::new(options(1, 1), Instant::now());
    let later = || Instant::now() + Duration::from_secs(60);
    let permit = admission.enter(Class::Settle, later()).await.expect("it is free");
    let in_vain = admission.enter(Class::Settle, Instant::now()).await;
    assert_eq!(in_vain.err(), Some(Refused));
    {
        // Somebody waits and goes away.
        let mut waiting = Box::pin(admission.enter(Class::Settle, later()));
        assert!(futures_poll_once(waiting.as_mut()).await);
        assert_eq!(admission.standing().waiting_count[0], 1);
    }
    assert_eq!(admission.standing().waiting_count[0], 0);
    {
        // Somebody is given the place, and goes away before they know.
        let mut waiting = Box::pin(admission.enter(Class::Settle, later()));
        assert!(futures_poll_once(waiting.as_mut()).await);
        permit.completed();
        assert_eq!(admission.standing().in_flight_count[0], 1);
    }
    assert_eq!(admission.standing().in_flight_count[0], 0);
    drop(admission.enter(Class::Settle, later()).await.expect("it is free again"));
}

/// Polls once; whether it is not over.
async fn futures_poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
    })
    .await
}
