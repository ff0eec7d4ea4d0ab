//! A world that changes at random.

use models::pricing::{Curve, Factor, Weighted};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::*;

/// A world that changes at random.
pub(super) struct World {
    pub(super) random: ChaCha8Rng,
    pub(super) minute: i64,
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let minute = crate::views::histories::START;
        Self { random: ChaCha8Rng::seed_from_u64(seed), minute }
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.random_range(0..of.len())]
    }

    pub(super) fn property(&mut self) -> PropertyId {
        PropertyId::new(self.pick(&names())).unwrap()
    }

    pub(super) fn market(&mut self) -> MarketId {
        MarketId::new(self.pick(&["rome", "oslo"])).unwrap()
    }

    pub(super) fn room_type(&mut self) -> RoomTypeId {
        RoomTypeId::new(self.pick(&["double", "twin"])).unwrap()
    }

    pub(super) fn money(&mut self) -> Money {
        let currency = self.pick(&["EUR", "EUR", "EUR", "JPY"]).parse().unwrap();
        Money { amount_minor: self.random.random_range(3_000..30_000), currency }
    }

    pub(super) fn night(&mut self) -> Night {
        let ahead = match self.random.random_range(0..8) {
            0 => self.random.random_range(-370..-300),
            1 => self.random.random_range(0..400),
            _ => self.random.random_range(-2..40),
        };
        Night::from_number(Day::at(Minute(self.minute)).0 + ahead).unwrap()
    }

    pub(super) fn share(&mut self) -> u32 {
        self.random.random_range(0..1100)
    }

    pub(super) fn rivals(&mut self) -> Competitors {
        let count = self.random.random_range(1..6);
        let sold_out_count = self.random.random_range(0..=count);
        let average = self.money();
        let minimum = Money { amount_minor: average.amount_minor - 500, ..average };
        let (average, minimum) = match sold_out_count == count {
            true => (None, None),
            false => (Some(average), Some(minimum)),
        };
        Competitors { count, sold_out_count, average, minimum }
    }

    pub(super) fn searches(&mut self) -> Searches {
        let searches_7d = self.random.random_range(1..300);
        let look_to_book_ppm = Some(self.random.random_range(0..50_000));
        Searches { searches_7d, look_to_book_ppm }
    }

    /// Another policy than what is built in, where weekends are other days.
    pub(super) fn policy(&mut self) -> Arc<PricingPolicy> {
        let version = self.random.random_range(1..4);
        let mut policy = PricingPolicy::default().with_version(version);
        for weighted in policy.curves.values_mut() {
            weighted.weight_permille = self.random.random_range(200..1500);
        }
        let days = calendar::Weekdays::default().with(self.random.random_range(1..8));
        if version % 2 == 0 {
            let curve = Curve::new(vec![(0, 0), (500, -100)]).unwrap();
            policy.curves.insert(
                Factor::CancellationRate,
                Weighted { curve, weight_permille: self.pick(&[0, 500]) },
            );
        }
        policy.weekend.countries.insert("IT".parse().unwrap(), days);
        Arc::new(policy)
    }

    pub(super) fn gone<T>(&mut self, row: T) -> Option<T> {
        self.random.random_ratio(4, 5).then_some(row)
    }

    pub(super) fn happen(&mut self) -> PriceEvent {
        let (property, night) = (self.property(), self.night());
        match self.random.random_range(0..20) {
            0 => {
                let country = self.pick(&[None, Some("IT".parse().unwrap())]);
                let market = self.market();
                let market = self.gone(market);
                PriceEvent::Property { property, country, market }
            }
            1 => self.plan(property),
            2 => {
                let (active, candidate) = (self.policy(), self.policy());
                let (active, candidate) = (self.gone(active), self.gone(candidate));
                PriceEvent::Policies { property, active, candidate }
            }
            3..6 => {
                let rivals = self.rivals();
                PriceEvent::Rivals(property, night, self.gone(rivals))
            }
            6..8 => {
                let searches = self.searches();
                PriceEvent::Demand(property, night, self.gone(searches))
            }
            8..10 => {
                let searches = self.searches();
                PriceEvent::MarketDemand(self.market(), night, self.gone(searches))
            }
            10 => {
                let events = EventImpacts::default().with(EventKind::Concert, self.share() as u16);
                PriceEvent::MarketEvents(self.market(), night, self.gone(events))
            }
            11..15 => self.pace(property, night),
            _ => self.occupancy(property, night),
        }
    }

    pub(super) fn plan(&mut self, property: PropertyId) -> PriceEvent {
        let all = ["double", "twin"].map(|id| RoomTypeId::new(id).unwrap());
        let room_types = match self.random.random_range(0..3) {
            0 => all.to_vec(),
            one => vec![all[one - 1].clone()],
        };
        let ordinal = self.random.random_range(0..3);
        PriceEvent::RatePlan { property, ordinal, room_types, base_price: self.money() }
    }

    pub(super) fn pace(&mut self, property: PropertyId, night: Night) -> PriceEvent {
        let room_type = self.room_type();
        let room_type = self.gone(room_type);
        let mean_milli = Some(self.random.random_range(1..9_000));
        let row = PaceRow {
            on_the_books: self.random.random_range(0..12),
            year_before: self.pick(&[None, Some(0), Some(3), Some(8)]),
            mean_milli,
            ..PaceRow::default()
        };
        if self.random.random_ratio(1, 4) {
            let of = PaceOf::Lead(self.pick(&LEAD_EDGES_DAYS[..18]));
            let row = PaceRow { mean_milli, ..PaceRow::default() };
            return PriceEvent::Pace(PaceKey { property, room_type, of }, self.gone(row));
        }
        PriceEvent::Pace(PaceKey { property, room_type, of: PaceOf::Night(night) }, self.gone(row))
    }

    pub(super) fn occupancy(&mut self, property: PropertyId, night: Night) -> PriceEvent {
        if self.random.random_ratio(1, 6) {
            let cancelled_permille = self.pick(&[None, Some(0), Some(120), Some(127), Some(900)]);
            let cancellations = self.pick(&[0, 3]);
            let week = Window { cancelled_permille, cancellations, ..Window::default() };
            let row = OccupancyRow::Figures(Figures { week, ..Figures::default() });
            let key = OccupancyKey { of: OccupancyOf::Property(property), night: None };
            return PriceEvent::Occupancy(key, self.gone(row));
        }
        let permille = Some(self.share());
        let permille = self.gone(permille).flatten();
        let row = OccupancyRow::Night(NightOccupancy { rooms: 10, sold: 3, permille });
        let market = OccupancyOf::Market(self.market());
        let of = self.random.random_ratio(1, 2).then_some(market);
        let of = of.unwrap_or(OccupancyOf::Property(property));
        PriceEvent::Occupancy(OccupancyKey { of, night: Some(night) }, self.gone(row))
    }

    pub(super) fn pass(&mut self) -> Minute {
        let days = match self.random.random_range(0..12) {
            0..8 => 0,
            8..11 => self.random.random_range(0..4),
            _ => self.random.random_range(0..60),
        };
        self.minute += days * 1440 + self.random.random_range(0..500);
        Minute(self.minute)
    }
}
