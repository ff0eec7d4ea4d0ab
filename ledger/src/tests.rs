//! Scenarios for people, the exhaustive comparison with a naive model, and the case study's flaws.

mod blocks;
mod crowds;
mod exhaustive;
mod flaws;
mod model;
mod naive;
mod policies;
mod restart;
mod restrictions;
mod sales;
mod scenario;
mod support;
