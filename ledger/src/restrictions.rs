//! Restrictions: every rule in the way of a stay, found by one pure function for whoever asks.
//!
//! Every scope that covers a sale is heard and none overrules another, so that the strictest
//! decides: opening a rate plan does not open a room type that is closed. What a scope says of the
//! night of arrival bounds the length of the stay, the arrival itself and how long before it may be
//! booked; a stop and a least length through a night are read on every night of the stay; and
//! whether one may leave is read at the date of departure, which is no night of the stay.
//!
//! `truth_tables/restrictions.md` shows each rule alone and several together.

use events::{
    ChannelId, DefineRatePlan, Night, RatePlanId, Reason, Rejection, Restrictions, RoomTypeId,
    Scope, Stay,
};

use crate::rows::RestrictionRange;

/// The most scopes of one property.
pub const SCOPES_MAX: usize = 1_000;
/// The most ranges of nights of one scope: more than ten years of which no two nights are alike.
pub const RANGES_MAX: usize = 4_000;

/// What one scope says of its nights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// For whom.
    pub scope: Scope,
    /// In order, not overlapping, neighbours that are equal merged, none that restricts nothing.
    pub ranges: Vec<RestrictionRange>,
}

/// A sale that is wished for.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// What kind of room.
    pub room_type: &'a RoomTypeId,
    /// On which terms.
    pub rate_plan: &'a RatePlanId,
    /// Through whom.
    pub channel: &'a ChannelId,
    /// For which nights.
    pub stay: Stay,
    /// The civil date of the wish; without one no window of advance is in its way.
    pub booked_on: Option<Night>,
}

/// A rule in the way of a wish.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InTheWay {
    /// Which rule.
    pub reason: Reason,
    /// Whose.
    pub scope: Scope,
    /// On which nights, in order; for a departure its date.
    pub nights: Vec<Night>,
}

/// Every rule in the way of a wish, in order of precedence and then of scopes.
pub fn why_not<'s>(said: impl IntoIterator<Item = &'s Said>, wish: &Wish<'_>) -> Vec<InTheWay> {
    let mut found = Vec::new();
    for said in said {
        if said.scope.covers(wish.room_type, wish.rate_plan, wish.channel) {
            said.in_the_way(wish, &mut found);
        }
    }
    found.sort_unstable();
    found
}

/// The refusal that so many rules make: the first of them, on all its nights.
pub fn rejection(found: &[InTheWay]) -> Option<Rejection> {
    let reason = found.iter().map(|rule| rule.reason).min()?;
    let same = found.iter().filter(|rule| rule.reason == reason);
    let mut nights: Vec<Night> = same.flat_map(|rule| rule.nights.iter().copied()).collect();
    nights.sort_unstable();
    nights.dedup();
    Some(Rejection { reason, nights: nights.into() })
}

/// Why a rate plan does not sell `rooms` rooms to so many guests through a channel: every reason,
/// in order of precedence.
pub fn plan_refusals(
    plan: &DefineRatePlan,
    channel: &ChannelId,
    guests: u64,
    rooms: u32,
) -> impl Iterator<Item = Reason> + use<> {
    let of_rooms = |each: u16| u64::from(each) * u64::from(rooms);
    let is_elsewhere = !plan.channels.is_empty() && !plan.channels.contains(channel);
    let few = plan.occupancy.min_guests.is_some_and(|each| guests < of_rooms(each));
    let many = plan.occupancy.max_guests.is_some_and(|each| guests > of_rooms(each));
    let refusals =
        [(is_elsewhere, Reason::RatePlanExcludesChannel), (few || many, Reason::RatePlanOccupancy)];
    refusals.into_iter().filter(|(refuses, _)| *refuses).map(|(_, reason)| reason)
}

/// How many rooms of a night may be held and not paid for, where so many are not sold: a share of
/// them, and at least one, or else nobody could ever book.
pub fn unpaid_rooms_max(unsold: u64, percent: u8) -> u64 {
    (unsold * u64::from(percent) / 100).max(1)
}

impl Said {
    /// What is said of a night.
    pub fn on(&self, night: Night) -> Restrictions {
        let index = self.ranges.partition_point(|range| range.nights.departure() <= night);
        let range = self.ranges.get(index).filter(|range| range.nights.contains(night));
        range.map(|range| range.restrictions).unwrap_or_default()
    }

    /// What it would say were each night of the range restricted so, and how many nights would
    /// then be restricted otherwise than now.
    pub(crate) fn with(&self, nights: Stay, restrictions: Restrictions) -> (Self, u32) {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 2);
        for range in &self.ranges {
            let until = range.nights.departure().min(nights.arrival());
            append(&mut ranges, range.nights.arrival(), until, range.restrictions);
        }
        append(&mut ranges, nights.arrival(), nights.departure(), restrictions);
        for range in &self.ranges {
            let from = range.nights.arrival().max(nights.departure());
            append(&mut ranges, from, range.nights.departure(), range.restrictions);
        }
        let covered = |range: &RestrictionRange| overlap(range.nights, nights).map_or(0, count);
        let all: u32 = self.ranges.iter().map(covered).sum();
        let same = self.ranges.iter().filter(|range| range.restrictions == restrictions);
        let mut unchanged: u32 = same.map(covered).sum();
        if restrictions == Restrictions::default() {
            unchanged += count(nights) - all;
        }
        (Self { scope: self.scope.clone(), ranges }, count(nights) - unchanged)
    }

    fn in_the_way(&self, wish: &Wish<'_>, found: &mut Vec<InTheWay>) {
        let mut note = |reason, nights: Vec<Night>| {
            if !nights.is_empty() {
                found.push(InTheWay { reason, scope: self.scope.clone(), nights });
            }
        };
        let (arrival, departure) = (wish.stay.arrival(), wish.stay.departure());
        let said = self.on(arrival);
        for (reason, _) in at_arrival(&said, wish).into_iter().filter(|(_, broken)| *broken) {
            note(reason, vec![arrival]);
        }
        if self.on(departure).closed_to_departure {
            note(Reason::ClosedToDeparture, vec![departure]);
        }
        let nights_count = wish.stay.nights_count();
        note(Reason::Closed, self.nights_where(wish.stay, |said| said.stop_sell));
        let too_short = |said: &Restrictions| {
            said.min_stay_through.is_some_and(|least| nights_count < i32::from(least))
        };
        note(Reason::MinStayThrough, self.nights_where(wish.stay, too_short));
    }

    /// The nights of a stay of which something is said that is so.
    fn nights_where(&self, stay: Stay, is_so: impl Fn(&Restrictions) -> bool) -> Vec<Night> {
        let first = self.ranges.partition_point(|range| range.nights.departure() <= stay.arrival());
        let reached = self.ranges.iter().skip(first);
        let reached = reached.take_while(|range| range.nights.arrival() < stay.departure());
        let so = reached.filter(|range| is_so(&range.restrictions));
        so.filter_map(|range| overlap(range.nights, stay)).flat_map(Stay::nights).collect()
    }
}

/// The rules that are read at the night of arrival, and whether each is broken.
fn at_arrival(said: &Restrictions, wish: &Wish<'_>) -> [(Reason, bool); 6] {
    let nights_count = wish.stay.nights_count();
    let arrival = wish.stay.arrival().number();
    let ahead_days = wish.booked_on.map(|booked_on| arrival - booked_on.number());
    let below =
        |least: Option<u16>, count: i32| least.is_some_and(|least| count < i32::from(least));
    let above = |most: Option<u16>, count: i32| most.is_some_and(|most| count > i32::from(most));
    let pattern = said.stay_pattern.is_some_and(|pattern| !pattern.sells(nights_count));
    [
        (Reason::ClosedToArrival, said.closed_to_arrival),
        (Reason::MinStayArrival, below(said.min_stay_arrival, nights_count)),
        (Reason::MaxStay, above(said.max_stay, nights_count)),
        (Reason::StayPattern, pattern),
        (Reason::TooEarly, ahead_days.is_some_and(|days| above(said.advance_max_days, days))),
        (Reason::TooLate, ahead_days.is_some_and(|days| below(said.advance_min_days, days))),
    ]
}

/// Adds nights behind the others, merged with the last where they meet and are equal; none at all
/// when there are no nights or nothing is said of them.
fn append(ranges: &mut Vec<RestrictionRange>, from: Night, to: Night, restrictions: Restrictions) {
    if restrictions == Restrictions::default() {
        return;
    }
    let Ok(nights) = Stay::new(from, to) else { return };
    if let Some(last) = ranges.last_mut()
        && last.restrictions == restrictions
        && last.nights.departure() == from
        && let Ok(merged) = Stay::new(last.nights.arrival(), to)
    {
        last.nights = merged;
        return;
    }
    ranges.push(RestrictionRange { nights, restrictions });
}

fn overlap(one: Stay, other: Stay) -> Option<Stay> {
    let from = one.arrival().max(other.arrival());
    Stay::new(from, one.departure().min(other.departure())).ok()
}

fn count(nights: Stay) -> u32 {
    nights.nights_count().unsigned_abs()
}
