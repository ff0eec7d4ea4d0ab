//! Attempts to book: few people with many cards, told late, twice, and again with their outcome.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use events::{Attempt, AttemptId, CardToken, DeviceId, EmailHash, GuestRef, Money, Outcome, Stamp};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Record;
use super::generated::{DAY_MS, MINUTE_MS, observed, property, source};

/// An attempt, and two times in three what became of it within ten minutes; 3 in 100 of those come
/// before the attempt itself.
pub fn attempt(random: &mut ChaCha8Rng, number: u32, stamp: Stamp) -> Vec<(i64, Record)> {
    let currency = if random.random_range(0..6) == 0 { "USD" } else { "EUR" };
    let currency = currency.parse().expect("a currency");
    let person: u32 = random.random_range(0..40);
    let mut one = |of: u32| (random.random_range(0..5) > 0).then(|| random.random_range(0..of));
    let guest = one(30).map(|_| GuestRef::new(&format!("guest-{person}")).expect("an id"));
    let card = one(25).map(|card| CardToken::new(&format!("tok-{card}")).expect("a token"));
    let email = one(40).map(|email| EmailHash::new(&format!("{email:032x}")).expect("a hash"));
    let device = one(20).map(|device| DeviceId::new(&format!("device-{device}")).expect("an id"));
    let address = one(60).map(address);
    let attempt = Box::new(Attempt {
        id: AttemptId::new(&format!("attempt-{number}")).expect("an id"),
        property: property(random.random_range(0..6)),
        guest,
        card,
        email: None,
        address,
        device,
        amount: Money { amount_minor: random.random_range(-500..90_000), currency },
        outcome: Outcome::Started,
    });
    let (from, seen) = (source("till", number % 2), observed(random, stamp));
    let told = |observed, stamp, attempt| Record::Attempt {
        source: from.clone(),
        observed,
        stamp,
        attempt,
    };
    let mut records = vec![(stamp.0, told(seen, stamp, attempt.clone()))];
    // 2 in 100 are told again within the hour, as they were.
    if random.random_range(0..100) < 2 {
        let later = Stamp(stamp.0 + random.random_range(1_000..50 * MINUTE_MS));
        records.push((later.0, told(seen, later, attempt.clone())));
    }
    if random.random_range(0..3) > 0 {
        let mut ended = attempt;
        ended.outcome = if random.random_bool(0.5) { Outcome::Booked } else { Outcome::Declined };
        // Who pays gives an address.
        ended.email = email;
        let seen = Stamp(seen.0 + random.random_range(1_000..10 * MINUTE_MS));
        let ahead = if random.random_range(0..100) < 3 { 5 * MINUTE_MS } else { 0 };
        let later = Stamp(seen.0.max(stamp.0 + 1) - ahead);
        records.push((later.0, told(seen, later, ended)));
    }
    records
}

/// Addresses of four networks of IPv4 and one of IPv6.
fn address(number: u32) -> IpAddr {
    match number % 5 {
        0 => Ipv6Addr::new(0x2001, 0xdb8, 7, number as u16, 0, 0, 0, 1).into(),
        network => Ipv4Addr::new(198, 51, network as u8, number as u8).into(),
    }
}

/// A card that is tried a hundred times within two minutes.
pub fn burst(at: i64) -> impl Iterator<Item = (i64, Record)> {
    (0..100).map(move |number| {
        let stamp = Stamp(at + i64::from(number) * 1_200);
        let attempt = Box::new(Attempt {
            id: AttemptId::new(&format!("burst-{number}")).expect("an id"),
            property: property(number % 7),
            guest: None,
            card: Some(CardToken::new("tok-stolen").expect("a token")),
            email: None,
            address: None,
            device: None,
            amount: Money { amount_minor: 10_000, currency: "EUR".parse().expect("a currency") },
            outcome: Outcome::Declined,
        });
        (stamp.0, Record::Attempt { source: source("till", 9), observed: stamp, stamp, attempt })
    })
}

/// When bursts are, from the origin on.
pub const BURSTS_MS: [i64; 2] = [2 * DAY_MS, 6 * DAY_MS + 5 * MINUTE_MS];
