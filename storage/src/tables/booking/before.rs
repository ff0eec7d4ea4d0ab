//! Rows that earlier builds have written are read as what they said.

use prost::Message as _;

use super::{Booking, LineValue};
use crate::table::Table;
use crate::testing::{Draw, Sample};

#[test]
fn a_line_from_before_it_told_its_price_and_its_cancellation_is_read_without_them() {
    let mut row = Booking::sample(&mut Draw::new(7));
    for line in &mut row.lines {
        (line.cancelled, line.night_price_minor) = (None, None);
    }
    // What is absent has no bytes, so that the row is written as it was before.
    let mut value = Vec::new();
    Booking::write_value(&row, &mut value);
    assert_eq!(Booking::read_value(row.booking, &value).expect("a row"), row);
    let before = LineValue { line: vec![1], state: 2, cancelled_ms: None, night_price_minor: None };
    assert_eq!(before.encode_to_vec(), [0x0a, 1, 1, 0x10, 2]);
}
