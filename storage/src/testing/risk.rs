//! Seeded rows of who tries how often.

use dataflows::views::velocity::{AttemptRow, IdentityKind, VelocityKey, VelocityRow};
use events::{GuestRef, Money, Outcome};

use super::{Draw, Sample};
use crate::tables::{Attempt, Velocity};

impl Sample for Velocity {
    fn sample(draw: &mut Draw) -> (VelocityKey, VelocityRow) {
        let kind = draw.pick(&IdentityKind::ALL);
        (VelocityKey { kind, hash: draw.u128() }, row(draw))
    }
}

impl Sample for Attempt {
    fn sample(draw: &mut Draw) -> Box<AttemptRow> {
        let address = |draw: &mut Draw| match draw.u64() % 2 {
            0 => std::net::IpAddr::from((draw.u64() as u32).to_be_bytes()),
            _ => std::net::IpAddr::from(draw.u128().to_be_bytes()).to_canonical(),
        };
        let email = |draw: &mut Draw| format!("{:032x}", draw.u128()).parse().expect("a hash");
        let attempt = events::Attempt {
            id: draw.id().parse().expect("an id"),
            property: draw.property(),
            guest: draw.optional(|draw| GuestRef::new(&draw.id()).expect("an id")),
            card: draw.optional(|draw| format!("x{:x}", draw.u64()).parse().expect("a token")),
            email: draw.optional(email),
            address: draw.optional(address),
            device: draw.optional(|draw| draw.id().parse().expect("an id")),
            amount: Money {
                amount_minor: draw.edgy().cast_signed() & i64::MAX,
                currency: draw.currency(),
            },
            outcome: draw.pick(&[Outcome::Started, Outcome::Declined, Outcome::Booked]),
        };
        Box::new(AttemptRow {
            source: draw.id().parse().expect("an id"),
            observed: draw.stamp(),
            stamp: draw.stamp(),
            attempt,
            features: [(); 6].map(|()| draw.optional(row)),
        })
    }
}

fn row(draw: &mut Draw) -> VelocityRow {
    let mut count = || draw.edgy() as u32;
    let row = VelocityRow {
        attempts_1h: count(),
        attempts_24h: count(),
        bookings_1h: count(),
        bookings_24h: count(),
        declines_1h: count(),
        properties_24h: count(),
        cards_24h: count(),
        amounts_24h: Default::default(),
    };
    let amounts_24h = draw.several(|draw| (draw.currency(), draw.u128().cast_signed()));
    VelocityRow { amounts_24h, ..row }
}
