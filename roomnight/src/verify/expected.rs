//! What should be stored: the model's lists written as the rows that storage keeps.

use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{Line, Night, PropertyId, RoomTypeId, Stay, Supply};
use ledger::rows::{
    BookedLine, BookingRow, DecisionRow, HoldRow, HoldState, InventoryNightRow, InventoryRow,
    LineState, LinkRow, OversoldRow, PropertyRow, RatePlanRow, RoomTypeRow, Row, SlotRow,
    SupplyRange, TombstoneRow,
};

use super::catalogue::{Property, RoomType};
use super::model::Model;
use super::rooms::{ClaimedNight, Rooms};
use super::rules::is_forgotten;
use super::sale::{Booking, Hold, Standing};

/// Takes a row and the offset of the record that last changed what it says.
type Take<'a> = &'a mut dyn FnMut(u64, Row);

impl Model {
    /// Hands over every row that should be stored, but the clock's.
    pub(super) fn for_each_row(&self, take: Take<'_>) {
        for (id, property) in &self.properties {
            catalogue_rows(id, property, take);
            self.oversold_rows(id, property, take);
            property.diary_rows(id, take);
        }
        for said in self.above.values() {
            take(said.offset, Row::Above(said.what.clone()));
        }
        let now = self.clock.now();
        for (id, hold) in &self.holds {
            if self.hold(*id).is_some() {
                take(hold.offset, Row::Hold(hold_row(*id, hold)));
            }
        }
        for (id, booking) in &self.bookings {
            take(booking.offset, Row::Booking(booking_row(*id, booking)));
        }
        let answers = self.answers.iter().filter(|(_, one)| !is_forgotten(one.forget_at, now));
        for ((slot, id), answer) in answers {
            let row = DecisionRow {
                slot: *slot,
                id: *id,
                body_hash: answer.body_hash,
                kind: answer.kind,
                stamp: answer.stamp,
                decision: answer.decision.clone(),
                forget_at: answer.forget_at,
            };
            take(answer.offset, Row::Decision(row));
        }
        let withdrawals = self.withdrawals.values().flatten();
        for one in withdrawals.filter(|one| !is_forgotten(one.forget_at, now)) {
            let row = TombstoneRow { hold: one.hold, forget_at: one.forget_at };
            take(one.offset, Row::Tombstone(row));
        }
        for (slot, booked) in &self.booked {
            let bookings_count = u32::try_from(booked.len()).unwrap_or(u32::MAX);
            let last = booked.last().and_then(|id| self.bookings.get(id));
            let offset = last.map_or(0, |booking| booking.offset);
            take(offset, Row::Slot(SlotRow { slot: *slot, bookings_count }));
        }
    }

    fn oversold_rows(&self, id: &PropertyId, property: &Property, take: Take<'_>) {
        for room_type in &property.room_types {
            for (night, claimed) in room_type.rooms.claimed() {
                let Some(since) = claimed.too_long_since else { continue };
                let row = OversoldRow {
                    property: id.clone(),
                    room_type: room_type.definition.what.room_type.clone(),
                    night,
                    rooms: room_type.rooms.rooms_over(night),
                    since: self.stamps.get(&since).copied().unwrap_or_default(),
                    offset: since,
                };
                take(claimed.touched, Row::Oversold(row));
            }
        }
    }

    /// Hands over every row that the availability view should have.
    pub(super) fn for_each_view_row(
        &self,
        take: &mut dyn FnMut(u64, AvailabilityKey, AvailabilityRow),
    ) {
        for (property, known) in &self.properties {
            for room_type in &known.room_types {
                let id = &room_type.definition.what.room_type;
                for (night, claimed) in listed_nights(&room_type.rooms) {
                    let (property, room_type_id) = (property.clone(), id.clone());
                    let key = AvailabilityKey { property, room_type: room_type_id, night };
                    let row = view_row(room_type.rooms.supply(night), claimed);
                    take(claimed.touched, key, row);
                }
            }
        }
    }

    /// What is left of a room type on a night, whether or not anybody claims it.
    pub(super) fn left_on(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        night: Night,
    ) -> Option<AvailabilityRow> {
        let rooms = &self.room_type(property, room_type)?.rooms;
        let nobody = ClaimedNight::default();
        Some(view_row(rooms.supply(night), rooms.claimed_on(night).unwrap_or(&nobody)))
    }

    /// The last record that changed what a row speaks of, where any record did.
    pub(super) fn touched(&self, row: &Row) -> Option<u64> {
        match row {
            Row::Property(row) => {
                Some(self.properties.get(&row.command.property)?.definition.offset)
            }
            Row::RoomType(row) => {
                let (property, room_type) = (&row.command.property, &row.command.room_type);
                Some(self.room_type(property, room_type)?.definition.offset)
            }
            Row::RatePlan(row) => {
                let property = self.properties.get(&row.command.property)?;
                Some(property.rate_plan(&row.command.rate_plan)?.definition.offset)
            }
            Row::Inventory(row) => {
                Some(self.room_type(&row.property, &row.room_type)?.supply_offset)
            }
            Row::InventoryNight(row) => {
                self.night_touched(&row.property, &row.room_type, row.night)
            }
            Row::Restrictions(row) => {
                self.properties.get(&row.property)?.terms.touched(&row.said.scope)
            }
            Row::HoldCaps(row) => {
                Some(self.properties.get(&row.command.property)?.terms.caps_row()?.0)
            }
            Row::Link(row) => {
                let of = self.room_type(&row.command.property, &row.command.room_type)?;
                Some(of.parts.as_ref().map_or(of.definition.offset, |said| said.offset))
            }
            Row::Policy(row) => self.properties.get(&row.property)?.policies.staged_at(row),
            Row::ActivePolicy(row) => self.properties.get(&row.property)?.policies.acted(row.kind),
            Row::Limits(row) => {
                let rooms = &self.room_type(&row.property, &row.room_type)?.rooms;
                rooms.recommended.row(&row.property, &row.room_type).map(|(offset, _)| offset)
            }
            Row::Above(row) => Some(self.above.get(&row.hold)?.offset),
            Row::Block(_) | Row::BusinessDate(_) => self.diary_touched(row),
            Row::Oversold(row) => self.night_touched(&row.property, &row.room_type, row.night),
            Row::Hold(row) => Some(self.holds.get(&row.hold)?.offset),
            Row::Booking(row) => Some(self.bookings.get(&row.booking)?.offset),
            Row::Decision(row) => Some(self.answers.get(&(row.slot, row.id))?.offset),
            Row::Tombstone(row) => {
                let mut withdrawals = self.withdrawals.get(&row.hold.slot())?.iter();
                Some(withdrawals.find(|one| one.hold == row.hold)?.offset)
            }
            Row::Slot(_) | Row::Clock(_) => None,
        }
    }

    /// The last record that changed the list of a night or the supply under it.
    pub(super) fn night_touched(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        night: Night,
    ) -> Option<u64> {
        Some(self.room_type(property, room_type)?.rooms.claimed_on(night)?.touched)
    }

    /// How many nights have more claims than may be sold, because supply was lowered under them.
    pub(super) fn nights_above_limit_count(&self) -> u64 {
        let room_types = self.properties.values().flat_map(|property| &property.room_types);
        let above = |room_type: &RoomType| {
            let nights = listed_nights(&room_type.rooms);
            nights.filter(|(night, _)| !room_type.rooms.within_limit(*night)).count() as u64
        };
        room_types.map(above).sum()
    }

    fn room_type(&self, property: &PropertyId, room_type: &RoomTypeId) -> Option<&RoomType> {
        self.properties.get(property)?.room_type(room_type)
    }
}

fn catalogue_rows(id: &PropertyId, property: &Property, take: Take<'_>) {
    let definition = &property.definition;
    take(definition.offset, Row::Property(PropertyRow { command: definition.what.clone() }));
    for (offset, row) in property.terms.restriction_rows(id) {
        take(offset, Row::Restrictions(row));
    }
    for (offset, row) in property.policies.rows(id) {
        take(offset, row);
    }
    if let Some((offset, row)) = property.terms.caps_row() {
        take(offset, Row::HoldCaps(row));
    }
    for (ordinal, rate_plan) in (0_u16..).zip(&property.rate_plans) {
        let definition = &rate_plan.definition;
        let row = RatePlanRow { ordinal, command: definition.what.clone() };
        take(definition.offset, Row::RatePlan(row));
    }
    for (ordinal, room_type) in (0_u16..).zip(&property.room_types) {
        let definition = &room_type.definition;
        let row = RoomTypeRow { ordinal, command: definition.what.clone() };
        take(definition.offset, Row::RoomType(row));
        if let Some(said) = &room_type.parts {
            take(said.offset, Row::Link(LinkRow { command: said.what.clone() }));
        }
        let row = InventoryRow {
            property: id.clone(),
            room_type: definition.what.room_type.clone(),
            ranges: ranges(&room_type.rooms),
        };
        take(room_type.supply_offset, Row::Inventory(row));
        let recommended = &room_type.rooms.recommended;
        if let Some((offset, row)) = recommended.row(id, &definition.what.room_type) {
            take(offset, Row::Limits(row));
        }
        for (night, claimed) in listed_nights(&room_type.rooms) {
            let row = InventoryNightRow {
                property: id.clone(),
                room_type: definition.what.room_type.clone(),
                night,
                supply: room_type.rooms.supply(night),
                held: u16::try_from(claimed.held()).unwrap_or(u16::MAX),
                sold: u16::try_from(claimed.sold()).unwrap_or(u16::MAX),
                allotted: u16::try_from(claimed.allotted()).unwrap_or(u16::MAX),
            };
            take(claimed.touched, Row::InventoryNight(row));
        }
    }
}

/// The nights on which rooms are claimed or promised now.
fn listed_nights(rooms: &Rooms) -> impl Iterator<Item = (Night, &ClaimedNight)> {
    rooms.claimed().filter(|(_, claimed)| claimed.held() + claimed.sold() + claimed.allotted() > 0)
}

/// The supplied nights as the fewest ranges.
fn ranges(rooms: &Rooms) -> Vec<SupplyRange> {
    let mut ranges: Vec<SupplyRange> = Vec::new();
    for (night, supply) in rooms.supplied() {
        let before =
            ranges.last().filter(|last| last.supply == supply && last.nights.departure() == night);
        let arrival = before.map_or(night, |last| last.nights.arrival());
        // A range ends on a night that can be named, so the last night of all is in none.
        let Ok(nights) = Stay::new(arrival, night.plus(1)) else { continue };
        if before.is_some() {
            ranges.pop();
        }
        ranges.push(SupplyRange { nights, supply });
    }
    ranges
}

fn view_row(supply: Supply, claimed: &ClaimedNight) -> AvailabilityRow {
    let count = |rooms: u32| i32::try_from(rooms).unwrap_or(i32::MAX);
    let (held, sold) = (count(claimed.held()), count(claimed.sold()));
    let allotted = count(claimed.allotted());
    let rooms = i32::from(supply.physical) + i32::from(supply.allowance);
    let blocked = i32::from(supply.blocked);
    let left = rooms - blocked - held - sold - allotted;
    AvailabilityRow { rooms, blocked, held, sold, allotted, left }
}

fn hold_row(id: events::HoldId, hold: &Hold) -> HoldRow {
    HoldRow {
        hold: id,
        property: hold.property.clone(),
        lines: hold.lines.iter().cloned().collect(),
        state: match hold.standing {
            Standing::Held => HoldState::Held,
            Standing::Confirmed => HoldState::Confirmed,
            Standing::Released => HoldState::Released,
            Standing::Expired => HoldState::Expired,
        },
        deadline: hold.deadline,
        anchored: hold.anchored,
        stamp: hold.stamp,
        ttl_ms: hold.ttl_ms,
        forget_at: hold.forget_at,
        channel: hold.channel.clone(),
        account: hold.account.clone(),
        block: hold.block.clone(),
    }
}

fn booking_row(id: events::BookingId, booking: &Booking) -> BookingRow {
    let booked = |(number, (line, price)): (u16, (&Line, &Option<i64>))| {
        let cancelled = booking.cancelled.get(&number).copied();
        let state = if cancelled.is_some() { LineState::Cancelled } else { LineState::Confirmed };
        BookedLine { line: line.clone(), state, cancelled, night_price_minor: *price }
    };
    let lines = (1_u16..).zip(booking.lines.iter().zip(&booking.prices));
    BookingRow {
        booking: id,
        property: booking.property.clone(),
        guest: booking.guest.clone(),
        ordinal: booking.ordinal,
        stamp: booking.stamp,
        channel: booking.channel.clone(),
        lines: lines.map(booked).collect(),
        facts: booking.facts.clone(),
        amendments: u32::try_from(booking.amended.len()).unwrap_or(u32::MAX),
        amended: booking.amended.last().copied(),
        reference: booking.reference.clone(),
        block: booking.block.clone(),
    }
}
