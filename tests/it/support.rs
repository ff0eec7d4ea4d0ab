//! What the tests share: the real binary, a server of it, and a client that speaks the API.

pub mod api;
pub mod binary;
pub mod hotel;
pub mod kafka;
pub mod server;

/// Whether the long variants are asked for.
pub fn long() -> bool {
    std::env::var_os("ROOMNIGHT_LONG").is_some_and(|value| value == "1")
}
