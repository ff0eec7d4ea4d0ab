//! A property as the ledger keeps it: what decisions need close by, what people read boxed away.

use std::collections::BTreeMap;

use events::{
    BlockId, BookingId, ChannelId, DefineProperty, DefineRatePlan, DefineRoomType,
    ExternalReference, HoldId, Line, LinkRoomType, Night, Occupancy, PolicyKind, RatePlanId,
    RoomTypeId,
};
use smallvec::{SmallVec, smallvec};

use crate::blocks::Block;
use crate::inventory::Inventory;
use crate::policies::{Policies, Shelf};
use crate::rows::{AboveNight, BookedLine, LineState};
use crate::rules::Rules;
use crate::slot::Index;

/// A hotel.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    /// In order of first definition; never removed from, so that an ordinal stays true.
    pub(crate) room_types: Vec<RoomType>,
    /// In order of first definition; never removed from.
    pub(crate) rate_plans: Vec<RatePlan>,
    /// None for most: a hold asks no further then.
    pub(crate) rules: Option<Box<Rules>>,
    /// None for most.
    pub(crate) desk: Option<Box<Desk>>,
    pub(crate) definition: Box<DefineProperty>,
}

/// What a property without any of it does not pay for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Desk {
    /// The bookings of sales that channels have made, by what they call them; each for as long as
    /// its booking is there.
    pub(crate) external: BTreeMap<(ChannelId, ExternalReference), BookingId>,
    /// Holds that are open and bookings, admitted above the physical rooms.
    pub(crate) above: BTreeMap<HoldId, Vec<AboveNight>>,
    /// By which prices and limits are made.
    pub(crate) policies: Policies,
    /// Never removed from, so that an ordinal stays true.
    pub(crate) blocks: Index<BlockId, Block>,
    /// The day that its books are in, once a night audit has said so.
    pub(crate) business_date: Option<Night>,
}

/// Rooms sold as the same thing.
#[derive(Debug, Clone)]
pub(crate) struct RoomType {
    pub(crate) id: RoomTypeId,
    pub(crate) max_guests: u16,
    pub(crate) inventory: Inventory,
    /// What it is made of; none for most, which have rooms of their own.
    pub(crate) link: Option<Box<Link>>,
    pub(crate) definition: Box<DefineRoomType>,
}

/// What a room type is made of.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    /// The ordinals of its parts, and the rooms of each that one of it takes; never empty.
    pub(crate) parts: Vec<(u16, u16)>,
    /// The lines of open holds and of bookings, and the open blocks, that are counted by those
    /// parts.
    pub(crate) claims_count: u32,
    pub(crate) definition: LinkRoomType,
}

/// What a line takes: ordinals of room types, and how many rooms of each.
pub(crate) type Taken = SmallVec<[(u16, u16); 2]>;

/// Terms of sale.
#[derive(Debug, Clone)]
pub(crate) struct RatePlan {
    pub(crate) id: RatePlanId,
    /// The ordinals of the room types that it sells.
    pub(crate) sells: SmallVec<[u16; 8]>,
    /// It names channels or an occupancy, for which its definition is asked.
    pub(crate) is_choosy: bool,
    pub(crate) definition: Box<DefineRatePlan>,
}

impl RatePlan {
    /// The rate plan of a definition, which sells the room types of those ordinals.
    pub(crate) fn new(sells: SmallVec<[u16; 8]>, definition: DefineRatePlan) -> Self {
        let is_choosy =
            !definition.channels.is_empty() || definition.occupancy != Occupancy::default();
        let id = definition.rate_plan.clone();
        Self { id, sells, is_choosy, definition: Box::new(definition) }
    }
}

impl Property {
    /// The property of a definition, of which nothing else is known.
    pub(crate) fn new(definition: DefineProperty) -> Self {
        let definition = Box::new(definition);
        let (room_types, rate_plans) = (Vec::new(), Vec::new());
        Self { room_types, rate_plans, rules: None, desk: None, definition }
    }

    /// The ordinal of a room type. A property has few, so that looking at each is fastest.
    pub(crate) fn room_type(&self, id: &RoomTypeId) -> Option<u16> {
        self.room_types
            .iter()
            .position(|room_type| room_type.id == *id)
            .map(|ordinal| ordinal as u16)
    }

    /// The ordinal of a rate plan.
    pub(crate) fn rate_plan(&self, id: &RatePlanId) -> Option<u16> {
        self.rate_plans
            .iter()
            .position(|rate_plan| rate_plan.id == *id)
            .map(|ordinal| ordinal as u16)
    }

    /// The line as it is agreed on now: at the price of its rate plan today.
    pub(crate) fn booked(&self, line: Line) -> BookedLine {
        let night_price_minor = self.price_of(&line.rate_plan);
        BookedLine { line, state: LineState::Confirmed, cancelled: None, night_price_minor }
    }

    /// What a rate plan asks for one room and one night today, if it is known.
    pub(crate) fn price_of(&self, rate_plan: &RatePlanId) -> Option<i64> {
        let rate_plan = &self.rate_plans[usize::from(self.rate_plan(rate_plan)?)];
        Some(rate_plan.definition.base_price.amount_minor)
    }

    /// The policies by which limits are made, if there are any.
    pub(crate) fn overbooking(&self) -> Option<&Shelf> {
        Some(self.desk.as_ref()?.policies.of(PolicyKind::Overbooking))
    }

    /// A block.
    pub(crate) fn block(&self, id: &BlockId) -> Option<&Block> {
        self.desk.as_ref()?.blocks.get(id)
    }

    /// What so many rooms of a type take: rooms of its own, or of its parts.
    pub(crate) fn taken(&self, room_type: u16, rooms: u16) -> Taken {
        match &self.room_types[usize::from(room_type)].link {
            None => smallvec![(room_type, rooms)],
            Some(link) => {
                let of_part = |(part, each): &(u16, u16)| (*part, each.saturating_mul(rooms));
                link.parts.iter().map(of_part).collect()
            }
        }
    }

    /// The inventory of a room type that is known to exist.
    pub(crate) fn inventory(&self, room_type: u16) -> &Inventory {
        &self.room_types[usize::from(room_type)].inventory
    }

    /// The inventory of a room type that is known to exist, to change it.
    pub(crate) fn inventory_mut(&mut self, room_type: u16) -> &mut Inventory {
        &mut self.room_types[usize::from(room_type)].inventory
    }
}
