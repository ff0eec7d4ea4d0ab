//! The rolling digest of decisions: two readers of one log compare it to know that they agree.

use std::fmt;

use events::{Decision, encode_decision};

/// `digest(n) = blake3(digest(n-1) ‖ canonical bytes of decision n)`; all zeroes before the first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest after one more decision.
    pub fn then(&self, decision: &Decision) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0).update(&encode_decision(decision));
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
