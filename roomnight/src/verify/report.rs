//! What the auditor found: how much it checked, and the first place where something did not hold.

use std::collections::BTreeMap;
use std::fmt;

/// A promise that the auditor holds the system to, in the order in which it is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Check {
    /// Offsets have no gaps, and each record stands under the chain hash of its bytes.
    Chain,
    /// Each command stands on the partition that its slot belongs to.
    Routed,
    /// The stored position lies within the log.
    Position,
    /// The chain hash kept with the state is that of the log at the stored position.
    StoredChain,
    /// One command id, one answer: that of its first appearance on the log.
    DecidedOnce,
    /// No claim was admitted on a night that stood at its limit.
    NoOversell,
    /// No sold-out answer was given while a room was free.
    NoUndersell,
    /// Every stored answer is the answer that the written rules give.
    Answers,
    /// Properties, room types, rate plans and blocks are as their last definitions say.
    Catalogue,
    /// The supply of each night is as the last command about it says.
    Supply,
    /// Each hold is what the log made of it, and has ended if its deadline has passed.
    Holds,
    /// Each booking and each of its lines is what the log made of it.
    Bookings,
    /// Held, sold and allotted rooms of each night equal the listed claims on it.
    Nights,
    /// Withdrawals of unknown ids are remembered, and how many bookings a slot has made.
    Slots,
    /// Log time, and whose ticks move it.
    Clock,
    /// left + held + sold + allotted + blocked = rooms on every row of the availability view.
    ViewAddsUp,
    /// The availability view equals a recomputation from the listed claims.
    View,
    /// The digest kept with the state is that of the decisions up to the stored position.
    Digest,
}

impl Check {
    /// Its name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Chain => "chain",
            Self::Routed => "routed",
            Self::Position => "position",
            Self::DecidedOnce => "decided_once",
            Self::NoOversell => "no_oversell",
            Self::NoUndersell => "no_undersell",
            Self::Answers => "answers",
            Self::Catalogue => "catalogue",
            Self::Supply => "supply",
            Self::Holds => "holds",
            Self::Bookings => "bookings",
            Self::Nights => "nights",
            Self::Slots => "slots",
            Self::Clock => "clock",
            Self::ViewAddsUp => "view_adds_up",
            Self::View => "view",
            Self::StoredChain => "stored_chain",
            Self::Digest => "digest",
        }
    }

    /// Which layer it looks at; of two violations that of the lower layer is the cause.
    ///
    /// The lowest names the very record at fault. The others compare what is stored, and can name
    /// only the last record that should have touched it.
    fn layer(self) -> u8 {
        match self {
            Self::Chain
            | Self::Routed
            | Self::Position
            | Self::StoredChain
            | Self::DecidedOnce
            | Self::NoOversell
            | Self::NoUndersell
            | Self::Answers => 0,
            Self::Catalogue
            | Self::Supply
            | Self::Holds
            | Self::Bookings
            | Self::Slots
            | Self::Clock => 1,
            Self::Nights | Self::ViewAddsUp | Self::View | Self::Digest => 2,
        }
    }

    /// What it promises, for people.
    fn promise(self) -> &'static str {
        match self {
            Self::Chain => "records in order, each under its chain hash",
            Self::Routed => "commands on the partition of their slot",
            Self::Position => "partitions whose stored position lies within the log",
            Self::DecidedOnce => "command ids decided once",
            Self::NoOversell => "nights within their limit when a claim was admitted",
            Self::NoUndersell => "sold-out nights without a free room",
            Self::Answers => "stored answers equal to the model's",
            Self::Catalogue => "properties, room types and rate plans as defined",
            Self::Supply => "nights with the supply that was set",
            Self::Holds => "holds equal to the model's",
            Self::Bookings => "bookings equal to the model's",
            Self::Nights => "nights whose counts equal the listed claims",
            Self::Slots => "withdrawals and booking counters of slots",
            Self::Clock => "clocks equal to the log's ticks",
            Self::ViewAddsUp => "view rows with left + held + sold + allotted + blocked = rooms",
            Self::View => "view rows equal to a recomputation",
            Self::StoredChain => "stored chain hashes equal to the log's",
            Self::Digest => "decisions that the stored digest covers and agrees with",
        }
    }
}

/// Where on the log: a partition and an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) struct Place {
    /// The partition of the topic `commands`.
    pub(super) partition: u16,
    /// The record's offset in it.
    pub(super) offset: u64,
}

/// Something that must hold and does not, at the first place where it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The partition of the offending record.
    pub partition: u16,
    /// Its offset; for what only the stored state shows, the last record that touched it.
    pub offset: u64,
    /// Which check found it, by the name in the report.
    pub check: &'static str,
    /// What it is about.
    pub subject: String,
    /// What the log and the written rules lead to.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "violated: {} at {}:{}", self.check, self.partition, self.offset)?;
        writeln!(f, "  about     {}", self.subject)?;
        writeln!(f, "  expected  {}", self.expected)?;
        write!(f, "  found     {}", self.found)
    }
}

/// The outcome of an audit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The name of each check, and how many things it was applied to.
    pub checked: Vec<(&'static str, u64)>,
    /// What was met on the way and is lawful, but worth knowing: name and count.
    pub noted: Vec<(&'static str, u64)>,
    /// The first thing that does not hold; `None` when all holds.
    pub violation: Option<Violation>,
}

impl Report {
    /// Whether everything that was checked holds.
    pub fn all_holds(&self) -> bool {
        self.violation.is_none()
    }

    /// How many things a check was applied to.
    pub fn count_of(&self, name: &str) -> u64 {
        let counts = self.checked.iter().chain(&self.noted);
        counts.filter(|(counted, _)| *counted == name).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in &self.checked {
            let promise = Check::ALL.iter().find(|check| check.name() == *name);
            let promise = promise.map_or("", |check| check.promise());
            writeln!(f, "{:>12}  {name:<14}{promise}", grouped(*count))?;
        }
        for (name, count) in self.noted.iter().filter(|(_, count)| *count > 0) {
            writeln!(f, "{:>12}  {name}", grouped(*count))?;
        }
        match &self.violation {
            None => f.write_str("all holds"),
            Some(violation) => violation.fmt(f),
        }
    }
}

/// A number as people read it: 1234567 becomes 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Check {
    /// Every check, in the order of the report.
    pub(super) const ALL: [Self; 18] = [
        Self::Chain,
        Self::Routed,
        Self::Position,
        Self::StoredChain,
        Self::DecidedOnce,
        Self::NoOversell,
        Self::NoUndersell,
        Self::Answers,
        Self::Catalogue,
        Self::Supply,
        Self::Holds,
        Self::Bookings,
        Self::Nights,
        Self::Slots,
        Self::Clock,
        Self::ViewAddsUp,
        Self::View,
        Self::Digest,
    ];
}

/// What comes first among violations: the lower layer, then the log, then the checks in order.
type Rank = (u8, Place, Check);

/// Collects counts, and of all violations the one that stands first on the log.
#[derive(Debug, Default)]
pub(super) struct Findings {
    counts: BTreeMap<Check, u64>,
    first: Option<(Rank, Violation)>,
}

impl Findings {
    /// Notes that a check was applied to `count` more things.
    pub(super) fn count(&mut self, check: Check, count: u64) {
        *self.counts.entry(check).or_default() += count;
    }

    /// Notes a violation; of several the first is kept.
    pub(super) fn violated(
        &mut self,
        check: Check,
        place: Place,
        subject: impl fmt::Display,
        expected: impl fmt::Display,
        found: impl fmt::Display,
    ) {
        let rank = (check.layer(), place, check);
        if self.first.as_ref().is_some_and(|(first, _)| *first <= rank) {
            return;
        }
        let violation = Violation {
            partition: place.partition,
            offset: place.offset,
            check: check.name(),
            subject: subject.to_string(),
            expected: expected.to_string(),
            found: found.to_string(),
        };
        self.first = Some((rank, violation));
    }

    /// The first violation so far.
    pub(super) fn violation(&self) -> Option<&Violation> {
        self.first.as_ref().map(|(_, violation)| violation)
    }

    /// Applies a check to one thing: what is found must equal what is expected.
    pub(super) fn equal<T: PartialEq + fmt::Debug>(
        &mut self,
        check: Check,
        place: Place,
        subject: impl fmt::Display,
        expected: &T,
        found: &T,
    ) {
        self.count(check, 1);
        if expected != found {
            self.violated(check, place, subject, Shown(expected), Shown(found));
        }
    }

    /// The counts of all checks, those that had nothing to look at included, and the violation.
    pub(super) fn into_report(self, noted: Vec<(&'static str, u64)>) -> Report {
        let count = |check: &Check| self.counts.get(check).copied().unwrap_or(0);
        Report {
            checked: Check::ALL.iter().map(|check| (check.name(), count(check))).collect(),
            noted,
            violation: self.first.map(|(_, violation)| violation),
        }
    }
}

/// Shows a value by its `Debug` form where a `Display` is asked for.
pub(super) struct Shown<'a, T>(pub(super) &'a T);

impl<T: fmt::Debug> fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
