//! The promises: the whole system from outside.

mod benches;
mod crash;
mod damage;
mod promises;
mod readme;
mod replay;
mod ring;
mod support;
mod tidy;
mod verify;
