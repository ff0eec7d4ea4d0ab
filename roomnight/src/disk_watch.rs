//! The watch over the disk: tells the door when space runs out or a write does not come back.
//!
//! ```text
//!  Well    --(less than `low_bytes` left)-->                            Low
//!  Low     --(hardly anything left: the ballast is given back)-->       Low
//!  Low     --(hardly anything left, and no ballast)-->                  Full
//!  either  --(space for the ballast, and twice `low_bytes` besides)-->  Well, the ballast taken
//!  any     --(a write of the log takes longer than `stalled_ms`)-->     Stalled, while it does
//! ```
//!
//! The ballast is the last thing to go: whoever fills the disk meets its end first, and does not
//! fill that as well.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ingest::{Ballast, free_bytes};
use serving::{App, DiskState};

use crate::background::Background;
use crate::config::DiskConfig;
use crate::directory::DataFolder;

/// How often it looks: shorter than anybody fills a disk, and cheap.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How often a start looks whether there is space by now.
const WAIT_EVERY: Duration = Duration::from_millis(250);

/// For how long a write of the log has not come back.
pub(crate) type StalledFor = Box<dyn Fn() -> Duration + Send>;

/// What a disk must have, and what it has.
pub(crate) struct Space {
    folder: PathBuf,
    ballast: Ballast,
    low_bytes: u64,
    /// Since the alarm nothing new is taken.
    is_alarmed: bool,
}

impl Space {
    /// Of a data folder.
    pub(crate) fn new(folder: &DataFolder, config: &DiskConfig) -> Self {
        Self {
            folder: folder.path().to_path_buf(),
            ballast: Ballast::new(folder.ballast(), config.ballast_bytes),
            low_bytes: config.low_bytes,
            is_alarmed: false,
        }
    }

    /// With less than this nothing is certain to be kept.
    fn least_bytes(&self) -> u64 {
        self.low_bytes / 8
    }

    /// Waits until there is as much space as a start needs; what was kept aside is given back for
    /// it.
    pub(crate) fn wait_for_some(&self) -> io::Result<()> {
        let mut is_told = false;
        while free_bytes(&self.folder)? < self.least_bytes() && !self.ballast.give_back()? {
            if !is_told {
                let folder = self.folder.display();
                tracing::error!(%folder, "the disk is full: waiting for space before the start");
                is_told = true;
            }
            std::thread::sleep(WAIT_EVERY);
        }
        Ok(())
    }

    /// Looks, gives the ballast back or takes it, and says how the disk is.
    fn look(&mut self) -> io::Result<DiskState> {
        let free = free_bytes(&self.folder)?;
        let plenty = 2 * self.low_bytes + self.ballast.bytes();
        if !self.is_alarmed {
            if free >= self.low_bytes {
                if !self.ballast.is_taken() && free >= plenty {
                    self.take();
                }
                return Ok(DiskState::Well);
            }
            self.is_alarmed = true;
            tracing::error!(free, "the disk is all but full: nothing new is taken");
        }
        if free >= plenty {
            self.is_alarmed = false;
            self.take();
            tracing::info!(free, "there is space again");
            return Ok(DiskState::Well);
        }
        if free >= self.least_bytes() {
            return Ok(DiskState::Low);
        }
        let given_back = self.ballast.give_back()?;
        if given_back {
            tracing::error!(free, "the disk is full: the space that was kept aside is in use");
        }
        Ok(if given_back { DiskState::Low } else { DiskState::Full })
    }

    fn take(&self) {
        if let Err(error) = self.ballast.take() {
            tracing::warn!(%error, "no space could be kept aside");
        }
    }
}

/// The thread that looks. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct DiskWatch {
    _thread: Background,
}

impl DiskWatch {
    /// Looks once, and then again and again, and tells the door.
    pub(crate) fn start(
        mut space: Space,
        stalled_ms_max: u64,
        stalled_for: StalledFor,
        app: Arc<App>,
    ) -> io::Result<Self> {
        let stalled_max = Duration::from_millis(stalled_ms_max);
        let mut state = look(&mut space);
        app.readiness.set_disk(state);
        let thread = Background::start("disk", move |stopping| {
            while stopping.rest(LOOK_EVERY) {
                let is_stalled = stalled_for() > stalled_max;
                let now = if is_stalled { DiskState::Stalled } else { look(&mut space) };
                if now != state {
                    tracing::warn!(before = ?state, ?now, "the disk is in another state");
                    state = now;
                    app.readiness.set_disk(state);
                }
            }
        })?;
        Ok(Self { _thread: thread })
    }
}

/// A disk of which nobody can say how full it is counts as well: its errors will tell.
fn look(space: &mut Space) -> DiskState {
    space.look().unwrap_or_else(|error| {
        tracing::warn!(%error, "nobody can say how full the disk is");
        DiskState::Well
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(low_bytes: u64, ballast_bytes: u64) -> (tempfile::TempDir, Space) {
        let dir = tempfile::tempdir().expect("a directory");
        let folder = DataFolder::at(dir.path());
        let config = DiskConfig { low_bytes, ballast_bytes, stalled_ms: std::num::NonZeroU64::MIN };
        let space = Space::new(&folder, &config);
        (dir, space)
    }

    #[test]
    fn with_space_the_ballast_is_taken_and_on_alarm_it_is_given_back() {
        let (_dir, mut space) = space(1 << 20, 1 << 20);
        assert_eq!(space.look().expect("a disk"), DiskState::Well);
        assert!(space.ballast.is_taken());
        space.low_bytes = 1 << 60;
        assert_eq!(space.look().expect("a disk"), DiskState::Low);
        assert!(!space.ballast.is_taken());
        assert_eq!(space.look().expect("a disk"), DiskState::Full);
        space.low_bytes = 1 << 20;
        assert_eq!(space.look().expect("a disk"), DiskState::Well);
        assert!(space.ballast.is_taken());
        space.wait_for_some().expect("there is some");
        assert!(space.ballast.is_taken(), "nothing was in the way of a start");
    }
}
