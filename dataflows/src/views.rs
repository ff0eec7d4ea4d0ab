//! The views, one per file.
//!
//! | view | question | row | bound on its state |
//! |---|---|---|---|
//! | [`availability`] | how many rooms are left on a night? | `AvailabilityRow` | touched nights |
//! | [`competitors`] | what do rivals ask for a night? | `CompetitorsRow` | prices seen of late |
//! | [`demand`] | how much is searched and booked? | `DemandRow` | searches of seven days by hour |
//! | [`limit`] | how many rooms may be oversold? | `LimitRow` | nights booked and not over |
//! | [`market_events`] | what goes on on a night? | `MarketEventsRow` | events to come |
//! | [`occupancy`] | how full is a night, at what price? | `OccupancyRow` | nights of a year |
//! | [`velocity`] | how often has somebody tried to book? | `VelocityRow` | attempts of 25 hours |
//! | [`pace`] | how do a night's bookings stand? | `PaceRow` | nights booked in 420 days |
//! | [`policies`] | which policies are in force? | none: it tells other views | policies staged |
//! | [`price`] | what should a room cost, and why? | `PriceRow` | touched nights |

pub mod availability;
pub mod booked;
pub mod competitors;
pub mod days;
pub mod demand;
#[cfg(test)]
mod histories;
pub mod limit;
pub mod market_events;
pub mod occupancy;
pub mod pace;
pub mod policies;
pub mod price;
pub mod velocity;
