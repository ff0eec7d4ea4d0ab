//! Which keys there are, and which of them a wrong one was meant to be.

use figment::value::{Dict, Value};

use super::ConfigError;

/// The path of every value that is not itself a table, in order.
pub(super) fn leaves(value: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    collect("", value, &mut paths);
    paths
}

fn collect(path: &str, value: &Value, paths: &mut Vec<String>) {
    let Some(dict) = value.as_dict() else {
        paths.push(path.to_owned());
        return;
    };
    for (name, value) in dict {
        let dot = if path.is_empty() { "" } else { "." };
        collect(&format!("{path}{dot}{name}"), value, paths);
    }
}

/// Refuses a key that is not known, naming the place and the known key most like it.
pub(super) fn check(dict: &Dict, known: &[String], place: &str) -> Result<(), ConfigError> {
    let is_known = |key: &String| known.contains(key);
    let Some(key) = leaves(&Value::from(dict.clone())).into_iter().find(|key| !is_known(key))
    else {
        return Ok(());
    };
    let nearest = known.iter().min_by_key(|known| distance(known, &key)).cloned();
    let nearest = nearest.unwrap_or_default();
    Err(ConfigError::UnknownKey { key, place: place.to_owned(), nearest })
}

/// How many characters must be put in, taken out or changed to make one text of the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[right.len()]
}
