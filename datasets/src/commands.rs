//! What happened as commands, each under an id that follows from the history, the row and the
//! kind: a replayer knows every hold and booking in advance and may send without waiting.
//!
//! A booking is a hold and its confirmation; a cancellation is a command; arrivals, departures and
//! no-shows are facts. Guests are not in the sources: the reference of each is made from its row.

use events::{
    BookingId, CancelBooking, Command, CommandId, ConfirmHold, Fact, GuestRef, HoldId, PlaceHold,
    PropertyId, RecordFact, Slot, Stamp,
};
use smallvec::{SmallVec, smallvec};

use crate::history::{HistoryEvent, HistoryWhat};

/// For how much log time a replayed hold sets its rooms aside; it is confirmed at once.
pub const HOLD_TTL_MS: u64 = 15 * 60 * 1000;

/// A command at its time in history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryCommand {
    /// The same for the same history, row and kind, in every replay.
    pub id: CommandId,
    /// When, as wall time.
    pub at: Stamp,
    /// Where it belongs.
    pub slot: Slot,
    /// What is asked.
    pub command: Command,
}

/// Makes commands of the events of one history.
#[derive(Debug, Clone)]
pub struct CommandMaker {
    tenant: String,
}

impl CommandMaker {
    /// For the history of that name.
    pub fn new(history: &str) -> Self {
        Self { tenant: format!("history/{history}") }
    }

    /// The id of the command of that kind for a row; kinds are the names of [`Command::name`] and
    /// of the facts.
    pub fn id(&self, row: u32, kind: &str) -> CommandId {
        CommandId::from_key(&self.tenant, &format!("{row}/{kind}"))
    }

    /// The hold that a row's booking begins as.
    pub fn hold(&self, property: &PropertyId, row: u32) -> HoldId {
        HoldId::of_command(Slot::of(property), self.id(row, "place_hold"))
    }

    /// The booking of a row.
    pub fn booking(&self, property: &PropertyId, row: u32) -> BookingId {
        self.hold(property, row).booking()
    }

    /// The one or two commands of an event: to book is to hold and to confirm.
    pub fn commands(&self, event: &HistoryEvent) -> SmallVec<[HistoryCommand; 2]> {
        let make = |kind: &str, command: Command| HistoryCommand {
            id: self.id(event.row, kind),
            at: event.at,
            slot: Slot::of(&event.property),
            command,
        };
        let hold = self.hold(&event.property, event.row);
        let fact = |kind: &str, fact: Fact| {
            make(kind, Command::RecordFact(RecordFact { booking: hold.booking(), fact }))
        };
        match &event.what {
            HistoryWhat::Booked { line, .. } => {
                let place = Command::PlaceHold(PlaceHold::direct(
                    event.property.clone(),
                    HOLD_TTL_MS,
                    smallvec![line.clone()],
                ));
                let confirm = Command::ConfirmHold(ConfirmHold { hold, guest: guest(event.row) });
                smallvec![make("place_hold", place), make("confirm_hold", confirm)]
            }
            HistoryWhat::Cancelled => {
                let cancel = CancelBooking { booking: hold.booking(), lines: SmallVec::new() };
                smallvec![make("cancel_booking", Command::CancelBooking(cancel))]
            }
            HistoryWhat::Arrived => smallvec![fact("arrived", Fact::Arrived)],
            HistoryWhat::Departed => smallvec![fact("departed", Fact::Departed)],
            HistoryWhat::NoShow => smallvec![fact("no_show", Fact::NoShow)],
        }
    }

    /// A command of the catalogue; `key` says what it defines and to what.
    pub(crate) fn of_catalogue(
        &self,
        key: &str,
        at: Stamp,
        property: &PropertyId,
        command: Command,
    ) -> HistoryCommand {
        let id = CommandId::from_key(&self.tenant, &format!("catalogue/{key}"));
        HistoryCommand { id, at, slot: Slot::of(property), command }
    }
}

/// A row's guest, whom the source does not name.
fn guest(row: u32) -> GuestRef {
    GuestRef::new(&format!("guest-{row}")).expect("letters, a dash and digits make an id")
}

#[cfg(test)]
mod tests;
