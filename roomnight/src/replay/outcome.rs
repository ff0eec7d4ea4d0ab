//! What became of a replay, for people and for machines.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use datasets::catalogue::DAY_USE;
use events::PropertyId;
use ledger::Digest;
use storage::Store;

use super::Supplied;
use crate::tally::Counts;

/// What became of a replay.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The name of the history.
    pub dataset: String,
    /// How many rooms there were to sell.
    pub capacity: &'static str,
    /// How many events were sent.
    pub events_count: u64,
    /// What was decided.
    pub counts: Counts,
    /// The digest of all decisions, for each partition.
    pub digests: Vec<(u16, Digest)>,
    /// Room nights sold in each hotel, from the view `availability`.
    pub room_nights: BTreeMap<PropertyId, u64>,
    /// From the first command to the last decision.
    pub elapsed: Duration,
    /// From the first command until the state on disk reflected the last one.
    pub elapsed_stored: Duration,
}

impl Outcome {
    /// The digest as text; that of partition 0 alone where there is only one.
    pub fn digest(&self) -> String {
        let digests: Vec<String> =
            self.digests.iter().map(|(_, digest)| digest.to_string()).collect();
        digests.join(".")
    }

    /// Events per second, up to the last decision.
    pub fn events_per_second(&self) -> f64 {
        self.events_count as f64 / self.elapsed.as_secs_f64()
    }

    /// One JSON object.
    pub fn json(&self) -> String {
        let object = |counts: Vec<(String, u64)>| {
            let pairs = counts.iter().map(|(name, count)| format!("\"{name}\": {count}"));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        };
        let named = |counts: &BTreeMap<&'static str, u64>| {
            object(counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect())
        };
        let nights = self.room_nights.iter().map(|(hotel, nights)| (hotel.to_string(), *nights));
        format!(
            "{{\"dataset\": \"{}\", \"capacity\": \"{}\", \"events\": {}, \"commands\": {}, \
             \"decisions\": {}, \"rejections\": {}, \"room_nights_sold\": {}, \
             \"digest\": \"{}\", \"seconds\": {:?}, \"seconds_stored\": {:?}, \
             \"events_per_second\": {:?}}}",
            self.dataset,
            self.capacity,
            self.events_count,
            self.counts.total,
            named(&self.counts.decisions),
            named(&self.counts.rejections),
            object(nights.collect()),
            self.digest(),
            self.elapsed.as_secs_f64(),
            self.elapsed_stored.as_secs_f64(),
            self.events_per_second(),
        )
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { decisions, rejections, total } = &self.counts;
        writeln!(f, "history     {} at capacity {}", self.dataset, self.capacity)?;
        writeln!(f, "events      {} as {total} commands", self.events_count)?;
        for (name, count) in decisions.iter().filter(|(name, _)| **name != "rejected") {
            writeln!(f, "  {name:<20} {count:>9}")?;
        }
        writeln!(f, "refused     {}", decisions.get("rejected").copied().unwrap_or(0))?;
        for (name, count) in rejections {
            writeln!(f, "  {name:<20} {count:>9}")?;
        }
        writeln!(f, "room nights sold")?;
        for (hotel, nights) in &self.room_nights {
            writeln!(f, "  {hotel:<20} {nights:>9}")?;
        }
        writeln!(f, "digest      {}", self.digest())?;
        write!(
            f,
            "time        {:.2} s to the last decision, {:.2} s until stored: {:.0} events/s",
            self.elapsed.as_secs_f64(),
            self.elapsed_stored.as_secs_f64(),
            self.events_per_second(),
        )
    }
}

/// Room nights sold in each hotel, from the view; rooms used by day are no nights.
pub(super) fn room_nights(
    store: &Store,
    supplied: &Supplied,
) -> Result<BTreeMap<PropertyId, u64>, storage::Error> {
    let snapshot = store.snapshot()?;
    let mut sold = BTreeMap::new();
    for ((property, room_type), stays) in supplied {
        let nights = sold.entry(property.clone()).or_insert(0);
        if room_type.as_str() == DAY_USE {
            continue;
        }
        for stay in stays {
            let rows = snapshot.availability(property, room_type, *stay)?;
            *nights +=
                rows.iter().map(|(_, row)| u64::try_from(row.sold).unwrap_or(0)).sum::<u64>();
        }
    }
    Ok(sold)
}
