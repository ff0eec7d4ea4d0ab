//! The one line of JSON that each bar of the ring prints.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a bar tried and what it met.
#[derive(Default)]
pub struct Report {
    figures: BTreeMap<&'static str, Value>,
    sometimes: BTreeMap<String, u64>,
}

impl Report {
    /// Notes a figure.
    pub fn figure(&mut self, name: &'static str, value: impl Into<Value>) {
        self.figures.insert(name, value.into());
    }

    /// Counts a situation that was met.
    pub fn met(&mut self, situation: impl Into<String>) {
        *self.sometimes.entry(situation.into()).or_default() += 1;
    }

    /// How often a situation was met.
    pub fn count(&self, situation: &str) -> u64 {
        self.sometimes.get(situation).copied().unwrap_or_default()
    }

    /// Prints the line, and fails when one of these situations was met less often than said.
    pub fn end(self, bar: &str, floors: &[(&str, u64)]) {
        let line = json!({"bar": bar, "figures": self.figures, "sometimes": self.sometimes});
        println!("{line}");
        for (situation, floor) in floors {
            let count = self.count(situation);
            assert!(count >= *floor, "{bar} proves nothing: {situation} {count} times: {line}");
        }
    }
}
