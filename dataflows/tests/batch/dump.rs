//! A log and what the keepers tell of it, as JSON lines. Ids need no escaping.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::path::Path;

use dataflows::Keeper;
use dataflows::views::competitors::{
    Competitors, CompetitorsChange, CompetitorsEvent, CompetitorsOptions,
};
use dataflows::views::demand::{
    Demand, DemandChange, DemandEvent, DemandKey, DemandOptions, DemandPlace, DemandRow, Windows,
};
use dataflows::views::market_events::{MarketEvents, MarketEventsChange, MarketEventsEvent};
use events::signal::Place;
use events::{Minute, SourceId, Stamp, Stay};

use crate::log::Record;

/// The files, by name.
#[derive(Debug, Default)]
pub struct Dump(BTreeMap<&'static str, String>);

const FILES: &[&str] = &[
    "positions",
    "properties",
    "rules",
    "searches",
    "prices",
    "fairs",
    "bookings",
    "competitors",
    "market_events",
    "demand",
];

/// The keepers, and the clock.
struct Keepers {
    competitors: Competitors,
    market_events: MarketEvents,
    demand: Demand,
    now: Minute,
}

impl Keepers {
    fn new() -> Self {
        Self {
            competitors: Competitors::new(CompetitorsOptions::default()),
            market_events: MarketEvents::new(),
            demand: Demand::new(DemandOptions::default()),
            now: Minute(0),
        }
    }

    fn hear(&mut self, record: Record) {
        match record {
            Record::Tick(stamp) => self.now = self.now.max(stamp.minute()),
            Record::Property { property, market, currency } => {
                let currency = currency.parse().expect("a currency");
                let named = property.clone();
                self.competitors.hear(CompetitorsEvent::Property { property: named, currency });
                self.demand.hear(DemandEvent::Property { property, market });
            }
            Record::Rules { property, minutes, rivals } => {
                let age_minutes = Some(minutes);
                self.competitors.hear(CompetitorsEvent::Rules { property, age_minutes, rivals });
            }
            Record::Search { source, observed, stamp, search } => {
                self.demand.hear(DemandEvent::Search { source, observed, stamp, search });
            }
            Record::Price { source, observed, stamp, price } => {
                self.competitors.hear(CompetitorsEvent::Seen { source, observed, stamp, price });
            }
            Record::Fair { source, observed, stamp, event } => {
                let seen = MarketEventsEvent::Seen { source, observed, stamp, event };
                self.market_events.hear(seen);
            }
            Record::Booking { booking, property, stamp, stays } => {
                self.demand.hear(DemandEvent::Booking { booking, property, stamp, stays });
            }
        }
    }
}

/// JSON of something that may be absent.
fn or_null(value: Option<impl Display>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

fn quoted(value: impl Display) -> String {
    format!("\"{value}\"")
}

fn nights(stay: Stay) -> String {
    format!("\"arrival\":{},\"departure\":{}", stay.arrival().number(), stay.departure().number())
}

fn list(windows: Windows) -> String {
    format!("[{},{},{}]", windows.last_1h, windows.last_1d, windows.last_7d)
}

impl Dump {
    /// Feeds the log to fresh keepers, closing at the cuts, which hold the positions.
    pub fn of(log: &[Record], cuts: &[usize], positions: &[usize]) -> Self {
        let mut dump = Self(FILES.iter().map(|name| (*name, String::new())).collect());
        let mut keepers = Keepers::new();
        let mut begin = 0;
        for end in cuts {
            for (seq, record) in log.iter().enumerate().take(*end).skip(begin) {
                dump.record(seq, record);
                keepers.hear(record.clone());
            }
            let now = keepers.now;
            keepers.competitors.close(now, &mut |change| dump.competitors(*end, change));
            keepers.market_events.close(now, &mut |change| dump.market_events(*end, change));
            keepers.demand.close(now, &mut |change| dump.demand(*end, change));
            if positions.contains(end) {
                dump.line("positions", format_args!("\"position\":{end},\"now\":{}", now.0));
            }
            begin = *end;
        }
        dump
    }

    /// Adds a row that nobody told: a comparison that does not see it is none.
    pub fn tamper(&mut self) {
        let row = "\"seq\":1,\"market\":\"market-9\",\"night\":9999,\"gone\":false,\"major\":1";
        self.line("market_events", row);
    }

    /// Writes the files anew.
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).expect("the folder of the target is ours");
        for (name, text) in &self.0 {
            std::fs::write(folder.join(format!("{name}.ndjson")), text).expect("it can be written");
        }
    }

    fn line(&mut self, file: &'static str, fields: impl Display) {
        let text = self.0.entry(file).or_default();
        writeln!(text, "{{{fields}}}").expect("a text grows as it must");
    }

    fn record(&mut self, seq: usize, record: &Record) {
        if let Some((file, fields)) = said_of_hotels(record).or_else(|| seen(record)) {
            self.line(file, format_args!("\"seq\":{seq},{fields}"));
        }
    }

    fn competitors(&mut self, seq: usize, change: CompetitorsChange) {
        let CompetitorsChange::Row(key, row) = change else { return };
        let prices = row.and_then(|row| row.prices);
        let fields = format!(
            "\"seq\":{seq},\"property\":\"{}\",\"night\":{},\"gone\":{},\"rivals\":{},\
             \"sold_out\":{},\"foreign_count\":{},\"currency\":{},\"average\":{},\"minimum\":{}",
            key.property,
            key.night.number(),
            row.is_none(),
            or_null(row.map(|row| row.rivals_count)),
            or_null(row.map(|row| row.sold_out_count)),
            or_null(row.map(|row| row.foreign_count)),
            or_null(prices.map(|prices| quoted(prices.currency))),
            or_null(prices.map(|prices| prices.average_minor)),
            or_null(prices.map(|prices| prices.minimum_minor)),
        );
        self.line("competitors", fields);
    }

    fn market_events(&mut self, seq: usize, change: MarketEventsChange) {
        let MarketEventsChange::Row(key, row) = change else { return };
        let fields = format!(
            "\"seq\":{seq},\"market\":\"{}\",\"night\":{},\"gone\":{},\"major\":{},\
             \"conference\":{},\"concert\":{},\"sports\":{}",
            key.market,
            key.night.number(),
            row.is_none(),
            or_null(row.map(|row| row.major_permille)),
            or_null(row.map(|row| row.conference_permille)),
            or_null(row.map(|row| row.concert_permille)),
            or_null(row.map(|row| row.sports_permille)),
        );
        self.line("market_events", fields);
    }

    fn demand(&mut self, seq: usize, change: DemandChange) {
        let DemandChange::Row(key, row) = change else { return };
        let DemandKey { place, night } = key;
        let place = match place {
            DemandPlace::Property(property) => format!("p:{property}"),
            DemandPlace::Market(market) => format!("m:{market}"),
        };
        let head = format!(
            "\"seq\":{seq},\"place\":\"{place}\",\"night\":{},\"gone\":{}",
            or_null(night.map(|night| night.number())),
            row.is_none(),
        );
        let row = row.map(|row| demand_fields(&row)).unwrap_or_default();
        self.line("demand", head + &row);
    }
}

fn demand_fields(row: &DemandRow) -> String {
    let mut fields = format!(
        ",\"searches\":{},\"bookings\":{},\"look_to_book\":{},\"conversion\":{}",
        list(row.searches),
        list(row.bookings),
        or_null(row.look_to_book_ppm()),
        or_null(row.conversion_ppm()),
    );
    if let Some(whole) = &row.whole {
        let minutes: Vec<String> = whole
            .minutes
            .iter()
            .map(|at| format!("{}:{}:{}", at.minute.0, at.searches, at.bookings))
            .collect();
        fields += &format!(
            ",\"minutes\":\"{}\",\"trending\":{},\"waited\":[{},{}]",
            minutes.join(" "),
            whole.trending_milli,
            whole.searched_before_count,
            whole.search_to_booking_minutes,
        );
    }
    fields
}

/// What the ledger and policies say.
fn said_of_hotels(record: &Record) -> Option<(&'static str, String)> {
    match record {
        Record::Property { property, market, currency } => {
            let market = or_null(market.as_ref().map(quoted));
            let fields = format!(
                "\"property\":\"{property}\",\"market\":{market},\"currency\":\"{currency}\"",
            );
            Some(("properties", fields))
        }
        Record::Rules { property, minutes, rivals } => {
            let rivals: Vec<String> = rivals.iter().map(quoted).collect();
            let fields = format!(
                "\"property\":\"{property}\",\"minutes\":{minutes},\"rivals\":[{}]",
                rivals.join(","),
            );
            Some(("rules", fields))
        }
        Record::Booking { booking, property, stamp, stays } => {
            let stay = |stay: &Stay| {
                format!("[{},{}]", stay.arrival().number(), stay.departure().number())
            };
            let stays: Vec<String> = stays.iter().map(stay).collect();
            let fields = format!(
                "\"booking\":\"{booking}\",\"property\":\"{property}\",\"stamp\":{},\
                 \"stays\":[{}]",
                stamp.0,
                stays.join(","),
            );
            Some(("bookings", fields))
        }
        Record::Search { .. } | Record::Price { .. } | Record::Fair { .. } | Record::Tick(_) => {
            None
        }
    }
}

/// What signals say.
fn seen(record: &Record) -> Option<(&'static str, String)> {
    let head = |source: &SourceId, observed: &Stamp, stamp: &Stamp| {
        format!("\"source\":\"{source}\",\"observed\":{},\"stamp\":{}", observed.0, stamp.0)
    };
    match record {
        Record::Search { source, observed, stamp, search } => {
            let (property, market) = match &search.place {
                Place::Market(market) => (None, Some(market)),
                Place::Property(property, market) => (Some(property), market.as_ref()),
            };
            let fields = format!(
                "{},\"id\":\"{}\",\"property\":{},\"market\":{},{}",
                head(source, observed, stamp),
                search.id,
                or_null(property.map(quoted)),
                or_null(market.map(quoted)),
                nights(search.stay),
            );
            Some(("searches", fields))
        }
        Record::Price { source, observed, stamp, price } => {
            let fields = format!(
                "{},\"property\":\"{}\",\"rival\":\"{}\",\"night\":{},\"currency\":{},\
                 \"amount\":{}",
                head(source, observed, stamp),
                price.property,
                price.rival,
                price.night.number(),
                or_null(price.price.map(|price| quoted(price.currency))),
                or_null(price.price.map(|price| price.amount_minor)),
            );
            Some(("prices", fields))
        }
        Record::Fair { source, observed, stamp, event } => {
            let kind = format!("{:?}", event.kind).to_lowercase();
            let fields = format!(
                "{},\"id\":\"{}\",\"market\":\"{}\",\"kind\":\"{kind}\",{},\"impact\":{}",
                head(source, observed, stamp),
                event.id,
                event.market,
                nights(event.nights),
                event.impact_permille,
            );
            Some(("fairs", fields))
        }
        Record::Property { .. }
        | Record::Rules { .. }
        | Record::Booking { .. }
        | Record::Tick(_) => None,
    }
}
