//! Scenario files: prose, commands, and the decision expected of each.
//!
//! A line is `name: command => decision`; `#` begins prose. A hold is known by the name of the line
//! that placed it. `RECORD=1` writes what the ledger says into the files instead of comparing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use events::{
    AdvanceBusinessDate, AmendBooking, AmendLine, AnnounceOwner, ApplyLimits, Boot, CancelBooking,
    Command, ConfirmHold, Decision, DefineRatePlan, Envelope, Fact, GuestRef, Guests, HoldId,
    LimitRange, Line, LinkRoomType, LogTime, Night, Occupancy, Oversold, Part, PickUp, PlaceHold,
    PolicyKind, PolicyVersion, PromotePolicy, PropertyId, Reason, RecordExternalSale, RecordFact,
    ReleaseBlock, ReleaseHold, RollbackPolicy, SetBlock, SetHoldCaps, SetRestrictions, Slot,
    StagePolicy, Stay, Supply, Tick,
};

use super::restrictions::{restrictions_of, scope_of};
use super::support::{
    command_id, define_property, define_rate_plan, define_room_type, envelope, line, place_hold,
    property, rate_plan, room_type, set_inventory,
};
use crate::{Decided, State, apply, laws};

struct Scenario {
    state: State,
    /// The property in which the name of a hold or booking is to be looked for.
    home: PropertyId,
    names: BTreeMap<HoldId, String>,
    offset: u64,
}

impl Scenario {
    fn new() -> Self {
        Self { state: State::new(), home: property("grand"), names: BTreeMap::new(), offset: 0 }
    }

    fn hold(&self, name: &str) -> HoldId {
        HoldId::of_command(Slot::of(&self.home), command_id(name))
    }

    fn run(&mut self, name: &str, text: &str) -> String {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let mut options = BTreeMap::new();
        words.retain(|word| match word.split_once('=') {
            Some((key, value)) => {
                options.insert(key, value);
                false
            }
            None => true,
        });
        let command = self.command(&words, &options);
        self.names.insert(self.hold(name), name.to_owned());
        let not_after = options.get("not_after").map_or(u64::MAX, |text| milliseconds(text));
        let sent = envelope(command_id(name), LogTime(not_after), command);
        let sent = match options.get("slot") {
            Some(slot) => Envelope { slot: Slot::from_low_bits(number(slot) as u16), ..sent },
            None => sent,
        };
        self.state.read_at(self.offset);
        self.offset += 1;
        let decided = apply(&mut self.state, sent);
        assert_eq!(laws::broken(&self.state), None, "after {name}: {text}");
        self.words(&decided)
    }

    fn command(&mut self, words: &[&str], options: &BTreeMap<&str, &str>) -> Command {
        let option =
            |key: &str, otherwise: &'static str| options.get(key).copied().unwrap_or(otherwise);
        if let Some(command) = hotels_command(words, options) {
            return command;
        }
        match words {
            ["hold", of, lines @ ..] => {
                let lines = lines.iter().map(|text| line_of(text)).collect();
                let hold = place_hold(of, milliseconds(option("ttl", "15m")), lines);
                from_somewhere(hold, options)
            }
            ["confirm", hold] => Command::ConfirmHold(ConfirmHold {
                hold: self.hold(hold),
                guest: GuestRef::new("guest").expect("a good id"),
            }),
            ["release", hold] => Command::ReleaseHold(ReleaseHold { hold: self.hold(hold) }),
            ["cancel", hold, lines @ ..] => Command::CancelBooking(CancelBooking {
                booking: self.hold(hold).booking(),
                lines: lines.iter().map(|line| number(line) as u16).collect(),
            }),
            ["amend", hold, lines @ ..] => Command::AmendBooking(AmendBooking {
                booking: self.hold(hold).booking(),
                lines: lines.iter().map(|text| amend_line_of(text)).collect(),
            }),
            ["external", of, sale, lines @ ..] => {
                let (channel, reference) = sale.split_once('/').expect("channel/reference");
                Command::RecordExternalSale(RecordExternalSale {
                    property: property(of),
                    channel: channel.parse().expect("a good id"),
                    reference: reference.parse().expect("a good id"),
                    guest: GuestRef::new("guest").expect("a good id"),
                    lines: lines.iter().map(|text| line_of(text)).collect(),
                })
            }
            ["arrived", hold] => self.fact(hold, Fact::Arrived),
            ["departed", hold] => self.fact(hold, Fact::Departed),
            ["no-show", hold] => self.fact(hold, Fact::NoShow),
            ["owner", epoch] => Command::AnnounceOwner(AnnounceOwner {
                epoch: number(epoch),
                boot: Boot(u128::from(number(epoch))),
                step_max_ms: milliseconds(option("step", "10s")),
            }),
            ["tick", epoch, at] => Command::Tick(Tick {
                epoch: number(epoch),
                boot: Boot(u128::from(number(option("boot", "0")).max(number(epoch)))),
                monotonic_ms: milliseconds(at),
            }),
            other => panic!("no such command: {other:?}"),
        }
    }

    fn fact(&self, hold: &str, fact: Fact) -> Command {
        Command::RecordFact(RecordFact { booking: self.hold(hold).booking(), fact })
    }

    fn words(&self, decided: &Decided) -> String {
        let mut text = String::new();
        match &decided.decision {
            Decision::Defined => text.push_str("defined"),
            Decision::InventorySet { nights_changed }
            | Decision::RestrictionsSet { nights_changed }
            | Decision::LimitsApplied { nights_changed } => {
                write!(text, "{nights_changed} nights changed").expect("fits")
            }
            Decision::PolicyActive { version, changed } => {
                let version = version.as_ref().map_or("none", |version| version.as_str());
                let before = if *changed { "" } else { " as before" };
                write!(text, "{version} in force{before}").expect("fits");
            }
            Decision::Held { deadline, .. } => {
                write!(text, "held until {}", interval(deadline.0)).expect("fits")
            }
            Decision::Confirmed { ordinal, readmitted, .. } => {
                let again = if *readmitted { ", readmitted" } else { "" };
                write!(text, "confirmed as #{ordinal}{again}").expect("fits");
            }
            Decision::Released { .. } => text.push_str("released"),
            Decision::Cancelled { lines, whole, .. } => {
                let whole = if *whole { ", nothing left" } else { "" };
                write!(text, "cancelled {}{whole}", list(lines.iter())).expect("fits");
            }
            Decision::Amended { lines, amendments, .. } => {
                write!(text, "amended {}, {amendments} so far", list(lines.iter())).expect("fits");
            }
            Decision::ExternalSaleRecorded { ordinal, oversold, known, .. } => {
                let before = if *known { " before" } else { "" };
                write!(text, "recorded{before} as #{ordinal}").expect("fits");
                for Oversold { room_type, night, rooms } in oversold {
                    write!(text, ", {rooms} {room_type} too many on {night}").expect("fits");
                }
            }
            Decision::BlockReleased { room_nights, .. } => {
                write!(text, "released {room_nights} room nights").expect("fits");
            }
            Decision::BusinessDateAdvanced { date, released } => {
                write!(text, "it is {date}").expect("fits");
                if !released.is_empty() {
                    write!(text, ", cut off {}", list(released.iter())).expect("fits");
                }
            }
            Decision::Recorded => text.push_str("recorded"),
            Decision::OwnerAnnounced { epoch } => write!(text, "owner {epoch}").expect("fits"),
            Decision::Ticked { log_time, expired } => {
                write!(text, "at {}", interval(log_time.0)).expect("fits");
                if !expired.is_empty() {
                    let names = expired.iter().map(|hold| self.names[hold].as_str());
                    write!(text, ", expired {}", list(names)).expect("fits");
                }
            }
            Decision::Rejected(rejection) => {
                write!(text, "rejected: {}", rejection.reason.name()).expect("fits");
                if !rejection.nights.is_empty() {
                    write!(text, " on {}", list(rejection.nights.iter())).expect("fits");
                }
            }
        }
        if decided.repeated { format!("again {text}") } else { text }
    }
}

/// `kind/version`.
fn policy_of(path: &str) -> (PolicyKind, PolicyVersion) {
    let (kind, version) = path.split_once('/').expect("kind/version");
    let kind = PolicyKind::from_name(kind).expect("a kind of policy");
    (kind, version.parse().expect("a good id"))
}

fn list(items: impl Iterator<Item = impl std::fmt::Display>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is not a number"))
}

fn milliseconds(text: &str) -> u64 {
    for (unit, factor) in [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)] {
        if let Some(count) = text.strip_suffix(unit).and_then(|count| count.parse::<u64>().ok()) {
            return count * factor;
        }
    }
    panic!("`{text}` is not an interval such as 250ms, 10s, 15m or 24h")
}

fn interval(ms: u64) -> String {
    match ms {
        ms if ms % 60_000 == 0 => format!("{}m", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

fn stay_of(text: &str) -> Stay {
    let (from, to) = text.split_once("..").expect("from..to");
    let night = |text: &str| text.parse::<Night>().expect("a date");
    Stay::new(night(from), night(to)).expect("a stay")
}

/// `room-type:from..to:rooms`, then optionally `:guests:rate-plan`.
fn line_of(text: &str) -> Line {
    let parts: Vec<&str> = text.split(':').collect();
    let base = line(parts[0], stay_of(parts[1]), number(parts[2]) as u16);
    let adults = parts.get(3).map_or(1, |guests| number(guests) as u16);
    let plan = parts.get(4).map_or("flexible", |plan| plan);
    Line { adults, rate_plan: rate_plan(plan), ..base }
}

/// `number:from..to`, then optionally `:rooms:guests:room-type:rate-plan`; `-` leaves it as it is.
fn amend_line_of(text: &str) -> AmendLine {
    let parts: Vec<&str> = text.split(':').collect();
    let part = |index: usize| parts.get(index).copied().filter(|part| *part != "-");
    AmendLine {
        line: number(parts[0]) as u16,
        stay: stay_of(parts[1]),
        rooms: part(2).map(|rooms| number(rooms) as u16),
        guests: part(3)
            .map(|guests| Guests { adults: number(guests) as u16, children: Default::default() }),
        room_type: part(4).map(room_type),
        rate_plan: part(5).map(rate_plan),
    }
}

/// A rate plan with `min` and `max` guests a room and sold `via` channels, where that is said.
fn limited(plan: Command, options: &BTreeMap<&str, &str>) -> Command {
    let Command::DefineRatePlan(plan) = plan else { panic!("a rate plan") };
    let guests = |key| options.get(key).map(|text| number(text) as u16);
    let via = options.get("via").into_iter().flat_map(|text| text.split(','));
    Command::DefineRatePlan(DefineRatePlan {
        occupancy: Occupancy { min_guests: guests("min"), max_guests: guests("max") },
        channels: via.map(|id| id.parse().expect("a good id")).collect(),
        ..plan
    })
}

/// A hold `via` a channel, on an `account`, `booked` on a day and from a `block`, where that is
/// said.
fn from_somewhere(hold: Command, options: &BTreeMap<&str, &str>) -> Command {
    let Command::PlaceHold(hold) = hold else { panic!("a hold") };
    let option = |key| options.get(key).copied();
    Command::PlaceHold(PlaceHold {
        channel: option("via").map_or(hold.channel, |id| id.parse().expect("a good id")),
        account: option("account").map(|id| id.parse().expect("a good id")),
        booked_on: option("booked").map(|day| day.parse().expect("a date")),
        block: option("block").map(|id| id.parse().expect("a good id")),
        ..hold
    })
}

fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("scenarios").expect("the folder of scenarios");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// The file as it would read if every decision in it were what the ledger says.
fn recorded(text: &str) -> String {
    let mut scenario = Scenario::new();
    let mut repeat = String::new();
    for line in text.lines() {
        let said = match line.split_once("=>") {
            Some((asked, _)) if !line.starts_with('#') => {
                let asked = asked.trim_end();
                let (name, command) = asked.split_once(": ").expect("name: command => decision");
                format!("{asked} => {}", scenario.run(name, command))
            }
            _ => line.to_owned(),
        };
        repeat.push_str(&said);
        repeat.push('\n');
    }
    repeat
}

#[test]
fn every_scenario_ends_as_it_says() {
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("a scenario");
        let recorded = recorded(&text);
        if std::env::var_os("RECORD").is_some() {
            std::fs::write(&file, recorded).expect("a folder to write to");
        } else {
            for (index, (expected, found)) in text.lines().zip(recorded.lines()).enumerate() {
                assert_eq!(expected, found, "{}:{}", file.display(), index + 1);
            }
        }
    }
}

#[test]
fn every_reason_to_say_no_occurs_in_a_scenario() {
    let texts: String =
        files().iter().map(|file| std::fs::read_to_string(file).expect("a scenario")).collect();
    let missing: Vec<&str> = Reason::ALL
        .iter()
        .map(|reason| reason.name())
        .filter(|name| !texts.contains(&format!("rejected: {name}")))
        // A thousand withdrawals or versions are too many lines for a file: they have tests.
        .filter(|name| !["tombstones_full", "policies_full"].contains(name))
        .collect();
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
}

#[test]
fn a_slot_that_remembers_a_thousand_withdrawals_says_tombstones_full() {
    let mut scenario = Scenario::new();
    let answers: Vec<String> = (0..=1_000)
        .map(|index| scenario.run(&format!("r{index}"), &format!("release h{index}")))
        .collect();
    assert!(answers[..1_000].iter().all(|answer| answer == "rejected: hold_unknown"));
    assert_eq!(answers[1_000], "rejected: tombstones_full");
}

/// What a hotel says of itself, if it is that.
fn hotels_command(words: &[&str], options: &BTreeMap<&str, &str>) -> Option<Command> {
    let option =
        |key: &str, otherwise: &'static str| options.get(key).copied().unwrap_or(otherwise);
    Some(match words {
        ["property", id] => define_property(id, option("currency", "EUR")),
        ["room-type", path] => {
            let (of, id) = path.split_once('/').expect("property/room-type");
            define_room_type(of, id, number(option("guests", "2")) as u16)
        }
        ["rate-plan", path] => {
            let (of, id) = path.split_once('/').expect("property/rate-plan");
            let sells: Vec<&str> = option("sells", "double").split(',').collect();
            let plan = define_rate_plan(of, id, &sells, option("currency", "EUR"));
            limited(plan, options)
        }
        ["restrict", of, scope, nights, said @ ..] => {
            let said = said.iter().copied();
            let numbers = options.iter().map(|(key, value)| format!("{key}={value}"));
            let numbers: Vec<String> = numbers.collect();
            Command::SetRestrictions(SetRestrictions {
                property: property(of),
                scope: scope_of(scope),
                nights: stay_of(nights),
                restrictions: restrictions_of(said.chain(numbers.iter().map(String::as_str))),
            })
        }
        ["hold-caps", of] => {
            let most = |key| options.get(key).map(|text| number(text) as u16);
            Command::SetHoldCaps(SetHoldCaps {
                property: property(of),
                open_holds_per_account_max: most("open"),
                unpaid_percent_max: most("unpaid").map(|percent| percent as u8),
            })
        }
        ["inventory", path, nights] => {
            let (of, id) = path.split_once('/').expect("property/room-type");
            let count = |key| number(option(key, "0")) as u16;
            let supply = Supply {
                physical: count("rooms"),
                blocked: count("blocked"),
                allowance: count("allowance"),
            };
            set_inventory(of, id, stay_of(nights), supply)
        }
        ["link", path, parts @ ..] => {
            let (of, id) = path.split_once('/').expect("property/room-type");
            let part = |text: &&str| {
                let (id, rooms) = text.split_once(':').expect("room-type:rooms");
                Part { room_type: room_type(id), rooms: number(rooms) as u16 }
            };
            Command::LinkRoomType(LinkRoomType {
                property: property(of),
                room_type: room_type(id),
                parts: parts.iter().map(part).collect(),
            })
        }
        ["block", ..] | ["release-block", _] | ["audit", ..] => blocks_command(words, options),
        _ => return policy_command(words, options),
    })
}

/// What is said of policies and of the limits that follow from them, if it is that.
fn policy_command(words: &[&str], options: &BTreeMap<&str, &str>) -> Option<Command> {
    Some(match words {
        ["stage", of, path, text] => {
            let (kind, version) = policy_of(path);
            let (property, document) = (property(of), (*text).to_owned());
            Command::StagePolicy(StagePolicy { property, kind, version, document })
        }
        ["promote", of, path] => {
            let ((kind, version), property) = (policy_of(path), property(of));
            Command::PromotePolicy(PromotePolicy { property, kind, version })
        }
        ["rollback", of, kind] => {
            let kind = PolicyKind::from_name(kind).expect("a kind of policy");
            Command::RollbackPolicy(RollbackPolicy { property: property(of), kind })
        }
        ["limits", path, limits @ ..] => {
            let (of, id) = path.split_once('/').expect("property/room-type");
            let limit = |text: &&str| {
                let (nights, allowance) = text.split_once(':').expect("from..to:allowance");
                let allowance = (allowance != "-").then(|| number(allowance) as u16);
                LimitRange { nights: stay_of(nights), allowance }
            };
            Command::ApplyLimits(ApplyLimits {
                property: property(of),
                room_type: room_type(id),
                limits: limits.iter().map(limit).collect(),
                computed_at: number(options.get("at").copied().unwrap_or("0")),
                policy: options.get("policy").map(|id| id.parse().expect("a good id")),
            })
        }
        _ => return None,
    })
}

/// What a hotel says of its blocks and of its day.
fn blocks_command(words: &[&str], options: &BTreeMap<&str, &str>) -> Command {
    let split = |path: &str| {
        let (of, id) = path.split_once('/').expect("property/block");
        (property(of), id.parse().expect("a good id"))
    };
    let id = |key| options.get(key).copied();
    match words {
        ["block", path, of, nights] => {
            let (property, block) = split(path);
            Command::SetBlock(SetBlock {
                property,
                block,
                room_type: room_type(of),
                nights: stay_of(nights),
                rooms: number(options["rooms"]) as u16,
                cut_off: options["cut-off"].parse().expect("a date"),
                pick_up: PickUp {
                    channel: id("via").map(|id| id.parse().expect("a good id")),
                    account: id("account").map(|id| id.parse().expect("a good id")),
                },
                name: String::new(),
            })
        }
        ["release-block", path] => {
            let (property, block) = split(path);
            Command::ReleaseBlock(ReleaseBlock { property, block })
        }
        ["audit", of, date] => Command::AdvanceBusinessDate(AdvanceBusinessDate {
            property: property(of),
            date: date.parse().expect("a date"),
        }),
        other => panic!("no such command: {other:?}"),
    }
}
