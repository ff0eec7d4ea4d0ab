//! The views, one per file.
//!
//! | view | question | row | bound on its state |
//! |---|---|---|---|
//! | [`availability`] | how many rooms are left on a night? | [`availability::AvailabilityRow`] | touched nights |

pub mod availability;
