//! The generated log of what hotels dare: policies that come, change and go, and room types that
//! are made of others.

use events::{Part, RoomTypeId};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Record;
use super::generated::{PROPERTIES, property, room_type};

/// What a key may say; it is left out as often as it says any one of these.
type Choice = (&'static str, &'static [&'static str]);

/// The keys of a policy on overbooking. Some are bolder than a hotel would be, so that something
/// is allowed on small nights.
const KEYS: &[Choice] = &[
    ("enabled", &["true", "true", "true", "true", "true", "true", "true"]),
    ("confidence_permille", &["500", "500", "700", "900", "999"]),
    ("refills_count", &["1", "1", "3"]),
    ("horizon_days", &["3", "12", "20", "30", "60"]),
    ("walk_cost.price_permille", &["0", "150", "1000", "20000"]),
    ("walk_cost.amounts_minor.EUR", &["0", "4000", "25000"]),
    ("hard_cap.rooms", &["2", "5", "12"]),
    ("hard_cap.permille", &["0", "250", "500", "1000", "1000"]),
    ("shows.default_permille", &["500", "500", "700", "850", "1000"]),
    ("shows.spread_permille", &["0", "0", "0", "150", "1000", "2000"]),
];

/// The keys of a segment. Some days are not those on which a bucket begins.
const SEGMENT_KEYS: &[Choice] = &[
    ("rate_plan", &["\"firm\"", "\"flexible\""]),
    ("channel", &["\"agency\"", "\"direct\""]),
    ("lead_days_from", &["3", "12"]),
    ("lead_days_before", &["17", "365"]),
    ("days_to_arrival_from", &["2", "7"]),
    ("days_to_arrival_before", &["14", "30"]),
];

/// The shares of a segment that show up.
const SHOWS: &[&str] = &["0", "400", "500", "620", "800", "930", "1000"];

/// Keys and what they say, which looks the same in TOML and in JSON.
type Keys = Vec<(&'static str, &'static str)>;

/// A policy on overbooking: only what its document says.
#[derive(Debug, Clone)]
pub struct Overbooking {
    pub version: u64,
    keys: Keys,
    segments: Vec<Keys>,
}

impl Overbooking {
    /// The document.
    pub fn toml(&self) -> String {
        let said = |keys: &Keys| -> Vec<String> {
            keys.iter().map(|(key, value)| format!("{key} = {value}")).collect()
        };
        let mut lines = vec!["schema = 1".to_owned(), "kind = \"overbooking\"".to_owned()];
        lines.extend(said(&self.keys));
        let segment = |(index, keys): (usize, &Keys)| {
            let mut fields = vec![format!("name = \"segment {index}\"")];
            fields.extend(said(keys));
            format!("{{ {} }}", fields.join(", "))
        };
        let segments: Vec<String> = self.segments.iter().enumerate().map(segment).collect();
        lines.push(format!("shows.segments = [{}]", segments.join(", ")));
        lines.join("\n")
    }

    /// The same as JSON, with the version.
    pub fn json(&self) -> String {
        let said = |keys: &Keys| -> Vec<String> {
            let field =
                |(key, value): &(&str, &str)| format!("\"{}\":{value}", key.replace('.', "_"));
            keys.iter().map(field).collect()
        };
        let mut fields = vec![format!("\"version\":{}", self.version)];
        fields.extend(said(&self.keys));
        let segments = self.segments.iter().map(|keys| format!("{{{}}}", said(keys).join(",")));
        let segments: Vec<String> = segments.collect();
        fields.push(format!("\"segments\":[{}]", segments.join(",")));
        format!("{{{}}}", fields.join(","))
    }
}

/// Chooses for each key what it says, if anything; it is left out that many times more often.
fn choose(random: &mut ChaCha8Rng, choices: &[Choice], times: usize) -> Keys {
    let mut keys = Keys::new();
    for (key, values) in choices {
        let index = random.random_range(0..values.len() + times);
        keys.extend(values.get(index).map(|value| (*key, *value)));
    }
    keys
}

fn segment(random: &mut ChaCha8Rng) -> Keys {
    let mut keys = choose(random, SEGMENT_KEYS, 4);
    keys.push(("show_permille", SHOWS[random.random_range(0..SHOWS.len())]));
    keys
}

fn overbooking(random: &mut ChaCha8Rng, version: u64) -> Overbooking {
    let keys = choose(random, KEYS, 1);
    let segments = (0..random.random_range(0..4)).map(|_| segment(random)).collect();
    Overbooking { version, keys, segments }
}

/// Another policy and another candidate; now and then there is none.
fn policies(random: &mut ChaCha8Rng, at: u32, number: u64) -> Record {
    let mut policy = |percent, version| {
        let policy = overbooking(random, version);
        (random.random_range(0..100) < percent).then_some(policy)
    };
    let (active, candidate) = (policy(90, 2 * number + 1), policy(40, 2 * number + 2));
    Record::Overbooking { property: property(at), active, candidate }
}

/// A suite is two doubles, or a double and something that nobody sells, or a room of its own again.
fn link(random: &mut ChaCha8Rng, at: u32) -> Record {
    let part = |room_type: RoomTypeId, rooms| Part { room_type, rooms };
    let annex = RoomTypeId::new("annex").expect("an id");
    let parts = match random.random_range(0..3) {
        0 => vec![part(room_type(0), 2)],
        1 => vec![part(room_type(0), 1), part(annex, 1)],
        _ => Vec::new(),
    };
    Record::Link { property: property(at), room_type: room_type(1), parts }
}

/// A policy under which no night of a real hotel is alike: by how long before they were made and by
/// how far away they are, a third and more of bookings stay away.
pub fn real() -> Overbooking {
    let segments = vec![
        vec![("lead_days_from", "100"), ("days_to_arrival_from", "30"), ("show_permille", "520")],
        vec![("days_to_arrival_before", "3"), ("show_permille", "940")],
        vec![("lead_days_before", "20"), ("show_permille", "810")],
    ];
    let keys = vec![
        ("enabled", "true"),
        ("refills_count", "2"),
        ("shows.default_permille", "640"),
        ("shows.spread_permille", "300"),
    ];
    Overbooking { version: 1, keys, segments }
}

/// All of it, from one time to another. One property never has a policy.
pub fn told(begin: i64, end: i64) -> Vec<(i64, Record)> {
    // Of its own, so that the rest of the log is what it would be without.
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut timed = Vec::new();
    for number in 0..150 {
        let at = random.random_range(0..PROPERTIES - 1);
        let stamp = random.random_range(begin..end);
        let record = match random.random_range(0..5) {
            0 => link(&mut random, at),
            _ => policies(&mut random, at, number),
        };
        timed.push((stamp, record));
    }
    timed
}
