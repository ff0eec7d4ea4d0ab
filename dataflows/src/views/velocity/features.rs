//! The features of an attempt in few bytes: a keeper holds them for every attempt of a day.
//!
//! Each is a byte that says which of the six there are, and then its numbers, seven bits to a byte.

use events::Currency;

use super::VelocityRow;

/// Writes features.
pub(super) fn pack(features: &[Option<VelocityRow>; 6]) -> Box<[u8]> {
    let mut bytes = vec![0];
    for (index, row) in features.iter().enumerate() {
        let Some(row) = row else { continue };
        bytes[0] |= 1 << index;
        for count in counts(row) {
            write(&mut bytes, u128::from(*count));
        }
        write(&mut bytes, row.amounts_24h.len() as u128);
        for (currency, minor) in &row.amounts_24h {
            bytes.extend(currency.code().as_bytes());
            write(&mut bytes, minor.cast_unsigned());
        }
    }
    bytes.into_boxed_slice()
}

/// Reads what [`pack`] wrote.
pub(super) fn unpack(bytes: &[u8]) -> [Option<VelocityRow>; 6] {
    let mut features = <[Option<VelocityRow>; 6]>::default();
    let Some((present, mut rest)) = bytes.split_first() else { return features };
    for (index, feature) in features.iter_mut().enumerate() {
        if present & (1 << index) != 0 {
            *feature = Some(read_row(&mut rest));
        }
    }
    features
}

fn counts(row: &VelocityRow) -> [&u32; 7] {
    let VelocityRow {
        attempts_1h,
        attempts_24h,
        bookings_1h,
        bookings_24h,
        declines_1h,
        properties_24h,
        cards_24h,
        amounts_24h: _,
    } = row;
    [attempts_1h, attempts_24h, bookings_1h, bookings_24h, declines_1h, properties_24h, cards_24h]
}

fn read_row(rest: &mut &[u8]) -> VelocityRow {
    let mut count = || read(rest) as u32;
    let mut row = VelocityRow {
        attempts_1h: count(),
        attempts_24h: count(),
        bookings_1h: count(),
        bookings_24h: count(),
        declines_1h: count(),
        properties_24h: count(),
        cards_24h: count(),
        amounts_24h: Default::default(),
    };
    for _ in 0..read(rest) {
        let (code, after) = rest.split_at(3);
        *rest = after;
        let currency =
            std::str::from_utf8(code).ok().and_then(|code| code.parse::<Currency>().ok());
        let minor = read(rest).cast_signed();
        row.amounts_24h.extend(currency.map(|currency| (currency, minor)));
    }
    row
}

fn write(bytes: &mut Vec<u8>, mut value: u128) {
    while value > 127 {
        bytes.push(value as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn read(rest: &mut &[u8]) -> u128 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let Some((byte, after)) = rest.split_first() else { break };
        *rest = after;
        value |= u128::from(byte & 127) << shift;
        if byte & 128 == 0 {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::{VelocityRow, pack, unpack};

    #[test]
    fn features_come_back() {
        let currency = |code: &str| code.parse().expect("a currency");
        let amounts = [(currency("EUR"), i128::from(i64::MAX) * 1_000), (currency("JPY"), 1)]
            .into_iter()
            .collect();
        let row = VelocityRow {
            attempts_1h: 1,
            attempts_24h: 127,
            bookings_1h: 0,
            bookings_24h: 128,
            declines_1h: u32::MAX,
            properties_24h: 300,
            cards_24h: 2,
            amounts_24h: amounts,
        };
        let features = [None, Some(row), Some(VelocityRow::default()), None, None, None];
        assert_eq!(unpack(&pack(&features)), features);
        assert_eq!(unpack(&pack(&Default::default())), <[Option<VelocityRow>; 6]>::default());
    }
}
