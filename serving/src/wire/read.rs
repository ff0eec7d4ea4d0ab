//! Reads JSON values field by field and notes everything that is wrong, not just the first thing.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::answers::FieldError;

/// The most faults that one answer lists; a body of a megabyte could hold a hundred thousand.
const ERRORS_MAX: usize = 100;

/// Where a value stands in a body: written out as an RFC 6901 pointer only when it is at fault.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pointer<'p> {
    Root,
    Field(&'p Pointer<'p>, &'p str),
    Item(&'p Pointer<'p>, usize),
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(parent, name) => {
                write!(f, "{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// Everything that is wrong with a request.
#[derive(Debug, Default)]
pub(crate) struct Report {
    errors: Vec<FieldError>,
}

impl Report {
    /// Notes a fault.
    pub(crate) fn fault(&mut self, at: &Pointer<'_>, detail: impl Into<String>) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(FieldError::at(at.to_string(), detail.into()));
        }
    }

    /// Notes a fault of the value in that field of the request's top level.
    pub(crate) fn fault_of(&mut self, name: &str, detail: impl Into<String>) {
        self.fault(&Pointer::Field(&Pointer::Root, name), detail);
    }

    /// The value, if nothing was wrong.
    pub(crate) fn conclude<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(self.errors),
        }
    }
}

/// A JSON object whose fields are asked for by name; those nobody asked for are faults.
pub(crate) struct Object<'v> {
    fields: Option<&'v Map<String, Value>>,
    at: Pointer<'v>,
    asked: Vec<&'static str>,
}

impl<'v> Object<'v> {
    /// The object at that place.
    pub(crate) fn new(value: &'v Value, at: Pointer<'v>, report: &mut Report) -> Self {
        let fields = value.as_object();
        if fields.is_none() {
            report.fault(&at, format!("expected an object, found {}", kind_of(value)));
        }
        Self { fields, at, asked: Vec::with_capacity(8) }
    }

    /// The value of a field that must be there.
    pub(crate) fn required<T>(
        &mut self,
        report: &mut Report,
        name: &'static str,
        read: impl FnOnce(&Value, &Pointer<'_>, &mut Report) -> Option<T>,
    ) -> Option<T> {
        self.asked.push(name);
        let at = Pointer::Field(&self.at, name);
        match self.fields?.get(name) {
            Some(value) => read(value, &at, report),
            None => {
                report.fault(&at, "is missing");
                None
            }
        }
    }

    /// The value of a field that may be left out or `null`.
    pub(crate) fn optional<T>(
        &mut self,
        report: &mut Report,
        name: &'static str,
        default: T,
        read: impl FnOnce(&Value, &Pointer<'_>, &mut Report) -> Option<T>,
    ) -> Option<T> {
        self.asked.push(name);
        let at = Pointer::Field(&self.at, name);
        match self.fields?.get(name) {
            Some(Value::Null) | None => Some(default),
            Some(value) => read(value, &at, report),
        }
    }

    /// Where a field of this object stands.
    pub(crate) fn at(&self, name: &'v str) -> Pointer<'_> {
        Pointer::Field(&self.at, name)
    }

    /// Notes each field that nobody asked for.
    pub(crate) fn finish(self, report: &mut Report) {
        let unknown = self
            .fields
            .into_iter()
            .flatten()
            .filter(|(name, _)| !self.asked.iter().any(|asked| asked == name));
        for (name, _) in unknown {
            let detail = format!("is not a field here; there are: {}", self.asked.join(", "));
            report.fault(&Pointer::Field(&self.at, name), detail);
        }
    }
}

/// Reads a whole body with one function and gives back its value or all its faults.
pub(crate) fn body<T>(
    value: &Value,
    mut report: Report,
    read: impl FnOnce(&mut Object<'_>, &mut Report) -> Option<T>,
) -> Result<T, Vec<FieldError>> {
    let mut object = Object::new(value, Pointer::Root, &mut report);
    let value = read(&mut object, &mut report);
    object.finish(&mut report);
    report.conclude(value)
}

/// The parameters of a query, in the order of their names; others and repeated ones are faults.
pub(crate) fn parameters<'p, const N: usize>(
    names: [&str; N],
    pairs: &'p [(String, String)],
    report: &mut Report,
) -> [Option<&'p str>; N] {
    let mut values = [None; N];
    for (name, value) in pairs {
        match names.iter().position(|known| known == name) {
            Some(index) if values[index].is_some() => report.fault_of(name, "is given twice"),
            Some(index) => values[index] = Some(value.as_str()),
            None => {
                let detail = format!("is not a parameter here; there are: {}", names.join(", "));
                report.fault_of(name, detail);
            }
        }
    }
    values
}

/// A nested object, read by that function.
pub(crate) fn object<T>(
    read: impl Fn(&mut Object<'_>, &mut Report) -> Option<T>,
) -> impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<T> {
    move |value, at, report| {
        let mut object = Object::new(value, *at, report);
        let value = read(&mut object, report);
        object.finish(report);
        value
    }
}

/// A list of that many items, each read by that function.
pub(crate) fn list<T, C: FromIterator<T>>(
    count: RangeInclusive<usize>,
    read: impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<T>,
) -> impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<C> {
    move |value, at, report| {
        let Some(items) = value.as_array() else {
            report.fault(at, format!("expected a list, found {}", kind_of(value)));
            return None;
        };
        if !count.contains(&items.len()) {
            let (min, max) = (count.start(), count.end());
            report.fault(at, format!("has {} items; {min} to {max} are allowed", items.len()));
            return None;
        }
        let read_at = |(index, item)| read(item, &Pointer::Item(at, index), report);
        // Every item is read before the first bad one spoils the list, so that all are reported.
        let items: Vec<Option<T>> = items.iter().enumerate().map(read_at).collect();
        items.into_iter().collect()
    }
}

/// A list in which no item may stand twice.
pub(crate) fn distinct<T: PartialEq>(
    count: RangeInclusive<usize>,
    read: impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<T>,
) -> impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<Vec<T>> {
    let read_list = list::<T, Vec<T>>(count, read);
    move |value, at, report| {
        let items = read_list(value, at, report)?;
        let twice = (0..items.len()).find(|index| items[..*index].contains(&items[*index]));
        match twice {
            Some(index) => {
                report.fault(&Pointer::Item(at, index), "stands in this list before");
                None
            }
            None => Some(items),
        }
    }
}

/// A whole number within bounds: neither `2.0` nor `"2"` is one.
pub(crate) fn integer<T: TryFrom<i64>>(
    range: RangeInclusive<i64>,
) -> impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<T> {
    move |value, at, report| {
        let number = value.as_i64().filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            let found = match value {
                Value::Number(number) => number.to_string(),
                other => kind_of(other).to_owned(),
            };
            let (min, max) = (range.start(), range.end());
            report.fault(at, format!("expected a whole number from {min} to {max}, found {found}"));
        }
        number
    }
}

/// A text without control characters, neither blank nor longer than that.
pub(crate) fn text(
    chars_max: usize,
) -> impl Fn(&Value, &Pointer<'_>, &mut Report) -> Option<String> {
    move |value, at, report| {
        let text = string(value, at, report)?;
        let fault = if text.trim().is_empty() {
            "is blank".to_owned()
        } else if text.chars().count() > chars_max {
            format!("is longer than {chars_max} characters")
        } else if text.chars().any(char::is_control) {
            "contains control characters".to_owned()
        } else {
            return Some(text.to_owned());
        };
        report.fault(at, fault);
        None
    }
}

/// A text that something of ours can be made of: an id, a date, a currency.
pub(crate) fn parsed<T>(value: &Value, at: &Pointer<'_>, report: &mut Report) -> Option<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let text = string(value, at, report)?;
    text.parse().map_err(|error: T::Err| report.fault(at, error.to_string())).ok()
}

/// Any text.
pub(crate) fn string<'v>(
    value: &'v Value,
    at: &Pointer<'_>,
    report: &mut Report,
) -> Option<&'v str> {
    let text = value.as_str();
    if text.is_none() {
        report.fault(at, format!("expected a text, found {}", kind_of(value)));
    }
    text
}

/// What a value is, for people.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
