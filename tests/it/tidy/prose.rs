//! Rules about the pages and about what no file may mention.

use crate::tidy::report::Report;
use crate::tidy::tree;

/// After these a full stop ends no sentence.
const ABBREVIATIONS: &[&str] = &["e.g.", "i.e.", "etc.", "vs.", "cf.", "No.", "St."];

#[test]
fn pages_have_one_title() {
    let mut report = Report::new();
    for file in tree::files_ending(".md") {
        let titles: Vec<usize> = prose_lines(&file.text)
            .filter(|(_, line)| line.starts_with("# "))
            .map(|(number, _)| number)
            .collect();
        if titles.first() != Some(&1) {
            report.add(&file.path, 1, "begin with one `# ` title");
        }
        for number in titles.iter().skip(1) {
            report.add(&file.path, *number, "a second title: write `##`");
        }
    }
    report.assert_empty();
}

#[test]
fn pages_have_one_sentence_a_line() {
    let mut report = Report::new();
    for file in tree::files_ending(".md") {
        let mut before = (0, String::new());
        for (number, line) in prose_lines(&file.text) {
            if sentences_in(line) > 1 {
                report.add(&file.path, number, "one sentence a line: break after the full stop");
            }
            let follows = number == before.0 + 1;
            if follows && is_plain(line) && is_plain(&before.1) && !ends(&before.1) {
                report.add(&file.path, number, "one sentence a line: join it with the line before");
            }
            before = (number, line.to_owned());
        }
    }
    report.assert_empty();
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let folders = ["work", "root", "tmp"].map(|name| format!("/{name}"));
    let hosts = [
        ["crates", "io"],
        ["npmjs", "org"],
        ["npmjs", "com"],
        ["pypi", "org"],
        ["pythonhosted", "org"],
        ["maven", "org"],
        ["golang", "org"],
        ["debian", "org"],
    ]
    .map(|parts| parts.join("."));
    let mut report = Report::new();
    for file in tree::files() {
        // Cargo writes its registry's name into lockfiles itself.
        if file.path.ends_with("Cargo.lock") {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            if folders.iter().any(|folder| names_folder(line, folder)) {
                report.add(&file.path, index + 1, "no path of one machine: take it as an argument");
            }
            if hosts.iter().any(|host| line.contains(host.as_str())) {
                report.add(&file.path, index + 1, "no registry's host: name the package alone");
            }
        }
    }
    report.assert_empty();
}

/// The lines outside fenced blocks, with their numbers.
fn prose_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((index + 1, line))
    })
}

/// How many sentences begin in a line; what stands in code or in a table's row does not count.
fn sentences_in(line: &str) -> usize {
    if line.starts_with('|') {
        return 1;
    }
    let said: String = line.split('`').step_by(2).collect::<Vec<_>>().join("code");
    let words: Vec<&str> = said.split_whitespace().collect();
    let breaks = words.windows(2).filter(|pair| {
        let stops = pair[0].ends_with(['.', '!', '?']);
        let number = pair[0].trim_end_matches('.').chars().all(|each| each.is_ascii_digit());
        let begins = pair[1].chars().next().is_some_and(char::is_uppercase);
        stops && begins && !number && !ABBREVIATIONS.contains(&pair[0])
    });
    1 + breaks.count()
}

/// Whether a line is running text: no heading, list, quotation, table or blank.
fn is_plain(line: &str) -> bool {
    line.chars().next().is_some_and(|first| first.is_alphanumeric() || "`*(\"[".contains(first))
        && !line.starts_with("* ")
        && line.split_once(". ").is_none_or(|(number, _)| number.parse::<u32>().is_err())
}

fn ends(line: &str) -> bool {
    line.trim_end().trim_end_matches(['`', '*', ')', '"', '_']).ends_with(['.', '!', '?', ':'])
        || line.ends_with("  ")
}

/// Whether a line names that folder at the top of the file system.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + folder.len()..].chars().next();
        let starts =
            before.is_none_or(|each| !each.is_alphanumeric() && !"_-./})*~".contains(each));
        let ends = after.is_none_or(|each| !each.is_alphanumeric() && each != '_' && each != '-');
        starts && ends
    })
}

#[test]
fn sentences_are_counted() {
    assert_eq!(sentences_in("One sentence, e.g. This one, of `a. B`."), 1);
    assert_eq!(sentences_in("One. Two."), 2);
    assert_eq!(sentences_in("3. An item of a list."), 1);
    assert!(ends("It ends (so)."));
    assert!(!ends("It goes on"));
}

#[test]
fn folders_are_told_from_parts_of_paths() {
    let folder = format!("/{}", "work");
    assert!(names_folder(&format!("cd {folder}/main"), &folder));
    assert!(names_folder(&format!("\"{folder}\""), &folder));
    assert!(!names_folder(&format!("frame{folder}"), &folder));
    assert!(!names_folder(&format!("{folder}ers"), &folder));
    assert!(!names_folder(&format!("$DIR{folder}"), "nowhere"));
}
