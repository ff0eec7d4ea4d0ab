//! The binary: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

/// Many small values come and go on several threads; this allocator gives each thread its own heap.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    roomnight::pages::stay_small();
    ExitCode::from(roomnight::cli::run(roomnight::args::Arguments::parse()))
}
