//! The files of this checkout, as the rules see them.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing anybody wrote.
const SKIPPED: &[&str] = &[".git", "target", "data"];

/// One file: its path from the root, with slashes, and its text.
pub struct File {
    /// The path from the root of the checkout.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// The root of the checkout: a test runs in the folder of its crate.
pub fn root() -> PathBuf {
    Path::new("..").canonicalize().expect("tests/ stands in the root")
}

/// Every text file of the checkout, in order of path.
pub fn files() -> Vec<File> {
    let root = root();
    let mut found = Vec::new();
    visit(&root, &root, &mut found);
    found.sort_by(|left, right| left.path.cmp(&right.path));
    found
}

/// The files whose names end so.
pub fn files_ending(ending: &str) -> Vec<File> {
    let mut all = files();
    all.retain(|file| file.path.ends_with(ending));
    all
}

/// One file, or a message that says it is missing.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names, without their ending, of the files of that ending in a folder; none if it is absent.
pub fn stems(folder: &str, ending: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn visit(root: &Path, folder: &Path, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                visit(root, &path, found);
            }
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path = path.strip_prefix(root).expect("under the root");
            let path = path.to_string_lossy().replace('\\', "/");
            found.push(File { path, text });
        }
    }
}
