//! Sixteen-byte ids as text: Crockford's base32, which has no letters to confuse.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many characters sixteen bytes take.
const LENGTH: usize = 26;

/// Writes 128 bits as 26 characters, most significant first.
pub(crate) fn encode(value: u128) -> String {
    (0..LENGTH)
        .rev()
        .map(|index| char::from(ALPHABET[(value >> (index * 5) & 31) as usize]))
        .collect()
}

/// Reads what [`encode`] wrote; anything else is `None`.
pub(crate) fn decode(text: &str) -> Option<u128> {
    if text.len() != LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes().try_fold(0_u128, |value, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some(value << 5 | digit as u128)
    })
}
