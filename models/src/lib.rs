//! The estimates: features in, numbers out.
//!
//! - [`overbooking`]: how many rooms may be sold beyond those there are.
//! - [`policy`]: policies as documents, checked on entry.
//! - [`pricing`]: what a night should cost, in integers, and why it does.
//! - [`calendar`]: days of the week, weekends and countries.
//!
//! Everything here is a pure function of its arguments: no clock, no file, no state.

pub mod calendar;
pub mod overbooking;
pub mod policy;
pub mod pricing;
