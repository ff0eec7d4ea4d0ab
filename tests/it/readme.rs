//! Every line of the README that one is told to type works as it is printed.

use std::process::Command;

use tempfile::TempDir;

use crate::support::server::Server;
use crate::tidy::tree;

/// Around each request: show its status after its answer, on a line of its own.
const SHOW_STATUS: &str = "curl() { command curl -w '\\nstatus %{http_code}\\n' \"$@\"; }";

#[test]
fn the_lines_to_try_work_as_printed() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let readme = tree::read("README.md");
    let lines = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = lines.expect("a block of lines to type");
    let script =
        format!("{SHOW_STATUS}\n{}", lines.replace("http://127.0.0.1:8080", &server.address));
    let output = Command::new("bash").args(["-euc", &script]).output().expect("bash is there");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));

    let statuses: Vec<&str> =
        said.lines().filter_map(|line| line.strip_prefix("status ")).collect();
    // What stands inside $( ) is filtered, and not seen here.
    let defined = ["200", "200", "200", "200"];
    let booked = ["201", "200", "200", "200"];
    let refused = ["409", "200", "200", "200"];
    assert_eq!(statuses, [defined, booked, refused].concat(), "{said}");
    assert!(said.contains("\"confirmation\"") && said.contains("\"no_room\""), "{said}");
}
