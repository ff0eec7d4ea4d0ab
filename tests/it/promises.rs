//! What users are promised, each in a file of its own, over HTTP against the real binary.

mod a_block_is_kept;
mod a_channels_sale_is_recorded;
mod amend_is_one_step;
mod every_night_counts;
mod fraud_burst;
mod last_room;
mod overlapping_stays;
mod policy_change;
mod read_your_booking;
mod room_types_apart;
mod rules_of_sale;
mod same_command_twice;
mod tuned_from_the_command_line;
