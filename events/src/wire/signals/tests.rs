//! Round trips, refusals, and golden bytes that may never change.

use bytes::Bytes;
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};

use super::{SIGNAL_BYTES_MAX, decode_observation, encode_observation};
use crate::signal::Place;
use crate::{CompetitorPrice, Money, Night, Observation, Search, Signal, Slot, Stamp, Stay};

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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_bytes_of_a_signal_are_golden() {
    let golden = include_str!("../../../testdata/golden_signals_v1.txt");
    let written: String = [("search", search()), ("competitor_price", competitor_price())]
        .iter()
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
            Signal::CompetitorPrice(_) => panic!("a search"),
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
    (any::<[u64; 2]>(), ids(), any::<[i64; 2]>(), prop_oneof![search, price]).prop_map(
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
