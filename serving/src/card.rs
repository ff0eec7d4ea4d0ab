//! Numbers of payment cards, which are refused before anything is kept or written down of them.

use serde_json::Value;

/// How many digits a card's number has.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Whether any text of a body, or the name of any field, holds what looks like a card's number.
pub(crate) fn is_in(body: &Value) -> bool {
    match body {
        Value::String(text) => is_in_text(text),
        Value::Number(number) => is_in_text(&number.to_string()),
        Value::Array(items) => items.iter().any(is_in),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| is_in_text(name) || is_in(value))
        }
        Value::Null | Value::Bool(_) => false,
    }
}

/// Whether a text holds what looks like a card's number: digits in one run, or in the groups in
/// which cards print them, that begin as cards do and whose last digit checks the others.
pub(crate) fn is_in_text(text: &str) -> bool {
    if text.len() < *DIGITS.start() || is_hash(text) {
        return false;
    }
    let mut groups: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let between = &rest[..start];
        if !matches!(between, " " | "-") {
            groups.clear();
        }
        let run = &rest[start..];
        let end = run.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(run.len());
        groups.push(&run[..end]);
        if ends_with_card(&groups) {
            return true;
        }
        rest = &run[end..];
    }
    false
}

/// Whether a text is a hash in hexadecimal digits, some of which may happen to look like a card's.
fn is_hash(text: &str) -> bool {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex && text.len() >= 32 && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Whether the last groups of digits together are a card's number.
fn ends_with_card(groups: &[&str]) -> bool {
    if groups.last().is_some_and(|last| is_number(last)) {
        return true;
    }
    (2..=5).filter(|count| *count <= groups.len()).any(|count| {
        let last = &groups[groups.len() - count..];
        is_printed_so(last) && is_number(&last.concat())
    })
}

/// Groups of four with a last one of at most four, or those of American Express.
fn is_printed_so(groups: &[&str]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let Some((last, before)) = lengths.split_last() else { return false };
    lengths == [4, 6, 5]
        || lengths == [4, 6, 4]
        || (before.iter().all(|length| *length == 4) && *last <= 4)
}

fn is_number(digits: &str) -> bool {
    DIGITS.contains(&digits.len()) && begins_as_cards_do(digits) && has_check_digit(digits)
}

/// The ranges given to issuers of cards.
fn begins_as_cards_do(digits: &str) -> bool {
    let first_four = digits.get(..4).and_then(|four| four.parse::<u16>().ok());
    matches!(first_four, Some(2221..=2720 | 3000..=3999 | 4000..=4999 | 5000..=6999))
}

/// The check of Luhn.
fn has_check_digit(digits: &str) -> bool {
    let value = |(place, digit): (usize, u8)| {
        let digit = u32::from(digit - b'0') << (place % 2);
        if digit > 9 { digit - 9 } else { digit }
    };
    digits.bytes().rev().enumerate().map(value).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_in, is_in_text};

    #[test]
    fn test_numbers_of_every_brand_are_seen() {
        for number in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "3782 822463 10005",
            "6011111111111117",
            "3056 930902 5904",
            "3530111333300000",
            "4222222222222",
        ] {
            assert!(is_in_text(number), "{number}");
            assert!(is_in_text(&format!("card: {number}, thanks")), "{number}");
        }
        assert!(is_in(&json!({"lines": [{"note": "pay 4111111111111111"}]})));
        assert!(is_in(&json!({"4111111111111111": 1})) && is_in(&json!([4111111111111111_u64])));
    }

    #[test]
    fn what_is_none_passes() {
        for text in [
            "4111111111111112",
            "41111111111111111111111",
            "2027-03-01 2027-03-04",
            "hold_00000000000000000000000000",
            "1700000000000",
            "guest-0000000000000000",
            "+351 21 123 4567",
            "411111111111111a1",
            "4111111111111111abcdefabcdefabcdefabcdef",
        ] {
            assert!(!is_in_text(text), "{text}");
        }
        assert!(!is_in(&json!({"a": [1, null, true, "text"], "b": 1.5e300})));
    }
}
