//! Moments: the same every time, in the order of phases, within their day.

use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};

use super::*;

fn day(number: i32) -> Night {
    Night::from_number(number).expect("a night")
}

#[test]
fn midnight_is_midnight() {
    assert_eq!(midnight("1970-01-01".parse().expect("a date")), Stamp(0));
    assert_eq!(midnight("2013-06-24".parse().expect("a date")), Stamp(1_372_032_000_000));
}

#[test]
fn moments_do_not_change() {
    let moments = Phase::ALL.map(|phase| Moment::of(day(5_000), phase, 119_390).ms_of_day);
    assert_eq!(moments, [18_078_276, 57_961_406, 70_616_805, 72_973_225, 79_224_075]);
}

#[test]
fn bookings_are_made_all_over_their_part_of_the_day() {
    let mut hours = [0_u32; 16];
    for row in 0..16_000 {
        let moment = Moment::of(day(0), Phase::Booked, row);
        hours[(u64::from(moment.ms_of_day) / HOUR_MS) as usize] += 1;
    }
    assert!(hours.iter().all(|rows| (850..1_150).contains(rows)), "{hours:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn time_follows_order(
        (one_day, other_day) in (-30_000..70_000, -30_000..70_000),
        (one_phase, other_phase) in (0_usize..5, 0_usize..5),
        (one_row, other_row) in any::<(u32, u32)>(),
    ) {
        let one = Moment::of(day(one_day), Phase::ALL[one_phase], one_row);
        let other = Moment::of(day(other_day), Phase::ALL[other_phase], other_row);
        if (one_day, one_phase) < (other_day, other_phase) {
            prop_assert!(one < other && one.stamp() < other.stamp());
        }
        prop_assert!(one > other || one.stamp() <= other.stamp());
        // Before 23:00 the civil day is the same one hour further east.
        let of_day = one.stamp().0 - midnight(day(one_day)).0;
        prop_assert!((0..23 * HOUR_MS as i64).contains(&of_day));
    }
}
