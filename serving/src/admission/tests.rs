//! The limit and the places, step by step, under a clock that the test leads.

use std::time::{Duration, Instant};

use events::Slot;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use tokio::sync::oneshot::error::TryRecvError;

use super::limit::{Limit, LimitOptions};
use super::places::{Enter, Places};
use super::{Admission, CLASSES_COUNT, Class, Refused, Wish};

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
        assert!(granted(&places.enter(class.into(), now)));
    }
}

#[test]
fn a_class_never_takes_what_is_kept_for_those_that_matter_more() {
    let now = Instant::now();
    let shares = [(Class::Signal, 4), (Class::Read, 6), (Class::Manage, 7), (Class::Hold, 8)];
    for (class, share) in shares {
        let mut places = ten(now);
        fill(&mut places, class, share, now);
        assert!(!granted(&places.enter(class.into(), now)), "{class:?} has its share of {share}");
        fill(&mut places, Class::Settle, 10 - share, now);
        assert!(!granted(&places.enter(Class::Settle.into(), now)));
    }
}

#[test]
fn who_has_a_room_comes_in_first_and_then_the_classes_take_turns() {
    let now = Instant::now();
    let mut places = ten(now);
    fill(&mut places, Class::Settle, 10, now);
    let classes = [Class::Read, Class::Hold, Class::Hold, Class::Settle, Class::Settle];
    let mut waiting: Vec<_> = classes
        .iter()
        .map(|class| match places.enter((*class).into(), now) {
            Enter::Wait { granted, .. } => granted,
            entered => panic!("{class:?} {entered:?}"),
        })
        .collect();
    let mut order = Vec::new();
    for _ in 0..10 {
        places.leave(Class::Settle.into(), None, now);
        for (number, granted) in waiting.iter_mut().enumerate() {
            if granted.try_recv().is_ok() {
                order.push(number);
            }
        }
    }
    assert_eq!(order, [3, 4, 2, 0, 1], "confirmations in turn, the newer hold, a read, the older");
}

#[test]
fn a_burst_waits_and_an_overload_does_not() {
    let mut now = Instant::now();
    let mut places = ten(now);
    fill(&mut places, Class::Hold, 8, now);
    let wait =
        |places: &mut Places, class: Class, now: Instant| match places.enter(class.into(), now) {
            Enter::Wait { until, granted } => (until - now, granted),
            entered => panic!("{entered:?}"),
        };
    let (longest, mut first) = wait(&mut places, Class::Hold, now);
    assert_eq!(longest, 250 * MS);
    now += 250 * MS;
    // It has stood for too long: the first is turned out, and who comes now waits a moment only.
    let (longest, _second) = wait(&mut places, Class::Hold, now);
    assert!(first.try_recv().is_err());
    assert_eq!(longest, 10 * MS);
    let next = |_| match places.enter(Class::Hold.into(), now) {
        Enter::Wait { granted, .. } => Some(granted),
        Enter::Granted | Enter::Refused => None,
    };
    let waiting: Vec<_> = (0..20).map_while(next).collect();
    assert_eq!(waiting.len(), 7, "no more wait than may be served in that time");
    assert!(places.is_hopeless(Class::Hold.into(), now));
    assert!(!places.is_hopeless(Class::Settle.into(), now));
    now += 2_000 * MS;
    places.leave(Class::Hold.into(), None, now);
    assert!(granted(&places.enter(Class::Hold.into(), now)));
    let (longest, _third) = wait(&mut places, Class::Hold, now);
    assert_eq!(longest, 10 * MS, "those who were turned out now were refused now");
    now += 1_500 * MS;
    places.leave(Class::Hold.into(), None, now);
    assert!(!places.is_hopeless(Class::Hold.into(), now));
}

#[tokio::test]
async fn a_place_comes_back_however_its_holder_ends() {
    let admission = Admission::new(options(1, 1), Instant::now());
    let later = || Instant::now() + Duration::from_secs(60);
    let permit = admission.enter(Class::Settle.into(), later()).await.expect("it is free");
    let in_vain = admission.enter(Class::Settle.into(), Instant::now()).await;
    assert_eq!(in_vain.err(), Some(Refused));
    {
        // Somebody waits and goes away.
        let mut waiting = Box::pin(admission.enter(Class::Settle.into(), later()));
        assert!(futures_poll_once(waiting.as_mut()).await);
        assert_eq!(admission.standing().waiting_count[0], 1);
    }
    assert_eq!(admission.standing().waiting_count[0], 0);
    {
        // Somebody is given the place, and goes away before they know.
        let mut waiting = Box::pin(admission.enter(Class::Settle.into(), later()));
        assert!(futures_poll_once(waiting.as_mut()).await);
        permit.completed();
        assert_eq!(admission.standing().in_flight_count[0], 1);
    }
    assert_eq!(admission.standing().in_flight_count[0], 0);
    drop(admission.enter(Class::Settle.into(), later()).await.expect("it is free again"));
}

/// Polls once; whether it is not over.
async fn futures_poll_once<F: Future>(mut future: std::pin::Pin<&mut F>) -> bool {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(future.as_mut().poll(context).is_pending())
    })
    .await
}

fn hold(lane: u16) -> Wish {
    Wish { class: Class::Hold, lane: Some(Slot::from_low_bits(lane)) }
}

#[test]
fn one_property_never_fills_the_places_of_all() {
    let now = Instant::now();
    let mut places = Places::new(options(100, 100), now);
    let came_in = (0..100).filter(|_| granted(&places.enter(hold(1), now))).count();
    assert_eq!(came_in, 40, "half of the places for holds");
    let others = (2..100).filter(|lane| granted(&places.enter(hold(*lane), now))).count();
    assert_eq!(others, 40, "the other half is there for whoever else comes");
    assert!(!granted(&places.enter(hold(2), now)));
    assert!(granted(&places.enter(Class::Settle.into(), now)));
}

#[test]
fn while_others_wait_the_hot_property_gets_an_even_turn() {
    let now = Instant::now();
    let mut places = Places::new(options(100, 100), now);
    let mut hot = Vec::new();
    for _ in 0..100 {
        match places.enter(hold(1), now) {
            Enter::Wait { granted, .. } => hot.push(granted),
            Enter::Granted | Enter::Refused => {}
        }
    }
    assert_eq!(hot.len(), 60);
    fill(&mut places, Class::Hold, 40, now);
    // One of each of twenty others waits behind the sixty.
    let mut cold: Vec<_> = (2..22)
        .map(|lane| match places.enter(hold(lane), now) {
            Enter::Wait { granted, .. } => granted,
            entered => panic!("{entered:?}"),
        })
        .collect();
    let told = |waiting: &mut Vec<tokio::sync::oneshot::Receiver<()>>| {
        let before = waiting.len();
        waiting.retain_mut(|granted| granted.try_recv().is_err());
        before - waiting.len()
    };
    for _ in 0..20 {
        places.leave(hold(1), None, now);
    }
    assert_eq!((told(&mut hot), told(&mut cold)), (0, 20), "none of the hot ones before them");
    for _ in 0..20 {
        places.leave(Class::Hold.into(), None, now);
    }
    assert_eq!(told(&mut hot), 20, "and when nobody else waits nothing stays empty");
}

#[test]
fn one_property_s_crowd_leaves_chairs_and_does_not_count_as_an_overload() {
    let now = Instant::now();
    let mut places = Places::new(options(100, 100), now);
    let mut waiting = Vec::new();
    let mut refused_count = 0;
    for _ in 0..2_000 {
        match places.enter(hold(1), now) {
            Enter::Wait { granted, until } => waiting.push((granted, until)),
            Enter::Refused => refused_count += 1,
            Enter::Granted => {}
        }
    }
    assert_eq!((waiting.len(), refused_count), (256, 2_000 - 40 - 256));
    assert!(places.is_hopeless(hold(1), now) && !places.is_hopeless(hold(2), now));
    fill(&mut places, Class::Hold, 40, now);
    match places.enter(hold(2), now) {
        Enter::Wait { until, .. } => assert_eq!(until - now, 250 * MS, "as in a burst"),
        entered => panic!("{entered:?}"),
    }
}

#[test]
fn reads_get_their_turns_while_holds_never_stop() {
    let now = Instant::now();
    let mut places = ten(now);
    fill(&mut places, Class::Hold, 8, now);
    let mut waiting = Vec::new();
    let mut came_in = [0_u32; CLASSES_COUNT];
    for _ in 0..700 {
        for class in [Class::Hold, Class::Read] {
            if let Enter::Wait { granted, .. } = places.enter(class.into(), now) {
                waiting.push((class, granted));
            }
        }
        let index = came_in.iter().position(|count| *count > 0);
        let leaving = index.map_or(Class::Hold, |index| Class::ALL[index]);
        if index.is_some() {
            came_in[leaving.index()] -= 1;
        }
        places.leave(leaving.into(), None, now);
        waiting.retain_mut(|(class, granted)| {
            let is_in = granted.try_recv().is_ok();
            came_in[class.index()] += u32::from(is_in);
            !is_in
        });
    }
    let left = |wanted| waiting.iter().filter(|(class, _)| *class == wanted).count();
    let (holds, reads) = (700 - left(Class::Hold), 700 - left(Class::Read));
    assert_eq!((holds, reads), (400, 300), "four turns to three");
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Enter(u8, u16),
    Leave(u8),
    GiveUp(u8),
    Wait(u16),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => (0_u8..5, 0_u16..6).prop_map(|(class, lane)| Deed::Enter(class, lane)),
        3 => any::<u8>().prop_map(Deed::Leave),
        1 => any::<u8>().prop_map(Deed::GiveUp),
        1 => (0_u16..400).prop_map(Deed::Wait),
    ];
    proptest::collection::vec(deed, 1..400)
}

proptest! {
    /// Whatever happens: no bound is passed, nobody waits who could be in, and what is counted is
    /// what a list of everybody says.
    #[test]
    fn bounds_hold_and_no_place_stays_empty(deeds in deeds()) {
        let mut now = Instant::now();
        let mut places = Places::new(options(20, 20), now);
        let (mut inside, mut waiting) = (Vec::new(), Vec::new());
        for deed in deeds {
            match deed {
                Deed::Enter(class, lane) => {
                    let class = Class::ALL[usize::from(class)];
                    let lane = (class == Class::Hold && lane > 0)
                        .then(|| Slot::from_low_bits(lane));
                    let wish = Wish { class, lane };
                    match places.enter(wish, now) {
                        Enter::Granted => inside.push(wish),
                        Enter::Wait { granted, .. } => waiting.push((wish, granted)),
                        Enter::Refused => {}
                    }
                }
                Deed::Leave(number) if !inside.is_empty() => {
                    let wish = inside.swap_remove(usize::from(number) % inside.len());
                    places.leave(wish, None, now);
                }
                Deed::GiveUp(number) if !waiting.is_empty() => {
                    let (wish, mut granted) =
                        waiting.swap_remove(usize::from(number) % waiting.len());
                    granted.close();
                    places.gave_up(wish, now);
                }
                Deed::Wait(ms) => {
                    now += MS * u32::from(ms);
                    places.leave(Wish { class: Class::Signal, lane: None }, None, now);
                    inside.retain({
                        let mut is_first = true;
                        move |wish| {
                            let goes = wish.class == Class::Signal && is_first;
                            is_first &= !goes;
                            !goes
                        }
                    });
                }
                Deed::Leave(_) | Deed::GiveUp(_) => {}
            }
            // Who was let in, and who was turned out.
            waiting.retain_mut(|(wish, granted)| match granted.try_recv() {
                Ok(()) => { inside.push(*wish); false }
                Err(TryRecvError::Empty) => true,
                Err(TryRecvError::Closed) => false,
            });
            let of = |class: Class| inside.iter().filter(|wish| wish.class == class).count();
            let settling = of(Class::Settle);
            prop_assert!(inside.len() <= 20, "{inside:?}");
            prop_assert!(inside.len() - settling <= 16);
            for (class, share) in [(Class::Manage, 14), (Class::Read, 12), (Class::Signal, 8)] {
                prop_assert!(of(class) <= share, "{class:?} {inside:?}");
            }
            for lane in 1..6 {
                let wish = hold(lane);
                let count = inside.iter().filter(|other| **other == wish).count();
                prop_assert!(count <= 8, "{count} in one lane");
            }
            let standing = places.standing();
            prop_assert_eq!(standing.in_flight_count, Class::ALL.map(|class| of(class) as u32));
            let waits = |class: Class| {
                waiting.iter().filter(|(wish, _)| wish.class == class).count()
            };
            prop_assert_eq!(standing.waiting_count, Class::ALL.map(waits));
            let settles = waits(Class::Settle);
            prop_assert!(settles == 0 || inside.len() == 20, "a confirmation waits for nothing");
            let reads = waits(Class::Read);
            let is_full = inside.len() == 20 || inside.len() - settling == 16;
            prop_assert!(reads == 0 || is_full || of(Class::Read) == 12, "a read waits");
        }
    }
}
