//! The wiring of `velocity`: attempts meet by attempt, then by identity, then by attempt again.

use events::Minute;
use timely::dataflow::StreamVec;
use timely::dataflow::operators::Concat;
use timely::dataflow::operators::core::OkErr;
use timely::dataflow::operators::vec::Map;

use crate::host::{Standings, host};
use crate::tidings::{Local, Tiding};
use crate::view_rows::{ViewChange, ViewKey, ViewRow};
use crate::views::velocity::attempts::{Attempts, AttemptsChange, AttemptsEvent, Told};
use crate::views::velocity::base::{Base, BaseChange, BaseEvent};
use crate::views::velocity::identities::{Feature, Identities, IdentitiesChange, Step};
use crate::views::velocity::{VelocityKey, VelocityRow};

type Stream<'scope, T> = StreamVec<'scope, u64, Local<T>>;

/// What counting tells; each goes to one who needs it.
pub(crate) struct Counted<'scope> {
    /// To the keeper of the base.
    pub told: Stream<'scope, BaseEvent>,
    /// To the keeper of the base too: what was known before.
    pub features: Stream<'scope, Feature>,
    /// The rows of the view.
    pub rows: Stream<'scope, (VelocityKey, Option<VelocityRow>)>,
}

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
    let Counted { told, features, rows } = count(told, minutes.clone(), standings);
    let base = keep(told, features, minutes, standings)
        .map(|Local((key, row))| Local((ViewKey::Attempt(key), row.map(ViewRow::Attempt))));
    rows.map(|Local((key, row))| Local((ViewKey::Velocity(key), row.map(ViewRow::Velocity))))
        .concat(base)
}

/// What a tiding says of an attempt.
fn event(order: u64, tiding: Tiding) -> Option<AttemptsEvent> {
    match tiding {
        Tiding::Observed(observation) => {
            Told::new(order, observation).map(Box::new).map(AttemptsEvent::Told)
        }
        Tiding::Stored(stored) => match &*stored {
            (_, ViewRow::Attempt(row)) => Some(AttemptsEvent::Stored(row.clone())),
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
) -> Counted<'scope> {
    let by_attempt = |event: &AttemptsEvent| match event {
        AttemptsEvent::Told(told) => told.route(),
        AttemptsEvent::Stored(row) => row.key().0 as u64,
    };
    let keeper = ("velocity_attempts", Attempts::default());
    let changes = host(keeper, told, minutes.clone(), by_attempt, standings);
    let (steps, told) = changes.ok_err(|Local(change)| match change {
        AttemptsChange::Step(step) => Ok::<Local<Step>, Local<BaseEvent>>(Local(step)),
        AttemptsChange::Base(event) => Err(Local(event)),
    });
    let keeper = ("velocity", Identities::default());
    let counted = host(keeper, steps, minutes, |step| step.route(), standings);
    let (rows, features) = counted.ok_err(|Local(change)| match change {
        IdentitiesChange::Row(key, row) => Ok::<Local<_>, Local<Feature>>(Local((key, row))),
        IdentitiesChange::Feature(feature) => Err(Local(feature)),
    });
    Counted { told, features, rows }
}

/// Keeps each attempt with its features.
pub(crate) fn keep<'scope>(
    told: Stream<'scope, BaseEvent>,
    features: Stream<'scope, Feature>,
    minutes: Stream<'scope, Minute>,
    standings: &Standings,
) -> Stream<'scope, BaseChange> {
    let features = features.map(|Local(feature)| Local(BaseEvent::Feature(feature)));
    let keeper = ("velocity_base", Base::default());
    host(keeper, told.concat(features), minutes, BaseEvent::route, standings)
}
