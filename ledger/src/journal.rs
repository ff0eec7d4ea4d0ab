//! What has changed since the last drain: which rows, by the shortest name, and which moves.

use events::{BookingId, CommandId, HoldId, LogTime, Night, PolicyKind, Slot};

use crate::moves::Move;
use crate::rows::{
    BlockRow, BusinessDateRow, DecisionRow, HoldCapsRow, InventoryNightRow, InventoryRow, LinkRow,
    PropertyRow, RatePlanRow, RestrictionsRow, RoomTypeRow, Row, RowChange, RowKey, SlotRow,
    TombstoneRow,
};
use crate::state::State;

/// A row by the place of its thing in the state, which is cheaper to note than its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dirty {
    Property { slot: Slot, property: u32 },
    RoomType { slot: Slot, property: u32, room_type: u16 },
    RatePlan { slot: Slot, property: u32, rate_plan: u16 },
    Inventory { slot: Slot, property: u32, room_type: u16 },
    InventoryNight { slot: Slot, property: u32, room_type: u16, night: Night },
    Restrictions { slot: Slot, property: u32, scope: u16 },
    HoldCaps { slot: Slot, property: u32 },
    Link { slot: Slot, property: u32, room_type: u16 },
    Policy { slot: Slot, property: u32, kind: PolicyKind, version: u16 },
    ActivePolicy { slot: Slot, property: u32, kind: PolicyKind },
    Limits { slot: Slot, property: u32, room_type: u16 },
    Above { slot: Slot, property: u32, hold: HoldId },
    Block { slot: Slot, property: u32, block: u32 },
    BusinessDate { slot: Slot, property: u32 },
    Oversold { slot: Slot, property: u32, room_type: u16, night: Night },
    Hold(HoldId),
    Booking(BookingId),
    Decision(Slot, CommandId),
    Tombstone(HoldId),
    Slot(Slot),
    Clock,
}

/// Notes since the last drain.
#[derive(Debug, Default, Clone)]
pub(crate) struct Journal {
    pub(crate) dirty: Vec<Dirty>,
    pub(crate) moves: Vec<Move>,
}

impl Journal {
    pub(crate) fn note(&mut self, dirty: Dirty) {
        self.dirty.push(dirty);
    }
}

impl State {
    /// The latest value of a noted row. A place that never came to be has none.
    pub(crate) fn row_change(&self, dirty: &Dirty) -> Option<RowChange> {
        Some(match *dirty {
            Dirty::Property { slot, property } => {
                put(Row::Property(self.property_row(slot, property)?))
            }
            Dirty::RoomType { slot, property, room_type } => {
                put(Row::RoomType(self.room_type_row(slot, property, room_type)?))
            }
            Dirty::RatePlan { slot, property, rate_plan } => {
                put(Row::RatePlan(self.rate_plan_row(slot, property, rate_plan)?))
            }
            Dirty::Inventory { slot, property, room_type } => {
                put(Row::Inventory(self.inventory_row(slot, property, room_type)?))
            }
            Dirty::InventoryNight { slot, property, room_type, night } => {
                self.inventory_night_change(slot, property, room_type, night)?
            }
            Dirty::Restrictions { slot, property, scope } => {
                put(Row::Restrictions(self.restrictions_row(slot, property, scope)?))
            }
            Dirty::HoldCaps { slot, property } => {
                put(Row::HoldCaps(self.hold_caps_row(slot, property)?))
            }
            Dirty::Link { slot, property, room_type } => {
                self.link_change(slot, property, room_type)?
            }
            Dirty::Policy { slot, property, kind, version } => {
                put(Row::Policy(self.policy_row((slot, property), kind, version)?))
            }
            Dirty::ActivePolicy { slot, property, kind } => {
                put(Row::ActivePolicy(self.active_policy_row((slot, property), kind)?))
            }
            Dirty::Limits { slot, property, room_type } => {
                put(Row::Limits(self.limits_row((slot, property), room_type)?))
            }
            Dirty::Above { slot, property, hold } => self.above_change((slot, property), hold)?,
            Dirty::Block { slot, property, block } => {
                put(Row::Block(self.block_row(slot, property, block)?))
            }
            Dirty::BusinessDate { slot, property } => {
                put(Row::BusinessDate(self.business_date_row(slot, property)?))
            }
            Dirty::Oversold { slot, property, room_type, night } => {
                self.oversold_change(slot, property, room_type, night)?
            }
            Dirty::Hold(hold) => {
                let row =
                    self.slot(hold.slot()).holds.get(&hold).map(|held| Row::Hold(held.row(hold)));
                put_or_delete(row, || RowKey::Hold(hold))
            }
            Dirty::Booking(booking) => {
                let booked = self.slot(booking.slot()).bookings.get(&booking);
                put_or_delete(booked.map(|row| Row::Booking((**row).clone())), || {
                    RowKey::Booking(booking)
                })
            }
            Dirty::Decision(slot, id) => {
                put_or_delete(self.decision_row(slot, id).map(Row::Decision), || {
                    RowKey::Decision(slot, id)
                })
            }
            Dirty::Tombstone(hold) => self.tombstone_change(hold),
            Dirty::Slot(slot) => {
                put(Row::Slot(SlotRow { slot, bookings_count: self.slot(slot).bookings_count }))
            }
            Dirty::Clock => put(Row::Clock(self.clock.clone())),
        })
    }

    fn above_change(&self, whose: (Slot, u32), hold: HoldId) -> Option<RowChange> {
        let found = &self.slot(whose.0).property_at(whose.1)?.definition.property;
        let row = self.above_row(whose, hold).map(Row::Above);
        Some(put_or_delete(row, || RowKey::Above(found.clone(), hold)))
    }

    fn tombstone_change(&self, hold: HoldId) -> RowChange {
        let forget_at: Option<&LogTime> = self.slot(hold.slot()).tombstones.get(&hold);
        let row =
            forget_at.map(|forget_at| Row::Tombstone(TombstoneRow { hold, forget_at: *forget_at }));
        put_or_delete(row, || RowKey::Tombstone(hold))
    }

    fn property_row(&self, slot: Slot, property: u32) -> Option<PropertyRow> {
        let property = self.slot(slot).property_at(property)?;
        Some(PropertyRow { command: (*property.definition).clone() })
    }

    fn room_type_row(&self, slot: Slot, property: u32, room_type: u16) -> Option<RoomTypeRow> {
        let property = self.slot(slot).property_at(property)?;
        let definition = &property.room_types.get(usize::from(room_type))?.definition;
        Some(RoomTypeRow { ordinal: room_type, command: (**definition).clone() })
    }

    fn rate_plan_row(&self, slot: Slot, property: u32, rate_plan: u16) -> Option<RatePlanRow> {
        let property = self.slot(slot).property_at(property)?;
        let definition = &property.rate_plans.get(usize::from(rate_plan))?.definition;
        Some(RatePlanRow { ordinal: rate_plan, command: (**definition).clone() })
    }

    fn restrictions_row(&self, slot: Slot, property: u32, scope: u16) -> Option<RestrictionsRow> {
        let property = self.slot(slot).property_at(property)?;
        let said = property.rules.as_ref()?.restrictions.get(usize::from(scope))?.clone();
        Some(RestrictionsRow { property: property.definition.property.clone(), said })
    }

    fn hold_caps_row(&self, slot: Slot, property: u32) -> Option<HoldCapsRow> {
        let rules = self.slot(slot).property_at(property)?.rules.as_ref()?;
        Some(HoldCapsRow { command: rules.caps.clone()? })
    }

    fn inventory_row(&self, slot: Slot, property: u32, room_type: u16) -> Option<InventoryRow> {
        let property = self.slot(slot).property_at(property)?;
        let room_type = property.room_types.get(usize::from(room_type))?;
        Some(InventoryRow {
            property: property.definition.property.clone(),
            room_type: room_type.id.clone(),
            ranges: room_type.inventory.ranges().to_vec(),
        })
    }

    fn inventory_night_change(
        &self,
        slot: Slot,
        property: u32,
        room_type: u16,
        night: Night,
    ) -> Option<RowChange> {
        let property = self.slot(slot).property_at(property)?;
        let room_type = property.room_types.get(usize::from(room_type))?;
        let (property, id) = (property.definition.property.clone(), room_type.id.clone());
        Some(match room_type.inventory.used(night) {
            None => RowChange::Delete(RowKey::InventoryNight(property, id, night)),
            Some(used) => put(Row::InventoryNight(InventoryNightRow {
                property,
                room_type: id,
                night,
                supply: room_type.inventory.supply(night),
                held: used.held,
                sold: used.sold,
                allotted: used.allotted,
            })),
        })
    }

    fn block_row(&self, slot: Slot, property: u32, block: u32) -> Option<BlockRow> {
        let desk = self.slot(slot).property_at(property)?.desk.as_ref()?;
        let (_, block) = desk.blocks.get_index(block as usize)?;
        Some(BlockRow {
            command: block.definition.clone(),
            state: block.state,
            picked: block.picked.iter().map(|(night, rooms)| (*night, *rooms)).collect(),
        })
    }

    fn business_date_row(&self, slot: Slot, property: u32) -> Option<BusinessDateRow> {
        let found = self.slot(slot).property_at(property)?;
        let date = found.desk.as_ref()?.business_date?;
        Some(BusinessDateRow { property: found.definition.property.clone(), date })
    }

    fn link_change(&self, slot: Slot, property: u32, room_type: u16) -> Option<RowChange> {
        let found = self.slot(slot).property_at(property)?;
        let room_type = found.room_types.get(usize::from(room_type))?;
        let link = room_type.link.as_ref();
        let row = link.map(|link| Row::Link(LinkRow { command: link.definition.clone() }));
        let property = &found.definition.property;
        Some(put_or_delete(row, || RowKey::Link(property.clone(), room_type.id.clone())))
    }

    fn oversold_change(
        &self,
        slot: Slot,
        property: u32,
        room_type: u16,
        night: Night,
    ) -> Option<RowChange> {
        let found = self.slot(slot).property_at(property)?;
        let id = &found.room_types.get(usize::from(room_type))?.id;
        let row = self.oversold_row((slot, property, room_type), night).map(Row::Oversold);
        let property = &found.definition.property;
        Some(put_or_delete(row, || RowKey::Oversold(property.clone(), id.clone(), night)))
    }

    fn decision_row(&self, slot: Slot, id: CommandId) -> Option<DecisionRow> {
        let remembered = self.slot(slot).decisions.get(&id)?;
        Some(DecisionRow {
            slot,
            id,
            body_hash: remembered.body_hash,
            kind: remembered.kind,
            stamp: remembered.stamp,
            decision: remembered.decision.clone(),
            forget_at: remembered.forget_at,
        })
    }
}

fn put(row: Row) -> RowChange {
    RowChange::Put(row)
}

fn put_or_delete(row: Option<Row>, key: impl FnOnce() -> RowKey) -> RowChange {
    row.map_or_else(|| RowChange::Delete(key()), RowChange::Put)
}
