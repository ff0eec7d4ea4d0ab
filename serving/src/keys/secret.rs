//! An API key as its owner sees it: a prefix, 160 random bits, and a checksum against slips.

use std::fmt;

/// What every key begins with, so that people and scanners of leaked secrets know it.
pub const PREFIX: &str = "rn_";

/// Without the letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const RANDOM_BYTES: usize = 20;
const RANDOM_LETTERS: usize = RANDOM_BYTES * 8 / 5;
const CHECK_LETTERS: usize = 6;

/// Why a text is no API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It does not begin as every key does, or has another length.
    #[error(
        "an API key begins with `{PREFIX}` and has {} letters after that",
        RANDOM_LETTERS + CHECK_LETTERS
    )]
    Form,
    /// Its last letters are not those that belong to the others.
    #[error("the API key's checksum does not fit: it was mistyped")]
    Checksum,
}

/// An API key: shown once, and never kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one, from the randomness of the system.
    pub fn draw() -> Result<Self, getrandom::Error> {
        let mut random = [0; RANDOM_BYTES];
        getrandom::fill(&mut random)?;
        Ok(Self::of_random(random))
    }

    pub(crate) fn of_random(random: [u8; RANDOM_BYTES]) -> Self {
        let mut text = PREFIX.to_owned();
        for five in random.chunks(5) {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            text.extend((0..8).rev().map(|place| letter(bits >> (place * 5))));
        }
        text.push_str(&checksum(&text));
        Self(text)
    }

    /// The text to give to whoever is to have it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Whether a text can be a key at all.
pub(super) fn check(text: &str) -> Result<(), SecretError> {
    let is_form = text.starts_with(PREFIX)
        && text.is_ascii()
        && text.len() == PREFIX.len() + RANDOM_LETTERS + CHECK_LETTERS;
    if !is_form {
        return Err(SecretError::Form);
    }
    let (body, check) = text.split_at(text.len() - CHECK_LETTERS);
    if checksum(body) == check { Ok(()) } else { Err(SecretError::Checksum) }
}

fn checksum(text: &str) -> String {
    let hash = blake3::hash(text.as_bytes());
    let bits =
        hash.as_bytes().iter().take(4).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..CHECK_LETTERS).map(|place| letter(bits >> (place * 5))).collect()
}

fn letter(bits: u64) -> char {
    char::from(ALPHABET[(bits & 31) as usize])
}
