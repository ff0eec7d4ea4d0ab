//! Every line that one is told to type works as it is printed: in the README and by the demo.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::support::binary;
use crate::support::server::Server;
use crate::tidy::tree;

/// Around each request: show its status after its answer, on a line of its own. Whoever types
/// leaves the views a moment between a write and a read that does not wait for its position.
const SHOW_STATUS: &str =
    "curl() { sleep 0.1; command curl -w '\\nstatus %{http_code}\\n' \"$@\"; }";

/// Runs lines in one shell; what they printed, and the statuses that were not filtered.
fn type_in(lines: &str) -> (String, Vec<String>) {
    let script = format!("{SHOW_STATUS}\n{lines}");
    let output = Command::new("bash").args(["-euc", &script]).output().expect("bash is there");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let statuses = said.lines().filter_map(|line| line.strip_prefix("status ").map(str::to_owned));
    let statuses = statuses.collect();
    (said, statuses)
}

#[test]
fn the_lines_of_the_readme_work() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(folder.path());
    let readme = tree::read("README.md");
    let lines = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = lines.expect("a block of lines to type");
    let (said, statuses) = type_in(&lines.replace("http://127.0.0.1:8080", &server.address));

    // What stands inside $( ) is filtered, and not seen here.
    let defined = ["200", "200", "200", "200"];
    let booked = ["201", "200", "200", "200"];
    let refused = ["409", "200", "200", "200"];
    assert_eq!(statuses, [defined, booked, refused].concat(), "{said}");
    assert!(said.contains("\"confirmation\"") && said.contains("\"no_room\""), "{said}");
}

#[test]
fn the_lines_that_the_demo_prints_work() {
    let arguments = ["demo", "--dataset", "generated:3:500", "--listen", "127.0.0.1:0"];
    let demo = binary::command(&arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut demo = binary::Ended(demo);
    let printed = BufReader::new(demo.0.stdout.take().expect("piped")).lines();
    let mut lines = Vec::new();
    for line in printed.map_while(Result::ok) {
        if line.starts_with("curl ") {
            lines.push(line);
        } else if line.contains("listening on") {
            break;
        }
    }
    let (said, statuses) = type_in(&lines.join("\n"));
    assert_eq!(statuses.len(), lines.len(), "{said}");
    let good = statuses.iter().all(|status| matches!(status.as_str(), "200" | "201"));
    assert!(good && statuses.len() >= 5, "{statuses:?}: {said}");
    assert!(said.contains("\"confirmation\"") && said.contains("\"cancelled\""), "{said}");
}
