//! Confirmation numbers: short, unguessable in sequence, never the same for two bookings.
//!
//! A booking is numbered by its slot (12 bits) and its ordinal in that slot (28 bits).
//! Those 40 bits are permuted under a secret key and written as eight characters of Crockford's
//! base32, such as `K7QX-2MPA`: a guest can read them out on the telephone, nobody can tell from
//! two of them how many bookings lie between, and because a permutation has an inverse no two
//! bookings share one. Nothing is stored: the number is computed wherever it is shown.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use events::Slot;

/// The bookings that one slot can number; the next would repeat the first.
pub const ORDINALS_PER_SLOT: u32 = 1 << 28;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HALF_BITS: u32 = 20;
const HALF_MASK: u64 = (1 << HALF_BITS) - 1;
const ROUNDS: u8 = 8;
const KEY_BYTES: usize = 32;

/// Why the key of the confirmation numbers is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key of the confirmation numbers, {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file has another length.
    #[error(
        "{} has {length} bytes where {KEY_BYTES} are expected: restore it from a backup; without \
         it every booking would show another confirmation number than its guest was told",
        path.display()
    )]
    Length {
        /// Which file.
        path: PathBuf,
        /// How many bytes it has.
        length: usize,
    },
    /// The system has no randomness to give.
    #[error("no randomness to be had from the system: {0}")]
    Randomness(getrandom::Error),
}

/// The key under which slots and ordinals are permuted. It never changes for a data directory.
#[derive(Clone)]
pub struct ConfirmationKey([u8; KEY_BYTES]);

impl ConfirmationKey {
    /// The key of those bytes.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The key in that file; a fresh one is drawn and kept there when there is no such file.
    pub fn read_or_create(path: &Path) -> Result<Self, KeyError> {
        let in_file = |source| KeyError::File { path: path.to_owned(), source };
        match fs::read(path) {
            Ok(bytes) => <[u8; KEY_BYTES]>::try_from(bytes.as_slice())
                .map(Self)
                .map_err(|_| KeyError::Length { path: path.to_owned(), length: bytes.len() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut bytes = [0; KEY_BYTES];
                getrandom::fill(&mut bytes).map_err(KeyError::Randomness)?;
                write_new(path, &bytes).map_err(in_file)?;
                Ok(Self(bytes))
            }
            Err(error) => Err(in_file(error)),
        }
    }

    /// The confirmation number of the booking with that ordinal in that slot.
    pub fn number(&self, slot: Slot, ordinal: u32) -> String {
        let plain = u64::from(slot.number()) << 28 | u64::from(ordinal % ORDINALS_PER_SLOT);
        write(self.permute(plain))
    }

    /// The slot and ordinal behind a confirmation number, however its letters and dash are
    /// written; `None` for what is not one.
    pub fn read(&self, number: &str) -> Option<(Slot, u32)> {
        let plain = self.permute_back(read(number)?);
        Some((Slot::new((plain >> 28) as u32)?, plain as u32 % ORDINALS_PER_SLOT))
    }

    fn permute(&self, plain: u64) -> u64 {
        let halves = (plain >> HALF_BITS, plain & HALF_MASK);
        let (left, right) =
            (0..ROUNDS).fold(halves, |(left, right), round| (right, left ^ self.mix(round, right)));
        left << HALF_BITS | right
    }

    fn permute_back(&self, permuted: u64) -> u64 {
        let halves = (permuted >> HALF_BITS, permuted & HALF_MASK);
        let (left, right) = (0..ROUNDS)
            .rev()
            .fold(halves, |(left, right), round| (right ^ self.mix(round, left), left));
        left << HALF_BITS | right
    }

    /// The round function: it may be anything at all, Feistel's construction stays invertible.
    fn mix(&self, round: u8, half: u64) -> u64 {
        let mut input = [0; 9];
        input[0] = round;
        input[1..].copy_from_slice(&half.to_be_bytes());
        let hash = blake3::keyed_hash(&self.0, &input);
        hash.as_bytes().iter().take(3).fold(0, |value, byte| value << 8 | u64::from(*byte))
            & HALF_MASK
    }
}

impl std::fmt::Debug for ConfirmationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConfirmationKey(…)")
    }
}

/// Written beside its place and moved there whole, so that a half-written key is never read.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    // The key must not be lost to a power cut after the first booking was told its number.
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |parent| fs::File::open(parent)?.sync_all())
}

fn write(value: u64) -> String {
    let mut text = String::with_capacity(9);
    for index in (0..8).rev() {
        text.push(char::from(ALPHABET[(value >> (index * 5) & 31) as usize]));
        if index == 4 {
            text.push('-');
        }
    }
    text
}

fn read(text: &str) -> Option<u64> {
    let mut digits = text.bytes().filter(|byte| *byte != b'-').map(|byte| {
        let plain = match byte.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        ALPHABET.iter().position(|letter| *letter == plain)
    });
    let value = digits
        .by_ref()
        .take(8)
        .try_fold((0, 0), |(value, count), digit| Some((value << 5 | digit? as u64, count + 1)))?;
    (value.1 == 8 && digits.next().is_none()).then_some(value.0)
}

#[cfg(test)]
mod tests;
