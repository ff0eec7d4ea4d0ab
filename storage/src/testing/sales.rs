//! Seeded rows of what sales leave behind.

use ledger::rows::OversoldRow;

use super::{Draw, Sample};
use crate::tables::Oversold;

impl Sample for Oversold {
    fn sample(draw: &mut Draw) -> OversoldRow {
        OversoldRow {
            property: draw.property(),
            room_type: draw.room_type(),
            night: draw.night(),
            rooms: draw.edgy() as u32,
            since: draw.stamp(),
            offset: draw.edgy(),
        }
    }
}
