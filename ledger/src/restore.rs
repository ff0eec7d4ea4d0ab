//! A state out of its rows: what a process does when it starts.

use std::collections::BTreeSet;

use events::{
    AccountId, BlockId, BookingId, ChannelId, ExternalReference, Line, Night, PropertyId,
    RoomTypeId, Slot,
};

use crate::forget::Remembrance;
use crate::inventory::{Inventory, Used};
use crate::moves::ClaimKind;
use crate::planted::{self, Bug};
use crate::property::{Property, RatePlan, RoomType};
use crate::rows::{
    AboveRow, ActivePolicyRow, BlockRow, BookingRow, BusinessDateRow, DecisionRow, HoldCapsRow,
    HoldRow, HoldState, InventoryNightRow, InventoryRow, LimitsRow, LineState, LinkRow,
    OversoldRow, PolicyRow, RatePlanRow, RestrictionsRow, RoomTypeRow, Row,
};
use crate::rules::Origin;
use crate::slot::{Hold, Index, Remembered};
use crate::state::State;

mod blocks;
mod join;
mod policies;
mod sales;

/// Why rows are not a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreError {
    /// A row speaks of something that no other row defines.
    Dangling(String),
    /// The counters of a night or of a block are not the sum of the holds and bookings on it.
    Counters {
        /// Whose.
        property: PropertyId,
        /// Of what.
        room_type: RoomTypeId,
        /// When.
        night: Night,
    },
}

impl std::error::Error for RestoreError {}

impl std::fmt::Display for RestoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dangling(what) => write!(
                f,
                "the stored ledger speaks of {what}, which it does not define: \
                 remove the state folder and it is rebuilt from the log"
            ),
            Self::Counters { property, room_type, night } => write!(
                f,
                "the stored counters of {property}/{room_type} on {night} are not the sum of its holds and \
                 bookings: remove the state folder and it is rebuilt from the log"
            ),
        }
    }
}

/// A state, or the part of one that some slots are, that is being put together row by row.
#[derive(Debug, Default)]
pub struct Restoring {
    state: State,
    sorted: Sorted,
}

impl Restoring {
    /// Takes one more of its rows; their order does not matter.
    pub fn take(&mut self, row: Row) {
        self.state.restore_row(row, &mut self.sorted);
    }

    /// The state, now that every row of its slots was taken; parts are then [`State::joined`].
    pub fn finish(self) -> Result<State, RestoreError> {
        let Self { mut state, sorted } = self;
        state.restore_catalogue(sorted)?;
        state.journal.dirty.clear();
        Ok(state)
    }
}

impl State {
    /// The state that these rows are of; their order does not matter.
    pub fn restore(rows: impl IntoIterator<Item = Row>) -> Result<Self, RestoreError> {
        let mut restoring = Restoring::default();
        rows.into_iter().for_each(|row| restoring.take(row));
        restoring.finish()
    }

    /// Takes what needs nothing else, and puts the rest aside.
    fn restore_row(&mut self, row: Row, sorted: &mut Sorted) {
        match row {
            Row::Property(row) => {
                let id = row.command.property.clone();
                self.slot_mut(Slot::of(&id)).properties.insert(id, Property::new(row.command));
            }
            Row::RoomType(row) => sorted.room_types.push(row),
            Row::RatePlan(row) => sorted.rate_plans.push(row),
            Row::Inventory(row) => sorted.inventories.push(row),
            Row::InventoryNight(row) => sorted.night(row),
            Row::Restrictions(row) => sorted.restrictions.push(row),
            Row::HoldCaps(row) => sorted.hold_caps.push(row),
            Row::Link(row) => sorted.links.push(row),
            Row::Policy(row) => sorted.policies.push(row),
            Row::ActivePolicy(row) => sorted.active_policies.push(row),
            Row::Limits(row) => sorted.limits.push(row),
            Row::Above(row) => sorted.above.push(row),
            Row::Block(row) => sorted.blocks.push(row),
            Row::BusinessDate(row) => sorted.business_dates.push(row),
            Row::Oversold(row) => sorted.oversold.push(row),
            Row::Hold(row) => self.restore_hold(row, sorted),
            Row::Booking(row) => self.restore_booking(row, sorted),
            Row::Decision(row) => self.restore_decision(row),
            Row::Tombstone(row) => {
                self.forgetting.note(row.forget_at, Remembrance::Tombstone(row.hold));
                self.slot_mut(row.hold.slot()).tombstones.insert(row.hold, row.forget_at);
            }
            Row::Slot(row) => self.slot_mut(row.slot).bookings_count = row.bookings_count,
            Row::Clock(row) => self.clock = row,
        }
    }

    fn restore_hold(&mut self, row: HoldRow, sorted: &mut Sorted) {
        if row.state == HoldState::Held {
            self.holds_open_count += 1;
            for line in &row.lines {
                sorted.claim((&row.property, row.block.as_ref()), line, ClaimKind::Held);
            }
            if let Some(account) = &row.account {
                sorted.open_holds.push((row.property.clone(), account.clone()));
            }
            if row.anchored {
                self.deadlines.entry(row.deadline).or_default().push(row.hold);
            } else if !planted::is_on(Bug::WaitingHoldsForgottenAtRestart) {
                self.unanchored.push(row.hold);
            }
        }
        if let Some(forget_at) = row.forget_at {
            self.forgetting.note(forget_at, Remembrance::Hold(row.hold));
        }
        let hold = Hold {
            property: row.property,
            lines: row.lines,
            state: row.state,
            deadline: row.deadline,
            anchored: row.anchored,
            stamp: row.stamp,
            ttl_ms: row.ttl_ms,
            forget_at: row.forget_at,
            origin: Origin::of(row.channel, row.account, row.block),
        };
        self.slot_mut(row.hold.slot()).holds.insert(row.hold, Box::new(hold));
    }

    fn restore_booking(&mut self, row: BookingRow, sorted: &mut Sorted) {
        for booked in row.lines.iter().filter(|booked| booked.state == LineState::Confirmed) {
            sorted.claim((&row.property, row.block.as_ref()), &booked.line, ClaimKind::Sold);
        }
        if let Some(reference) = &row.reference {
            let name = (row.channel.clone(), reference.clone());
            sorted.external.push((row.property.clone(), name, row.booking));
        }
        self.slot_mut(row.booking.slot()).bookings.insert(row.booking, Box::new(row));
    }

    fn restore_decision(&mut self, row: DecisionRow) {
        if planted::is_on(Bug::AnswersForgottenAtRestart) {
            return;
        }
        self.forgetting.note(row.forget_at, Remembrance::Decision(row.slot, row.id));
        let remembered = Remembered {
            body_hash: row.body_hash,
            kind: row.kind,
            stamp: row.stamp,
            decision: row.decision,
            forget_at: row.forget_at,
        };
        self.slot_mut(row.slot).decisions.insert(row.id, Box::new(remembered));
    }

    fn restore_catalogue(&mut self, mut sorted: Sorted) -> Result<(), RestoreError> {
        sorted.room_types.sort_by_key(|row| row.ordinal);
        sorted.rate_plans.sort_by_key(|row| row.ordinal);
        for row in std::mem::take(&mut sorted.room_types) {
            self.restore_property(&row.command.property)?.room_types.push(RoomType {
                id: row.command.room_type.clone(),
                max_guests: row.command.max_guests,
                inventory: Inventory::default(),
                link: None,
                definition: Box::new(row.command),
            });
        }
        for row in std::mem::take(&mut sorted.rate_plans) {
            let property = self.restore_property(&row.command.property)?;
            let sells = row
                .command
                .room_types
                .iter()
                .map(|id| property.room_type(id))
                .collect::<Option<_>>();
            let sells = sells
                .ok_or_else(|| dangling("a room type of rate plan", &row.command.rate_plan))?;
            property.rate_plans.push(RatePlan::new(sells, row.command));
        }
        for row in std::mem::take(&mut sorted.inventories) {
            let inventory = self.restore_inventory(&row.property, &row.room_type)?;
            row.ranges.into_iter().for_each(|range| inventory.restore_range(range));
        }
        self.restore_rules(&mut sorted)?;
        self.restore_policies(&mut sorted)?;
        self.restore_links(&mut sorted)?;
        self.restore_external(&mut sorted)?;
        self.restore_blocks(&mut sorted)?;
        let oversold = std::mem::take(&mut sorted.oversold);
        self.restore_nights(sorted)?;
        self.restore_oversold(oversold)
    }

    fn restore_rules(&mut self, sorted: &mut Sorted) -> Result<(), RestoreError> {
        for RestrictionsRow { property, said } in std::mem::take(&mut sorted.restrictions) {
            let property = self.restore_property(&property)?;
            property.rules.get_or_insert_default().restrictions.push(said);
        }
        for HoldCapsRow { command } in std::mem::take(&mut sorted.hold_caps) {
            let property = self.restore_property(&command.property)?;
            property.rules.get_or_insert_default().caps = Some(command);
        }
        for (property, account) in std::mem::take(&mut sorted.open_holds) {
            let property = self.restore_property(&property)?;
            property.rules.get_or_insert_default().opened(&account);
        }
        Ok(())
    }

    /// Counts the claims again, and holds the stored counters against them.
    fn restore_nights(&mut self, mut sorted: Sorted) -> Result<(), RestoreError> {
        for ((property, room_type), mut claims) in std::mem::take(&mut sorted.claims) {
            // In order each night is added behind those before it.
            claims.nights.sort_unstable();
            self.restore_claims(&property, &room_type, &claims)?;
        }
        for Nights { property, room_type, used } in &sorted.nights {
            let inventory = self.restore_inventory(property, room_type)?;
            let wrong = used.iter().find(|stored| inventory.used(stored.night) != Some(**stored));
            if let Some(&Used { night, .. }) = wrong {
                let (property, room_type) = (property.clone(), room_type.clone());
                return Err(RestoreError::Counters { property, room_type, night });
            }
        }
        self.missing_night(&sorted)
    }

    /// A night that is claimed and has no stored counters is as wrong as one with other counters.
    fn missing_night(&self, sorted: &Sorted) -> Result<(), RestoreError> {
        let nights_count = sorted.nights.iter().map(|nights| nights.used.len()).sum::<usize>();
        let properties = || self.slots.iter().flat_map(|slot| &slot.properties);
        let room_types = properties().flat_map(|(_, property)| &property.room_types);
        if room_types.map(|room_type| room_type.inventory.used_nights().len()).sum::<usize>()
            == nights_count
        {
            return Ok(());
        }
        let keys = |nights: &Nights| {
            let Nights { property, room_type, used } = nights.clone();
            used.into_iter().map(move |used| (property.clone(), room_type.clone(), used.night))
        };
        let stored: BTreeSet<_> = sorted.nights.iter().flat_map(keys).collect();
        for (property, found) in properties() {
            for room_type in &found.room_types {
                for used in room_type.inventory.used_nights() {
                    let key = (property.clone(), room_type.id.clone(), used.night);
                    if !stored.contains(&key) {
                        let (property, room_type, night) = key;
                        return Err(RestoreError::Counters { property, room_type, night });
                    }
                }
            }
        }
        Ok(())
    }

    fn restore_property(&mut self, id: &PropertyId) -> Result<&mut Property, RestoreError> {
        let property = self.slot_mut(Slot::of(id)).properties.get_mut(id);
        property.ok_or_else(|| dangling("property", id))
    }

    fn restore_inventory(
        &mut self,
        property: &PropertyId,
        room_type: &RoomTypeId,
    ) -> Result<&mut Inventory, RestoreError> {
        let found = self.restore_property(property)?;
        let ordinal = found.room_type(room_type).ok_or_else(|| dangling("room type", room_type))?;
        Ok(found.inventory_mut(ordinal))
    }
}

/// What is claimed of a room type, before it is known whether it has rooms of its own.
#[derive(Debug, Default)]
struct Claims {
    lines_count: u32,
    /// Each claim on each night, in no order.
    nights: Vec<(Night, ClaimKind, u16)>,
}

/// Stored counters of nights of one room type that were read one after the other.
#[derive(Debug, Clone)]
struct Nights {
    property: PropertyId,
    room_type: RoomTypeId,
    used: Vec<Used>,
}

/// Rows that need other rows first.
#[derive(Debug, Default)]
struct Sorted {
    room_types: Vec<RoomTypeRow>,
    rate_plans: Vec<RatePlanRow>,
    inventories: Vec<InventoryRow>,
    nights: Vec<Nights>,
    restrictions: Vec<RestrictionsRow>,
    hold_caps: Vec<HoldCapsRow>,
    open_holds: Vec<(PropertyId, AccountId)>,
    external: Vec<(PropertyId, (ChannelId, ExternalReference), BookingId)>,
    oversold: Vec<OversoldRow>,
    links: Vec<LinkRow>,
    policies: Vec<PolicyRow>,
    active_policies: Vec<ActivePolicyRow>,
    limits: Vec<LimitsRow>,
    above: Vec<AboveRow>,
    blocks: Vec<BlockRow>,
    business_dates: Vec<BusinessDateRow>,
    /// The lines of open holds and bookings that name a block.
    picked: Vec<(PropertyId, BlockId, Line)>,
    claims: Index<(PropertyId, RoomTypeId), Claims>,
}

impl Sorted {
    fn claim(
        &mut self,
        (property, block): (&PropertyId, Option<&BlockId>),
        line: &Line,
        kind: ClaimKind,
    ) {
        if let Some(block) = block {
            self.picked.push((property.clone(), block.clone(), line.clone()));
        }
        let claims = self.claims.entry((property.clone(), line.room_type.clone())).or_default();
        claims.lines_count += 1;
        claims.nights.extend(line.stay.nights().map(|night| (night, kind, line.rooms)));
    }

    /// Rows come in the order of their keys, so that the nights of one room type come together.
    fn night(&mut self, row: InventoryNightRow) {
        let InventoryNightRow { property, room_type, night, held, sold, allotted, .. } = row;
        let used = Used { night, held, sold, allotted };
        match self.nights.last_mut() {
            Some(last) if last.room_type == room_type && last.property == property => {
                last.used.push(used);
            }
            _ => self.nights.push(Nights { property, room_type, used: vec![used] }),
        }
    }
}

fn dangling(what: &str, id: &impl std::fmt::Display) -> RestoreError {
    RestoreError::Dangling(format!("{what} {id}"))
}
