//! The truth table of restrictions, and a million random stays beside a naive evaluator.

use std::collections::BTreeMap;

use events::{
    ChannelId, Command, Decision, Line, Night, PlaceHold, PropertyId, RatePlanId, Reason,
    Rejection, Restrictions, RoomTypeId, Scope, SetRestrictions, Slot, Stay,
};
use smallvec::smallvec;

use super::support::{
    define_property, define_rate_plan, define_room_type, line, property, rate_plan, room_type,
    send, set_inventory, supply,
};
use crate::restrictions::{InTheWay, Said, Wish, why_not};
use crate::{State, laws};

const ROOM_TYPES: [&str; 2] = ["double", "suite"];
const RATE_PLANS: [&str; 2] = ["flexible", "saver"];
const CHANNELS: [&str; 3] = ["direct", "ota", "gds"];

/// 2027-03-01 is night 1 of the tables.
const FEBRUARY_ENDS: i32 = 9_920;

fn night(number: i32) -> Night {
    Night::from_number(FEBRUARY_ENDS + number).expect("a night")
}

fn number(night: Night) -> i32 {
    night.number() - FEBRUARY_ENDS
}

/// What words such as `max_stay=2` and `stop_sell` say.
pub(crate) fn restrictions_of<'w>(words: impl Iterator<Item = &'w str>) -> Restrictions {
    let mut said = Restrictions::default();
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let count = || Some(value.parse().unwrap_or_else(|_| panic!("`{word}` has no number")));
        match name {
            "min_stay_arrival" => said.min_stay_arrival = count(),
            "min_stay_through" => said.min_stay_through = count(),
            "max_stay" => said.max_stay = count(),
            "advance_min_days" => said.advance_min_days = count(),
            "advance_max_days" => said.advance_max_days = count(),
            "stay_pattern" => said.stay_pattern = Some(value.parse().expect("a pattern")),
            "closed_to_arrival" => said.closed_to_arrival = true,
            "closed_to_departure" => said.closed_to_departure = true,
            "stop_sell" => said.stop_sell = true,
            "open" => {}
            other => panic!("there is no restriction `{other}`"),
        }
    }
    said
}

/// A scope such as `double@saver#ota`, `@saver` or `all`.
pub(crate) fn scope_of(text: &str) -> Scope {
    let (text, channel) = text.split_once('#').map_or((text, None), |(of, id)| (of, Some(id)));
    let (text, plan) = text.split_once('@').map_or((text, None), |(of, id)| (of, Some(id)));
    Scope {
        room_type: Some(text).filter(|text| !["", "all"].contains(text)).map(room_type),
        rate_plan: plan.map(rate_plan),
        channel: channel.map(|id| id.parse().expect("a good id")),
    }
}

fn scope_text(scope: &Scope) -> String {
    let Scope { room_type, rate_plan, channel } = scope;
    let room_type = room_type.as_ref().map_or("", RoomTypeId::as_str);
    let rate_plan = rate_plan.as_ref().map_or(String::new(), |id| format!("@{id}"));
    let of = format!("{room_type}{rate_plan}");
    let of = if of.is_empty() { "all".to_owned() } else { of };
    of + &channel.as_ref().map_or(String::new(), |id| format!("#{id}"))
}

fn nights_of(text: &str) -> Stay {
    let (from, to) = text.split_once("..").expect("from..to");
    let night = |text: &str| night(text.parse().expect("a number"));
    Stay::new(night(from), night(to)).expect("nights")
}

/// A hotel with more rooms than anybody asks for.
fn hotel() -> State {
    let mut state = State::new();
    let all = Stay::new(night(-50), night(150)).expect("nights");
    send(&mut state, "property", define_property("grand", "EUR"));
    for id in ROOM_TYPES {
        send(&mut state, id, define_room_type("grand", id, 4));
        send(&mut state, &format!("{id}-rooms"), set_inventory("grand", id, all, supply(u16::MAX)));
    }
    for id in RATE_PLANS {
        send(&mut state, id, define_rate_plan("grand", id, &ROOM_TYPES, "EUR"));
    }
    state
}

fn set(scope: Scope, nights: Stay, restrictions: Restrictions) -> SetRestrictions {
    SetRestrictions { property: property("grand"), scope, nights, restrictions }
}

/// A stay that is asked for.
pub(crate) struct Asked {
    pub(crate) room_type: RoomTypeId,
    pub(crate) rate_plan: RatePlanId,
    pub(crate) channel: ChannelId,
    pub(crate) stay: Stay,
    pub(crate) booked_on: Option<Night>,
}

impl Asked {
    fn wish(&self) -> Wish<'_> {
        Wish {
            room_type: &self.room_type,
            rate_plan: &self.rate_plan,
            channel: &self.channel,
            stay: self.stay,
            booked_on: self.booked_on,
        }
    }

    fn hold(&self) -> Command {
        let asked = line(self.room_type.as_str(), self.stay, 1);
        let lines = smallvec![Line { rate_plan: self.rate_plan.clone(), ..asked }];
        Command::PlaceHold(PlaceHold {
            channel: self.channel.clone(),
            booked_on: self.booked_on,
            ..PlaceHold::direct(property("grand"), 1_000, lines)
        })
    }
}

fn said(state: &State) -> &[Said] {
    let id: PropertyId = property("grand");
    let rules = state.slot(Slot::of(&id)).properties[&id].rules.as_ref();
    rules.map(|rules| rules.restrictions.as_slice()).unwrap_or_default()
}

fn asked_of(text: &str) -> Asked {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [of, plan, nights, rest @ ..] = words.as_slice() else { panic!("`{text}` asks nothing") };
    let after = |name: &str| {
        let at = rest.iter().position(|word| *word == name)?;
        rest.get(at + 1).copied()
    };
    Asked {
        room_type: room_type(of),
        rate_plan: rate_plan(plan),
        channel: after("via").unwrap_or("direct").parse().expect("a good id"),
        stay: nights_of(nights),
        booked_on: after("booked").map(|day| night(day.parse().expect("a number"))),
    }
}

fn text_of(found: &[InTheWay]) -> String {
    if found.is_empty() {
        return "nothing".to_owned();
    }
    let rule = |rule: &InTheWay| {
        let nights: Vec<String> =
            rule.nights.iter().map(|night| number(*night).to_string()).collect();
        format!("{} ({}) on {}", rule.reason.name(), scope_text(&rule.scope), nights.join(","))
    };
    found.iter().map(rule).collect::<Vec<_>>().join("; ")
}

/// What is in the way of a row's stay; a hold must be refused for the first of it, or be held.
fn answer(row: &str, said_text: &str, asked: &str) -> String {
    let mut state = hotel();
    for (index, text) in said_text.split(';').map(str::trim).enumerate() {
        let mut words = text.split_whitespace();
        let (Some(scope), Some(nights)) = (words.next(), words.next()) else { continue };
        let command = set(scope_of(scope), nights_of(nights), restrictions_of(words));
        let decided = send(&mut state, &format!("r{index}"), Command::SetRestrictions(command));
        assert!(matches!(decided.decision, Decision::RestrictionsSet { .. }), "{row}");
    }
    let asked = asked_of(asked);
    let found = why_not(said(&state), &asked.wish());
    let decided = send(&mut state, "hold", asked.hold()).decision;
    match (found.first(), &decided) {
        (None, Decision::Held { .. }) => {}
        (Some(first), Decision::Rejected(rejection)) => {
            assert_eq!(rejection.reason, first.reason, "{row}");
        }
        (_, other) => panic!("{row}\nis decided as {other:?}"),
    }
    assert_eq!(laws::broken(&state), None, "{row}");
    text_of(&found)
}

#[test]
fn the_truth_table_of_restrictions_is_true() {
    let path = "truth_tables/restrictions.md";
    let table = std::fs::read_to_string(path).expect("the truth table");
    let mut rows_count = 0;
    let mut recorded = String::new();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let ["", said, asked, expected, ""] = cells[..] else {
            recorded.push_str(&format!("{row}\n"));
            continue;
        };
        if said == "said" || said.starts_with("---") {
            recorded.push_str(&format!("{row}\n"));
            continue;
        }
        let found = answer(row, said, asked);
        rows_count += 1;
        recorded.push_str(&format!("| {said} | {asked} | {found} |\n").replace("|  |", "| |"));
        if std::env::var_os("RECORD").is_none() {
            assert_eq!(found, expected, "{row}");
        }
    }
    assert!(rows_count > 60, "only {rows_count} rows were read");
    if std::env::var_os("RECORD").is_some() {
        std::fs::write(path, recorded).expect("a folder to write to");
    }
}

#[test]
fn every_rule_is_in_the_truth_table() {
    let table = include_str!("../../truth_tables/restrictions.md");
    for reason in Reason::ALL.iter().filter(|reason| (25..=33).contains(&reason.number())) {
        assert!(table.contains(&format!("| {} (", reason.name())), "{reason:?} is in no row");
    }
}

/// A generator of its own, so that the ledger's tests need no crate for it (splitmix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.below(of.len() as u64) as usize]
    }

    fn stay(&mut self, last: u64, nights_max: u64) -> Stay {
        let from = self.below(last) as i32;
        Stay::new(night(from), night(from + 1 + self.below(nights_max) as i32)).expect("nights")
    }

    fn set(&mut self) -> SetRestrictions {
        let scope = Scope {
            room_type: (!self.one_in(2)).then(|| room_type(self.pick(&ROOM_TYPES))),
            rate_plan: (!self.one_in(2)).then(|| rate_plan(self.pick(&RATE_PLANS))),
            channel: self.one_in(3).then(|| self.pick(&CHANNELS).parse().expect("a good id")),
        };
        let count = |draw: &mut Self, most| draw.one_in(5).then(|| draw.below(most) as u16);
        let restrictions = Restrictions {
            min_stay_arrival: count(self, 5),
            min_stay_through: count(self, 5),
            max_stay: count(self, 9),
            advance_min_days: count(self, 20),
            advance_max_days: count(self, 60),
            closed_to_arrival: self.one_in(6),
            closed_to_departure: self.one_in(6),
            stop_sell: self.one_in(8),
            stay_pattern: self.one_in(6).then(|| {
                let count = 1 + self.below(8) as u8;
                events::StayPattern::new(self.below(1 << count), count).expect("a pattern")
            }),
        };
        let restrictions = if self.one_in(6) { Restrictions::default() } else { restrictions };
        set(scope, self.stay(40, 20), restrictions)
    }

    fn asked(&mut self) -> Asked {
        Asked {
            room_type: room_type(self.pick(&ROOM_TYPES)),
            rate_plan: rate_plan(self.pick(&RATE_PLANS)),
            channel: self.pick(&CHANNELS).parse().expect("a good id"),
            stay: self.stay(55, 9),
            booked_on: (!self.one_in(8)).then(|| night(self.below(60) as i32 - 40)),
        }
    }
}

/// Restrictions as a hotelier would note them: everything that was said, in order. To know what is
/// in the way of a stay, each rule is looked up on each night in the last note that speaks of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(pub(crate) Vec<SetRestrictions>);

impl Notes {
    pub(crate) fn said(&self, scope: &Scope, night: Night) -> Restrictions {
        let mut notes = self.0.iter().rev();
        let last = notes.find(|note| note.scope == *scope && note.nights.contains(night));
        last.map(|note| note.restrictions).unwrap_or_default()
    }

    pub(crate) fn in_the_way(&self, asked: &Asked) -> Vec<InTheWay> {
        let mut scopes: Vec<&Scope> = self.0.iter().map(|note| &note.scope).collect();
        scopes.sort();
        scopes.dedup();
        let mut found: BTreeMap<(Reason, &Scope), Vec<Night>> = BTreeMap::new();
        for scope in scopes {
            let meant = [
                scope.room_type.as_ref().map(|id| *id == asked.room_type),
                scope.rate_plan.as_ref().map(|id| *id == asked.rate_plan),
                scope.channel.as_ref().map(|id| *id == asked.channel),
            ];
            if meant.contains(&Some(false)) {
                continue;
            }
            let mut note = |reason, night| found.entry((reason, scope)).or_default().push(night);
            let stayed = asked.stay.nights().count();
            for night in asked.stay.nights() {
                let said = self.said(scope, night);
                if said.stop_sell {
                    note(Reason::Closed, night);
                }
                if usize::from(said.min_stay_through.unwrap_or(0)) > stayed {
                    note(Reason::MinStayThrough, night);
                }
            }
            if self.said(scope, asked.stay.departure()).closed_to_departure {
                note(Reason::ClosedToDeparture, asked.stay.departure());
            }
            let arrival = asked.stay.arrival();
            let said = self.said(scope, arrival);
            if said.closed_to_arrival {
                note(Reason::ClosedToArrival, arrival);
            }
            if usize::from(said.min_stay_arrival.unwrap_or(0)) > stayed {
                note(Reason::MinStayArrival, arrival);
            }
            if usize::from(said.max_stay.unwrap_or(u16::MAX)) < stayed {
                note(Reason::MaxStay, arrival);
            }
            if let Some(pattern) = said.stay_pattern
                && pattern.to_string().as_bytes().get(stayed - 1) != Some(&b'Y')
            {
                note(Reason::StayPattern, arrival);
            }
            let Some(booked_on) = asked.booked_on else { continue };
            let is_before = |days: u16| booked_on < arrival.plus(-i32::from(days));
            if said.advance_max_days.is_some_and(is_before) {
                note(Reason::TooEarly, arrival);
            }
            let is_after = |days: u16| booked_on > arrival.plus(-i32::from(days));
            if said.advance_min_days.is_some_and(is_after) {
                note(Reason::TooLate, arrival);
            }
        }
        let rule = |((reason, scope), nights): ((Reason, &Scope), Vec<Night>)| InTheWay {
            reason,
            scope: scope.clone(),
            nights,
        };
        found.into_iter().map(rule).collect()
    }
}

/// What the notes make of a hold: the first rule in the way, on all nights on which a scope has it.
pub(crate) fn refusal(found: &[InTheWay]) -> Option<Rejection> {
    let reason = found.first()?.reason;
    let mut nights = Vec::new();
    for rule in found {
        for night in &rule.nights {
            if rule.reason == reason && !nights.contains(night) {
                nights.push(*night);
            }
        }
    }
    nights.sort();
    Some(Rejection { reason, nights: nights.into() })
}

/// Goal: no stay exists that the ledger judges otherwise than the notes do.
/// Method: a thousand random calendars of up to 24 ranges over every kind of scope, a thousand
/// random stays in each; every rule in the way compared, and the decision about a hold.
#[test]
fn a_million_random_stays_are_judged_as_by_a_naive_evaluator() {
    let (worlds_count, stays_count) = (1_000, 1_000);
    let (mut refused_count, mut rules_count) = (0_u64, 0_usize);
    for seed in 0..worlds_count {
        let mut draw = Draw(seed);
        let (mut state, mut notes) = (hotel(), Notes::default());
        for index in 0..1 + draw.below(24) {
            let command = draw.set();
            let before = notes.0.len();
            notes.0.push(command.clone());
            let changed = command.nights.nights().filter(|night| {
                let earlier = Notes(notes.0[..before].to_vec()).said(&command.scope, *night);
                earlier != command.restrictions
            });
            let expected = Decision::RestrictionsSet { nights_changed: changed.count() as u32 };
            let decided =
                send(&mut state, &format!("set-{index}"), Command::SetRestrictions(command));
            assert_eq!(decided.decision, expected, "world {seed}");
        }
        for index in 0..stays_count {
            let asked = draw.asked();
            let expected = notes.in_the_way(&asked);
            let found = why_not(said(&state), &asked.wish());
            assert_eq!(found, expected, "world {seed}, stay {index} of {:?}", asked.stay);
            let decided = send(&mut state, &format!("hold-{index}"), asked.hold()).decision;
            match refusal(&expected) {
                Some(refusal) => assert_eq!(decided, Decision::Rejected(refusal), "world {seed}"),
                None => assert!(matches!(decided, Decision::Held { .. }), "{decided:?}"),
            }
            refused_count += u64::from(!found.is_empty());
            rules_count += found.len();
        }
    }
    let all = worlds_count * stays_count;
    println!("{all} stays judged alike: {refused_count} refused, {rules_count} rules",);
    assert!(refused_count > all / 4 && refused_count < all * 3 / 4, "{refused_count} of {all}");
}
