//! The rules of one property beside its rooms: what may be sold, and what may be held unpaid.

use std::collections::BTreeMap;

use events::{
    AccountId, BlockId, ChannelId, Line, Night, PlaceHold, Reason, Rejection, SetHoldCaps, Slot,
};

use crate::property::Property;
use crate::restrictions::{Said, Wish, rejection, unpaid_rooms_max, why_not};
use crate::state::State;

/// What a property without any of it does not pay for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Rules {
    /// Each scope that was ever restricted; never removed from, so that an index stays true.
    pub(crate) restrictions: Vec<Said>,
    pub(crate) caps: Option<SetHoldCaps>,
    /// How many holds of each account are open; never 0.
    pub(crate) open_holds: BTreeMap<AccountId, u32>,
}

/// Through whom a hold came, and from which block; a hold without it came directly, on nobody's
/// account and from what is free to all.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) channel: ChannelId,
    pub(crate) account: Option<AccountId>,
    pub(crate) block: Option<BlockId>,
}

impl Origin {
    /// What is worth keeping of where a hold came from.
    pub(crate) fn of(
        channel: ChannelId,
        account: Option<AccountId>,
        block: Option<BlockId>,
    ) -> Option<Box<Self>> {
        let is_plain = channel == ChannelId::DIRECT && account.is_none() && block.is_none();
        (!is_plain).then(|| Box::new(Self { channel, account, block }))
    }
}

impl Rules {
    /// Why a hold may not be placed, whatever rooms are left. One from a block is asked for no more
    /// than the holds of its account.
    pub(crate) fn refuse(&self, command: &PlaceHold) -> Option<Rejection> {
        if self.is_at_its_most(command.account.as_ref()) {
            return Some(Reason::TooManyOpenHolds.into());
        }
        if command.block.is_some() {
            return None;
        }
        self.restricted(&command.lines, &command.channel, command.booked_on)
    }

    /// Why lines may not be sold: the first rule in the way of any of them, on all its nights.
    pub(crate) fn restricted(
        &self,
        lines: &[Line],
        channel: &ChannelId,
        booked_on: Option<Night>,
    ) -> Option<Rejection> {
        let mut found = Vec::new();
        for Line { room_type, rate_plan, stay, .. } in lines {
            let wish = Wish { room_type, rate_plan, channel, stay: *stay, booked_on };
            found.append(&mut why_not(&self.restrictions, &wish));
        }
        rejection(&found)
    }

    fn is_at_its_most(&self, account: Option<&AccountId>) -> bool {
        let most = self.caps.as_ref().and_then(|caps| caps.open_holds_per_account_max);
        let (Some(most), Some(account)) = (most, account) else { return false };
        self.open_holds.get(account).copied().unwrap_or(0) >= u32::from(most)
    }

    /// One more hold of an account is open.
    pub(crate) fn opened(&mut self, account: &AccountId) {
        *self.open_holds.entry(account.clone()).or_default() += 1;
    }

    fn closed(&mut self, account: &AccountId) {
        if let Some(count) = self.open_holds.get_mut(account) {
            *count -= 1;
            if *count == 0 {
                self.open_holds.remove(account);
            }
        }
    }
}

/// Notes that a hold is not open any more.
pub(crate) fn hold_closed(
    state: &mut State,
    (slot, property): (Slot, u32),
    origin: Option<&Origin>,
) {
    let Some(account) = origin.and_then(|origin| origin.account.as_ref()) else { return };
    let property = state.slot_mut(slot).property_at_mut(property);
    if let Some(rules) = property.and_then(|(_, property)| property.rules.as_mut()) {
        rules.closed(account);
    }
}

/// The nights on which, with these lines, more rooms would be held than their share of what is
/// neither sold nor allotted; in order.
pub(crate) fn nights_over_share(property: &Property, lines: &[Line]) -> Vec<Night> {
    let caps = property.rules.as_ref().and_then(|rules| rules.caps.as_ref());
    let Some(percent) = caps.and_then(|caps| caps.unpaid_percent_max) else { return Vec::new() };
    let mut nights: Vec<Night> = lines.iter().flat_map(|line| line.stay.nights()).collect();
    nights.sort_unstable();
    nights.dedup();
    nights.retain(|night| {
        let (mut unsold, mut held) = (0_u64, 0_u64);
        for room_type in &property.room_types {
            let used = room_type.inventory.used(*night);
            let sold = used.map_or(0, |used| u32::from(used.sold) + u32::from(used.allotted));
            unsold += u64::from(room_type.inventory.supply(*night).limit().saturating_sub(sold));
            held += used.map_or(0, |used| u64::from(used.held));
        }
        let same = lines.iter().filter(|line| line.stay.contains(*night));
        let taken = same.filter_map(|line| {
            let room_type = property.room_type(&line.room_type)?;
            Some(property.taken(room_type, line.rooms))
        });
        let wanted: u64 = taken.flatten().map(|(_, rooms)| u64::from(rooms)).sum();
        held + wanted > unpaid_rooms_max(unsold, percent)
    });
    nights
}
