//! The promises: the whole system from outside.

mod tidy;
