//! The pricing of cells, by hand where a hand can count.

use events::{Money, Night};

use super::{Cell, Constraint, Factor, Features, PricingPolicy, price};

mod any;
mod laws;
mod parts;

fn euro(amount_minor: i64) -> Money {
    Money { amount_minor, currency: "EUR".parse().expect("the euro") }
}

fn night(text: &str) -> Night {
    text.parse().expect("a date")
}

#[test]
fn a_cell_that_nobody_touched_is_priced_by_its_calendar() {
    let policy = PricingPolicy::default();
    let friday = night("2027-03-05");
    let features = Features::of_night(friday, 10, true, Some(false));
    let priced = price(&policy, &Cell::new(euro(10_000), friday), &features);
    assert_eq!(priced.multiplier_ppm, 1_060_000);
    assert_eq!(priced.suggested, euro(10_600));
    assert_eq!(priced.price, euro(10_400));
    let told: Vec<_> = priced.contributions.iter().map(|it| (it.factor, it.amount_minor)).collect();
    assert_eq!(told, [(Factor::Weekend, 600)]);
    let moved: Vec<_> =
        priced.constraints.iter().map(|it| (it.constraint, it.delta_minor)).collect();
    assert_eq!(moved, [(Constraint::Tier, -200)]);
    assert_eq!(priced.confidence_permille, 0);
    assert_eq!(priced.policy_version, 0);
}

#[test]
fn what_is_built_in_is_whole() {
    let policy = PricingPolicy::default();
    assert_eq!(policy.curves.len(), 15);
    assert_eq!(policy.tiers.len(), 4);
    for (factor, weighted) in &policy.curves {
        assert!(weighted.goes(factor.direction()), "{}", factor.name());
    }
}

#[test]
fn numbers_name_what_they_named() {
    for (index, factor) in Factor::ALL.iter().enumerate() {
        assert_eq!(usize::from(factor.number()), index + 1);
        assert_eq!(Factor::from_number(factor.number()), Some(*factor));
    }
    for constraint in Constraint::ALL {
        assert_eq!(Constraint::from_number(constraint.number()), Some(constraint));
    }
    assert_eq!((Factor::from_number(0), Constraint::from_number(0)), (None, None));
}
