//! Which table a row of a keeper goes to.

use dataflows::{ViewKey, ViewRow};

use crate::Error;
use crate::kinds::Kind;
use crate::table::{Table, decode, encode, encode_key};
use crate::tables::ViewClock;

/// Replaces `key` and `value` with what stands on disk for a row of a keeper.
pub(crate) fn encode_view(view: &ViewKey, row: &ViewRow, key: &mut Vec<u8>, value: &mut Vec<u8>) {
    match (view, row) {
        (ViewKey::Clock(()), ViewRow::Clock(row)) => encode::<ViewClock>(row, key, value),
    }
}

/// Replaces `key` with the key on disk of a row of a keeper.
pub(crate) fn encode_view_key(view: &ViewKey, key: &mut Vec<u8>) {
    match view {
        ViewKey::Clock(()) => encode_key::<ViewClock>(&(), key),
    }
}

/// Reads a row of a keeper; `None` where the kind is not of one.
pub(crate) fn decode_view(
    kind: Kind,
    key: &[u8],
    value: &[u8],
) -> Option<Result<(ViewKey, ViewRow), Error>> {
    Some(match kind {
        Kind::ViewClock => row::<ViewClock>(key, value, ViewKey::Clock, ViewRow::Clock),
        _ => return None,
    })
}

fn row<T: Table>(
    key: &[u8],
    value: &[u8],
    key_of: impl FnOnce(T::Key) -> ViewKey,
    row_of: impl FnOnce(T::Row) -> ViewRow,
) -> Result<(ViewKey, ViewRow), Error> {
    let row = decode::<T>(key, value)?;
    Ok((key_of(T::key_of(&row)), row_of(row)))
}
