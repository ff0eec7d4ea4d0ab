//! How the disk is, as far as the door has to know: what may still be promised.

use std::sync::atomic::{AtomicU8, Ordering};

use events::Command;

use crate::problem::{Kind, Problem};

/// How the disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskState {
    /// There is space, and it answers.
    Well,
    /// It is all but full: what is left is for those who have a hold or a booking.
    Low,
    /// It is full: nothing can be promised that it is certain to keep.
    Full,
    /// It does not answer.
    Stalled,
}

/// Tells and knows how the disk is.
#[derive(Debug, Default)]
pub(crate) struct DiskGauge(AtomicU8);

impl DiskGauge {
    pub(crate) fn set(&self, state: DiskState) {
        let number = match state {
            DiskState::Well => 0,
            DiskState::Low => 1,
            DiskState::Full => 2,
            DiskState::Stalled => 3,
        };
        self.0.store(number, Ordering::Release);
    }

    pub(crate) fn get(&self) -> DiskState {
        match self.0.load(Ordering::Acquire) {
            0 => DiskState::Well,
            1 => DiskState::Low,
            2 => DiskState::Full,
            _ => DiskState::Stalled,
        }
    }

    /// Whether a command may be written to the log as the disk is.
    pub(crate) fn admit(&self, command: &Command) -> Result<(), Problem> {
        match self.get() {
            DiskState::Well => Ok(()),
            DiskState::Low if is_owed(command) => Ok(()),
            DiskState::Low | DiskState::Full => Err(Problem::new(Kind::StorageFull)),
            DiskState::Stalled => Err(Problem::new(Kind::StorageStalled)),
        }
    }

    /// Whether requests should be sent here. A full disk still answers those who have a booking.
    pub(crate) fn ready(&self) -> Result<(), Problem> {
        match self.get() {
            DiskState::Well | DiskState::Low | DiskState::Full => Ok(()),
            DiskState::Stalled => Err(Problem::new(Kind::StorageStalled)),
        }
    }
}

/// Whether somebody was promised that this can be done: it ends what stands already, or records
/// what has happened elsewhere.
fn is_owed(command: &Command) -> bool {
    matches!(
        command,
        Command::ConfirmHold(_)
            | Command::ReleaseHold(_)
            | Command::CancelBooking(_)
            | Command::RecordFact(_)
    )
}

#[cfg(test)]
mod tests {
    use events::{BookingId, CancelBooking, CommandId, HoldId, ReleaseHold, Slot};

    use super::*;

    #[test]
    fn a_disk_that_is_all_but_full_takes_what_is_owed() {
        let gauge = DiskGauge::default();
        let slot = Slot::new(7).expect("a slot");
        let hold = HoldId::of_command(slot, CommandId(1));
        let booking: BookingId = hold.booking();
        let release = Command::ReleaseHold(ReleaseHold { hold });
        let cancel = Command::CancelBooking(CancelBooking { booking, lines: Default::default() });
        for (state, is_taken) in [
            (DiskState::Well, true),
            (DiskState::Low, true),
            (DiskState::Full, false),
            (DiskState::Stalled, false),
        ] {
            gauge.set(state);
            assert_eq!(gauge.get(), state);
            for owed in [&release, &cancel] {
                assert_eq!(gauge.admit(owed).is_ok(), is_taken, "{state:?}");
            }
            assert_eq!(gauge.ready().is_ok(), state != DiskState::Stalled);
        }
    }
}
