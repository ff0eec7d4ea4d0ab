//! A permutation has an inverse; a number survives being read out and typed in.

use std::collections::HashSet;

use events::Slot;
use proptest::prelude::{any, proptest};
use proptest::prop_assert_eq;

use super::{ConfirmationKey, KeyError, ORDINALS_PER_SLOT};

proptest! {
    #[test]
    fn every_number_reads_back_as_its_slot_and_ordinal(
        key in any::<[u8; 32]>(),
        slot in 0_u16..4096,
        ordinal in 0..ORDINALS_PER_SLOT,
    ) {
        let key = ConfirmationKey::new(key);
        let slot = Slot::from_low_bits(slot);
        let number = key.number(slot, ordinal);
        prop_assert_eq!(number.len(), 9);
        prop_assert_eq!(number.as_bytes()[4], b'-');
        prop_assert_eq!(key.read(&number), Some((slot, ordinal)));
        prop_assert_eq!(key.read(&number.to_lowercase().replace('-', "")), Some((slot, ordinal)));
    }

    #[test]
    fn every_forty_bits_are_the_image_of_exactly_one(
        key in any::<[u8; 32]>(),
        bits in 0_u64..1 << 40,
    ) {
        let key = ConfirmationKey::new(key);
        prop_assert_eq!(key.permute_back(key.permute(bits)), bits);
        prop_assert_eq!(key.permute(key.permute_back(bits)), bits);
    }
}

#[test]
fn neighbours_do_not_look_alike_and_never_collide() {
    let key = ConfirmationKey::new([7; 32]);
    let numbers: Vec<String> =
        (0..4000).map(|ordinal| key.number(Slot::from_low_bits(3), ordinal)).collect();
    assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), 4000);
    let same_start = numbers.windows(2).filter(|pair| pair[0][..4] == pair[1][..4]).count();
    assert!(same_start < 10, "{same_start} of 3999 neighbours share their first four characters");
}

#[test]
fn what_is_not_a_number_reads_as_none() {
    let key = ConfirmationKey::new([7; 32]);
    for text in ["", "K7QX", "K7QX-2MPAB", "K7QX-2MP!", "K7QX-2MPU"] {
        assert_eq!(key.read(text), None, "{text}");
    }
}

#[test]
fn a_key_is_made_once_and_kept() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("secret");
    let made = ConfirmationKey::read_or_create(&path)?;
    let kept = ConfirmationKey::read_or_create(&path)?;
    let slot = Slot::from_low_bits(9);
    assert_eq!(made.number(slot, 1), kept.number(slot, 1));
    std::fs::write(&path, b"short")?;
    let error = ConfirmationKey::read_or_create(&path);
    assert!(matches!(error, Err(KeyError::Length { length: 5, .. })), "{error:?}");
    Ok(())
}
