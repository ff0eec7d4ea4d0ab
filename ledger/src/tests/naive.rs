//! A second naive ledger, of several room types: after each wish it imagines the world as it would
//! be, lists who claims what on every night, and looks whether any list has grown too
//! long.

use std::collections::BTreeMap;

use events::{
    AmendBooking, BlockId, CancelBooking, ChannelId, Command, CommandId, Decision, Envelope,
    ExternalReference, HoldId, LimitRange, Line, LinkRoomType, LogTime, Night, Oversold, Part,
    Reason, RecordExternalSale, Rejection, RoomTypeId, Stay, Supply,
};

use crate::moves::ClaimKind;
use crate::rows::{AboveNight, AllowedBy};

mod policies;

pub(crate) use policies::OFFSET;

mod blocks;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Phase {
    Held,
    Released,
    Expired,
    Booked,
}

/// A hold and the booking that it became.
#[derive(Debug, Clone)]
struct Claimant {
    id: HoldId,
    phase: Phase,
    /// Each line, and whether it still has its rooms.
    lines: Vec<(Line, bool)>,
    amendments: u32,
    ordinal: u32,
    /// What a channel calls it, and which.
    name: Option<(ChannelId, ExternalReference)>,
    block: Option<BlockId>,
    deadline_ms: u64,
    is_anchored: bool,
}

/// What a list of claims is of.
#[derive(Debug, Clone, Default)]
struct World {
    supply: Vec<(RoomTypeId, Stay, Supply)>,
    links: Vec<(RoomTypeId, Vec<Part>)>,
    /// What was recommended, in the order in which it was.
    limits: Vec<(RoomTypeId, LimitRange, AllowedBy)>,
    claimants: Vec<Claimant>,
    blocks: Vec<blocks::NaiveBlock>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Naive {
    world: World,
    bookings_count: u32,
    withdrawn: Vec<HoldId>,
    answers: Vec<(CommandId, Decision)>,
    policies: policies::Policies,
    above: BTreeMap<HoldId, Vec<AboveNight>>,
    business_date: Option<Night>,
    log_time_ms: u64,
    seen_ms: u64,
}

impl World {
    fn limit(&self, room_type: &RoomTypeId, night: Night) -> u32 {
        let mut set = self.supply.iter().rev();
        let found = set.find(|(of, nights, _)| of == room_type && nights.contains(night));
        let most = |supply: &Supply| {
            let allowance = self.recommended(room_type, night).unwrap_or(supply.allowance);
            Supply { allowance: allowance.min(supply.allowance), ..*supply }.limit()
        };
        found.map_or(0, |(_, _, supply)| most(supply))
    }

    /// Everybody who has rooms.
    fn live(&self) -> impl Iterator<Item = &Claimant> {
        self.claimants.iter().filter(|one| matches!(one.phase, Phase::Held | Phase::Booked))
    }

    fn claimed(&self, room_type: &RoomTypeId, night: Night, kind: ClaimKind) -> u32 {
        let phase = match kind {
            ClaimKind::Held => Phase::Held,
            ClaimKind::Sold => Phase::Booked,
            ClaimKind::Allotted => return self.allotted(room_type, night),
        };
        let claimants = self.claimants.iter().filter(|claimant| claimant.phase == phase);
        let lines = claimants.flat_map(|claimant| &claimant.lines);
        let lines = lines.filter(|(line, has_rooms)| *has_rooms && line.stay.contains(night));
        let taken = lines.flat_map(|(line, _)| self.taken(line));
        taken.filter(|(part, _)| part == room_type).map(|(_, rooms)| rooms).sum()
    }

    fn parts(&self, room_type: &RoomTypeId) -> &[Part] {
        let said = self.links.iter().rev().find(|(of, _)| of == room_type);
        said.map(|(_, parts)| &parts[..]).unwrap_or_default()
    }

    fn taken(&self, line: &Line) -> Vec<(RoomTypeId, u32)> {
        self.taken_of(&line.room_type, u32::from(line.rooms))
    }

    fn taken_of(&self, room_type: &RoomTypeId, rooms: u32) -> Vec<(RoomTypeId, u32)> {
        match self.parts(room_type) {
            [] => vec![(room_type.clone(), rooms)],
            parts => {
                let part = |part: &Part| (part.room_type.clone(), rooms * u32::from(part.rooms));
                parts.iter().map(part).collect()
            }
        }
    }

    /// The nights on which more is wanted than before and than there may be.
    fn too_long_since(&self, before: &World) -> Vec<Night> {
        let places = self.places().into_iter().filter(|(room_type, night)| {
            let now = self.wanted(room_type, *night);
            now > before.wanted(room_type, *night) && now > self.limit(room_type, *night)
        });
        let mut nights: Vec<Night> = places.map(|(_, night)| night).collect();
        nights.sort();
        nights.dedup();
        nights
    }

    fn find(&mut self, id: HoldId) -> Option<&mut Claimant> {
        self.claimants.iter_mut().find(|claimant| claimant.id == id)
    }
}

impl Naive {
    pub(crate) fn supply(&mut self, room_type: RoomTypeId, nights: Stay, supply: Supply) {
        self.world.supply.push((room_type, nights, supply));
    }

    /// Rooms held or sold on a night, by listing.
    pub(crate) fn claimed(&self, room_type: &RoomTypeId, night: Night, kind: ClaimKind) -> u32 {
        self.world.claimed(room_type, night, kind)
    }

    /// By how many rooms more is listed on a night than may be.
    pub(crate) fn over(&self, room_type: &RoomTypeId, night: Night) -> u32 {
        let listed = self.world.wanted(room_type, night);
        listed.saturating_sub(self.world.limit(room_type, night))
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) -> Decision {
        if let Command::Tick(tick) = &envelope.command {
            return self.tick(tick.monotonic_ms);
        }
        if let Some((_, answer)) = self.answers.iter().find(|(id, _)| *id == envelope.id) {
            return answer.clone();
        }
        let answer = self.decide(envelope).unwrap_or_else(Decision::Rejected);
        self.answers.push((envelope.id, answer.clone()));
        answer
    }

    fn decide(&mut self, envelope: &Envelope) -> Result<Decision, Rejection> {
        match &envelope.command {
            Command::LinkRoomType(command) => self.link(command),
            Command::SetInventory(set) if !self.world.parts(&set.room_type).is_empty() => {
                Err(Reason::RoomTypeLinked.into())
            }
            Command::SetInventory(set) => {
                let limit_of = |naive: &Self, night| {
                    let mut sets = naive.world.supply.iter().rev();
                    let found =
                        sets.find(|(of, nights, _)| *of == set.room_type && nights.contains(night));
                    found.map_or(Supply::default(), |(_, _, supply)| *supply)
                };
                let other =
                    set.nights.nights().filter(|night| limit_of(self, *night) != set.supply);
                let nights_changed = other.count() as u32;
                self.supply(set.room_type.clone(), set.nights, set.supply);
                Ok(Decision::InventorySet { nights_changed })
            }
            Command::StagePolicy(command) => self.policies.stage(command),
            Command::PromotePolicy(command) => self.policies.promote(command),
            Command::RollbackPolicy(command) => self.policies.roll_back(command),
            Command::ApplyLimits(command) => self.apply_limits(command),
            Command::PlaceHold(command) => {
                let id = HoldId::of_command(envelope.slot, envelope.id);
                if self.withdrawn.contains(&id) {
                    return Err(Reason::Withdrawn.into());
                }
                self.may_pick_up(command)?;
                let mut next = self.world.clone();
                let deadline_ms = self.log_time_ms + command.ttl_ms;
                next.claimants.push(Claimant {
                    block: command.block.clone(),
                    deadline_ms,
                    ..Claimant::new(id, Phase::Held, &command.lines)
                });
                self.become_unless_short(next, id)?;
                Ok(Decision::Held { hold: id, deadline: LogTime(deadline_ms) })
            }
            Command::ConfirmHold(command) => self.confirm(command.hold),
            Command::ReleaseHold(command) => self.release(command.hold),
            Command::CancelBooking(command) => self.cancel(command),
            Command::AmendBooking(command) => self.amend(command),
            Command::RecordExternalSale(command) => self.external(envelope, command),
            Command::SetBlock(command) => self.set_block(command),
            Command::ReleaseBlock(command) => self.release_block(command),
            Command::AdvanceBusinessDate(command) => self.advance(command),
            other => panic!("the naive ledger does not know {other:?}"),
        }
    }

    /// The imagined world comes true, unless a list would have grown too long.
    fn become_unless_short(&mut self, next: World, id: HoldId) -> Result<(), Rejection> {
        let before = self.come_true(next)?;
        self.list_above(id, &before, false);
        Ok(())
    }

    /// The same, of which nobody has more rooms than before; says what the world was.
    fn come_true(&mut self, next: World) -> Result<World, Rejection> {
        let nights = next.too_long_since(&self.world);
        if !nights.is_empty() {
            return Err(Rejection { reason: Reason::NoRoom, nights: nights.into() });
        }
        let nights = next.over_blocks_since(&self.world);
        if !nights.is_empty() {
            return Err(Rejection { reason: Reason::BlockShort, nights: nights.into() });
        }
        Ok(std::mem::replace(&mut self.world, next))
    }

    fn confirm(&mut self, id: HoldId) -> Result<Decision, Rejection> {
        if self.withdrawn.contains(&id) {
            return Err(Reason::Withdrawn.into());
        }
        let ordinal = self.bookings_count + 1;
        let mut next = self.world.clone();
        let claimant = next.find(id).filter(|claimant| claimant.name.is_none());
        let claimant = claimant.ok_or(Reason::HoldUnknown)?;
        let readmitted = claimant.phase == Phase::Expired;
        match claimant.phase {
            Phase::Held | Phase::Expired => claimant.phase = Phase::Booked,
            Phase::Released => return Err(Reason::HoldReleased.into()),
            Phase::Booked => return Err(Reason::HoldConfirmed.into()),
        }
        claimant.ordinal = ordinal;
        let mut late = next.too_long_since(&self.world);
        late.extend(next.over_blocks_since(&self.world));
        late.sort();
        late.dedup();
        if readmitted && !late.is_empty() {
            return Err(Rejection { reason: Reason::ConfirmTooLate, nights: late.into() });
        }
        let before = std::mem::replace(&mut self.world, next);
        if readmitted {
            self.list_above(id, &before, false);
        }
        self.bookings_count = ordinal;
        Ok(Decision::Confirmed { booking: id.booking(), ordinal, readmitted })
    }

    fn release(&mut self, id: HoldId) -> Result<Decision, Rejection> {
        let claimant = self.world.find(id).filter(|claimant| claimant.name.is_none());
        let Some(claimant) = claimant else {
            self.withdrawn.push(id);
            return Err(Reason::HoldUnknown.into());
        };
        match claimant.phase {
            Phase::Booked => return Err(Reason::HoldConfirmed.into()),
            Phase::Expired => return Err(Reason::HoldExpired.into()),
            Phase::Held | Phase::Released => claimant.phase = Phase::Released,
        }
        self.above.remove(&id);
        Ok(Decision::Released { hold: id })
    }

    fn booking(&mut self, id: HoldId) -> Option<&mut Claimant> {
        self.world.find(id).filter(|claimant| claimant.phase == Phase::Booked)
    }

    fn cancel(&mut self, command: &CancelBooking) -> Result<Decision, Rejection> {
        let id = command.booking.hold();
        let Some(booking) = self.booking(id) else {
            self.withdrawn.push(id);
            return Err(Reason::BookingUnknown.into());
        };
        let named = if command.lines.is_empty() {
            let live = (1..).zip(&booking.lines).filter(|(_, (_, has_rooms))| *has_rooms);
            live.map(|(number, _)| number).collect()
        } else {
            command.lines.to_vec()
        };
        may_change(booking, &named)?;
        for number in &named {
            booking.lines[usize::from(*number) - 1].1 = false;
        }
        let whole = booking.lines.iter().all(|(_, has_rooms)| !has_rooms);
        Ok(Decision::Cancelled { booking: command.booking, lines: named.into(), whole })
    }

    fn link(&mut self, command: &LinkRoomType) -> Result<Decision, Rejection> {
        let id = &command.room_type;
        let before = self.world.parts(id);
        let has_parts =
            |part: &Part| part.room_type == *id || !self.world.parts(&part.room_type).is_empty();
        let is_part = self
            .world
            .links
            .iter()
            .any(|(of, _)| self.world.parts(of).iter().any(|part| part.room_type == *id));
        if command.parts.iter().any(has_parts) || (is_part && !command.parts.is_empty()) {
            return Err(Reason::LinkNested.into());
        }
        if before == &command.parts[..] {
            return Ok(Decision::Defined);
        }
        let any_night = |naive: &Self| {
            let sets = naive.world.supply.iter().filter(|(of, ..)| of == id);
            let mut nights = sets.flat_map(|(_, nights, _)| nights.nights());
            nights.any(|night| naive.world.limit(id, night) > 0)
        };
        if before.is_empty() && any_night(self) {
            return Err(Reason::RoomTypeHasRooms.into());
        }
        let is_of = |one: &Claimant| {
            one.lines.iter().any(|(line, has_rooms)| *has_rooms && line.room_type == *id)
        };
        let is_claimed = self.world.live().any(is_of);
        if is_claimed || self.world.are_open_of(id) {
            return Err(Reason::RoomTypeClaimed.into());
        }
        self.world.links.push((id.clone(), command.parts.to_vec()));
        Ok(Decision::Defined)
    }

    fn external(
        &mut self,
        envelope: &Envelope,
        command: &RecordExternalSale,
    ) -> Result<Decision, Rejection> {
        let id = HoldId::of_command(envelope.slot, envelope.id);
        let name = Some((command.channel.clone(), command.reference.clone()));
        if let Some(same) = self.world.claimants.iter().find(|one| one.name == name) {
            let (booking, ordinal) = (same.id.booking(), same.ordinal);
            let oversold = Vec::new();
            return Ok(Decision::ExternalSaleRecorded { booking, ordinal, oversold, known: true });
        }
        if self.withdrawn.contains(&id) {
            return Err(Reason::Withdrawn.into());
        }
        self.bookings_count += 1;
        let ordinal = self.bookings_count;
        let before = self.world.clone();
        let claimant = Claimant::new(id, Phase::Booked, &command.lines);
        self.world.claimants.push(Claimant { ordinal, name, ..claimant });
        self.list_above(id, &before, true);
        let mut oversold = Vec::new();
        for line in &command.lines {
            for (room_type, _) in self.world.taken(line) {
                oversold.extend(line.stay.nights().filter_map(|night| {
                    let rooms = self.over(&room_type, night);
                    let room_type = room_type.clone();
                    (rooms > 0).then_some(Oversold { room_type, night, rooms })
                }));
            }
        }
        oversold.sort();
        oversold.dedup();
        let booking = id.booking();
        Ok(Decision::ExternalSaleRecorded { booking, ordinal, oversold, known: false })
    }

    fn amend(&mut self, command: &AmendBooking) -> Result<Decision, Rejection> {
        let mut next = self.world.clone();
        let id = command.booking.hold();
        let booking = next.find(id).filter(|claimant| claimant.phase == Phase::Booked);
        let booking = booking.ok_or(Reason::BookingUnknown)?;
        let mut named: Vec<u16> = command.lines.iter().map(|line| line.line).collect();
        may_change(booking, &named)?;
        named.sort_unstable();
        if (1..named.len()).any(|index| named[index - 1] == named[index]) {
            return Err(Reason::NamedTwice.into());
        }
        for asked in &command.lines {
            let (line, _) = &mut booking.lines[usize::from(asked.line) - 1];
            line.stay = asked.stay;
            line.rooms = asked.rooms.unwrap_or(line.rooms);
            line.room_type = asked.room_type.clone().unwrap_or(line.room_type.clone());
        }
        booking.amendments += 1;
        let amendments = booking.amendments;
        self.become_unless_short(next, id)?;
        Ok(Decision::Amended { booking: command.booking, lines: named.into(), amendments })
    }
}

impl Naive {
    fn tick(&mut self, monotonic_ms: u64) -> Decision {
        let step_ms = monotonic_ms.saturating_sub(self.seen_ms);
        let mut expired = Vec::new();
        if step_ms > 0 {
            self.seen_ms = monotonic_ms;
            self.log_time_ms += step_ms;
            for one in self.world.claimants.iter_mut().filter(|one| one.phase == Phase::Held) {
                if !one.is_anchored {
                    one.deadline_ms += step_ms;
                    one.is_anchored = true;
                }
                if one.deadline_ms <= self.log_time_ms {
                    one.phase = Phase::Expired;
                    self.above.remove(&one.id);
                    expired.push((one.deadline_ms, one.id));
                }
            }
        }
        expired.sort();
        let expired = expired.into_iter().map(|(_, id)| id).collect();
        Decision::Ticked { log_time: LogTime(self.log_time_ms), expired }
    }
}

impl Claimant {
    fn new(id: HoldId, phase: Phase, lines: &[Line]) -> Self {
        Self {
            id,
            phase,
            lines: lines.iter().map(|line| (line.clone(), true)).collect(),
            amendments: 0,
            ordinal: 0,
            name: None,
            block: None,
            deadline_ms: 0,
            is_anchored: false,
        }
    }
}

/// Lines that are there and have their rooms.
fn may_change(booking: &Claimant, named: &[u16]) -> Result<(), Rejection> {
    if named.iter().any(|line| *line == 0 || usize::from(*line) > booking.lines.len()) {
        return Err(Reason::LineUnknown.into());
    }
    if booking.lines.iter().all(|(_, has_rooms)| !has_rooms) {
        return Err(Reason::BookingCancelled.into());
    }
    if named.iter().any(|line| !booking.lines[usize::from(*line) - 1].1) {
        return Err(Reason::LineCancelled.into());
    }
    Ok(())
}
