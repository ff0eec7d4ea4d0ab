//! The promises: the whole system from outside.

mod promises;
mod support;
mod tidy;
