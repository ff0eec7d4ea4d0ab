//! The numbers of the written rules, as this auditor reads them.

use events::LogTime;

/// The most lines of one hold.
pub(super) const HOLD_LINES_MAX: usize = 50;
/// The most rooms of one line.
pub(super) const LINE_ROOMS_MAX: u16 = 200;
/// The most rooms of one type on one night, physical and allowed beyond.
pub(super) const NIGHT_ROOMS_MAX: u32 = 65_535;
/// The most nights of one stay or one range of inventory.
pub(super) const STAY_NIGHTS_MAX: i32 = 730;
/// The most nights of all lines of a hold together.
pub(super) const HOLD_NIGHTS_MAX: i32 = 2_000;
/// The longest interval for which a hold may be asked.
pub(super) const HOLD_TTL_MAX_MS: u64 = DAY_MS;
/// The most room types of one property.
pub(super) const ROOM_TYPES_MAX: usize = 500;
/// The most rate plans of one property.
pub(super) const RATE_PLANS_MAX: usize = 500;
/// The most scopes of which restrictions of one property speak.
pub(super) const SCOPES_MAX: usize = 1_000;
/// The most ranges of nights of which one scope says something of its own.
pub(super) const RESTRICTED_RANGES_MAX: usize = 4_000;
/// The most versions of one kind of policy of one property.
pub(super) const POLICY_VERSIONS_MAX: usize = 250;
/// The promotions of a policy that are remembered: the one in force, and 64 to go back to.
pub(super) const PROMOTIONS_MAX: usize = 65;
/// The most nights of one room type of which something is recommended.
pub(super) const LIMIT_NIGHTS_MAX: usize = 4_000;
/// The most rooms of one block on a night.
pub(super) const BLOCK_ROOMS_MAX: u16 = 500;
/// The most blocks that one property remembers.
pub(super) const BLOCKS_MAX: usize = 10_000;
/// The most nights of all open blocks of one property.
pub(super) const OPEN_BLOCK_NIGHTS_MAX: i32 = 50_000;
/// The most facts about one booking.
pub(super) const FACTS_MAX: usize = 1_000;
/// The most withdrawals of unknown ids that one slot remembers.
pub(super) const WITHDRAWALS_MAX: usize = 1_000;
/// The longest step by which one tick may move log time, whatever its owner asks for.
pub(super) const STEP_MAX_MS: u64 = DAY_MS;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
const MINUTE_MS: u64 = 60 * 1000;

/// Until when something is remembered that nobody may ask for after `last`: a day longer.
pub(super) fn remembered_until(last: LogTime) -> LogTime {
    last.plus_ms(DAY_MS)
}

/// Whether something is forgotten: the whole minute in which its time ended has passed.
pub(super) fn is_forgotten(until: LogTime, now: LogTime) -> bool {
    now.0 / MINUTE_MS > until.0 / MINUTE_MS
}
