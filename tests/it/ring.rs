//! The crash and damage ring: a disk that ends, lies, fills, slows and forgets, at every call.
//!
//! The real binary runs with a shim between itself and its disk (`tests/recorder/recorder.c`).
//! Every client's answers are written down outside the server, and after each fault a server
//! started without help has to stand by every one of them. Each test prints one line of JSON that
//! says how much was tried and how often each fault was met; a fault that never came is a failure.

mod boot;
mod errors;
mod full;
mod image;
mod kills;
mod power;
mod replayed;
mod report;
mod script;
mod shim;
mod slow;
mod trace;
