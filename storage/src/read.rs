//! Reading: one snapshot, one position, however many rows.

use dataflows::views::velocity::{AttemptKey, AttemptRow, VelocityKey, VelocityRow};
use dataflows::{AvailabilityKey, AvailabilityRow};
use events::{
    BlockId, BookingId, CommandId, HoldId, LinkRoomType, Night, PolicyKind, PolicyVersion,
    Position, PropertyId, RatePlanId, RoomTypeId, Stamp, Stay,
};
use ledger::rows::{
    AboveRow, ActivePolicyRow, AppliedLimit, BlockRow, BookingRow, DecisionRow, HoldCapsRow,
    HoldRow, InventoryRow, LimitsRow, LinkRow, OversoldRow, PolicyRow, PropertyRow, RatePlanRow,
    RestrictionsRow, RoomTypeRow, SupplyRange,
};
use rocksdb::{Direction, IteratorMode, ReadOptions};

use crate::key::{push_night, push_text};
use crate::table::{Table, decode, encode_key};
use crate::tables::{
    Above, ActivePolicy, Attempt, Availability, Block, Booking, BusinessDate, Decision, Hold,
    HoldCaps, Inventory, Limits, Link, MetaRow, Oversold, Policy, Property, RatePlan, Restrictions,
    RoomType, Velocity,
};
use crate::{Error, Store};

mod views;

/// The state as it was at one position. It keeps files from being deleted: let go of it soon.
pub struct Snapshot<'a> {
    store: &'a Store,
    rows: rocksdb::Snapshot<'a>,
    meta: Option<MetaRow>,
}

impl Store {
    /// The state as it is now; what is written later does not show in it.
    pub fn snapshot(&self) -> Result<Snapshot<'_>, Error> {
        let rows = self.db.snapshot();
        let meta = self.read_meta(|key| rows.get(key))?;
        Ok(Snapshot { store: self, rows, meta })
    }

    /// A property as it is now. One row needs no snapshot, which every writer waits for.
    pub fn property(&self, property: &PropertyId) -> Result<Option<PropertyRow>, Error> {
        let mut key = Vec::new();
        encode_key::<Property>(property, &mut key);
        let value = self.db.get_pinned(&key).map_err(|error| self.failed("reading", error))?;
        value.map(|value| decode::<Property>(&key, &value)).transpose()
    }
}

impl Snapshot<'_> {
    /// The position that every row of this snapshot reflects.
    pub fn position(&self) -> Position {
        self.meta.as_ref().map(MetaRow::position).unwrap_or_default()
    }

    /// Wall time at the writer when it was reached.
    pub fn stamp(&self) -> Stamp {
        self.meta.as_ref().map(|meta| meta.stamp).unwrap_or_default()
    }

    /// A property.
    pub fn property(&self, property: &PropertyId) -> Result<Option<PropertyRow>, Error> {
        self.get::<Property>(property)
    }

    /// A room type of a property.
    pub fn room_type(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
    ) -> Result<Option<RoomTypeRow>, Error> {
        self.get::<RoomType>(&(property.clone(), room_type.clone()))
    }

    /// The room types of a property, in the order in which they were first defined.
    pub fn room_types(&self, property: &PropertyId) -> Result<Vec<RoomTypeRow>, Error> {
        let mut rows = self.of_property::<RoomType>(property)?;
        rows.sort_by_key(|row| row.ordinal);
        Ok(rows)
    }

    /// A rate plan of a property.
    pub fn rate_plan(
        &self,
        property: &PropertyId,
        rate_plan: &RatePlanId,
    ) -> Result<Option<RatePlanRow>, Error> {
        self.get::<RatePlan>(&(property.clone(), rate_plan.clone()))
    }

    /// The rate plans of a property, in the order in which they were first defined.
    pub fn rate_plans(&self, property: &PropertyId) -> Result<Vec<RatePlanRow>, Error> {
        let mut rows = self.of_property::<RatePlan>(property)?;
        rows.sort_by_key(|row| row.ordinal);
        Ok(rows)
    }

    /// The supply of a room type; `None` when none was ever set.
    pub fn inventory(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
    ) -> Result<Option<InventoryRow>, Error> {
        self.get::<Inventory>(&(property.clone(), room_type.clone()))
    }

    /// What each scope of a property says of its nights, in the order of the scopes.
    pub fn restrictions(&self, property: &PropertyId) -> Result<Vec<RestrictionsRow>, Error> {
        self.of_property::<Restrictions>(property)
    }

    /// What may be held at a property and not paid for; `None` when that was never set.
    pub fn hold_caps(&self, property: &PropertyId) -> Result<Option<HoldCapsRow>, Error> {
        self.get::<HoldCaps>(property)
    }

    /// What room types of a property are made of.
    pub fn links(&self, property: &PropertyId) -> Result<Vec<LinkRow>, Error> {
        self.of_property::<Link>(property)
    }

    /// Every version of one kind of policy of a property, in the order in which they were staged.
    pub fn policies(
        &self,
        property: &PropertyId,
        kind: PolicyKind,
    ) -> Result<Vec<PolicyRow>, Error> {
        let mut prefix = vec![Policy::KIND.byte()];
        push_text(&mut prefix, property.as_str());
        prefix.push(kind.number());
        let mut rows = self.with_prefix::<Policy>(&prefix)?;
        rows.sort_by_key(|row| row.ordinal);
        Ok(rows)
    }

    /// A version of a policy.
    pub fn policy(
        &self,
        property: &PropertyId,
        kind: PolicyKind,
        version: &PolicyVersion,
    ) -> Result<Option<PolicyRow>, Error> {
        self.get::<Policy>(&(property.clone(), kind, version.clone()))
    }

    /// Which version of a policy is in force; `None` when none was ever promoted.
    pub fn active_policy(
        &self,
        property: &PropertyId,
        kind: PolicyKind,
    ) -> Result<Option<ActivePolicyRow>, Error> {
        self.get::<ActivePolicy>(&(property.clone(), kind))
    }

    /// What is recommended of the nights of each room type of a property, by room type.
    pub fn limits(&self, property: &PropertyId) -> Result<Vec<LimitsRow>, Error> {
        self.of_property::<Limits>(property)
    }

    /// The holds and bookings of a property that were admitted above the physical rooms, in the
    /// order of their ids.
    pub fn above(&self, property: &PropertyId) -> Result<Vec<AboveRow>, Error> {
        self.of_property::<Above>(property)
    }

    /// The nights of a property on which more is held and sold than may be, by room type and night.
    pub fn oversold(&self, property: &PropertyId) -> Result<Vec<OversoldRow>, Error> {
        self.of_property::<Oversold>(property)
    }

    /// A block of a property.
    pub fn block(&self, property: &PropertyId, block: &BlockId) -> Result<Option<BlockRow>, Error> {
        self.get::<Block>(&(property.clone(), block.clone()))
    }

    /// The blocks of a property, by id.
    pub fn blocks(&self, property: &PropertyId) -> Result<Vec<BlockRow>, Error> {
        self.of_property::<Block>(property)
    }

    /// The day that the books of a property are in; `None` before its first night audit.
    pub fn business_date(&self, property: &PropertyId) -> Result<Option<Night>, Error> {
        Ok(self.get::<BusinessDate>(property)?.map(|row| row.date))
    }

    /// A hold, if it is remembered.
    pub fn hold(&self, hold: HoldId) -> Result<Option<HoldRow>, Error> {
        self.get::<Hold>(&hold)
    }

    /// A booking.
    pub fn booking(&self, booking: BookingId) -> Result<Option<BookingRow>, Error> {
        self.get::<Booking>(&booking)
    }

    /// What was answered to a command; when its id was used in several slots, the first of them.
    pub fn decision(&self, id: CommandId) -> Result<Option<DecisionRow>, Error> {
        let rows = self.decisions(id)?;
        Ok(rows.into_iter().min_by_key(|row| (row.stamp, row.slot)))
    }

    /// What was answered to the commands of that id: at most one in each slot.
    pub fn decisions(&self, id: CommandId) -> Result<Vec<DecisionRow>, Error> {
        let mut prefix = vec![Decision::KIND.byte()];
        prefix.extend_from_slice(&id.to_bytes());
        self.with_prefix::<Decision>(&prefix)
    }

    /// Every row of the view `availability` that is of a property, in key order.
    pub fn availability_of(
        &self,
        property: &PropertyId,
    ) -> Result<Vec<(AvailabilityKey, AvailabilityRow)>, Error> {
        self.of_property::<Availability>(property)
    }

    /// Every night of the stay, and what is left of the room type on it.
    ///
    /// Nights on which something is held, sold or allotted are answered from the view; the others
    /// from the supply, of which everything is left.
    pub fn availability(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        stay: Stay,
    ) -> Result<Vec<(Night, AvailabilityRow)>, Error> {
        let name = (property.clone(), room_type.clone());
        if let Some(link) = self.get::<Link>(&name)? {
            return self.linked_availability(&link.command, stay);
        }
        let inventory = self.inventory(property, room_type)?;
        let limits = self.get::<Limits>(&name)?;
        let touched = self.touched(property, room_type, stay)?;
        Ok(night_by_night(inventory.as_ref(), limits.as_ref(), touched, stay))
    }

    /// Of what is made of others as many are left as the scarcest of its parts allows; it has no
    /// rooms of its own to tell of.
    fn linked_availability(
        &self,
        link: &LinkRoomType,
        stay: Stay,
    ) -> Result<Vec<(Night, AvailabilityRow)>, Error> {
        let mut least: Vec<Option<i32>> = stay.nights().map(|_| None).collect();
        for part in &link.parts {
            let rows = self.availability(&link.property, &part.room_type, stay)?;
            for (least, (_, row)) in least.iter_mut().zip(rows) {
                let left = row.left.div_euclid(i32::from(part.rooms.max(1)));
                *least = Some(least.map_or(left, |least| least.min(left)));
            }
        }
        let row = |left: Option<i32>| AvailabilityRow {
            rooms: 0,
            blocked: 0,
            held: 0,
            sold: 0,
            allotted: 0,
            left: left.unwrap_or(0),
        };
        Ok(stay.nights().zip(least).map(|(night, left)| (night, row(left))).collect())
    }

    fn touched(
        &self,
        property: &PropertyId,
        room_type: &RoomTypeId,
        stay: Stay,
    ) -> Result<Vec<(AvailabilityKey, AvailabilityRow)>, Error> {
        let mut from = vec![Availability::KIND.byte()];
        push_text(&mut from, property.as_str());
        push_text(&mut from, room_type.as_str());
        let mut to = from.clone();
        push_night(&mut from, stay.arrival());
        push_night(&mut to, stay.departure());
        self.between::<Availability>(&from, to)
    }

    /// How often somebody has tried to book of late; `None` if they have not.
    pub fn velocity(&self, key: VelocityKey) -> Result<Option<VelocityRow>, Error> {
        Ok(self.get::<Velocity>(&key)?.map(|(_, row)| row))
    }

    /// An attempt to book, if it is remembered.
    pub fn attempt(&self, key: AttemptKey) -> Result<Option<Box<AttemptRow>>, Error> {
        self.get::<Attempt>(&key)
    }

    fn get<T: Table>(&self, key: &T::Key) -> Result<Option<T::Row>, Error> {
        let mut bytes = Vec::new();
        encode_key::<T>(key, &mut bytes);
        let value = self.rows.get_pinned(&bytes).map_err(|error| self.failed(error))?;
        value.map(|value| decode::<T>(&bytes, &value)).transpose()
    }

    fn of_property<T: Table>(&self, property: &PropertyId) -> Result<Vec<T::Row>, Error> {
        let mut prefix = vec![T::KIND.byte()];
        push_text(&mut prefix, property.as_str());
        self.with_prefix::<T>(&prefix)
    }

    fn with_prefix<T: Table>(&self, prefix: &[u8]) -> Result<Vec<T::Row>, Error> {
        self.between::<T>(prefix, end_of(prefix))
    }

    fn between<T: Table>(&self, from: &[u8], to: Vec<u8>) -> Result<Vec<T::Row>, Error> {
        let mut options = ReadOptions::default();
        options.set_iterate_upper_bound(to);
        let mode = IteratorMode::From(from, Direction::Forward);
        // An item may be an error; the end is only the end when there was none.
        let items = self.rows.iterator_opt(mode, options);
        items
            .map(|item| {
                let (key, value) = item.map_err(|error| self.failed(error))?;
                decode::<T>(&key, &value)
            })
            .collect()
    }

    /// Hands over every row from one key up to another or the end, in the order of the keys, and
    /// past the cache, which a long scan would only empty.
    pub(crate) fn scan(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        mut each: impl FnMut(&[u8], &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_readahead_size(2 << 20);
        if let Some(to) = to {
            options.set_iterate_upper_bound(to);
        }
        // It lends its rows, where the other iterator copies each into two boxes.
        let mut rows = self.rows.raw_iterator_opt(options);
        rows.seek(from);
        while let Some((key, value)) = rows.item() {
            each(key, value)?;
            rows.next();
        }
        rows.status().map_err(|error| self.failed(error))
    }

    pub(crate) fn meta(&self) -> Option<&MetaRow> {
        self.meta.as_ref()
    }

    pub(crate) fn failed(&self, error: rocksdb::Error) -> Error {
        self.store.failed("reading", error)
    }
}

/// Each night of a stay, from the view where something is held or sold, else from the supply.
pub(crate) fn night_by_night(
    inventory: Option<&InventoryRow>,
    limits: Option<&LimitsRow>,
    touched: Vec<(AvailabilityKey, AvailabilityRow)>,
    stay: Stay,
) -> Vec<(Night, AvailabilityRow)> {
    let ranges = inventory.map(|row| row.ranges.as_slice()).unwrap_or_default();
    let limits = limits.map(|row| row.ranges.as_slice()).unwrap_or_default();
    let mut touched = touched.into_iter().peekable();
    let row = |night: Night| {
        let row = touched.next_if(|(key, _)| key.night == night).map(|(_, row)| row);
        (night, row.unwrap_or_else(|| untouched(ranges, limits, night)))
    };
    stay.nights().map(row).collect()
}

fn untouched(ranges: &[SupplyRange], limits: &[AppliedLimit], night: Night) -> AvailabilityRow {
    let after = ranges.partition_point(|range| range.nights.departure() <= night);
    let range = ranges.get(after).filter(|range| range.nights.contains(night));
    let supply = range.map(|range| range.supply).unwrap_or_default();
    let after = limits.partition_point(|limit| limit.nights.departure() <= night);
    let limit = limits.get(after).filter(|limit| limit.nights.contains(night));
    let allowance = limit.map_or(supply.allowance, |limit| limit.allowance.min(supply.allowance));
    let rooms = i32::from(supply.physical) + i32::from(allowance);
    let blocked = i32::from(supply.blocked);
    let left = rooms - blocked;
    AvailabilityRow { rooms, blocked, held: 0, sold: 0, allotted: 0, left }
}

/// The first key after all that begin with `prefix`, whose first byte is a kind and so no 0xff.
pub(crate) fn end_of(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            break;
        }
    }
    end
}
