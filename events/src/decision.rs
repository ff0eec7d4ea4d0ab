//! Every way in which the ledger answers.

use smallvec::SmallVec;

use crate::{BlockId, BookingId, HoldId, LogTime, Night, Oversold, PolicyVersion, Rejection};

/// What became of a command. The same for everybody who reads the same log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The property, room type or rate plan is as asked.
    Defined,
    /// The supply is as asked.
    InventorySet {
        /// Nights whose supply is now another than before.
        nights_changed: u32,
    },
    /// The nights are restricted as asked.
    RestrictionsSet {
        /// Nights that are now restricted otherwise than before.
        nights_changed: u32,
    },
    /// That version of the policy is in force.
    PolicyActive {
        /// Which; `None` where none is any more.
        version: Option<PolicyVersion>,
        /// Another was in force before.
        changed: bool,
    },
    /// The limits are as recommended, and never above what the hotel allows.
    LimitsApplied {
        /// Nights on which now another allowance is recommended than before.
        nights_changed: u32,
    },
    /// The rooms are set aside.
    Held {
        /// The hold.
        hold: HoldId,
        /// When it ends, unless it is confirmed or released before.
        deadline: LogTime,
    },
    /// The rooms are sold.
    Confirmed {
        /// The booking.
        booking: BookingId,
        /// Its ordinal in its slot, from which its confirmation number is computed.
        ordinal: u32,
        /// The hold had expired, and its rooms were still free.
        readmitted: bool,
    },
    /// The rooms of the hold are free.
    Released {
        /// The hold.
        hold: HoldId,
    },
    /// The rooms of those lines are free.
    Cancelled {
        /// The booking.
        booking: BookingId,
        /// The lines that this command cancelled, counted from 1.
        lines: SmallVec<[u16; 4]>,
        /// No line of the booking is left.
        whole: bool,
    },
    /// The lines are as asked.
    Amended {
        /// The booking.
        booking: BookingId,
        /// The lines that this command changed, counted from 1, in order.
        lines: SmallVec<[u16; 4]>,
        /// How many times the booking has been amended by now.
        amendments: u32,
    },
    /// The channel's sale is on record, as a booking.
    ExternalSaleRecorded {
        /// The booking.
        booking: BookingId,
        /// Its ordinal in its slot, from which its confirmation number is computed.
        ordinal: u32,
        /// The nights on which it leaves more sold than may be, by how many rooms; in order.
        oversold: Vec<Oversold>,
        /// It was on record before, under another command; nothing was counted now.
        known: bool,
    },
    /// What was left of the block is free to all.
    BlockReleased {
        /// The block.
        block: BlockId,
        /// Rooms that were given back, over all its nights; none when it was released before.
        room_nights: u32,
    },
    /// The property's business date is now this.
    BusinessDateAdvanced {
        /// The date.
        date: Night,
        /// The blocks that were cut off by it, in order of (cut-off date, id).
        released: Vec<BlockId>,
    },
    /// The fact is on record.
    Recorded,
    /// The partition has a new owner.
    OwnerAnnounced {
        /// Under this epoch.
        epoch: u64,
    },
    /// Log time is now this.
    Ticked {
        /// The log time.
        log_time: LogTime,
        /// The holds that it ended, in order of (deadline, id).
        expired: Vec<HoldId>,
    },
    /// Nothing has changed, for that reason.
    Rejected(Rejection),
}
