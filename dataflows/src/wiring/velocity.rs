//! The wiring of `velocity`: attempts meet by attempt, then by identity, then by attempt again.

use events::Minute;
use timely::dataflow::StreamVec;
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::vec::Map;

use crate::host::{Standings, host};
use crate::tidings::{Local, Tiding};
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::velocity::attempts::{Attempts, AttemptsChange, AttemptsEvent, Told};
use crate::views::velocity::base::{Base, BaseChange, BaseEvent};
use crate::views::velocity::identities::{Identities, IdentitiesChange};

type Stream<'scope, T> = StreamVec<'scope, u64, Local<T>>;

/// Hears the attempts among the tidings; all of them enter at one worker, in the order of the log.
pub(super) fn wire<'scope>(
    tidings: Stream<'scope, Tiding>,
    minutes: Stream<'scope, Minute>,
    standings: &Standings,
) -> Stream<'scope, ViewChange> {
    let mut order = 0;
    let told = tidings.flat_map(move |Local(tiding)| {
        order += 1;
        event(order, tiding).map(Local)
    });
    let (changes, counted) = count(told, minutes.clone(), standings);
    let base = keep(changes, counted.clone(), minutes, standings)
        .map(|Local((key, row))| Local((ViewKey::Attempt(key), row.map(ViewRow::Attempt))));
    let rows = counted.flat_map(|Local(change)| match change {
        IdentitiesChange::Row(key, row) => {
            Some(Local((ViewKey::Velocity(key), row.map(ViewRow::Velocity))))
        }
        IdentitiesChange::Feature(_) => None,
    });
    rows.concat(base)
}

/// What a tiding says of an attempt.
fn event(order: u64, tiding: Tiding) -> Option<AttemptsEvent> {
    match tiding {
        Tiding::Observed(observation) => {
            Told::new(order, *observation).map(Box::new).map(AttemptsEvent::Told)
        }
        Tiding::Stored(stored) => match *stored {
            (_, ViewRow::Attempt(row)) => Some(AttemptsEvent::Stored(row)),
            _ => None,
        },
        Tiding::Row(_) => None,
    }
}

/// Counts attempts: what changes for the base and for identities, and what those say of it.
pub(crate) fn count<'scope>(
    told: Stream<'scope, AttemptsEvent>,
    minutes: Stream<'scope, Minute>,
    standings: &Standings,
) -> (Stream<'scope, AttemptsChange>, Stream<'scope, IdentitiesChange>) {
    let by_attempt = |event: &AttemptsEvent| match event {
        AttemptsEvent::Told(told) => told.route(),
        AttemptsEvent::Stored(row) => row.key().0 as u64,
    };
    let keeper = ("velocity_attempts", Attempts::default());
    let changes = host(keeper, told, minutes.clone(), by_attempt, standings);
    let steps = changes.clone().flat_map(|Local(change)| match change {
        AttemptsChange::Step(step) => Some(Local(step)),
        AttemptsChange::Base(_) => None,
    });
    let keeper = ("velocity", Identities::default());
    let counted = host(keeper, steps, minutes, |step| step.route(), standings);
    (changes, counted)
}

/// Keeps each attempt with its features.
pub(crate) fn keep<'scope>(
    changes: Stream<'scope, AttemptsChange>,
    counted: Stream<'scope, IdentitiesChange>,
    minutes: Stream<'scope, Minute>,
    standings: &Standings,
) -> Stream<'scope, BaseChange> {
    let tellings = changes.flat_map(|Local(change)| match change {
        AttemptsChange::Step(_) => None,
        AttemptsChange::Base(event) => Some(Local(event)),
    });
    let features = counted.flat_map(|Local(change)| match change {
        IdentitiesChange::Row(..) => None,
        IdentitiesChange::Feature(feature) => Some(Local(BaseEvent::Feature(feature))),
    });
    let keeper = ("velocity_base", Base::default());
    host(keeper, tellings.concat(features), minutes, BaseEvent::route, standings)
}
