//! Seeded rows of what sales leave behind.

use events::{LinkRoomType, Part};
use ledger::rows::{LinkRow, OversoldRow};

use super::{Draw, Sample};
use crate::tables::{Link, Oversold};

impl Sample for Link {
    fn sample(draw: &mut Draw) -> LinkRow {
        let part = |draw: &mut Draw| Part {
            room_type: draw.room_type(),
            rooms: (draw.edgy() as u16).max(1),
        };
        let (property, room_type) = (draw.property(), draw.room_type());
        LinkRow { command: LinkRoomType { property, room_type, parts: draw.several(part) } }
    }
}

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
