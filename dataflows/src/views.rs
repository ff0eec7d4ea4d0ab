//! The views, one per file.
//!
//! | view | question | row | bound on its state |
//! |---|---|---|---|
//! | [`availability`] | how many rooms are left on a night? | `AvailabilityRow` | touched nights |
//! | [`competitors`] | what do rivals ask for a night? | `CompetitorsRow` | prices seen of late |

pub mod availability;
pub mod competitors;
//! | [`pace`] | how do a night's bookings stand against what was? | `PaceRow` | nights booked in 420 days and to come |

pub mod booked;
pub mod days;
#[cfg(test)]
mod histories;
pub mod pace;
