//! Topics: what kinds of records a log keeps apart, with the numbers that stand on disk.

use std::fmt;

use events::Signal;
use events::wire::{RECORD_BYTES_MAX, SIGNAL_BYTES_MAX};

/// What a record is about. Each topic has the same number of partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// What is asked of the ledger; keyed by property.
    Commands,
    /// What could not be read, with its reason and its bytes; in the partition it came from.
    DeadLetters,
    /// Who looked for what; keyed by property, or else by market.
    Searches,
    /// What other hotels ask; keyed by property.
    CompetitorPrices,
    /// Who tried to book; keyed by card, or else by what else names whoever tried it.
    Attempts,
    /// What draws people to a market; keyed by market.
    MarketEvents,
}

impl Topic {
    /// Every topic, in the order of their numbers.
    pub const ALL: &[Self] = &[
        Self::Commands,
        Self::DeadLetters,
        Self::Searches,
        Self::CompetitorPrices,
        Self::Attempts,
        Self::MarketEvents,
    ];

    /// The topics of signals.
    pub const SIGNALS: &[Self] =
        &[Self::Searches, Self::CompetitorPrices, Self::Attempts, Self::MarketEvents];

    /// The topic that a signal belongs to.
    pub fn of_signal(signal: &Signal) -> Self {
        match signal {
            Signal::Search(_) => Self::Searches,
            Signal::CompetitorPrice(_) => Self::CompetitorPrices,
            Signal::Attempt(_) => Self::Attempts,
            Signal::MarketEvent(_) => Self::MarketEvents,
        }
    }

    /// Its number on disk, which is never reused; the next is 7.
    pub fn number(self) -> u8 {
        match self {
            Self::Commands => 1,
            Self::DeadLetters => 2,
            Self::Searches => 3,
            Self::CompetitorPrices => 4,
            Self::Attempts => 5,
            Self::MarketEvents => 6,
        }
    }

    /// The topic of that number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.number() == number)
    }

    /// The topic of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|topic| topic.name() == name)
    }

    /// Its name, also in Kafka.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::DeadLetters => "dead-letters",
            Self::Searches => "searches",
            Self::CompetitorPrices => "competitor-prices",
            Self::Attempts => "attempts",
            Self::MarketEvents => "market-events",
        }
    }

    /// The longest record it takes, in bytes.
    pub fn record_bytes_max(self) -> usize {
        match self {
            Self::Commands => RECORD_BYTES_MAX,
            Self::Searches | Self::CompetitorPrices | Self::Attempts | Self::MarketEvents => {
                SIGNAL_BYTES_MAX
            }
            // A dead letter holds a whole record, and above it where it stood and what was wrong.
            Self::DeadLetters => RECORD_BYTES_MAX + 4096,
        }
    }

    /// Its place among [`Topic::ALL`].
    pub(crate) fn index(self) -> usize {
        usize::from(self.number()) - 1
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
