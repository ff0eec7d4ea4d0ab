//! The night audit of a property is done: its business date moves on, and only ever on.
//!
//! The blocks whose cut-off date has come are released by the same decision, so that nobody sees
//! the new date with the old blocks. A property that never tells of an audit cuts no block off.

use events::{AdvanceBusinessDate, BlockId, Decision, Night, Reason};

use crate::apply::rejected;
use crate::blocks;
use crate::journal::Dirty;
use crate::rows::BlockState;
use crate::slot::Place;
use crate::state::State;

pub(crate) fn apply(state: &mut State, place: Place, command: &AdvanceBusinessDate) -> Decision {
    let date = command.date;
    let Some((index, property)) = state.slot_mut(place.slot).property_mut(&command.property) else {
        return rejected(Reason::PropertyUnknown);
    };
    let today = property.desk.as_ref().and_then(|desk| desk.business_date);
    if today.is_some_and(|today| date <= today) {
        return rejected(Reason::DateNotAfter);
    }

    let desk = property.desk.get_or_insert_default();
    desk.business_date = Some(date);
    let open = (0_u32..).zip(desk.blocks.values()).filter(|(_, block)| block.is_open());
    let due = open.filter(|(_, block)| block.definition.cut_off <= date);
    let due = due.map(|(ordinal, block)| {
        (block.definition.cut_off, block.definition.block.clone(), ordinal)
    });
    let mut due: Vec<(Night, BlockId, u32)> = due.collect();
    due.sort_unstable();
    let whose = (place.slot, index);
    state.journal.note(Dirty::BusinessDate { slot: whose.0, property: whose.1 });
    for (_, _, ordinal) in &due {
        blocks::close(state, whose, *ordinal, BlockState::CutOff);
    }
    let released = due.into_iter().map(|(_, block, _)| block).collect();
    Decision::BusinessDateAdvanced { date, released }
}
