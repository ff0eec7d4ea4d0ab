//! The auditor's sales of channels: a name on every list, however long the list is.

use std::collections::{BTreeMap, BTreeSet};

use events::{Decision, HoldId, Line, Oversold, Reason, RecordExternalSale};

use super::above::Sale;
use super::amend::is_not_too_large;
use super::catalogue::guard;
use super::lines::has_room_type;
use super::model::{Asked, Model};
use super::rooms::Claim;
use super::rules::HOLD_LINES_MAX;
use super::sale::Booking;

/// The most rooms that a night is counted up to.
const COUNTED_MAX: u32 = 65_535;

impl Model {
    /// Puts a sale on record, whatever is left.
    pub(super) fn record_external_sale(
        &mut self,
        asked: Asked,
        command: &RecordExternalSale,
    ) -> Result<Decision, Reason> {
        let hold = HoldId::of_command(asked.slot, asked.id);
        let property = self.properties.get(&command.property).ok_or(Reason::PropertyUnknown)?;
        let name = (&command.property, &command.channel, Some(&command.reference));
        let same = self
            .bookings
            .iter()
            .find(|(_, one)| (&one.property, &one.channel, one.reference.as_ref()) == name);
        if let Some((booking, one)) = same {
            let (booking, ordinal, oversold) = (*booking, one.ordinal, Vec::new());
            return Ok(Decision::ExternalSaleRecorded { booking, ordinal, oversold, known: true });
        }
        let stands = self.hold(hold).is_some() || self.bookings.contains_key(&hold.booking());
        guard(!stands, Reason::IdReused)?;
        let lines: Vec<_> = command.lines.iter().collect();
        guard(lines.len() <= HOLD_LINES_MAX, Reason::TooLarge)?;
        is_not_too_large(&lines)?;
        let known = lines.iter().all(|line| has_room_type(property, line));
        guard(known, Reason::RoomTypeUnknown)?;
        guard(!self.is_withdrawn(asked.slot, hold), Reason::Withdrawn)?;
        let oversold = self.list_sale(asked, hold, command)?;
        let (property, after) = (&command.property, &command.lines);
        let sale = Sale { property, hold, before: &[], after, by_channel: true };
        self.look_above(sale, asked.place.offset);
        let booked = self.booked.entry(asked.slot).or_default();
        booked.push(hold.booking());
        let ordinal = u32::try_from(booked.len()).unwrap_or(u32::MAX);
        let made = Booking {
            property: command.property.clone(),
            guest: command.guest.clone(),
            channel: command.channel.clone(),
            ordinal,
            stamp: asked.stamp,
            lines: command.lines.to_vec(),
            prices: self.prices(&command.property, &command.lines),
            cancelled: BTreeMap::new(),
            facts: Vec::new(),
            amended: Vec::new(),
            reference: Some(command.reference.clone()),
            block: None,
            offset: asked.place.offset,
        };
        self.bookings.insert(hold.booking(), made);
        Ok(Decision::ExternalSaleRecorded {
            booking: hold.booking(),
            ordinal,
            oversold: oversold.into_iter().collect(),
            known: false,
        })
    }

    /// Puts the lines on their lists, and says which of those are then too long and by how much.
    fn list_sale(
        &mut self,
        asked: Asked,
        hold: HoldId,
        command: &RecordExternalSale,
    ) -> Result<BTreeSet<Oversold>, Reason> {
        let property = self.properties.get_mut(&command.property);
        let property = property.ok_or(Reason::PropertyUnknown)?;
        let parts: Vec<(u16, Line)> = (1_u16..)
            .zip(&command.lines)
            .flat_map(|(number, line)| {
                property.on_lists(line).into_iter().map(move |part| (number, part))
            })
            .collect();
        for (_, line) in &parts {
            let Some(room_type) = property.room_type(&line.room_type) else { continue };
            let same = || {
                parts.iter().map(|(_, part)| part).filter(|other| other.room_type == line.room_type)
            };
            for night in line.stay.nights() {
                let coming = same().filter(|other| other.stay.contains(night));
                let coming: u32 = coming.map(|other| u32::from(other.rooms)).sum();
                let all = room_type.rooms.claimed_rooms(night) + coming;
                guard(all <= COUNTED_MAX, Reason::TooLarge)?;
            }
        }
        for (number, line) in &parts {
            let Some(room_type) = property.room_type_mut(&line.room_type) else { continue };
            let claim = Claim { hold, line: *number, rooms: line.rooms, sold: true, block: None };
            room_type.rooms.claim(line.stay, claim, asked.place.offset);
        }
        let mut oversold = BTreeSet::new();
        for (_, line) in &parts {
            let Some(room_type) = property.room_type(&line.room_type) else { continue };
            oversold.extend(line.stay.nights().filter_map(|night| {
                let rooms = room_type.rooms.rooms_over(night);
                let room_type = line.room_type.clone();
                (rooms > 0).then_some(Oversold { room_type, night, rooms })
            }));
        }
        Ok(oversold)
    }
}
