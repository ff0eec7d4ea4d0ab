//! The view equals a slow recomputation after every epoch, however the epochs are cut, and a
//! restart tells the same rows.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use events::{BookingId, ChannelId, Fact, RatePlanId, Stay, Supply};
use models::overbooking::{BookingTraits, Group, HardCap, NightBooks, ShowSegment, limit};
use models::pricing::LEAD_EDGES_DAYS;
use rand::Rng as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};

use super::*;
use crate::views::histories::{Step, World, take};

type Rows = BTreeMap<(Branch, LimitKey), LimitRow>;
type Governing = [Option<Arc<OverbookingPolicy>>; 2];
type Place = (PropertyId, RoomTypeId);

/// Everything that was heard last.
#[derive(Debug, Default)]
struct Books {
    bookings: BTreeMap<BookingId, Booked>,
    supply: BTreeMap<Place, Vec<SupplyRange>>,
    links: BTreeMap<Place, Vec<Part>>,
    plans: BTreeMap<(PropertyId, u16), (Vec<RoomTypeId>, Money)>,
    policies: BTreeMap<PropertyId, Governing>,
}

impl Books {
    fn note(&mut self, event: LimitEvent) {
        match event {
            LimitEvent::Booked(booked) => {
                self.bookings.insert(booked.booking, booked);
            }
            LimitEvent::Supply(property, room_type, ranges) => {
                self.supply.insert((property, room_type), ranges);
            }
            LimitEvent::Link(property, room_type, parts) => {
                self.links.insert((property, room_type), parts);
            }
            LimitEvent::RatePlan(property, ordinal, room_types, price) => {
                self.plans.insert((property, ordinal), (room_types, price));
            }
            LimitEvent::Policies { property, active, candidate } => {
                self.policies.insert(property, [active, candidate]);
            }
        }
    }

    fn events(&self) -> Vec<LimitEvent> {
        let mut events: Vec<_> = self.bookings.values().cloned().map(LimitEvent::Booked).collect();
        let named = |(property, room_type): &Place| (property.clone(), room_type.clone());
        for (place, ranges) in &self.supply {
            let (property, room_type) = named(place);
            events.push(LimitEvent::Supply(property, room_type, ranges.clone()));
        }
        for (place, parts) in &self.links {
            let (property, room_type) = named(place);
            events.push(LimitEvent::Link(property, room_type, parts.clone()));
        }
        for ((property, ordinal), (room_types, price)) in &self.plans {
            let (property, room_types) = (property.clone(), room_types.clone());
            events.push(LimitEvent::RatePlan(property, *ordinal, room_types, *price));
        }
        for (property, policies) in &self.policies {
            let (property, [active, candidate]) = (property.clone(), policies.clone());
            events.push(LimitEvent::Policies { property, active, candidate });
        }
        events
    }

    fn rooms(&self, place: &Place, night: Night) -> u32 {
        let ranges = self.supply.get(place).into_iter().flatten();
        let on = ranges.filter(|range| range.nights.contains(night));
        on.map(|range| u32::from(range.supply.physical.saturating_sub(range.supply.blocked))).sum()
    }

    fn row(
        &self,
        policy: &OverbookingPolicy,
        place: &Place,
        night: Night,
        today: i32,
    ) -> Option<LimitRow> {
        let (property, room_type) = place;
        let bucket = |ahead: i32| {
            LEAD_EDGES_DAYS
                .into_iter()
                .filter(|edge| i32::from(*edge) <= ahead.max(0))
                .max()
                .unwrap()
        };
        let mut groups = Vec::new();
        for booked in self.bookings.values().filter(|booked| booked.property == *property) {
            for line in booked.lines.iter().filter(|line| line.stay.contains(night)) {
                let parts = self.links.get(&(property.clone(), line.room_type.clone()));
                let parts = parts.filter(|parts| !parts.is_empty());
                let each: u16 = match parts {
                    None => u16::from(line.room_type == *room_type),
                    Some(parts) => parts
                        .iter()
                        .filter(|part| part.room_type == *room_type)
                        .map(|part| part.rooms)
                        .sum(),
                };
                if line.cancelled.is_some() || each == 0 {
                    continue;
                }
                let arrival = line.stay.arrival().number();
                let traits = BookingTraits {
                    lead_days: (arrival - booked.made_on().0).max(0) as u16,
                    days_to_arrival: bucket(arrival - today),
                    rate_plan: Some(&line.rate_plan),
                    channel: Some(&booked.channel),
                };
                let show_ppm = match booked.fact {
                    Some(Fact::Arrived) => 1_000_000,
                    Some(_) => 0,
                    None => policy.shows.show_ppm(&traits),
                };
                let rooms_each = line.rooms * each;
                groups.push(Group { bookings_count: 1, rooms_each, show_ppm });
            }
        }
        let ahead = night.number() - today;
        if groups.is_empty() {
            return None;
        }
        let plans = (0..5).filter_map(|ordinal| self.plans.get(&(property.clone(), ordinal)));
        let (_, room_price) = plans.into_iter().find(|(sold, _)| sold.contains(room_type))?;
        let newcomer = BookingTraits {
            lead_days: ahead.max(0) as u16,
            days_to_arrival: bucket(ahead),
            rate_plan: None,
            channel: None,
        };
        let physical_rooms = self.rooms(place, night);
        let books = NightBooks {
            physical_rooms,
            groups: &groups,
            newcomer_show_ppm: policy.shows.show_ppm(&newcomer),
            room_price: *room_price,
            days_to_arrival: ahead.max(0) as u16,
        };
        Some(LimitRow::of(physical_rooms, limit(policy, &books)))
    }

    fn recompute(&self, now: Minute) -> Rows {
        let today = Day::at(now).0;
        let mut rows = Rows::new();
        let lines = self.bookings.values().flat_map(|booked| &booked.lines);
        let mut nights: Vec<Night> = lines.flat_map(|line| line.stay.nights()).collect();
        nights.sort_unstable();
        nights.dedup();
        nights.retain(|night| night.number() >= today - 1);
        for property in ["grand", "inn"].map(|id| PropertyId::new(id).unwrap()) {
            let Some(policies) = self.policies.get(&property) else { continue };
            for room_type in ["double", "twin", "suite"].map(|id| RoomTypeId::new(id).unwrap()) {
                let place = (property.clone(), room_type);
                let branches = [Branch::Active, Branch::Candidate].into_iter().zip(policies);
                let branches = branches.filter_map(|(of, policy)| Some((of, policy.as_ref()?)));
                let cells = branches.flat_map(|of| nights.iter().map(move |night| (of, *night)));
                for ((branch, policy), night) in cells {
                    if let Some(row) = self.row(policy, &place, night, today) {
                        let (property, room_type) = place.clone();
                        rows.insert((branch, LimitKey { property, room_type, night }), row);
                    }
                }
            }
        }
        rows
    }
}

fn property(world: &mut World) -> PropertyId {
    let name = ["grand", "inn"].choose(&mut world.random).unwrap();
    PropertyId::new(name).unwrap()
}

fn policy(world: &mut World) -> OverbookingPolicy {
    let show = |name, permille| ShowSegment::named(name, permille);
    let mut policy = OverbookingPolicy::default().with_version(world.random.random_range(1..5));
    policy.is_enabled = world.random.random_ratio(4, 5);
    policy.horizon_days = [30, 60, 365].choose(&mut world.random).copied().unwrap();
    policy.hard_cap = HardCap { rooms: 4, permille: 500 };
    // Bolder than what is built in, so that something is allowed on small nights.
    policy.confidence_permille = world.random.random_range(500..950);
    policy.refills_count = world.random.random_range(1..3);
    policy.shows.spread_permille = world.random.random_range(0..300);
    policy.shows.default_permille = world.random.random_range(600..1000);
    policy.shows.segments = vec![
        ShowSegment {
            channel: Some(ChannelId::new("ota").unwrap()),
            days_to_arrival_from: Some(7),
            ..show("ota, early", world.random.random_range(300..900))
        },
        ShowSegment {
            rate_plan: Some(RatePlanId::new("firm").unwrap()),
            ..show("firm", world.random.random_range(900..1000))
        },
        // Days to arrival begin with a bucket, those from booking to arrival anywhere.
        ShowSegment {
            lead_days_from: Some(world.random.random_range(1..80)),
            ..show("long before", 700)
        },
    ];
    policy
}

/// Something that happens to a property besides its bookings.
fn happen(world: &mut World) -> LimitEvent {
    let property = property(world);
    let room_type = ["double", "twin", "suite"].choose(&mut world.random).unwrap();
    let room_type = RoomTypeId::new(room_type).unwrap();
    let today = Day::at(Minute(world.minute)).0;
    let night = |days: i32| Night::from_number(today + days).unwrap();
    match world.random.random_range(0..7) {
        0 | 1 => {
            let mut any = |numerator| {
                let policy = Arc::new(policy(world));
                world.random.random_ratio(numerator, 10).then_some(policy)
            };
            let (active, candidate) = (any(9), any(5));
            LimitEvent::Policies { property, active, candidate }
        }
        2 => {
            let part = |room_type: &str, rooms| {
                let room_type = RoomTypeId::new(room_type).unwrap();
                Part { room_type, rooms }
            };
            let parts = match world.random.random_range(0..3) {
                0 => Vec::new(),
                1 => vec![part("double", 2)],
                _ => vec![part("double", 1), part("suite", 1)],
            };
            LimitEvent::Link(property, RoomTypeId::new("twin").unwrap(), parts)
        }
        3 => {
            let currency = "EUR".parse().unwrap();
            let price = Money { amount_minor: world.random.random_range(0..20_000), currency };
            let ordinal = world.random.random_range(0..3);
            let all = ["double", "twin", "suite"].map(|id| RoomTypeId::new(id).unwrap());
            let sold = all[..world.random.random_range(1..=3)].to_vec();
            LimitEvent::RatePlan(property, ordinal, sold, price)
        }
        _ => {
            let mut from = world.random.random_range(-10..5);
            let mut ranges = Vec::new();
            for _ in 0..world.random.random_range(1..4) {
                let to = from + world.random.random_range(1..200);
                let nights = Stay::new(night(from), night(to)).unwrap();
                let (physical, blocked) =
                    (world.random.random_range(0..10), world.random.random_range(0..2));
                let supply = Supply { physical, blocked, allowance: 0 };
                ranges.push(SupplyRange { nights, supply });
                from = to + world.random.random_range(0..3);
            }
            LimitEvent::Supply(property, room_type, ranges)
        }
    }
}

#[test]
fn it_equals_a_slow_recomputation_after_every_epoch() {
    let (mut seen, mut allowed, mut changed_by_days) = (0, 0, 0);
    for seed in 0..20 {
        let mut world = World::new(seed);
        let (mut keeper, mut rows, mut books) = (Limit::default(), Rows::new(), Books::default());
        for _ in 0..70 {
            let count = world.random.random_range(1..5);
            let mut events = Vec::new();
            for step in world.history(count) {
                match step {
                    Step::Heard(booked) => events.push(LimitEvent::Booked(booked)),
                    Step::Closed(now) if world.random.random_ratio(1, 3) => {
                        // Days pass in the midst of it.
                        let _told = take(&mut keeper, now, &mut rows);
                    }
                    Step::Closed(_) => {}
                }
                if let Some(event) = events.pop() {
                    books.note(event.clone());
                    keeper.hear(event);
                }
            }
            for _ in 0..world.random.random_range(0..4) {
                let event = happen(&mut world);
                books.note(event.clone());
                keeper.hear(event);
            }
            let now = Minute(world.minute);
            take(&mut keeper, now, &mut rows);
            assert_eq!(rows, books.recompute(now), "seed {seed}");
            assert_eq!(take(&mut keeper, now, &mut rows), 0, "told again");
            // A day alone changes what it must.
            world.minute += 1440;
            let now = Minute(world.minute);
            changed_by_days += take(&mut keeper, now, &mut rows);
            assert_eq!(rows, books.recompute(now), "seed {seed}");
            seen += rows.len();
            allowed += rows.values().filter(|row| row.allowance > 0).count();
            if world.random.random_ratio(1, 10) {
                let mut events = books.events();
                events.shuffle(&mut world.random);
                let (mut fresh, mut again) = (Limit::default(), Rows::new());
                events.into_iter().for_each(|event| fresh.hear(event));
                take(&mut fresh, now, &mut again);
                assert_eq!(again, rows, "seed {seed}");
            }
        }
    }
    let counts = (seen, allowed, changed_by_days);
    assert!(seen > 3_000 && allowed > 100 && changed_by_days > 300, "{counts:?}");
}

#[test]
fn a_booking_touches_its_own_nights_and_a_day_those_that_cross_an_edge() {
    let mut world = World::new(3);
    let mut keeper = Limit::default();
    let today = Day::at(Minute(world.minute)).0;
    let double = RoomTypeId::new("double").unwrap();
    let grand = PropertyId::new("grand").unwrap();
    let enabled = OverbookingPolicy { is_enabled: true, ..OverbookingPolicy::default() };
    let night = |ahead: i32| Night::from_number(today + ahead).unwrap();
    let supply = Supply { physical: 10, blocked: 0, allowance: 0 };
    let nights = Stay::new(night(-5), night(200)).unwrap();
    let price = Money { amount_minor: 9_000, currency: "EUR".parse().unwrap() };
    let (property, active) = (grand.clone(), Some(Arc::new(enabled)));
    keeper.hear(LimitEvent::Policies { property, active, candidate: None });
    keeper.hear(LimitEvent::RatePlan(grand.clone(), 0, vec![double.clone()], price));
    let ranges = vec![SupplyRange { nights, supply }];
    keeper.hear(LimitEvent::Supply(grand.clone(), double, ranges));
    let mut book = |number: u128, from: i32, to: i32| {
        let mut booked = world.happen();
        let line = crate::views::booked::BookedStay {
            room_type: RoomTypeId::new("double").unwrap(),
            stay: Stay::new(night(from), night(to)).unwrap(),
            cancelled: None,
            ..booked.lines[0].clone()
        };
        booked.lines = smallvec::smallvec![line];
        (booked.booking, booked.property, booked.fact) = (BookingId(number), grand.clone(), None);
        LimitEvent::Booked(booked)
    };
    for number in 0..100 {
        keeper.hear(book(number, 100, 102));
    }
    let start = Minute((i64::from(today) + 10_957) * 1440);
    let mut rows = Rows::new();
    assert_eq!(take(&mut keeper, start, &mut rows), 2);
    keeper.hear(book(100, 50, 51));
    assert_eq!(take(&mut keeper, start, &mut rows), 1);
    // From 100 and 101 days ahead to 89 and 90: both change by their own nights or their guests'.
    for (days, touched) in [(5, 0), (6, 1), (10, 0), (11, 2), (12, 1), (13, 0)] {
        take(&mut keeper, start.plus(1440 * (days - 1)), &mut rows);
        take(&mut keeper, start.plus(1440 * days), &mut rows);
        assert_eq!(keeper.day_passed().unwrap().touched_count, touched, "{days}");
    }
}
