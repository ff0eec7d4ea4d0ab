//! A fair, a concert, a match: what fills the hotels of a market on some nights.

use crate::{MarketEventId, MarketId, Stay};

/// The longest name of such an event, in characters.
pub const NAME_CHARS_MAX: usize = 100;

/// Something that draws people to a market. A later telling of the same event replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketEvent {
    /// Names it within its source.
    pub id: MarketEventId,
    /// Where.
    pub market: MarketId,
    /// What kind of event.
    pub kind: MarketEventKind,
    /// The nights that it fills.
    pub nights: Stay,
    /// How much more is asked for on those nights, in thousandths; 0 withdraws it.
    pub impact_permille: u16,
    /// What people call it.
    pub name: String,
}

impl MarketEvent {
    /// Whether its name is one: not blank, without control characters, not too long.
    pub fn check_name(name: &str) -> Result<(), MarketEventError> {
        let is_text = !name.trim().is_empty() && !name.chars().any(char::is_control);
        if is_text && name.chars().count() <= NAME_CHARS_MAX {
            return Ok(());
        }
        Err(MarketEventError::Name)
    }
}

/// Why something is no event of a market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MarketEventError {
    /// Its name is none.
    #[error(
        "the name of a market event has 1 to {NAME_CHARS_MAX} characters, none of them control"
    )]
    Name,
}

/// What kind of event fills the hotels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarketEventKind {
    /// What a whole city speaks of: a world fair, Olympic games.
    Major,
    /// A fair or a conference.
    Conference,
    /// A concert or a festival.
    Concert,
    /// A match or a race.
    Sports,
}

impl MarketEventKind {
    /// Every kind, with its name in the API.
    pub const ALL: [(&'static str, Self); 4] = [
        ("major", Self::Major),
        ("conference", Self::Conference),
        ("concert", Self::Concert),
        ("sports", Self::Sports),
    ];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Major => "major",
            Self::Conference => "conference",
            Self::Concert => "concert",
            Self::Sports => "sports",
        }
    }
}
