//! What a bench found out, as a table for people or one JSON object a line for machines.

use std::fmt;

/// The figures of one bench, and a hash of what it computed.
#[derive(Debug, Clone)]
pub struct Figures {
    bench: &'static str,
    rows: Vec<(String, f64, &'static str)>,
    result_hash: String,
}

impl Figures {
    /// No figures yet.
    pub fn new(bench: &'static str) -> Self {
        Self { bench, rows: Vec::new(), result_hash: String::new() }
    }

    /// Adds a figure.
    pub fn push(&mut self, figure: impl Into<String>, value: f64, unit: &'static str) {
        self.rows.push((figure.into(), value, unit));
    }

    /// Says what the hash of the result is: equal work gives equal hashes.
    pub fn hash(&mut self, hash: impl fmt::Display) {
        self.result_hash = hash.to_string();
    }

    /// The value of a figure, if it was measured.
    pub fn get(&self, figure: &str) -> Option<f64> {
        self.rows.iter().find(|(name, ..)| name == figure).map(|(_, value, _)| *value)
    }

    /// One JSON object a line.
    pub fn json(&self) -> String {
        let object = |(figure, value, unit): &(String, f64, &str)| {
            // JSON has no NaN and no infinity; a figure that is none was not measured.
            let value = if value.is_finite() { format!("{value:?}") } else { "null".to_owned() };
            format!(
                "{{\"bench\": \"{}\", \"figure\": \"{figure}\", \"value\": {value}, \
                 \"unit\": \"{unit}\", \"result_hash\": \"{}\"}}\n",
                self.bench, self.result_hash
            )
        };
        self.rows.iter().map(object).collect()
    }
}

/// A table.
impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|(figure, ..)| figure.len()).max().unwrap_or(0);
        for (figure, value, unit) in &self.rows {
            writeln!(f, "{:<9} {figure:<width$} {:>16} {unit}", self.bench, rounded(*value))?;
        }
        writeln!(f, "{:<9} {:<width$} {:>16}", self.bench, "result_hash", self.result_hash)
    }
}

/// Three decimals for small numbers, groups of three digits for large ones.
fn rounded(value: f64) -> String {
    if value.abs() < 1_000.0 {
        return format!("{value:.3}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The value in the middle; of an even number, the upper of the two; of none, not a number.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that `share` of the values do not exceed; of none, not a number.
pub fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::{Figures, median, quantile};

    #[test]
    fn one_json_object_a_line() {
        let mut figures = Figures::new("ledger");
        figures.push("commands_per_second", 1_234_567.0, "1/s");
        figures.push("cost_ratio", f64::NAN, "1");
        figures.hash("00ff");
        assert_eq!(
            figures.json(),
            "{\"bench\": \"ledger\", \"figure\": \"commands_per_second\", \"value\": 1234567.0, \
             \"unit\": \"1/s\", \"result_hash\": \"00ff\"}\n\
             {\"bench\": \"ledger\", \"figure\": \"cost_ratio\", \"value\": null, \
             \"unit\": \"1\", \"result_hash\": \"00ff\"}\n"
        );
        assert!(figures.to_string().contains(" 1,234,567 1/s"), "{figures}");
    }

    #[test]
    fn ranks() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert!(median(Vec::new()).is_nan());
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(hundred.clone(), 0.99), 99.0);
        assert_eq!(quantile(hundred, 1.0), 100.0);
    }
}
