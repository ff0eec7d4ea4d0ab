//! The real binary, as it stands beside the tests in cargo's target folder.

use std::path::PathBuf;
use std::process::{Child, Command, Output};

/// Where the binary is.
pub fn path() -> PathBuf {
    let tests = std::env::current_exe().expect("a running program has a path");
    let profile = tests.ancestors().nth(2).expect("tests run from the profile's folder deps/");
    let binary = profile.join("roomnight");
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build --release --workspace` first, as `make test` does",
        binary.display()
    );
    binary
}

/// The binary with the root of the checkout as its folder, so that it finds `../shared/data`.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).current_dir(crate::tidy::tree::root());
    command
}

/// Runs it to its end.
pub fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary starts")
}

/// What a run printed, both ways, for messages.
pub fn said(output: &Output) -> String {
    format!(
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A process that ends with the test, however the test ends.
pub struct Ended(pub Child);

impl Drop for Ended {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
