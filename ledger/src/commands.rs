//! One file a command: guards in a column, then only writes.

pub(crate) mod advance_business_date;
pub(crate) mod amend_booking;
pub(crate) mod announce_owner;
pub(crate) mod apply_limits;
pub(crate) mod cancel_booking;
pub(crate) mod claims;
pub(crate) mod confirm_hold;
pub(crate) mod define_property;
pub(crate) mod define_rate_plan;
pub(crate) mod define_room_type;
pub(crate) mod external_sale;
pub(crate) mod link_room_type;
pub(crate) mod place_hold;
pub(crate) mod promote_policy;
pub(crate) mod record_fact;
pub(crate) mod release_block;
pub(crate) mod release_hold;
pub(crate) mod rollback_policy;
pub(crate) mod set_block;
pub(crate) mod set_hold_caps;
pub(crate) mod set_inventory;
pub(crate) mod set_restrictions;
pub(crate) mod stage_policy;
pub(crate) mod tick;
pub(crate) mod tombstones;
