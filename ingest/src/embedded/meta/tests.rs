//! The file `meta` comes back, and no bit of it may flip.

use std::path::Path;

use super::Meta;
use crate::embedded::OpenError;
use crate::embedded::layout::LogId;

fn meta() -> Meta {
    Meta { partitions: 4, id: LogId(*b"sixteen bytes id") }
}

#[test]
fn the_text_is_pinned() {
    let expected = "roomnight log 1\npartitions 4\nid 7369787465656e206279746573206964\n";
    let crc = crc32c::crc32c(expected.as_bytes());
    assert_eq!(meta().encode(), format!("{expected}crc {crc:08x}\n"));
    let decoded = Meta::decode(meta().encode().as_bytes(), Path::new("meta"));
    assert_eq!(decoded.expect("it was encoded"), meta());
}

#[test]
fn every_flipped_bit_and_every_cut_is_named() {
    let bytes = meta().encode().into_bytes();
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = Meta::decode(&flipped, Path::new("meta")).expect_err("a bit has flipped");
        assert!(matches!(error, OpenError::Damaged { .. }), "bit {bit}: {error}");
    }
    for length in 0..bytes.len() {
        let error = Meta::decode(&bytes[..length], Path::new("meta")).expect_err("it is cut");
        assert!(matches!(error, OpenError::Damaged { .. }), "length {length}: {error}");
    }
}

#[test]
fn another_format_is_refused_by_its_number() {
    let text = "roomnight log 2\npartitions 4\nid 00\n";
    let text = format!("{text}crc {:08x}\n", crc32c::crc32c(text.as_bytes()));
    let error = Meta::decode(text.as_bytes(), Path::new("meta")).expect_err("another format");
    assert!(matches!(error, OpenError::Format { found: 2, known: 1, .. }), "{error}");
}
