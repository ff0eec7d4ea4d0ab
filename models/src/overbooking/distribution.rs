//! How many rooms are wanted: the exact distribution of a sum of bookings that show up or do not.

use super::ONE_PPM;

/// The most rooms that one distribution speaks of; what is beyond is left out.
pub const ROOMS_COUNT_MAX: u32 = 20_000;

/// Below this share of its largest term a binomial distribution ends: far below what the rounding
/// of a sum of as many terms loses.
const NEGLIGIBLE: f64 = 1e-30;

/// Bookings that are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    /// How many bookings.
    pub bookings_count: u32,
    /// How many rooms each has: they show up together or not at all.
    pub rooms_each: u16,
    /// With which probability each shows up; more than a million counts as certain.
    pub show_ppm: u32,
}

impl Group {
    /// So many bookings of one room each.
    pub fn rooms(bookings_count: u32, show_ppm: u32) -> Self {
        Self { bookings_count, rooms_each: 1, show_ppm }
    }

    /// The rooms of all of them.
    pub fn rooms_count(self) -> u32 {
        self.bookings_count.saturating_mul(u32::from(self.rooms_each))
    }
}

/// The probability of each number of rooms.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Of zero rooms, of one, and so on up to all that are booked.
    probabilities: Vec<f64>,
}

impl Distribution {
    /// Of bookings in any order: they are put into one of their own, so that the sum is the same
    /// bit by bit.
    pub fn of(groups: &[Group]) -> Self {
        let mut ordered = groups.to_vec();
        ordered.sort_unstable_by_key(|group| (group.rooms_each, group.show_ppm));
        let mut joined: Vec<Group> = Vec::with_capacity(ordered.len());
        for group in ordered {
            match joined.last_mut() {
                Some(last)
                    if (last.rooms_each, last.show_ppm) == (group.rooms_each, group.show_ppm) =>
                {
                    last.bookings_count = last.bookings_count.saturating_add(group.bookings_count);
                }
                _ => joined.push(group),
            }
        }
        let mut sum = Self { probabilities: vec![1.0] };
        joined.into_iter().for_each(|group| sum.add(group));
        sum
    }

    /// Of several, each as likely as its weight says; all of as many rooms.
    pub(super) fn mixed<'a>(parts: impl Iterator<Item = (f64, &'a Self)>) -> Self {
        let mut probabilities: Vec<f64> = Vec::new();
        for (weight, part) in parts {
            probabilities.resize(probabilities.len().max(part.probabilities.len()), 0.0);
            for (place, probability) in probabilities.iter_mut().zip(&part.probabilities) {
                *place += weight * probability;
            }
        }
        Self { probabilities }
    }

    /// Adds bookings that are alike.
    pub fn add(&mut self, group: Group) {
        let stride = u32::from(group.rooms_each);
        let room_left = ROOMS_COUNT_MAX - self.rooms_count();
        let count = group.bookings_count.min(room_left.checked_div(stride).unwrap_or_default());
        let show = f64::from(group.show_ppm.min(ONE_PPM)) / f64::from(ONE_PPM);
        let (first, terms) = binomial(count as usize, show);
        let stride = stride as usize;
        let mut sum = vec![0.0; self.probabilities.len() + count as usize * stride];
        for (shown, term) in (first..).zip(terms) {
            let at = shown * stride;
            for (place, probability) in sum[at..].iter_mut().zip(&self.probabilities) {
                *place += term * probability;
            }
        }
        self.probabilities = sum;
    }

    /// The rooms of all bookings.
    pub fn rooms_count(&self) -> u32 {
        self.probabilities.len() as u32 - 1
    }

    /// The probability of exactly so many rooms.
    pub fn exactly(&self, rooms: u32) -> f64 {
        self.probabilities.get(rooms as usize).copied().unwrap_or_default()
    }

    /// The probability of so many rooms or more.
    pub fn at_least(&self, rooms: u32) -> f64 {
        // The smallest terms come first, which loses least.
        self.probabilities.iter().skip(rooms as usize).rev().sum()
    }

    /// The probability of more rooms than that.
    pub fn above(&self, rooms: u32) -> f64 {
        self.at_least(rooms.saturating_add(1))
    }

    /// How many rooms to expect.
    pub fn mean(&self) -> f64 {
        self.terms().map(|(rooms, probability)| rooms * probability).sum()
    }

    /// How many rooms to expect beyond so many.
    pub fn expected_above(&self, rooms: u32) -> f64 {
        let bound = f64::from(rooms);
        self.terms().map(|(wanted, probability)| (wanted - bound).max(0.0) * probability).sum()
    }

    /// How many of so many rooms to expect to stay empty.
    pub fn expected_below(&self, rooms: u32) -> f64 {
        let bound = f64::from(rooms);
        self.terms().map(|(wanted, probability)| (bound - wanted).max(0.0) * probability).sum()
    }

    /// The least number of rooms that is not exceeded with that probability.
    pub fn quantile(&self, probability: f64) -> u32 {
        let mut sum = 0.0;
        for (rooms, term) in (0..).zip(&self.probabilities) {
            sum += term;
            // What rounding has lost must not move a quantile that is met exactly.
            if sum + 1e-12 >= probability {
                return rooms;
            }
        }
        self.rooms_count()
    }

    fn terms(&self) -> impl Iterator<Item = (f64, f64)> {
        (0_u32..).map(f64::from).zip(self.probabilities.iter().copied())
    }
}

/// The binomial distribution from its first term that is not negligible: which one that is, and
/// the terms. Each follows from its neighbour, beginning at the largest, so that nothing overflows.
fn binomial(count: usize, show: f64) -> (usize, Vec<f64>) {
    if count == 0 || show <= 0.0 {
        return (0, vec![1.0]);
    }
    if show >= 1.0 {
        return (count, vec![1.0]);
    }
    let (odds, trials) = (show / (1.0 - show), count as f64);
    let mode = (((trials + 1.0) * show) as usize).min(count);
    let mut below = Vec::new();
    let mut term = 1.0;
    for shown in (1..=mode).rev() {
        term *= shown as f64 / ((trials - shown as f64 + 1.0) * odds);
        if term < NEGLIGIBLE {
            break;
        }
        below.push(term);
    }
    let first = mode - below.len();
    let mut terms: Vec<f64> = below.into_iter().rev().collect();
    terms.push(1.0);
    term = 1.0;
    for shown in mode + 1..=count {
        term *= (trials - shown as f64 + 1.0) * odds / shown as f64;
        if term < NEGLIGIBLE {
            break;
        }
        terms.push(term);
    }
    let whole: f64 = terms.iter().sum();
    terms.iter_mut().for_each(|term| *term /= whole);
    (first, terms)
}
