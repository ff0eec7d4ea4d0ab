//! Restrictions, rate plans and caps on holds among random guests.

use super::*;
use events::{Occupancy, Restrictions, Scope, SetHoldCaps, SetRestrictions};

impl Guests {
    /// Something new about what the hotel sells.
    pub(super) fn rule(&mut self, hotel: &str) -> Command {
        match self.random.random_range(0..8) {
            0..5 => self.restrict(hotel),
            5 | 6 => Command::SetHoldCaps(SetHoldCaps {
                property: hotel.parse().unwrap(),
                open_holds_per_account_max: *[None, Some(1), Some(3)]
                    .choose(&mut self.random)
                    .unwrap(),
                unpaid_percent_max: *[None, Some(40), Some(90)].choose(&mut self.random).unwrap(),
            }),
            _ => self.rate_plan(hotel),
        }
    }

    fn restrict(&mut self, hotel: &str) -> Command {
        let from = self.random.random_range(0..9);
        let mut some = |share, most| {
            let is_said = self.random.random_ratio(1, share);
            is_said.then(|| self.random.random_range(0..most))
        };
        let restrictions = Restrictions {
            min_stay_arrival: some(6, 4),
            min_stay_through: some(6, 4),
            max_stay: some(6, 9),
            closed_to_arrival: some(9, 1).is_some(),
            closed_to_departure: some(9, 1).is_some(),
            stop_sell: some(9, 1).is_some(),
            advance_min_days: some(6, 9),
            advance_max_days: some(6, 30),
            stay_pattern: some(9, 1).map(|_| "YYNYYNY".parse().unwrap()),
        };
        let is_over = self.random.random_ratio(1, 2);
        let restrictions = if is_over { Restrictions::default() } else { restrictions };
        let room_type = ROOM_TYPES.choose(&mut self.random).unwrap().parse().unwrap();
        Command::SetRestrictions(SetRestrictions {
            property: hotel.parse().unwrap(),
            scope: Scope {
                room_type: Some(room_type).filter(|_| self.random.random_ratio(1, 2)),
                rate_plan: self.random.random_ratio(1, 3).then(|| "flexible".parse().unwrap()),
                channel: self.random.random_ratio(1, 3).then(|| "ota".parse().unwrap()),
            },
            nights: stay(from..self.random.random_range(from + 1..11)),
            restrictions,
        })
    }

    fn rate_plan(&mut self, hotel: &str) -> Command {
        let channels: &[&str] =
            [&[][..], &[], &["direct", "ota"], &["direct"]].choose(&mut self.random).unwrap();
        let most = self.random.random_ratio(1, 4).then_some(1);
        Command::DefineRatePlan(DefineRatePlan {
            property: hotel.parse().unwrap(),
            rate_plan: "flexible".parse().unwrap(),
            name: "Flexible".to_owned(),
            room_types: ROOM_TYPES.iter().map(|id| id.parse().unwrap()).collect(),
            base_price: Money { amount_minor: 12_000, currency: "EUR".parse().unwrap() },
            occupancy: Occupancy { min_guests: None, max_guests: most },
            channels: channels.iter().map(|id| id.parse().unwrap()).collect(),
        })
    }

    /// A hold from somewhere, on somebody's account, asked for on some day before.
    pub(super) fn placed_from_somewhere(&mut self, hold: PlaceHold) -> Command {
        let account = ["shop", "agency"].choose(&mut self.random).unwrap().parse().unwrap();
        let night = Night::from_number(9_800 - self.random.random_range(0..20)).unwrap();
        Command::PlaceHold(PlaceHold {
            channel: ["direct", "direct", "ota"].choose(&mut self.random).unwrap().parse().unwrap(),
            account: Some(account).filter(|_| self.random.random_ratio(2, 3)),
            booked_on: Some(night).filter(|_| self.random.random_ratio(4, 5)),
            block: self.some_block().filter(|_| self.random.random_ratio(1, 3)),
            ..hold
        })
    }
}

#[test]
fn a_stay_sold_although_its_night_is_closed() {
    let mut history = History::of_one_room();
    history.say(Command::SetRestrictions(SetRestrictions {
        property: "grand".parse().unwrap(),
        scope: Scope::default(),
        nights: stay(1..2),
        restrictions: Restrictions { stop_sell: true, ..Restrictions::default() },
    }));
    let id = history.next_id();
    let refused = history.say_as(id, hold(vec![line("double", 0..2, 1)]));
    assert!(matches!(&refused, Decision::Rejected(no) if no.reason == events::Reason::Closed));
    history.assert_good();
    let mut stored = history.stored();
    let hold = HoldId::of_command(Slot::of(&"grand".parse().unwrap()), id);
    stored.answer(id).decision = Decision::Held { hold, deadline: LogTime(60_000) };
    history.assert_bad(&stored, "answers", history.last());
}
