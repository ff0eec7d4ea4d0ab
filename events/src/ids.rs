//! Typed ids: chosen by the caller for what the caller creates, derived from the command otherwise.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::{Slot, text};

/// The longest id that a caller may choose, in bytes.
pub const CHOSEN_ID_BYTES_MAX: usize = 64;

/// Why a text is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Empty, too long, or with a character that would need escaping somewhere.
    #[error("`{0}` is not an id: use 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -")]
    Chosen(String),
    /// Not of the form that roomnight itself hands out.
    #[error(
        "`{0}` is not a {1}: ids of this kind are {2} and 26 characters, as roomnight gave them"
    )]
    Made(String, &'static str, &'static str),
    /// A binary id on the wire of another length than sixteen bytes.
    #[error("a binary id has {0} bytes where 16 are expected")]
    Length(usize),
}

macro_rules! chosen_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(CompactString);

        impl $name {
            /// Takes a caller's text for an id, if it may be one.
            pub fn new(text: &str) -> Result<Self, IdError> {
                if is_chosen_id(text) {
                    return Ok(Self(text.into()));
                }
                Err(IdError::Chosen(text.chars().take(80).collect()))
            }

            /// The id as the caller wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
    };
}

chosen_id!(
    /// One hotel, as its owner calls it.
    PropertyId
);
chosen_id!(
    /// A kind of room within a property.
    RoomTypeId
);
chosen_id!(
    /// Terms of sale within a property.
    RatePlanId
);
chosen_id!(
    /// Rooms set aside for somebody within a property.
    BlockId
);
chosen_id!(
    /// A reference to a guest kept elsewhere; never a name or an address.
    GuestRef
);

chosen_id!(
    /// Through whom a room is sold: the hotel itself, or somebody who sells for it.
    ChannelId
);
chosen_id!(
    /// Whose open holds are counted together.
    AccountId
);
chosen_id!(
    /// What a channel calls a sale that it has made.
    ExternalReference
);
chosen_id!(
    /// A part of the world in which hotels compete.
    MarketId
);
chosen_id!(
    /// Another hotel, as whoever watches its prices calls it.
    RivalId
);
chosen_id!(
    /// A version of a policy, as whoever wrote it calls it.
    PolicyVersion
);
chosen_id!(
    /// Who tells of a signal.
    SourceId
);
chosen_id!(
    /// A search, as its source calls it.
    SearchId
);
chosen_id!(
    /// An attempt to book, as its source calls it.
    AttemptId
);
chosen_id!(
    /// A fair, concert or match, as its source calls it.
    MarketEventId
);
chosen_id!(
    /// What somebody books from, as whoever recognises it calls it.
    DeviceId
);

fn is_chosen_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte);
    (1..=CHOSEN_ID_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain)
}

/// The id of a command: the same id with the same command is answered as the first time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u128);

impl CommandId {
    /// The id that a caller's idempotency key stands for within one tenant.
    pub fn from_key(tenant: &str, key: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(tenant.len() as u64).to_be_bytes()).update(tenant.as_bytes());
        hasher.update(key.as_bytes());
        Self(first_16_bytes(hasher.finalize().as_bytes()))
    }

    /// The id as bytes, most significant first.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cmd_{}", text::encode(self.0))
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for CommandId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse_made(text, "command id", "cmd_").map(Self)
    }
}

/// The first sixteen bytes of a hash as a number.
pub(crate) fn first_16_bytes(hash: &[u8; 32]) -> u128 {
    hash.iter().take(16).fold(0, |value, byte| value << 8 | u128::from(*byte))
}

impl ChannelId {
    /// The hotel itself: what is meant when no channel is named.
    pub const DIRECT: Self = Self(CompactString::const_new("direct"));
}

impl Default for ChannelId {
    fn default() -> Self {
        Self::DIRECT
    }
}

macro_rules! made_id {
    ($(#[$doc:meta])* $name:ident, $noun:literal, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl $name {
            /// Where the thing lives: the first twelve bits name its slot.
            pub fn slot(self) -> Slot {
                Slot::from_low_bits((self.0 >> 116) as u16)
            }

            /// The id as bytes, most significant first.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), text::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_made(text, $noun, $prefix).map(Self)
            }
        }
    };
}

made_id!(
    /// A hold, derived from the command that placed it.
    HoldId, "hold", "hold_"
);
made_id!(
    /// A booking; it has the bits of the hold that it was confirmed from.
    BookingId, "booking", "bk_"
);

impl HoldId {
    /// The hold that a command places: the slot's twelve bits, then the command's.
    pub fn of_command(slot: Slot, command: CommandId) -> Self {
        Self(u128::from(slot.number()) << 116 | command.0 >> 12)
    }

    /// The booking that this hold becomes when it is confirmed.
    pub fn booking(self) -> BookingId {
        BookingId(self.0)
    }
}

impl BookingId {
    /// The hold that this booking was confirmed from.
    pub fn hold(self) -> HoldId {
        HoldId(self.0)
    }
}

fn parse_made(text: &str, noun: &'static str, prefix: &'static str) -> Result<u128, IdError> {
    text.strip_prefix(prefix)
        .and_then(text::decode)
        .ok_or_else(|| IdError::Made(text.chars().take(80).collect(), noun, prefix))
}
