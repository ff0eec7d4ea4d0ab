//! The shape of the real history as small tables, one for each of its two hotels.
//!
//! All are counts over "Hotel booking demand" (N. Antonio, A. de Almeida, L. Nunes, Data in Brief
//! 22, 2019, doi:10.1016/j.dib.2018.11.126, CC BY 4.0), rows of no night left out. `fit.rs` says
//! how each is counted; where the data is at hand a test counts again and compares every figure.

use crate::hotel_bookings::House;

/// How many ranges of lead time are told apart.
pub const LEAD_BUCKETS: usize = 23;

/// The first day of each range of lead time; each ends where the next begins.
pub const LEAD_DAYS_FIRST: [i32; LEAD_BUCKETS] =
    [0, 1, 2, 3, 4, 7, 10, 14, 21, 30, 45, 60, 75, 90, 120, 150, 180, 210, 240, 270, 300, 365, 450];

/// The day after the longest lead time.
pub const LEAD_DAYS_END: i32 = 738;

/// On the day of booking, in each tenth of the time until arrival, on the day of arrival.
pub const CANCEL_BINS: usize = 12;

/// One night, two nights and so on; the last stands for all that are longer.
pub const NIGHTS_BINS: usize = 22;

/// Tenths of all prices, by their middle.
pub const PRICE_BINS: usize = 10;

/// The room types that are told apart, as the source calls them.
pub const ROOM_LETTERS: [u8; 8] = *b"ABCDEFGH";

/// Bookings of one range of lead time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeadRow {
    /// Bookings without a deposit, or with one that is given back.
    pub flexible: u32,
    /// Of those, cancelled.
    pub flexible_cancelled: u32,
    /// Bookings with a deposit that is lost.
    pub non_refundable: u32,
    /// Of those, cancelled.
    pub non_refundable_cancelled: u32,
}

/// The shape of one hotel's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// How many bookings were counted.
    pub rows: u32,
    /// The most rooms in the house on one night.
    pub rooms: u32,
    /// Days from the first arrival to the last.
    pub arrival_days: u32,
    /// By lead time.
    pub leads: [LeadRow; LEAD_BUCKETS],
    /// When bookings are cancelled that were not made on the day of arrival.
    pub cancel_bins: [u32; CANCEL_BINS],
    /// Guests who did not come.
    pub no_shows: u32,
    /// Bookings that were not cancelled.
    pub expected: u32,
    /// By number of nights.
    pub nights: [u32; NIGHTS_BINS],
    /// Arrivals in a hundred days of each month, January first.
    pub months: [u32; 12],
    /// Arrivals in a hundred days of each weekday, Monday first.
    pub weekdays: [u32; 7],
    /// By room type, those of fewer than one row in two hundred left out.
    pub room_types: [u32; ROOM_LETTERS.len()],
    /// By grown-ups (one to four) and children with babies (none to three or more).
    pub parties: [[u32; 4]; 4],
    /// The median of the prices above zero of each month, in cents a night.
    pub price_medians_minor: [u32; 12],
    /// Prices in thousandths of the median of their month: the middle of each tenth of them.
    pub price_permille: [u32; PRICE_BINS],
}

impl Shape {
    /// The shape of that hotel's history.
    pub fn of(house: House) -> &'static Self {
        match house {
            House::City => &CITY,
            House::Resort => &RESORT,
        }
    }

    /// How many bookings are cancelled.
    pub fn cancelled(&self) -> u32 {
        self.rows - self.expected
    }
}

const fn lead(
    flexible: u32,
    flexible_cancelled: u32,
    non_refundable: u32,
    non_refundable_cancelled: u32,
) -> LeadRow {
    LeadRow { flexible, flexible_cancelled, non_refundable, non_refundable_cancelled }
}

/// The City hotel, in Lisbon.
const CITY: Shape = Shape {
    rows: 78999,
    rooms: 226,
    arrival_days: 793,
    leads: [
        lead(2899, 187, 2, 0),
        lead(1835, 166, 10, 8),
        lead(1121, 94, 0, 0),
        lead(1016, 102, 2, 0),
        lead(2847, 329, 65, 64),
        lead(2107, 388, 21, 20),
        lead(2503, 591, 22, 22),
        lead(3980, 1018, 147, 146),
        lead(3842, 1213, 223, 222),
        lead(6109, 1993, 512, 512),
        lead(4935, 1592, 452, 451),
        lead(4193, 1293, 756, 754),
        lead(3527, 1096, 519, 517),
        lead(6189, 2075, 1267, 1265),
        lead(4761, 1626, 777, 761),
        lead(3848, 1400, 1370, 1367),
        lead(2985, 1103, 677, 674),
        lead(1954, 701, 571, 570),
        lead(1559, 678, 584, 584),
        lead(1429, 741, 1102, 1102),
        lead(1534, 779, 1989, 1989),
        lead(676, 116, 1069, 1069),
        lead(282, 61, 731, 731),
    ],
    cancel_bins: [5595, 4392, 2804, 3972, 2735, 1705, 1428, 1755, 2176, 2445, 2624, 352],
    no_shows: 909,
    expected: 46829,
    nights: [
        13272, 21426, 21381, 12557, 4997, 2059, 2059, 385, 213, 199, 82, 65, 42, 100, 42, 16, 8, 7,
        12, 13, 10, 54,
    ],
    months: [5991, 8642, 10356, 12440, 13212, 13131, 8676, 9640, 12308, 12198, 7198, 6612],
    weekdays: [10434, 8010, 9799, 11371, 12307, 9690, 8108],
    room_types: [62333, 1110, 0, 11730, 1545, 1786, 481, 0],
    parties: [[15472, 203, 107, 4], [53374, 2936, 1714, 66], [4633, 109, 27, 0], [31, 0, 0, 0]],
    price_medians_minor: [
        8000, 8000, 8820, 10500, 12000, 11850, 10710, 10980, 10800, 10000, 8575, 8600,
    ],
    price_permille: [578, 740, 827, 900, 963, 1027, 1100, 1200, 1352, 1675],
};

/// The Resort hotel, in the Algarve.
const RESORT: Shape = Shape {
    rows: 39676,
    rooms: 187,
    arrival_days: 793,
    leads: [
        lead(3107, 114, 19, 0),
        lead(1554, 71, 0, 0),
        lead(923, 67, 1, 0),
        lead(782, 50, 5, 4),
        lead(1778, 119, 2, 1),
        lead(1295, 146, 18, 12),
        lead(1370, 204, 15, 13),
        lead(1878, 429, 10, 2),
        lead(2096, 522, 4, 0),
        lead(2955, 810, 26, 25),
        lead(2118, 666, 24, 24),
        lead(1896, 606, 53, 53),
        lead(1641, 527, 107, 107),
        lead(2754, 900, 247, 247),
        lead(2328, 832, 196, 196),
        lead(2490, 710, 195, 156),
        lead(1962, 659, 93, 91),
        lead(1630, 557, 207, 204),
        lead(1075, 406, 219, 219),
        lead(819, 260, 91, 91),
        lead(1171, 449, 70, 70),
        lead(259, 59, 90, 90),
        lead(76, 30, 27, 27),
    ],
    cancel_bins: [1145, 2172, 1134, 877, 652, 663, 807, 652, 816, 834, 753, 206],
    no_shows: 285,
    expected: 28851,
    nights: [
        7748, 6217, 5695, 4826, 2787, 1798, 6596, 776, 628, 940, 314, 158, 100, 816, 33, 24, 12,
        28, 10, 1, 61, 108,
    ],
    months: [3485, 5405, 5333, 5978, 5677, 5030, 4873, 5225, 5166, 5662, 4006, 4185],
    weekdays: [5539, 4246, 4256, 5428, 4975, 6221, 4358],
    room_types: [23139, 0, 910, 7378, 4952, 1096, 1595, 597],
    parties: [[6905, 82, 49, 3], [27793, 1701, 1642, 27], [1020, 384, 13, 0], [28, 3, 0, 0]],
    price_medians_minor: [
        4800, 5200, 5600, 7600, 7439, 10600, 15300, 18900, 8669, 5800, 4600, 5933,
    ],
    price_permille: [546, 673, 768, 857, 945, 1043, 1142, 1265, 1442, 1834],
};
