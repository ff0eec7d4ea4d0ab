//! A TOML document read key by key, remembering where everything stands and all that is wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use events::Night;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{DOCUMENT_BYTES_MAX, FAULTS_COUNT_MAX, Fault, PolicyError};

/// So much of a value is repeated in a fault.
const REPEATED_CHARS_MAX: usize = 40;

/// So much of a path is repeated in a fault.
const PATH_CHARS_MAX: usize = 200;

/// A text and what is wrong with it.
pub(super) struct Document<'t> {
    text: &'t str,
    faults: RefCell<Vec<(usize, Fault)>>,
    more_count: RefCell<usize>,
    /// Every key that was asked for, for the test that the page of documentation has them all.
    asked: RefCell<BTreeSet<String>>,
}

impl<'t> Document<'t> {
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            faults: RefCell::default(),
            more_count: RefCell::default(),
            asked: RefCell::default(),
        }
    }

    /// The whole as a table, unless it is too long or not TOML.
    pub fn table(&self) -> Option<DeTable<'t>> {
        if self.text.len() > DOCUMENT_BYTES_MAX {
            let wrong = format!("the document has {} bytes", self.text.len());
            self.fault(0, "", wrong, format!("up to {DOCUMENT_BYTES_MAX}"));
            return None;
        }
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().map_or(self.text.len(), |span| span.start);
            let wrong = format!("not TOML: {}", error.message());
            self.fault(at, "", wrong, "TOML 1.1".into());
        }
        errors.is_empty().then(|| table.into_inner())
    }

    fn fault(&self, at: usize, path: &str, wrong: String, allowed: String) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() >= FAULTS_COUNT_MAX {
            *self.more_count.borrow_mut() += 1;
            return;
        }
        let (line, column) = self.place(at);
        let path = path.chars().take(PATH_CHARS_MAX).collect();
        faults.push((at, Fault { line, column, path, wrong, allowed }));
    }

    /// The line and the character in it, both counted from 1.
    fn place(&self, at: usize) -> (u32, u32) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// What was read, if nothing is wrong.
    pub fn end<T>(self, read: Option<T>) -> Result<T, PolicyError> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|(at, _)| *at);
        let faults: Vec<Fault> = faults.into_iter().map(|(_, fault)| fault).collect();
        match read {
            Some(read) if faults.is_empty() => Ok(read),
            _ => Err(PolicyError { faults, more_count: self.more_count.into_inner() }),
        }
    }

    /// Every key that was asked for.
    #[cfg(test)]
    pub fn asked(&self) -> BTreeSet<String> {
        self.asked.borrow().clone()
    }
}

/// A value and where it stands.
pub(super) struct Item<'a> {
    document: &'a Document<'a>,
    path: String,
    at: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Item<'a> {
    fn new(document: &'a Document<'a>, path: String, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { document, path, at: value.span().start, value: value.get_ref() }
    }

    /// Says that something is wrong here.
    pub fn fault(&self, wrong: impl Into<String>, allowed: impl Into<String>) {
        self.document.fault(self.at, &self.path, wrong.into(), allowed.into());
    }

    fn is_not<T>(&self, wanted: &str, allowed: impl Into<String>) -> Option<T> {
        let found = match self.value {
            DeValue::String(text) => {
                format!("\"{}\"", text.chars().take(REPEATED_CHARS_MAX).collect::<String>())
            }
            DeValue::Integer(number) => number.to_string().chars().take(24).collect(),
            DeValue::Float(number) => number.to_string().chars().take(24).collect(),
            DeValue::Boolean(truth) => truth.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            DeValue::Array(_) => "a list".into(),
            DeValue::Table(_) => "a table".into(),
        };
        self.fault(format!("{found} is not {wanted}"), allowed);
        None
    }

    /// A whole number within a range.
    pub fn whole<T: TryFrom<i64>>(&self, range: RangeInclusive<i64>) -> Option<T> {
        let allowed = || match (range.start(), range.end()) {
            (only, same) if only == same => only.to_string(),
            (least, most) => format!("a whole number from {least} to {most}"),
        };
        let DeValue::Integer(number) = self.value else {
            return self.is_not("a whole number", allowed());
        };
        let number = i64::from_str_radix(number.as_str(), number.radix()).ok();
        match number.filter(|number| range.contains(number)).map(T::try_from) {
            Some(Ok(number)) => Some(number),
            _ => self.is_not("in its range", allowed()),
        }
    }

    /// True or false.
    pub fn truth(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(truth) => Some(*truth),
            _ => self.is_not("a truth", "true or false"),
        }
    }

    /// A text of at least one character.
    pub fn text(&self, chars_max: usize) -> Option<&'a str> {
        let within = |text: &str| (1..=chars_max).contains(&text.chars().count());
        match self.value {
            DeValue::String(text) if within(text) => Some(text.as_ref()),
            _ => self.is_not("such a text", format!("a text of 1 to {chars_max} characters")),
        }
    }

    /// A text that stands for something.
    pub fn named<T: FromStr>(&self, noun: &str, allowed: &str) -> Option<T> {
        let DeValue::String(text) = self.value else { return self.is_not(noun, allowed) };
        text.parse().ok().or_else(|| self.is_not(noun, allowed))
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let DeValue::String(text) = self.value else {
            return self.is_not("a word", words.join(", "));
        };
        let chosen = choices.iter().find(|(word, _)| word == text);
        chosen.map(|(_, meant)| *meant).or_else(|| self.is_not("known here", words.join(", ")))
    }

    /// A date.
    pub fn night(&self) -> Option<Night> {
        let allowed = "a date such as 2027-07-01, between 1900 and 2200";
        match self.value {
            DeValue::Datetime(date) => {
                date.to_string().parse().ok().or_else(|| self.is_not("a date", allowed))
            }
            _ => self.named("a date", allowed),
        }
    }

    /// The items of a list, of which there may be so many.
    pub fn list(&self, count: RangeInclusive<usize>) -> Option<Vec<Item<'a>>> {
        let allowed = || format!("a list of {} to {} items", count.start(), count.end());
        let DeValue::Array(array) = self.value else { return self.is_not("a list", allowed()) };
        if !count.contains(&array.len()) {
            self.fault(format!("the list has {} items", array.len()), allowed());
            return None;
        }
        let item = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| {
            Item::new(self.document, format!("{}[{index}]", self.path), value)
        };
        Some(array.iter().enumerate().map(item).collect())
    }

    /// A table.
    pub fn section(&self) -> Option<Section<'a>> {
        let DeValue::Table(table) = self.value else {
            return self.is_not("a table", "a table of keys");
        };
        Some(Section {
            document: self.document,
            path: self.path.clone(),
            at: self.at,
            table,
            asked: RefCell::default(),
        })
    }
}

/// A table and where it stands.
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    path: String,
    at: usize,
    table: &'a DeTable<'a>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Section<'a> {
    /// The whole document.
    pub fn root(document: &'a Document<'a>, table: &'a DeTable<'a>) -> Self {
        let (path, asked) = (String::new(), RefCell::default());
        Self { document, path, at: 0, table, asked }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) }
    }

    /// What stands under a key.
    pub fn get(&self, key: &str) -> Option<Item<'a>> {
        self.asked.borrow_mut().insert(key.into());
        self.document.asked.borrow_mut().insert(key.into());
        let (_, value) = self.table.iter().find(|(found, _)| found.get_ref() == key)?;
        Some(Item::new(self.document, self.path_of(key), value))
    }

    /// What stands under a key that may not be missing.
    pub fn require(&self, key: &str, allowed: &str) -> Option<Item<'a>> {
        let found = self.get(key);
        if found.is_none() {
            self.fault(format!("`{key}` is missing"), allowed);
        }
        found
    }

    /// A table under a key.
    pub fn section(&self, key: &str) -> Option<Section<'a>> {
        self.get(key).and_then(|item| item.section())
    }

    /// The tables of a list of tables under a key; empty if there is none.
    pub fn sections(&self, key: &str, count_max: usize) -> Option<Vec<Section<'a>>> {
        let items = self.get(key)?.list(0..=count_max)?;
        Some(items.iter().filter_map(Item::section).collect())
    }

    /// A whole number under a key, put where it belongs; without the key that stays as it is.
    pub fn whole<T: TryFrom<i64>>(&self, key: &str, range: RangeInclusive<i64>, place: &mut T) {
        if let Some(number) = self.get(key).and_then(|item| item.whole(range)) {
            *place = number;
        }
    }

    /// The same for a number that may be missing.
    pub fn whole_if_any<T: TryFrom<i64>>(
        &self,
        key: &str,
        range: RangeInclusive<i64>,
    ) -> Option<T> {
        self.get(key).and_then(|item| item.whole(range))
    }

    /// Every key with what stands under it, where the keys are names and not words of the schema.
    pub fn entries(&self, count_max: usize) -> Vec<(&'a str, Item<'a>)> {
        if self.table.len() > count_max {
            let wrong = format!("the table has {} keys", self.table.len());
            self.fault(wrong, format!("up to {count_max}"));
        }
        let read = |(key, value): (&'a Spanned<_>, &'a Spanned<DeValue<'a>>)| {
            let key: &'a std::borrow::Cow<'a, str> = key.get_ref();
            self.asked.borrow_mut().insert(key.to_string());
            (key.as_ref(), Item::new(self.document, self.path_of(key), value))
        };
        self.table.iter().take(count_max).map(read).collect()
    }

    /// Says that something is wrong with the table.
    pub fn fault(&self, wrong: impl Into<String>, allowed: impl Into<String>) {
        self.document.fault(self.at, &self.path, wrong.into(), allowed.into());
    }

    /// Says which keys nobody has asked for.
    pub fn finish(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys().filter(|key| !asked.contains(key.get_ref().as_ref())) {
            let Range { start, .. } = key.span();
            let name: String = key.get_ref().chars().take(REPEATED_CHARS_MAX).collect();
            let known: Vec<&str> = asked.iter().map(String::as_str).collect();
            let wrong = "there is no such key".to_string();
            self.document.fault(start, &self.path_of(&name), wrong, known.join(", "));
        }
    }
}
