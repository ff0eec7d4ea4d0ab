//! A naive ledger of one property, room type and rate plan: it lists claims where the ledger counts
//! them, and looks at every list from front to back.

use events::{
    AccountId, BodyHash, CancelBooking, Command, CommandId, Decision, Envelope, HoldId, LogTime,
    Night, PlaceHold, Reason, Rejection, SetHoldCaps, Supply,
};

use super::restrictions::{Asked, Notes, refusal};
use crate::rows::HoldState;

#[derive(Debug, Clone)]
struct ModelHold {
    id: HoldId,
    claims: Vec<(Vec<Night>, u32)>,
    state: HoldState,
    deadline: u64,
    anchored: bool,
    account: Option<AccountId>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    log_time: u64,
    mark: Option<u64>,
    pub(crate) supply: Vec<(Night, Supply)>,
    holds: Vec<ModelHold>,
    /// Each booking with the lines that are not cancelled.
    bookings: Vec<(HoldId, Vec<bool>)>,
    withdrawn: Vec<HoldId>,
    notes: Notes,
    caps: Option<SetHoldCaps>,
    answers: Vec<(CommandId, BodyHash, Decision)>,
}

impl Model {
    pub(crate) fn started(supply: Vec<(Night, Supply)>) -> Self {
        Self { supply, mark: Some(0), ..Self::default() }
    }

    pub(crate) fn apply(&mut self, envelope: &Envelope) -> Decision {
        if let Command::Tick(tick) = &envelope.command {
            return self.tick(tick.monotonic_ms);
        }
        if let Some((_, body, answer)) = self.answers.iter().find(|(id, ..)| *id == envelope.id) {
            let same = *body == envelope.body_hash;
            return if same { answer.clone() } else { no(Reason::IdReused) };
        }
        let answer = if self.log_time > envelope.not_after.0 {
            no(Reason::Stale)
        } else {
            self.decide(envelope)
        };
        self.answers.push((envelope.id, envelope.body_hash, answer.clone()));
        answer
    }

    /// Rooms claimed on a night, by listing.
    pub(crate) fn claimed(&self, night: Night) -> u32 {
        let mut rooms = 0;
        for hold in &self.holds {
            for (index, (nights, count)) in hold.claims.iter().enumerate() {
                let live = match hold.state {
                    HoldState::Held => true,
                    HoldState::Confirmed => {
                        self.bookings.iter().any(|(id, live)| *id == hold.id && live[index])
                    }
                    HoldState::Released | HoldState::Expired => false,
                };
                rooms += if live && nights.contains(&night) { *count } else { 0 };
            }
        }
        rooms
    }

    fn limit(&self, night: Night) -> u32 {
        let found = self.supply.iter().rev().find(|(set, _)| *set == night);
        found.map_or(0, |(_, supply)| {
            let all = u32::from(supply.physical) + u32::from(supply.allowance);
            all - u32::from(supply.blocked)
        })
    }

    fn short(&self, claims: &[(Vec<Night>, u32)]) -> Vec<Night> {
        let mut nights: Vec<Night> = claims.iter().flat_map(|(nights, _)| nights.clone()).collect();
        nights.sort();
        nights.dedup();
        nights.retain(|night| {
            let wanted: u32 = claims
                .iter()
                .filter(|(nights, _)| nights.contains(night))
                .map(|(_, rooms)| rooms)
                .sum();
            self.claimed(*night) + wanted > self.limit(*night)
        });
        nights
    }

    fn decide(&mut self, envelope: &Envelope) -> Decision {
        match &envelope.command {
            Command::SetInventory(set) => {
                let mut nights_changed = 0;
                for night in set.nights.nights() {
                    let before = self
                        .supply
                        .iter()
                        .rev()
                        .find(|(set, _)| *set == night)
                        .map(|(_, supply)| *supply);
                    nights_changed += u32::from(before.unwrap_or_default() != set.supply);
                    self.supply.push((night, set.supply));
                }
                Decision::InventorySet { nights_changed }
            }
            Command::PlaceHold(command) => {
                let id = HoldId::of_command(envelope.slot, envelope.id);
                let claims: Vec<_> = command
                    .lines
                    .iter()
                    .map(|line| (line.stay.nights().collect(), u32::from(line.rooms)))
                    .collect();
                if self.withdrawn.contains(&id) {
                    return no(Reason::Withdrawn);
                }
                if let Some(rejection) = self.forbidden(command) {
                    return Decision::Rejected(rejection);
                }
                let short = self.short(&claims);
                if !short.is_empty() {
                    return no_on(Reason::NoRoom, short);
                }
                let over = self.over_share(&claims);
                if !over.is_empty() {
                    return no_on(Reason::UnpaidShareReached, over);
                }
                let deadline = self.log_time + command.ttl_ms;
                self.holds.push(ModelHold {
                    id,
                    claims,
                    state: HoldState::Held,
                    deadline,
                    anchored: false,
                    account: command.account.clone(),
                });
                Decision::Held { hold: id, deadline: LogTime(deadline) }
            }
            Command::SetRestrictions(set) => {
                let changed = set
                    .nights
                    .nights()
                    .filter(|night| self.notes.said(&set.scope, *night) != set.restrictions);
                let nights_changed = changed.count() as u32;
                self.notes.0.push(set.clone());
                Decision::RestrictionsSet { nights_changed }
            }
            Command::SetHoldCaps(set) => {
                self.caps = Some(set.clone());
                Decision::Defined
            }
            Command::ConfirmHold(command) => self.confirm(command.hold),
            Command::ReleaseHold(command) => self.release(command.hold),
            Command::CancelBooking(command) => self.cancel(command),
            Command::RecordFact(command) => {
                let known = self.bookings.iter().any(|(id, _)| id.booking() == command.booking);
                if known { Decision::Recorded } else { no(Reason::BookingUnknown) }
            }
            other => panic!("the model does not know {other:?}"),
        }
    }

    fn forbidden(&self, command: &PlaceHold) -> Option<Rejection> {
        let most = self.caps.as_ref().and_then(|caps| caps.open_holds_per_account_max);
        let same = |hold: &&ModelHold| {
            hold.state == HoldState::Held
                && hold.account.is_some()
                && hold.account == command.account
        };
        let open_count = self.holds.iter().filter(same).count();
        if command.account.is_some() && most.is_some_and(|most| open_count >= usize::from(most)) {
            return Some(Reason::TooManyOpenHolds.into());
        }
        let mut found = Vec::new();
        for line in &command.lines {
            found.extend(self.notes.in_the_way(&Asked {
                room_type: line.room_type.clone(),
                rate_plan: line.rate_plan.clone(),
                channel: command.channel.clone(),
                stay: line.stay,
                booked_on: command.booked_on,
            }));
        }
        found.sort();
        refusal(&found)
    }

    /// The nights on which too much would be held and not paid for.
    fn over_share(&self, claims: &[(Vec<Night>, u32)]) -> Vec<Night> {
        let percent = self.caps.as_ref().and_then(|caps| caps.unpaid_percent_max);
        let Some(percent) = percent else { return Vec::new() };
        let mut nights: Vec<Night> = claims.iter().flat_map(|(nights, _)| nights.clone()).collect();
        nights.sort();
        nights.dedup();
        nights.retain(|night| {
            let on_night = |(nights, rooms): &(Vec<Night>, u32)| {
                if nights.contains(night) { *rooms } else { 0 }
            };
            let open = self.holds.iter().filter(|hold| hold.state == HoldState::Held);
            let held: u32 = open.flat_map(|hold| &hold.claims).map(on_night).sum();
            let sold = self.claimed(*night) - held;
            let unsold = self.limit(*night).saturating_sub(sold);
            let most = (unsold * u32::from(percent) / 100).max(1);
            held + claims.iter().map(on_night).sum::<u32>() > most
        });
        nights
    }

    fn confirm(&mut self, id: HoldId) -> Decision {
        if self.withdrawn.contains(&id) {
            return no(Reason::Withdrawn);
        }
        let Some(index) = self.holds.iter().position(|hold| hold.id == id) else {
            return no(Reason::HoldUnknown);
        };
        let readmitted = match self.holds[index].state {
            HoldState::Held => false,
            HoldState::Expired => true,
            HoldState::Released => return no(Reason::HoldReleased),
            HoldState::Confirmed => return no(Reason::HoldConfirmed),
        };
        let short = if readmitted { self.short(&self.holds[index].claims) } else { Vec::new() };
        if !short.is_empty() {
            return no_on(Reason::ConfirmTooLate, short);
        }
        self.holds[index].state = HoldState::Confirmed;
        self.bookings.push((id, vec![true; self.holds[index].claims.len()]));
        Decision::Confirmed {
            booking: id.booking(),
            ordinal: self.bookings.len() as u32,
            readmitted,
        }
    }

    fn release(&mut self, id: HoldId) -> Decision {
        let Some(hold) = self.holds.iter_mut().find(|hold| hold.id == id) else {
            self.withdrawn.push(id);
            return no(Reason::HoldUnknown);
        };
        match hold.state {
            HoldState::Expired => return no(Reason::HoldExpired),
            HoldState::Confirmed => return no(Reason::HoldConfirmed),
            HoldState::Held | HoldState::Released => hold.state = HoldState::Released,
        }
        Decision::Released { hold: id }
    }

    fn cancel(&mut self, command: &CancelBooking) -> Decision {
        let id = command.booking.hold();
        let Some((_, live)) = self.bookings.iter_mut().find(|(booked, _)| *booked == id) else {
            self.withdrawn.push(id);
            return no(Reason::BookingUnknown);
        };
        if command.lines.iter().any(|line| *line == 0 || usize::from(*line) > live.len()) {
            return no(Reason::LineUnknown);
        }
        if live.iter().all(|live| !live) {
            return no(Reason::BookingCancelled);
        }
        if command.lines.iter().any(|line| !live[usize::from(*line) - 1]) {
            return no(Reason::LineCancelled);
        }
        let mut lines = Vec::new();
        for (index, live) in live.iter_mut().enumerate() {
            let number = index as u16 + 1;
            if *live && (command.lines.is_empty() || command.lines.contains(&number)) {
                *live = false;
                lines.push(number);
            }
        }
        Decision::Cancelled {
            booking: command.booking,
            lines: lines.into(),
            whole: live.iter().all(|live| !live),
        }
    }

    fn tick(&mut self, monotonic_ms: u64) -> Decision {
        if self.mark.is_some_and(|mark| monotonic_ms <= mark) {
            return Decision::Ticked { log_time: LogTime(self.log_time), expired: Vec::new() };
        }
        let step = self.mark.map_or(0, |mark| monotonic_ms.saturating_sub(mark).min(10_000));
        self.mark = Some(self.mark.unwrap_or(0).max(monotonic_ms));
        self.log_time += step;
        let mut expired = Vec::new();
        for hold in self.holds.iter_mut().filter(|hold| hold.state == HoldState::Held) {
            if !hold.anchored {
                hold.deadline += step;
                hold.anchored = true;
            }
            if hold.deadline <= self.log_time {
                hold.state = HoldState::Expired;
                expired.push((hold.deadline, hold.id));
            }
        }
        expired.sort();
        Decision::Ticked {
            log_time: LogTime(self.log_time),
            expired: expired.into_iter().map(|(_, id)| id).collect(),
        }
    }
}

fn no(reason: Reason) -> Decision {
    Decision::Rejected(reason.into())
}

fn no_on(reason: Reason, nights: Vec<Night>) -> Decision {
    Decision::Rejected(Rejection { reason, nights: nights.into() })
}
