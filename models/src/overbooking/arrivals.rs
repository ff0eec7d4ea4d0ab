//! How many rooms are wanted when the share that stays away is itself not known.
//!
//! On some nights everybody comes: a fair is on, or the weather holds. The share that stays away is
//! taken to be that of its segment times a factor that all bookings of the night have in common,
//! with a mean of one and a given spread; for each value of the factor the distribution is exact.

use super::ONE_PPM;
use super::distribution::{Distribution, Group};

/// The factor is the product of so many steps up or down, as likely one as the other; it has one
/// value more than that.
const STEPS_COUNT: u32 = 8;

/// How many rooms are wanted, over all values of the factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrivals {
    /// How likely a value is, the value, and the distribution under it.
    parts: Vec<(f64, f64, Distribution)>,
}

impl Arrivals {
    /// Of bookings in any order, under a factor of that spread: its standard deviation, in
    /// thousandths of its mean.
    pub fn of(groups: &[Group], spread_permille: u16) -> Self {
        let part = |(weight, factor): (f64, f64)| {
            let scaled: Vec<Group> = groups.iter().map(|group| scaled(*group, factor)).collect();
            (weight, factor, Distribution::of(&scaled))
        };
        Self { parts: factors(spread_permille).into_iter().map(part).collect() }
    }

    /// Adds bookings that are alike.
    pub fn add(&mut self, group: Group) {
        for (_, factor, part) in &mut self.parts {
            part.add(scaled(group, *factor));
        }
    }

    /// The rooms of all bookings.
    pub fn rooms_count(&self) -> u32 {
        self.parts.first().map_or(0, |(_, _, part)| part.rooms_count())
    }

    /// The probability of so many rooms or more.
    pub fn at_least(&self, rooms: u32) -> f64 {
        self.parts.iter().map(|(weight, _, part)| weight * part.at_least(rooms)).sum()
    }

    /// The probability of more rooms than that.
    pub fn above(&self, rooms: u32) -> f64 {
        self.at_least(rooms.saturating_add(1))
    }

    /// One distribution for all values of the factor.
    pub fn joined(&self) -> Distribution {
        Distribution::mixed(self.parts.iter().map(|(weight, _, part)| (*weight, part)))
    }
}

/// The values of the factor and how likely they are.
///
/// With `t` such that `(1 + t²)^8 = 1 + spread²`, the value after `k` steps up is
/// `(1 + t)^k (1 - t)^(8 - k)`, whose mean is exactly one and whose spread is the one asked for.
/// Only additions, multiplications and square roots: the same everywhere.
fn factors(spread_permille: u16) -> Vec<(f64, f64)> {
    if spread_permille == 0 {
        return vec![(1.0, 1.0)];
    }
    let spread = f64::from(spread_permille) / 1000.0;
    let step = ((1.0 + spread * spread).sqrt().sqrt().sqrt() - 1.0).sqrt();
    let power = |base: f64, times: u32| (0..times).fold(1.0, |product, _| product * base);
    let mut ways = 1.0;
    let mut factors = Vec::new();
    for ups in 0..=STEPS_COUNT {
        let value = power(1.0 + step, ups) * power(1.0 - step, STEPS_COUNT - ups);
        factors.push((ways / power(2.0, STEPS_COUNT), value));
        ways = ways * f64::from(STEPS_COUNT - ups) / f64::from(ups + 1);
    }
    factors
}

/// The group when the share of it that stays away is multiplied; one that is certain to come, or
/// not to, stays so.
fn scaled(group: Group, factor: f64) -> Group {
    if group.show_ppm == 0 {
        return group;
    }
    let away = f64::from(ONE_PPM - group.show_ppm.min(ONE_PPM)) * factor;
    let away_ppm = away.round().min(f64::from(ONE_PPM)) as u32;
    Group { show_ppm: ONE_PPM - away_ppm, ..group }
}

#[cfg(test)]
mod tests {
    use super::{Group, factors, scaled};
    use crate::overbooking::ONE_PPM;

    #[test]
    fn what_is_certain_stays_so() {
        for show_ppm in [0, ONE_PPM] {
            let group = Group { bookings_count: 1, rooms_each: 2, show_ppm };
            for factor in [0.1, 1.0, 1.9] {
                assert_eq!(scaled(group, factor).show_ppm, show_ppm);
            }
        }
    }

    #[test]
    fn the_factor_has_its_mean_and_its_spread() {
        for spread_permille in [0, 1, 100, 500, 1_000, 2_000] {
            let spread = f64::from(spread_permille) / 1_000.0;
            let factors = factors(spread_permille);
            let sum = |of: &dyn Fn(f64) -> f64| -> f64 {
                factors.iter().map(|(weight, value)| weight * of(*value)).sum()
            };
            assert!((sum(&|_| 1.0) - 1.0).abs() < 1e-12);
            assert!((sum(&|value| value) - 1.0).abs() < 1e-12);
            assert!((sum(&|value| (value - 1.0) * (value - 1.0)) - spread * spread).abs() < 1e-9);
            assert!(factors.iter().all(|(_, value)| *value > 0.0));
        }
    }
}
