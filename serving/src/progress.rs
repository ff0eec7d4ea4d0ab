//! How far storage is, and waiting until it is far enough.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use events::Position;
use ingest::planted::{self, Bug};
use tokio::sync::watch;

/// The position that storage reflects, as its writer last told.
#[derive(Debug)]
pub struct Progress {
    stored: watch::Sender<Position>,
    has_begun: AtomicBool,
}

impl Progress {
    /// Begins at the position that storage was opened at.
    pub fn new(position: Position) -> Self {
        Self { stored: watch::Sender::new(position), has_begun: AtomicBool::new(false) }
    }

    /// Tells everybody who waits; for the writer, after each write.
    pub fn publish(&self, position: Position) {
        self.stored.send_replace(position);
        self.has_begun.store(true, Ordering::Release);
    }

    /// Whether the writer has told anything: it does once the views have loaded what was stored.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// The position last told.
    pub fn position(&self) -> Position {
        self.stored.borrow().clone()
    }

    /// Whether storage covers a position by now.
    pub fn covers(&self, position: &Position) -> bool {
        planted::is_on(Bug::TokenIgnored) || self.with(|stored| stored.covers(position))
    }

    /// Reads the position last told without a copy of it.
    pub(crate) fn with<T>(&self, read: impl FnOnce(&Position) -> T) -> T {
        read(&self.stored.borrow())
    }

    /// Waits until storage covers a position; `false` when it does not within that time.
    pub async fn reached(&self, position: &Position, within: Duration) -> bool {
        if self.covers(position) {
            return true;
        }
        let mut stored = self.stored.subscribe();
        let covered = stored.wait_for(|stored| stored.covers(position));
        tokio::time::timeout(within, covered).await.is_ok_and(|covered| covered.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use events::Position;

    use super::Progress;

    #[tokio::test]
    async fn whoever_waits_is_told_and_nobody_waits_for_ever() {
        let progress = Arc::new(Progress::new(Position::default()));
        let wanted = Position::after(0, 4);
        assert!(!progress.has_begun());
        assert!(!progress.reached(&wanted, Duration::from_millis(1)).await);
        let waiting = {
            let (progress, wanted) = (Arc::clone(&progress), wanted.clone());
            tokio::spawn(async move { progress.reached(&wanted, Duration::from_secs(60)).await })
        };
        tokio::task::yield_now().await;
        progress.publish(Position::after(0, 3));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished() && progress.has_begun());
        progress.publish(wanted.clone());
        assert!(waiting.await.expect("it does not panic"));
        assert!(progress.reached(&Position::default(), Duration::ZERO).await);
    }
}
