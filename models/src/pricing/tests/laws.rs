//! What holds of every price, under any policy that is admitted.

use proptest::prelude::*;

use super::any::{cell, cut, features, more_demand, policy};
use crate::pricing::{Bounds, Constraint, Factor, ONE_PPM, ParityMode, price};

/// Whether a floor above its own ceiling leaves nothing between them.
fn agrees(bounds: Bounds) -> bool {
    bounds.floor_minor.zip(bounds.ceiling_minor).is_none_or(|(floor, ceiling)| floor <= ceiling)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn more_demand_never_lowers_a_price(
        policy in policy(),
        cell in cell(),
        features in features(),
        more in prop::collection::vec(0_u16..400, 1..12),
    ) {
        let busier = more_demand(features, &more);
        let before = price(&policy, &cell, &features);
        let after = price(&policy, &cell, &busier);
        prop_assert!(before.price.amount_minor <= after.price.amount_minor);
        prop_assert!(before.suggested.amount_minor <= after.suggested.amount_minor);
        let before = price(&policy, &cell, &features.bucketed());
        let after = price(&policy, &cell, &busier.bucketed());
        prop_assert!(before.price.amount_minor <= after.price.amount_minor);
    }

    #[test]
    fn a_rivals_cut_never_raises_a_price(
        policy in policy(),
        cell in cell(),
        features in features(),
        average_less in 0_i64..30_000,
        minimum_less in 0_i64..30_000,
    ) {
        let before = price(&policy, &cell, &features);
        let after = price(&policy, &cell, &cut(features, average_less, minimum_less));
        prop_assert!(after.price.amount_minor <= before.price.amount_minor);
    }

    #[test]
    fn a_price_is_within_its_bounds_after_every_step(
        policy in policy(),
        cell in cell(),
        features in features(),
    ) {
        let priced = price(&policy, &cell, &features);
        let within = priced.floor_minor..=priced.ceiling_minor;
        let mut minor = priced.suggested.amount_minor;
        for applied in &priced.constraints {
            minor += applied.delta_minor;
            prop_assert!(within.contains(&minor), "{applied:?}");
        }
        prop_assert_eq!(minor, priced.price.amount_minor);
        prop_assert!(within.contains(&minor));
        prop_assert!(priced.constraints.iter().all(|applied| applied.delta_minor != 0));
        // The property's own bounds go before those of the policy, whatever that says.
        let own = cell.own;
        if agrees(own) {
            prop_assert!(own.floor_minor.is_none_or(|floor| floor <= minor));
            prop_assert!(own.ceiling_minor.is_none_or(|ceiling| minor <= ceiling));
        } else {
            prop_assert_eq!(Some(minor), own.floor_minor);
        }
        let absolute = policy.absolute.get(&cell.base.currency).copied().unwrap_or_default();
        if own == Bounds::default() && agrees(absolute) {
            prop_assert!(absolute.floor_minor.is_none_or(|floor| floor <= minor));
            prop_assert!(absolute.ceiling_minor.is_none_or(|ceiling| minor <= ceiling));
            if absolute == Bounds::default() {
                let base = cell.base.amount_minor;
                let permille = i64::from(policy.relative.floor_permille);
                prop_assert!(base * permille / 1000 <= minor);
                let permille = i64::from(policy.relative.ceiling_permille);
                prop_assert!(minor <= base * permille / 1000);
            }
        }
    }

    #[test]
    fn the_parts_add_up_to_the_cent(policy in policy(), cell in cell(), features in features()) {
        let priced = price(&policy, &cell, &features);
        let effects: i64 = priced.contributions.iter().map(|it| it.effect_ppm).sum();
        prop_assert_eq!(ONE_PPM + effects, priced.multiplier_ppm);
        let amounts: i64 = priced.contributions.iter().map(|it| it.amount_minor).sum();
        prop_assert_eq!(priced.base.amount_minor + amounts, priced.suggested.amount_minor);
        let deltas: i64 = priced.constraints.iter().map(|it| it.delta_minor).sum();
        prop_assert_eq!(
            priced.suggested.amount_minor + deltas,
            priced.price.amount_minor
        );
        // The suggestion is the base price times the multiplier, halves up.
        let exact = i128::from(priced.base.amount_minor) * i128::from(priced.multiplier_ppm);
        let off = exact - i128::from(priced.suggested.amount_minor) * i128::from(ONE_PPM);
        let half = i128::from(ONE_PPM / 2);
        prop_assert!(-half <= off && off < half);
        for part in &priced.contributions {
            let share = i128::from(priced.base.amount_minor) * i128::from(part.effect_ppm);
            let off = share - i128::from(part.amount_minor) * i128::from(ONE_PPM);
            prop_assert!(off.abs() < i128::from(ONE_PPM), "{part:?}");
            prop_assert!(part.effect_ppm != 0);
        }
        prop_assert!(priced.contributions.is_sorted_by(|a, b| a.factor < b.factor));
        prop_assert_eq!(priced, price(&policy, &cell, &features));
    }

    #[test]
    fn parity_is_kept_as_its_rule_says(policy in policy(), cell in cell(), features in features()) {
        let priced = price(&policy, &cell, &features);
        let minor = priced.price.amount_minor;
        let moved = priced.constraints.iter().any(|it| it.constraint == Constraint::Parity);
        let Some(parity) = cell.parity.map(|parity| parity.amount_minor) else {
            prop_assert!(!moved && !priced.undercuts_parity);
            return Ok(());
        };
        match policy.parity.default {
            ParityMode::Off => prop_assert!(!moved && !priced.undercuts_parity),
            ParityMode::Warn => {
                prop_assert!(!moved);
                prop_assert_eq!(priced.undercuts_parity, minor < parity);
            }
            ParityMode::Enforce => {
                prop_assert!(minor >= parity.min(priced.ceiling_minor));
                prop_assert_eq!(priced.undercuts_parity, minor < parity);
            }
        }
    }

    #[test]
    fn confidence_grows_with_what_is_known(
        policy in policy(),
        cell in cell(),
        features in features(),
    ) {
        let known = price(&policy, &cell, &features).confidence_permille;
        prop_assert!(known <= 1_000);
        let without = crate::pricing::Features {
            occupancy_permille: None,
            competitors: None,
            ..features
        };
        prop_assert!(price(&policy, &cell, &without).confidence_permille <= known);
        let more = more_demand(features, &[50]);
        prop_assert!(known <= price(&policy, &cell, &more).confidence_permille);
    }

    #[test]
    fn what_drifts_is_bucketed_once_and_downwards(features in features()) {
        let bucketed = features.bucketed();
        prop_assert_eq!(bucketed, bucketed.bucketed());
        let base = super::euro(10_000);
        for factor in Factor::ALL {
            let (exact, told) = (features.value(*factor, base), bucketed.value(*factor, base));
            prop_assert_eq!(exact.is_some(), told.is_some());
            prop_assert!(told <= exact);
        }
    }
}
