//! A thread that runs beside everything else until whoever started it lets go.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The thread. Dropping it stops it, and waits for its end.
#[derive(Debug)]
pub(crate) struct Background {
    stopping: Stopping,
    thread: Option<JoinHandle<()>>,
}

/// Whether the thread is asked to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Rests for so long, or until it is woken; whether to go on then.
    pub(crate) fn rest(&self, wait: Duration) -> bool {
        std::thread::park_timeout(wait);
        !self.0.load(Ordering::SeqCst)
    }
}

impl Background {
    /// Starts what runs for as long as [`Stopping::rest`] says so.
    pub(crate) fn start(
        name: &str,
        run: impl FnOnce(&Stopping) + Send + 'static,
    ) -> io::Result<Self> {
        let stopping = Stopping::default();
        let asked = stopping.clone();
        let thread =
            std::thread::Builder::new().name(name.to_owned()).spawn(move || run(&asked))?;
        Ok(Self { stopping, thread: Some(thread) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stopping.0.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of the thread was told by the panic hook.
            drop(thread.join());
        }
    }
}
