//! What a feature adds at each of its values: straight lines between points.

/// The most points that a curve may have.
pub const POINTS_COUNT_MAX: usize = 64;

/// The largest effect that a point may have, up or down.
pub const EFFECT_PERMILLE_MAX: i32 = 10_000;

/// Why some points are no curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CurveError {
    /// None, or more than [`POINTS_COUNT_MAX`].
    Count,
    /// The point of that index does not stand to the right of the one before.
    Order(usize),
    /// The effect of the point of that index is beyond [`EFFECT_PERMILLE_MAX`].
    Effect(usize),
}

/// Straight lines between points, level beyond the first and the last of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Curve {
    points: Vec<(i64, i32)>,
}

impl Curve {
    /// The curve through points of a value and an effect in thousandths, from left to right.
    pub fn new(points: Vec<(i64, i32)>) -> Result<Self, CurveError> {
        if points.is_empty() || points.len() > POINTS_COUNT_MAX {
            return Err(CurveError::Count);
        }
        for (index, (value, effect)) in points.iter().enumerate() {
            if effect.unsigned_abs() > EFFECT_PERMILLE_MAX.unsigned_abs() {
                return Err(CurveError::Effect(index));
            }
            if index > 0 && points[index - 1].0 >= *value {
                return Err(CurveError::Order(index));
            }
        }
        Ok(Self { points })
    }

    /// Its points from left to right.
    pub fn points(&self) -> &[(i64, i32)] {
        &self.points
    }

    /// The first point that is lower than the one before it.
    pub fn first_fall(&self) -> Option<usize> {
        self.first_step(|before, after| after < before)
    }

    /// The first point that is higher than the one before it.
    pub fn first_rise(&self) -> Option<usize> {
        self.first_step(|before, after| after > before)
    }

    fn first_step(&self, is_found: impl Fn(i32, i32) -> bool) -> Option<usize> {
        let steps = self.points.windows(2);
        steps.map(|pair| is_found(pair[0].1, pair[1].1)).position(|found| found).map(|at| at + 1)
    }

    /// The effect at a value, in millionths; rounded down, which keeps the order of effects.
    pub fn at_ppm(&self, value: i64) -> i64 {
        let next = self.points.partition_point(|(place, _)| *place <= value);
        let ppm = |effect: i32| i64::from(effect) * 1000;
        match (next.checked_sub(1).and_then(|last| self.points.get(last)), self.points.get(next)) {
            (Some((left, low)), Some((right, high))) => {
                let rise = i128::from(ppm(*high) - ppm(*low));
                let run = i128::from(*right) - i128::from(*left);
                let step = (rise * (i128::from(value) - i128::from(*left))).div_euclid(run);
                // Between two effects, so that it fits as they do.
                ppm(*low) + i64::try_from(step).unwrap_or_default()
            }
            (Some((_, effect)), None) | (None, Some((_, effect))) => ppm(*effect),
            (None, None) => 0,
        }
    }
}
