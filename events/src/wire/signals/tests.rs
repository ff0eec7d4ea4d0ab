//! Round trips, refusals, and golden bytes that may never change.

use bytes::Bytes;
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};

use super::{SIGNAL_BYTES_MAX, decode_observation, encode_observation};
use crate::signal::Place;
use crate::{
    Attempt, CompetitorPrice, MarketEvent, MarketEventKind, Money, Night, Observation, Outcome,
    Search, Signal, Slot, Stamp, Stay,
};

fn night(number: i32) -> Night {
    Night::from_number(number).expect("a good night")
}

fn search() -> Observation {
    Observation {
        producer: 7,
        sequence: 9,
        source: "web".parse().expect("an id"),
        observed: Stamp(1_800_000_000_000),
        stamp: Stamp(1_800_000_000_250),
        signal: Signal::Search(Search {
            id: "s-1".parse().expect("an id"),
            place: Place::Property(
                "grand".parse().expect("an id"),
                Some("lisbon".parse().expect("an id")),
            ),
            stay: Stay::new(night(9_921), night(9_924)).expect("a stay"),
            rooms: 1,
            guests: 2,
        }),
    }
}

fn competitor_price() -> Observation {
    let price = Money { amount_minor: 11_900, currency: "EUR".parse().expect("a currency") };
    Observation {
        producer: 0,
        sequence: 0,
        source: "crawler".parse().expect("an id"),
        observed: Stamp(-1),
        stamp: Stamp(1),
        signal: Signal::CompetitorPrice(CompetitorPrice {
            property: "grand".parse().expect("an id"),
            rival: "plaza".parse().expect("an id"),
            night: night(9_921),
            price: Some(price),
        }),
    }
}

fn attempt() -> Observation {
    let amount = Money { amount_minor: 35_700, currency: "EUR".parse().expect("a currency") };
    let signal = Signal::Attempt(Box::new(Attempt {
        id: "a-1".parse().expect("an id"),
        property: "grand".parse().expect("an id"),
        guest: Some("anna".parse().expect("an id")),
        card: Some("tok-1".parse().expect("a token")),
        email: Some("0123456789abcdef0123456789abcdef".parse().expect("a hash")),
        address: Some("2001:db8::7".parse().expect("an address")),
        device: None,
        amount,
        outcome: Outcome::Declined,
    }));
    Observation { signal, ..search() }
}

fn market_event() -> Observation {
    let signal = Signal::MarketEvent(MarketEvent {
        id: "web-summit".parse().expect("an id"),
        market: "lisbon".parse().expect("an id"),
        kind: MarketEventKind::Conference,
        nights: Stay::new(night(9_921), night(9_924)).expect("a stay"),
        impact_permille: 250,
        name: "Web Summit".to_owned(),
    });
    Observation { signal, ..search() }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_of_a_signal_are_golden() {
    let golden = include_str!("../../../testdata/golden_signals_v1.txt");
    let all = [search(), competitor_price(), attempt(), market_event()];
    let written: String = all
        .iter()
        .map(|observation| (observation.signal.name(), observation))
        .map(|(name, observation)| format!("{name} {}\n", hex(&encode_observation(observation))))
        .collect();
    assert_eq!(golden, written, "what stands on logs has other bytes: make a new message instead");
}

#[test]
fn a_search_belongs_to_its_property_and_else_to_its_market() {
    let Signal::Search(mut at_property) = search().signal else { panic!("a search") };
    let property = "grand".parse().expect("an id");
    assert_eq!(Signal::Search(at_property.clone()).slot(), Slot::of(&property));
    at_property.place = Place::Market("grand".parse().expect("an id"));
    let in_market = Signal::Search(at_property);
    assert_eq!(in_market.slot(), Slot::of(&property), "one hash for every text");
}

#[test]
fn what_cannot_be_read_says_why() {
    let read = |bytes: Vec<u8>| {
        decode_observation(&Bytes::from(bytes)).expect_err("it is refused").to_string()
    };
    assert_eq!(
        read(vec![]),
        "schema version 0, where this build reads up to 1: upgrade the \
        reader first"
    );
    assert!(read(vec![0; SIGNAL_BYTES_MAX + 1]).starts_with("1025 bytes, where"));
    let mut later = encode_observation(&search());
    later[1] = 9;
    assert!(read(later).starts_with("schema version 9"));
    assert_eq!(read(vec![8, 1, 34, 1, b'w']), "`kind` is missing");
    let mut nowhere = search();
    nowhere.signal = Signal::Search(Search {
        place: Place::Market("x".parse().expect("an id")),
        ..match search().signal {
            Signal::Search(search) => search,
            _ => panic!("a search"),
        }
    });
    let bytes = encode_observation(&nowhere);
    let at = bytes.windows(3).position(|part| part == [18, 1, b'x']).expect("the market's field");
    let mut bytes = [&bytes[..at], &bytes[at + 3..]].concat();
    // The search is three bytes shorter now, and says so.
    let length = bytes.iter().rposition(|byte| *byte == 58).expect("the field of the search") + 1;
    bytes[length] -= 3;
    assert_eq!(read(bytes), "`market` is missing");
}

/// The bytes of the attempt with another text in one of its fields.
fn with_text(old: &str, new: &str) -> Vec<u8> {
    let bytes = encode_observation(&attempt());
    let field = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let (old, new) = (field(old), field(new));
    let at = bytes.windows(old.len()).position(|part| part == old).expect("the field");
    let mut bytes = [&bytes[..at], &new, &bytes[at + old.len()..]].concat();
    let length = bytes.iter().position(|byte| *byte == 74).expect("the field of the attempt") + 1;
    bytes[length] = bytes[length].wrapping_add(new.len() as u8).wrapping_sub(old.len() as u8);
    bytes
}

#[test]
fn the_number_of_a_card_is_refused_and_not_repeated() {
    let read = |bytes: Vec<u8>| decode_observation(&Bytes::from(bytes)).expect_err("it is refused");
    for number in ["4111111111111111", "4111 1111 1111 1111"] {
        let error = read(with_text("tok-1", number));
        assert!(error.is_card_number());
        let expected = "`card` is the number of a card: send the token that the payment service \
            gave for it";
        assert_eq!(error.to_string(), expected);
    }
    let error = read(with_text("tok-1", "a b"));
    assert!(!error.is_card_number() && error.to_string().starts_with("`card` is not a card token"));
    let hash = "0123456789abcdef0123456789abcdef";
    assert!(read(with_text(hash, "anna@example.org")).to_string().starts_with("`email` is not"));
    assert!(read(with_text("2001:db8::7", "192.0.2.300")).to_string().starts_with("`address` is"));
}

#[test]
fn an_address_of_ipv4_has_one_form() {
    let bytes = Bytes::from(with_text("2001:db8::7", "::ffff:192.0.2.7"));
    let Signal::Attempt(read) = decode_observation(&bytes).expect("it is read").signal else {
        panic!("an attempt")
    };
    assert_eq!(read.address, Some("192.0.2.7".parse().expect("an address")));
}

fn attempts() -> impl Strategy<Value = Signal> {
    let id = || "[A-Za-z._~-]{1,64}".prop_map(|text: String| text);
    let some = || prop::option::of(id());
    let address = prop::option::of(any::<std::net::IpAddr>());
    let outcome = prop::sample::select(Outcome::ALL.to_vec());
    let email = prop::option::of("[0-9a-f]{32,64}");
    let texts = (id(), id(), some(), some(), some());
    (texts, email, address, 0..i64::MAX, outcome).prop_map(
        |((id, property, guest, card, device), email, address, amount_minor, (_, outcome))| {
            Signal::Attempt(Box::new(Attempt {
                id: id.parse().expect("an id"),
                property: property.parse().expect("an id"),
                guest: guest.map(|text| text.parse().expect("an id")),
                card: card.map(|text| text.parse().expect("a token")),
                email: email.map(|text| text.parse().expect("a hash")),
                address: address.map(|address| address.to_canonical()),
                device: device.map(|text| text.parse().expect("an id")),
                amount: Money { amount_minor, currency: "JPY".parse().expect("a currency") },
                outcome,
            }))
        },
    )
}

fn market_events() -> impl Strategy<Value = Signal> {
    let id = || "[A-Za-z0-9._~-]{1,64}".prop_map(|text: String| text);
    let kind = prop::sample::select(MarketEventKind::ALL.to_vec());
    let name = "[^\\p{C}\\s].{0,99}"
        .prop_filter("a name", |name: &String| MarketEvent::check_name(name).is_ok());
    (id(), id(), kind, -3_000..20_000_i32, 1..90_i32, any::<u16>(), name).prop_map(
        |(id, market, (_, kind), from, nights, impact_permille, name)| {
            Signal::MarketEvent(MarketEvent {
                id: id.parse().expect("an id"),
                market: market.parse().expect("an id"),
                kind,
                nights: Stay::new(night(from), night(from + nights)).expect("a stay"),
                impact_permille,
                name,
            })
        },
    )
}

fn observations() -> impl Strategy<Value = Observation> {
    let ids = || "[A-Za-z0-9._~-]{1,64}".prop_map(|text: String| text);
    let search =
        (ids(), prop::option::of(ids()), ids(), -3_000..20_000_i32, 1..90_i32, any::<[u16; 2]>())
            .prop_map(|(id, property, market, from, nights, [rooms, guests])| {
                let market = market.parse().expect("an id");
                let place = match property {
                    Some(property) => {
                        Place::Property(property.parse().expect("an id"), Some(market))
                    }
                    None => Place::Market(market),
                };
                let stay = Stay::new(night(from), night(from + nights)).expect("a stay");
                Signal::Search(Search {
                    id: id.parse().expect("an id"),
                    place,
                    stay,
                    rooms,
                    guests,
                })
            });
    let price = (ids(), ids(), -3_000..20_000_i32, prop::option::of(0..i64::MAX)).prop_map(
        |(property, rival, at, price)| {
            let currency = "JPY".parse().expect("a currency");
            Signal::CompetitorPrice(CompetitorPrice {
                property: property.parse().expect("an id"),
                rival: rival.parse().expect("an id"),
                night: night(at),
                price: price.map(|amount_minor| Money { amount_minor, currency }),
            })
        },
    );
    let signal = prop_oneof![search, price, attempts(), market_events()];
    (any::<[u64; 2]>(), ids(), any::<[i64; 2]>(), signal).prop_map(
        |([producer, sequence], source, [observed, stamp], signal)| Observation {
            producer,
            sequence,
            source: source.parse().expect("an id"),
            observed: Stamp(observed),
            stamp: Stamp(stamp),
            signal,
        },
    )
}

proptest! {
    #[test]
    fn an_observation_comes_back_as_it_was(observation in observations()) {
        let bytes = encode_observation(&observation);
        proptest::prop_assert!(bytes.len() <= SIGNAL_BYTES_MAX);
        proptest::prop_assert_eq!(decode_observation(&Bytes::from(bytes)), Ok(observation));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(observation) = decode_observation(&Bytes::from(bytes)) {
            let written = Bytes::from(encode_observation(&observation));
            proptest::prop_assert_eq!(decode_observation(&written), Ok(observation));
        }
    }
}
