//! The promises: the whole system from outside.

mod benches;
mod broken;
mod crash;
mod damage;
mod door;
mod hostile;
mod kafka;
mod promises;
mod readme;
mod replay;
mod ring;
mod starting;
mod support;
mod tidy;
mod verify;
