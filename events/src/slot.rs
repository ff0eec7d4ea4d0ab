//! Slots: 4096 fixed parts of the world, so that partitions may change and properties stay put.

use crate::PropertyId;

/// How many slots there are, for ever.
pub const SLOTS: u16 = 4096;

/// One of the 4096 parts; a property's slot never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u16);

impl Slot {
    /// The slot of that number, if there is one.
    pub fn new(number: u32) -> Option<Self> {
        u16::try_from(number).ok().filter(|number| *number < SLOTS).map(Self)
    }

    /// The slot that the low twelve bits name.
    pub fn from_low_bits(bits: u16) -> Self {
        Self(bits & (SLOTS - 1))
    }

    /// The slot in which a property lives: `stable_hash(property) mod 4096`.
    ///
    /// The hash is 64-bit FNV-1a, which any language has or can write in three lines.
    pub fn of(property: &PropertyId) -> Self {
        Self::of_text(property.as_str())
    }

    /// The slot of any other key.
    pub fn of_text(key: &str) -> Self {
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::from_low_bits((hash ^ (hash >> 32)) as u16)
    }

    /// Its number, below 4096.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The partition that holds this slot when slots are dealt evenly over `partitions`.
    pub fn partition(self, partitions: u16) -> u16 {
        self.0 % partitions
    }
}
