//! Whose turn it is among classes that wait: more turns for what matters more, and some for each.

use super::{CLASSES_COUNT, Class};

/// How far one turn takes a class; who has come least far is next.
fn stride(class: Class) -> u64 {
    match class {
        // It never waits for a turn.
        Class::Settle => 0,
        Class::Hold => 3,
        Class::Manage | Class::Read => 4,
        Class::Signal => 12,
    }
}

/// How far each class has come.
#[derive(Debug, Default)]
pub(super) struct Turns {
    reached: [u64; CLASSES_COUNT],
    /// How far the last one had come whose turn it was.
    now: u64,
}

impl Turns {
    /// Somebody begins to wait in a class in which nobody did: what it did not use is gone.
    pub(super) fn begin(&mut self, class: Class) {
        let reached = &mut self.reached[class.index()];
        *reached = (*reached).max(self.now);
    }

    /// Which of two classes is next.
    pub(super) fn order(&self, class: Class) -> (u64, usize) {
        (self.reached[class.index()], class.index())
    }

    /// It was that class's turn.
    pub(super) fn took(&mut self, class: Class) {
        let reached = &mut self.reached[class.index()];
        self.now = self.now.max(*reached);
        *reached += stride(class);
    }
}
