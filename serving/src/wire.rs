//! The JSON of the API; never a domain type. Names are snake_case, instants RFC 3339 in UTC.

pub mod answers;
pub mod availability;
pub mod blocks;
pub(crate) mod commands;
pub(crate) mod dead_letters;
pub mod demand;
pub mod policies;
pub mod policy_diff;
pub mod prices;
pub mod properties;
pub(crate) mod read;
pub mod requests;
pub mod restrictions;
pub mod risk;
pub(crate) mod signals;
pub mod views;
