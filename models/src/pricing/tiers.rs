//! Endings that prices of a size have: 89 rather than 91.27.

/// From some price on: the endings that prices have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// From which price on; the next tier ends it.
    pub from_minor: i64,
    /// After how many minor units the endings repeat: at least 1.
    pub step_minor: i64,
    /// What prices leave when divided by the step: 0 to below the step each, at least one.
    pub endings_minor: Vec<i64>,
}

impl Tier {
    /// The largest price of this tier at or below one.
    fn at_most(&self, price: i64, end: i64) -> Option<i64> {
        let most = price.min(end - 1);
        let below = |ending: &i64| {
            (most >= *ending).then(|| (most - ending) / self.step_minor * self.step_minor + ending)
        };
        self.endings_minor.iter().filter_map(below).filter(|it| *it >= self.from_minor).max()
    }

    /// The smallest price of this tier at or above one.
    fn at_least(&self, price: i64, end: i64) -> Option<i64> {
        let least = price.max(self.from_minor);
        let above = |ending: &i64| {
            let steps = ((least - ending).max(0) as u64).div_ceil(self.step_minor as u64) as i64;
            steps * self.step_minor + ending
        };
        self.endings_minor.iter().map(above).filter(|it| *it < end).min()
    }
}

/// The tiers of a currency, cheapest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tiers(Vec<Tier>);

impl Tiers {
    /// From tiers that are in order of where they begin.
    pub fn new(tiers: Vec<Tier>) -> Option<Self> {
        let in_order = tiers.windows(2).all(|pair| pair[0].from_minor < pair[1].from_minor);
        let sound = |tier: &Tier| {
            tier.from_minor >= 0
                && tier.step_minor >= 1
                && !tier.endings_minor.is_empty()
                && tier.endings_minor.iter().all(|ending| (0..tier.step_minor).contains(ending))
        };
        (in_order && tiers.iter().all(sound)).then_some(Self(tiers))
    }

    /// The tiers, cheapest first.
    pub fn tiers(&self) -> &[Tier] {
        &self.0
    }

    /// The price with such an ending that is nearest, of two as near the lower one; none if there
    /// is none within the bounds.
    pub fn nearest(&self, price_minor: i64, floor_minor: i64, ceiling_minor: i64) -> Option<i64> {
        let ends = self.0.iter().skip(1).map(|tier| tier.from_minor).chain([i64::MAX]);
        let tiers: Vec<(&Tier, i64)> = self.0.iter().zip(ends).collect();
        let below = tiers.iter().filter_map(|(tier, end)| tier.at_most(price_minor, *end)).max();
        let above = tiers.iter().filter_map(|(tier, end)| tier.at_least(price_minor, *end)).min();
        let within = |minor: &i64| (floor_minor..=ceiling_minor).contains(minor);
        match (below.filter(within), above.filter(within)) {
            (Some(below), Some(above)) if above - price_minor < price_minor - below => Some(above),
            (below, above) => below.or(above),
        }
    }
}
