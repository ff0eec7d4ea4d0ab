//! A generator of values of its own, the same for ever for the same seed.

use std::ops::RangeInclusive;

use events::{
    BookingId, ChannelId, Currency, HoldId, Line, LogTime, Night, PropertyId, RatePlanId, Reason,
    Rejection, RoomTypeId, Slot, Stamp, Stay, StayPattern, Supply,
};

/// Draws values from a seed. It is its own generator (splitmix64), because the pinned hashes of
/// the formats must not change with the version of a crate.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Any number, small ones and the ends more often than chance would have it.
    pub(crate) fn edgy(&mut self) -> u64 {
        match self.u64() % 4 {
            0 => self.u64() % 4,
            1 => u64::MAX - self.u64() % 4,
            _ => self.u64() >> (self.u64() % 64),
        }
    }

    pub(crate) fn u128(&mut self) -> u128 {
        u128::from(self.edgy()) << 64 | u128::from(self.edgy())
    }

    pub(crate) fn within(&mut self, range: RangeInclusive<i64>) -> i64 {
        let width = range.end() - range.start() + 1;
        range.start() + (self.u64() % width.cast_unsigned()).cast_signed()
    }

    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.u64() as usize % values.len()]
    }

    /// An id of few different characters, so that ids that begin alike are met often.
    pub(crate) fn id(&mut self) -> String {
        let length = if self.u64().is_multiple_of(8) { 64 } else { self.within(1..=5) };
        (0..length).map(|_| char::from(self.pick(b"aaab-.~Z0"))).collect()
    }

    pub(crate) fn name(&mut self) -> String {
        self.pick(&["", "Grand", "Hôtel de l'Étoile", "旅館", "a\0b"]).to_owned()
    }

    pub(crate) fn property(&mut self) -> PropertyId {
        PropertyId::new(&self.id()).expect("an id")
    }

    pub(crate) fn room_type(&mut self) -> RoomTypeId {
        RoomTypeId::new(&self.id()).expect("an id")
    }

    pub(crate) fn rate_plan(&mut self) -> RatePlanId {
        RatePlanId::new(&self.id()).expect("an id")
    }

    pub(crate) fn channel(&mut self) -> ChannelId {
        if self.u64().is_multiple_of(2) {
            return ChannelId::DIRECT;
        }
        ChannelId::new(&self.id()).expect("an id")
    }

    pub(crate) fn optional<T>(&mut self, one: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.u64().is_multiple_of(2).then(|| one(self))
    }

    pub(crate) fn restrictions(&mut self) -> events::Restrictions {
        let number = |draw: &mut Self| draw.edgy() as u16;
        let pattern = |draw: &mut Self| {
            let count = draw.within(1..=64) as u8;
            StayPattern::new(draw.u64() >> (64 - u32::from(count)), count).expect("a pattern")
        };
        events::Restrictions {
            min_stay_arrival: self.optional(number),
            min_stay_through: self.optional(number),
            max_stay: self.optional(number),
            closed_to_arrival: self.u64().is_multiple_of(2),
            closed_to_departure: self.u64().is_multiple_of(2),
            stop_sell: self.u64().is_multiple_of(2),
            advance_min_days: self.optional(number),
            advance_max_days: self.optional(number),
            stay_pattern: self.optional(pattern),
        }
    }

    pub(crate) fn currency(&mut self) -> Currency {
        self.pick(&["EUR", "JPY", "KWD", "USD"]).parse().expect("a currency")
    }

    pub(crate) fn slot(&mut self) -> Slot {
        Slot::from_low_bits(self.edgy() as u16)
    }

    pub(crate) fn stamp(&mut self) -> Stamp {
        Stamp(self.edgy().cast_signed())
    }

    pub(crate) fn log_time(&mut self) -> LogTime {
        LogTime(self.edgy())
    }

    pub(crate) fn night(&mut self) -> Night {
        // 1900-01-01 to 2200-12-31, as numbers: what is pinned must not follow what may be named.
        let (first, last) = (-36_524, 73_413);
        let number = match self.u64() % 3 {
            0 => self.within(first..=last),
            1 => self.pick(&[first, last, 0, -1, 255, 256, -256]),
            _ => self.within(-3..=300),
        };
        Night::from_number(number as i32).expect("a night")
    }

    pub(crate) fn stay(&mut self) -> Stay {
        let arrival = self.night().plus(-30);
        Stay::new(arrival, arrival.plus(self.within(1..=30) as i32)).expect("a stay")
    }

    pub(crate) fn supply(&mut self) -> Supply {
        let mut number = || self.edgy() as u16;
        Supply { physical: number(), blocked: number(), allowance: number() }
    }

    pub(crate) fn line(&mut self) -> Line {
        Line {
            room_type: self.room_type(),
            rate_plan: self.rate_plan(),
            stay: self.stay(),
            rooms: (self.edgy() as u16).max(1),
            adults: self.edgy() as u16,
            children: (0..self.within(0..=3)).map(|_| self.u64() as u8).collect(),
        }
    }

    pub(crate) fn several<C: FromIterator<T>, T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> T,
    ) -> C {
        let count = self.within(0..=3);
        (0..count).map(|_| one(self)).collect()
    }

    pub(crate) fn decision(&mut self) -> events::Decision {
        match self.u64() % 8 {
            0 => events::Decision::Defined,
            1 => events::Decision::InventorySet { nights_changed: self.edgy() as u32 },
            2 => events::Decision::Held { hold: HoldId(self.u128()), deadline: self.log_time() },
            3 => events::Decision::Confirmed {
                booking: BookingId(self.u128()),
                ordinal: self.edgy() as u32,
                readmitted: self.u64().is_multiple_of(2),
            },
            4 => events::Decision::Released { hold: HoldId(self.u128()) },
            5 => events::Decision::Cancelled {
                booking: BookingId(self.u128()),
                lines: self.several(|draw| draw.edgy() as u16),
                whole: self.u64().is_multiple_of(2),
            },
            6 => events::Decision::Recorded,
            _ => events::Decision::Rejected(Rejection {
                reason: Reason::from_number(self.within(1..=24) as u32).expect("a reason"),
                nights: self.several::<Vec<_>, _>(Self::night).into(),
            }),
        }
    }
}
