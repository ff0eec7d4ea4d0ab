//! What the view of limits hears of the log, and what it tells, as JSON.

use std::sync::Arc;

use dataflows::views::limit::{LimitEvent, LimitKey, LimitRow};
use dataflows::views::price::Branch;
use models::overbooking::{Outlook, OverbookingPolicy};
use models::policy::parse_overbooking;

use crate::log::{Overbooking, Record};

/// What it hears of a record, if anything.
pub fn event(record: &Record) -> Option<LimitEvent> {
    Some(match record.clone() {
        Record::Supply { property, room_type, ranges } => {
            LimitEvent::Supply(property, room_type, ranges)
        }
        Record::Link { property, room_type, parts } => LimitEvent::Link(property, room_type, parts),
        Record::RatePlan { property, ordinal, room_types, base_price } => {
            LimitEvent::RatePlan(property, ordinal, room_types, base_price)
        }
        Record::Overbooking { property, active, candidate } => {
            let [active, candidate] = [active, candidate].map(|of| of.as_ref().map(policy));
            LimitEvent::Policies { property, active, candidate }
        }
        Record::Booking(booked) => LimitEvent::Booked(booked),
        Record::Property { .. }
        | Record::Sold { .. }
        | Record::Rules { .. }
        | Record::Search { .. }
        | Record::Price { .. }
        | Record::Fair { .. }
        | Record::Attempt { .. }
        | Record::Tick(_) => return None,
    })
}

/// The policy as it is read from its document.
fn policy(said: &Overbooking) -> Arc<OverbookingPolicy> {
    let policy = parse_overbooking(&said.toml()).expect("a document without faults");
    Arc::new(policy.with_version(said.version))
}

pub fn key((branch, key): &(Branch, LimitKey)) -> String {
    let LimitKey { property, room_type, night } = key;
    let night = night.number();
    let branch = match branch {
        Branch::Active => "active",
        Branch::Candidate => "candidate",
    };
    format!(
        "\"branch\":\"{branch}\",\"property\":\"{property}\",\"room_type\":\"{room_type}\",\
         \"night\":{night}"
    )
}

pub fn row(row: &LimitRow) -> String {
    format!(
        "\"physical\":{},\"allowance\":{},\"bound_by\":\"{}\",\"version\":{},\"now\":{},\
         \"at_limit\":{}",
        row.physical_rooms,
        row.allowance,
        row.bound_by.name(),
        row.policy_version,
        outlook(&row.now),
        outlook(&row.at_limit),
    )
}

fn outlook(outlook: &Outlook) -> String {
    format!(
        "{{\"booked\":{},\"arrivals\":{},\"walks\":{},\"empty\":{},\"walk\":{},\
         \"quantiles\":{:?}}}",
        outlook.booked_rooms,
        outlook.expected_arrivals_ppm,
        outlook.expected_walks_ppm,
        outlook.expected_empty_ppm,
        outlook.walk_ppm,
        outlook.arrivals_quantiles,
    )
}
