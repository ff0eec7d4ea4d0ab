//! How many holds of each property are under way and how many wait, by the slot of the property.

use events::{SLOTS, Slot};

/// Counts by slot.
#[derive(Debug)]
pub(super) struct Lanes {
    in_flight: Box<[u16]>,
    waiting: Box<[u16]>,
}

impl Lanes {
    pub(super) fn new() -> Self {
        Self {
            in_flight: vec![0; usize::from(SLOTS)].into(),
            waiting: vec![0; usize::from(SLOTS)].into(),
        }
    }

    /// What is in no lane counts as a lane in which nobody is.
    pub(super) fn in_flight_count(&self, lane: Option<Slot>) -> u32 {
        lane.map_or(0, |lane| u32::from(self.in_flight[usize::from(lane.number())]))
    }

    pub(super) fn waiting_count(&self, lane: Option<Slot>) -> usize {
        lane.map_or(0, |lane| usize::from(self.waiting[usize::from(lane.number())]))
    }

    pub(super) fn came_in(&mut self, lane: Option<Slot>) {
        if let Some(lane) = lane {
            let count = &mut self.in_flight[usize::from(lane.number())];
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn left(&mut self, lane: Option<Slot>) {
        if let Some(lane) = lane {
            let count = &mut self.in_flight[usize::from(lane.number())];
            *count = count.saturating_sub(1);
        }
    }

    pub(super) fn waits(&mut self, lane: Option<Slot>) {
        if let Some(lane) = lane {
            let count = &mut self.waiting[usize::from(lane.number())];
            *count = count.saturating_add(1);
        }
    }

    pub(super) fn waits_no_more(&mut self, lane: Option<Slot>) {
        if let Some(lane) = lane {
            let count = &mut self.waiting[usize::from(lane.number())];
            *count = count.saturating_sub(1);
        }
    }
}
