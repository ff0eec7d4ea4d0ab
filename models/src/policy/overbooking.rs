//! What a document says of overbooking.

use std::collections::BTreeSet;

use super::document::Section;
use super::pricing::{ID, currency, lead_edge};
use crate::overbooking::{OverbookingPolicy, ShowSegment};
use crate::pricing::AMOUNT_MINOR_MAX;

const NAME_CHARS_MAX: usize = 64;
const CURRENCIES_COUNT_MAX: usize = 300;
const SEGMENTS_COUNT_MAX: usize = 500;
const LEAD_DAYS_MAX: i64 = 1_000;

/// The policy: what is built in, changed by what the document says.
pub(super) fn policy(root: &Section<'_>) -> OverbookingPolicy {
    let mut policy = OverbookingPolicy::default();
    if let Some(is_enabled) = root.get("enabled").and_then(|item| item.truth()) {
        policy.is_enabled = is_enabled;
    }
    root.whole("confidence_permille", 500..=999, &mut policy.confidence_permille);
    root.whole("refills_count", 1..=1000, &mut policy.refills_count);
    root.whole("horizon_days", 0..=LEAD_DAYS_MAX, &mut policy.horizon_days);
    if let Some(section) = root.section("walk_cost") {
        let share = &mut policy.walk_cost.price_permille;
        section.whole("price_permille", 0..=1_000_000, share);
        let amounts = section.section("amounts_minor");
        for (key, item) in amounts.iter().flat_map(|it| it.entries(CURRENCIES_COUNT_MAX)) {
            let amount = item.whole(0..=AMOUNT_MINOR_MAX);
            if let Some((currency, amount)) = currency(key, &item).zip(amount) {
                policy.walk_cost.amounts_minor.insert(currency, amount);
            }
        }
        section.finish();
    }
    if let Some(section) = root.section("hard_cap") {
        section.whole("rooms", 0..=10_000, &mut policy.hard_cap.rooms);
        section.whole("permille", 0..=1000, &mut policy.hard_cap.permille);
        section.finish();
    }
    if let Some(section) = root.section("shows") {
        section.whole("default_permille", 0..=1000, &mut policy.shows.default_permille);
        section.whole("spread_permille", 0..=2000, &mut policy.shows.spread_permille);
        if let Some(sections) = section.sections("segments", SEGMENTS_COUNT_MAX) {
            policy.shows.segments = segments(&sections);
        }
        section.finish();
    }
    policy
}

fn segments(sections: &[Section<'_>]) -> Vec<ShowSegment> {
    let mut names = BTreeSet::new();
    let mut segments = Vec::new();
    for section in sections {
        let segment = segment(section);
        section.finish();
        if !names.insert(segment.name.clone()) && !segment.name.is_empty() {
            section.fault(format!("another segment is called `{}`", segment.name), "another name");
        }
        segments.push(segment);
    }
    segments
}

fn segment(section: &Section<'_>) -> ShowSegment {
    let name = section.require("name", "a text of 1 to 64 characters");
    let name = name.and_then(|item| item.text(NAME_CHARS_MAX)).unwrap_or_default();
    let show = section.require("show_permille", "the share that shows up, in thousandths");
    let show_permille = show.and_then(|item| item.whole(0..=1000)).unwrap_or_default();
    let segment = ShowSegment {
        lead_days_from: section.whole_if_any("lead_days_from", 0..=LEAD_DAYS_MAX),
        lead_days_before: section.whole_if_any("lead_days_before", 0..=LEAD_DAYS_MAX),
        days_to_arrival_from: lead_edge(section, "days_to_arrival_from"),
        days_to_arrival_before: lead_edge(section, "days_to_arrival_before"),
        rate_plan: section.get("rate_plan").and_then(|item| item.named("an id", ID)),
        channel: section.get("channel").and_then(|item| item.named("an id", ID)),
        ..ShowSegment::named(name, show_permille)
    };
    let is_empty = |from: Option<u16>, before: Option<u16>| {
        from.zip(before).is_some_and(|(from, before)| from >= before)
    };
    if is_empty(segment.lead_days_from, segment.lead_days_before) {
        section.fault("`lead_days_from` is not below `lead_days_before`", "at least one day");
    }
    if is_empty(segment.days_to_arrival_from, segment.days_to_arrival_before) {
        let wrong = "`days_to_arrival_from` is not below `days_to_arrival_before`";
        section.fault(wrong, "at least one bucket");
    }
    segment
}
