//! What broke the rules: collected first, then shown all at once.

/// The breaches of one rule.
pub struct Report {
    breaches: Vec<String>,
}

impl Report {
    /// None so far.
    pub fn new() -> Self {
        Self { breaches: Vec::new() }
    }

    /// Notes a breach at a line, with what to write instead.
    pub fn add(&mut self, path: &str, line: usize, instead: &str) {
        self.breaches.push(format!("{path}:{line}: {instead}"));
    }

    /// Fails with everything noted.
    pub fn assert_empty(self) {
        assert!(
            self.breaches.is_empty(),
            "{} breaches of docs/STYLE.md:\n{}",
            self.breaches.len(),
            self.breaches.join("\n")
        );
    }
}
