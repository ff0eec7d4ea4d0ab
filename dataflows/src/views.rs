//! The views, one per file.
//!
//! | view | question | row | bound on its state |
//! |---|---|---|---|
//! | [`availability`] | how many rooms are left on a night? | `AvailabilityRow` | touched nights |

pub mod availability;
