//! In which row of a table a day or a lead time stands.

use events::Night;

use super::shape::LEAD_DAYS_FIRST;

/// The bucket of a lead time.
pub(super) fn lead_bucket(days: i32) -> usize {
    LEAD_DAYS_FIRST.partition_point(|first| *first <= days) - 1
}

/// Where in the week a night begins: 0 is Monday.
pub(super) fn weekday(night: Night) -> usize {
    // Night 0, 2000-01-01, was a Saturday.
    (night.number() + 5).rem_euclid(7) as usize
}

/// Where in the year a night begins: 0 is January.
pub(super) fn month(night: Night) -> usize {
    night.date().month() as usize - 1
}
