//! How much a price can be relied on, from how much data it was made of.

use events::Money;

use super::{Factor, Features, PricingPolicy};

/// What it takes to be confident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confidence {
    /// How much each factor weighs; those that are not named weigh nothing.
    pub weights: Vec<(Factor, u16)>,
    /// How many searches support half as well as any number of them.
    pub searches_half_count: u32,
    /// How many rivals support half as well as any number of them.
    pub rivals_half_count: u32,
}

impl Confidence {
    /// The weighted support of all factors: 0 where nothing is known, 1000 where everything is.
    pub(super) fn permille(&self, policy: &PricingPolicy, base: Money, features: &Features) -> u16 {
        let all: u64 = self.weights.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let known: u64 = self
            .weights
            .iter()
            .map(|(factor, weight)| {
                u64::from(*weight) * self.support_permille(policy, base, features, *factor)
            })
            .sum();
        u16::try_from(known.checked_div(all).unwrap_or_default()).unwrap_or(1000)
    }

    fn support_permille(
        &self,
        policy: &PricingPolicy,
        base: Money,
        features: &Features,
        factor: Factor,
    ) -> u64 {
        if policy.value(factor, base, features).is_none() {
            return 0;
        }
        let of_count = |count: u64, half: u32| {
            (count * 1000).checked_div(count + u64::from(half)).unwrap_or_default()
        };
        let searches = u64::from(features.searches_7d.unwrap_or_default());
        let rivals = u64::from(features.competitors.map_or(0, |rivals| rivals.count));
        match factor {
            Factor::Searches | Factor::LookToBook => of_count(searches, self.searches_half_count),
            Factor::RivalsAverage | Factor::RivalsMinimum | Factor::RivalsSoldOut => {
                of_count(rivals, self.rivals_half_count)
            }
            _ => 1000,
        }
    }
}
