//! An attempt to book: who tried it, with what, and what became of it. Never a card or an address.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use compact_str::CompactString;

use crate::{AttemptId, DeviceId, GuestRef, IdError, Money, PropertyId, Slot};

/// Somebody tried to book. A later telling of the same attempt says what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Names the attempt within its source.
    pub id: AttemptId,
    /// Where.
    pub property: PropertyId,
    /// Who, if known.
    pub guest: Option<GuestRef>,
    /// With which card.
    pub card: Option<CardToken>,
    /// With which e-mail address.
    pub email: Option<EmailHash>,
    /// From which address; one of IPv4 is never written as one of IPv6.
    pub address: Option<IpAddr>,
    /// From which device.
    pub device: Option<DeviceId>,
    /// For how much.
    pub amount: Money,
    /// What became of it, as far as is known.
    pub outcome: Outcome,
}

impl Attempt {
    /// The slot it belongs to: that of its card, so that all attempts with one card have one order;
    /// else that of the first of device, address, e-mail, guest and property that it has.
    pub fn slot(&self) -> Slot {
        if let Some(card) = &self.card {
            return Slot::of_text(card.as_str());
        }
        if let Some(device) = &self.device {
            return Slot::of_text(device.as_str());
        }
        if let Some(address) = &self.address {
            return Slot::of_text(&address.to_string());
        }
        if let Some(email) = &self.email {
            return Slot::of_text(email.as_str());
        }
        match &self.guest {
            Some(guest) => Slot::of_text(guest.as_str()),
            None => Slot::of(&self.property),
        }
    }
}

/// What became of an attempt; what is further along is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It is under way.
    Started,
    /// The payment was declined.
    Declined,
    /// It became a booking.
    Booked,
}

impl Outcome {
    /// Every outcome, with its name in the API.
    pub const ALL: [(&'static str, Self); 3] =
        [("started", Self::Started), ("declined", Self::Declined), ("booked", Self::Booked)];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Declined => "declined",
            Self::Booked => "booked",
        }
    }
}

/// Why a text names no card or e-mail address. What was given is not repeated: it could be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AttemptError {
    /// A number that cards have.
    #[error("is the number of a card: send the token that the payment service gave for it")]
    CardNumber,
    /// No id.
    #[error("is not a card token: use 1 to 64 of the characters A-Z a-z 0-9 . _ ~ -")]
    CardToken,
    /// No hash.
    #[error(
        "is not the hash of an e-mail address: use 32 to 64 hexadecimal digits, as SHA-256 has"
    )]
    EmailHash,
}

/// What a payment service calls a card; never the number of one.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardToken(CompactString);

impl CardToken {
    /// Takes a text for a token, unless it is the number of a card.
    pub fn new(text: &str) -> Result<Self, AttemptError> {
        if is_card_number(text) {
            return Err(AttemptError::CardNumber);
        }
        match GuestRef::new(text) {
            Ok(_) => Ok(Self(text.into())),
            Err(IdError::Chosen(_) | IdError::Made(..) | IdError::Length(_)) => {
                Err(AttemptError::CardToken)
            }
        }
    }

    /// The token as the payment service wrote it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is 13 to 19 digits that pass the check of Luhn, however they are grouped.
fn is_card_number(text: &str) -> bool {
    let is_digit_or_gap = |byte: u8| byte.is_ascii_digit() || b" -._~".contains(&byte);
    if !text.bytes().all(is_digit_or_gap) {
        return false;
    }
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).collect();
    let value = |(place, digit): (usize, &u8)| {
        let digit = u32::from(digit - b'0') << (place % 2);
        if digit > 9 { digit - 9 } else { digit }
    };
    let sum: u32 = digits.iter().rev().enumerate().map(value).sum();
    (13..=19).contains(&digits.len()) && sum.is_multiple_of(10)
}

/// The hash of an e-mail address, in lower case.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailHash(CompactString);

impl EmailHash {
    /// Takes hexadecimal digits for a hash.
    pub fn new(text: &str) -> Result<Self, AttemptError> {
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || !(32..=64).contains(&text.len()) {
            return Err(AttemptError::EmailHash);
        }
        Ok(Self(CompactString::from(text.to_ascii_lowercase())))
    }

    /// The hash in hexadecimal digits, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_of {
    ($($name:ident)*) => {$(
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
            type Err = AttemptError;

            fn from_str(text: &str) -> Result<Self, AttemptError> {
                Self::new(text)
            }
        }
    )*};
}

text_of!(CardToken EmailHash);

#[cfg(test)]
mod tests {
    use super::{Attempt, AttemptError, CardToken, EmailHash, Outcome};
    use crate::{Money, Slot};

    #[test]
    fn the_number_of_a_card_is_no_token_and_is_not_repeated() {
        for number in [
            "4111111111111111",
            "4111-1111-1111-1111",
            "4111 1111 1111 1111",
            "378282246310005",
            "4222222222222",
            "6304000000000000000",
            "0000000000000000",
        ] {
            let error = CardToken::new(number).expect_err("it is refused");
            assert_eq!(error, AttemptError::CardNumber, "{number}");
            assert!(!error.to_string().contains("1111"));
        }
        for token in ["tok_4111111111111111x", "4111111111111112", "424242424242", "pm-1"] {
            assert_eq!(CardToken::new(token).map(|token| token.to_string()), Ok(token.to_owned()));
        }
        for text in ["", "a b", &"x".repeat(65)] {
            assert_eq!(CardToken::new(text), Err(AttemptError::CardToken), "{text}");
        }
    }

    #[test]
    fn the_hash_of_an_address_has_one_form() {
        let upper = EmailHash::new(&"AB".repeat(32)).expect("a hash");
        assert_eq!(upper, EmailHash::new(&"ab".repeat(32)).expect("a hash"));
        for text in ["guest@example.org", "", &"a".repeat(31), &"a".repeat(65), &"g".repeat(32)] {
            assert_eq!(EmailHash::new(text), Err(AttemptError::EmailHash), "{text}");
        }
    }

    #[test]
    fn an_attempt_belongs_to_the_strongest_of_its_identities() {
        let text = "a".repeat(32);
        let full = Attempt {
            id: "a-1".parse().expect("an id"),
            property: "grand".parse().expect("an id"),
            guest: Some("anna".parse().expect("an id")),
            card: Some("tok-1".parse().expect("a token")),
            email: Some(text.parse().expect("a hash")),
            address: Some("192.0.2.7".parse().expect("an address")),
            device: Some("phone".parse().expect("an id")),
            amount: Money { amount_minor: 1, currency: "EUR".parse().expect("a currency") },
            outcome: Outcome::Started,
        };
        let mut left = full;
        let expected = |slot: Slot, key: &str| assert_eq!(slot, Slot::of_text(key), "{key}");
        expected(left.slot(), "tok-1");
        left.card = None;
        expected(left.slot(), "phone");
        left.device = None;
        expected(left.slot(), "192.0.2.7");
        left.address = None;
        expected(left.slot(), &text);
        left.email = None;
        expected(left.slot(), "anna");
        left.guest = None;
        expected(left.slot(), "grand");
    }
}
