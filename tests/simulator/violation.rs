//! What a run has found to be untrue, under the name of the check that found it.

use std::fmt;

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which check found it.
    pub check: &'static str,
    /// What was expected and what was there.
    pub what: String,
}

impl Violation {
    /// For whoever checks.
    pub fn of<T>(check: &'static str, what: impl Into<String>) -> Result<T, Self> {
        Err(Self { check, what: what.into() })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "violated: {}\n  {}", self.check, self.what)
    }
}

/// What the steps of a run come to.
pub type Checked<T = ()> = Result<T, Violation>;
