//! Headers come back, and no bit of them may flip.

use events::ChainHash;
use proptest::prelude::{any, prop, prop_assert_eq, proptest};

use super::{GroupHeader, LogId, RECORD_HEADER_BYTES, RecordHeader, SegmentHeader};

const ID: LogId = LogId([9; 16]);

fn group() -> GroupHeader {
    let witness = ChainHash::default().then(b"before");
    GroupHeader { number: 77, body_bytes: 4000, records: 12, witness }
}

#[test]
fn no_bit_of_a_segment_header_may_flip() {
    let header = SegmentHeader { id: ID, index: 3, length: 1 << 20 };
    let bytes = header.encode();
    assert_eq!(SegmentHeader::decode(&bytes), Some(header));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(SegmentHeader::decode(&flipped), None, "bit {bit}");
    }
}

#[test]
fn no_bit_of_a_group_header_may_flip() {
    let bytes = group().encode(ID.seed());
    assert_eq!(GroupHeader::decode(&bytes, ID.seed()), Some(group()));
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(GroupHeader::decode(&flipped, ID.seed()), None, "bit {bit}");
    }
}

#[test]
fn a_header_of_another_log_is_none_of_this() {
    let bytes = group().encode(LogId([8; 16]).seed());
    assert_eq!(GroupHeader::decode(&bytes, ID.seed()), None);
}

proptest! {
    #[test]
    fn no_bit_of_a_record_may_flip(
        partition: u16,
        offset: u64,
        payload in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let chain = ChainHash::default().then(&payload);
        let payload_bytes = payload.len() as u32;
        let header = RecordHeader { payload_bytes, topic: 1, partition, offset, chain };
        let mut bytes = header.encode(ID.seed(), &payload).to_vec();
        bytes.extend_from_slice(&payload);
        prop_assert_eq!(RecordHeader::decode(&bytes, ID.seed()), Some(header));
        prop_assert_eq!(RecordHeader::decode(&bytes[..RECORD_HEADER_BYTES - 1], ID.seed()), None);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(RecordHeader::decode(&bytes, ID.seed()), None);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
