//! Shares of a price that add up to it.

use super::{Contribution, Factor, ONE_PPM};

/// The suggested price and what each effect adds to the base price, to the minor unit.
///
/// Each part is its exact share rounded down or up, so that no part is off by a whole unit: by the
/// method of the largest remainder, of equal ones the first.
pub(super) fn contributions(
    base_minor: i64,
    effects: &[(Factor, i64)],
) -> (i64, Vec<Contribution>) {
    let one = i128::from(ONE_PPM);
    let exact = |effect_ppm: i64| i128::from(base_minor) * i128::from(effect_ppm);
    let all: i128 = effects.iter().map(|(_, effect_ppm)| exact(*effect_ppm)).sum();
    // Halves go up, also below zero.
    let added = (all + one / 2).div_euclid(one);
    let mut parts: Vec<(i128, Contribution)> = effects
        .iter()
        .map(|(factor, effect_ppm)| {
            let share = exact(*effect_ppm);
            let amount_minor = narrow(share.div_euclid(one));
            let part = Contribution { factor: *factor, effect_ppm: *effect_ppm, amount_minor };
            (share.rem_euclid(one), part)
        })
        .collect();
    let floors: i128 = parts.iter().map(|(_, part)| i128::from(part.amount_minor)).sum();
    let left_over = usize::try_from(added - floors).unwrap_or_default();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(parts[*index].0), *index));
    for index in order.into_iter().take(left_over) {
        parts[index].1.amount_minor += 1;
    }
    let suggested_minor = base_minor.saturating_add(narrow(added));
    (suggested_minor, parts.into_iter().map(|(_, part)| part).collect())
}

/// Bounded amounts and bounded effects make products that fit.
fn narrow(amount: i128) -> i64 {
    i64::try_from(amount).unwrap_or_default()
}
