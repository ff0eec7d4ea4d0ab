//! JSON without its traps: a name that stands twice in an object is refused, not guessed about.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::problem::{Kind, Problem};
use crate::wire::read::{Pointer, Report};

/// The value that those bytes say.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let report = RefCell::new(Report::default());
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let node = Node { at: &Pointer::Root, report: &report };
    let value = node.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match value {
        Ok(value) => Ok(report.into_inner().conclude(Some(value))?),
        Err(error) => Err(refused(&error)),
    }
}

/// What JSON allows and no program can hold is a fault of a value; the rest is no JSON.
fn refused(error: &serde_json::Error) -> Problem {
    let text = error.to_string();
    if ["number out of range", "hex escape"].iter().any(|known| text.contains(known)) {
        let mut report = Report::default();
        report.fault(&Pointer::Root, format!("a value cannot be held: {text}"));
        return report
            .conclude::<()>(None)
            .map_or_else(Problem::from, |()| Problem::new(Kind::Internal));
    }
    Problem::because(Kind::MalformedJson, format!("The body is not JSON: {text}."))
}

/// A value at some place.
#[derive(Clone, Copy)]
struct Node<'n> {
    at: &'n Pointer<'n>,
    report: &'n RefCell<Report>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let at = Pointer::Item(self.at, list.len());
            match items.next_element_seed(Node { at: &at, report: self.report })? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let at = Pointer::Field(self.at, &name);
            let value = fields.next_value_seed(Node { at: &at, report: self.report })?;
            if object.contains_key(&name) {
                self.report.borrow_mut().fault(&at, "stands there twice");
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any};
    use serde_json::{Value, json};

    use super::parse;

    fn status_of(text: &str) -> u16 {
        parse(text.as_bytes()).map_or_else(|problem| problem.status().as_u16(), |_| 200)
    }

    #[test]
    fn what_stands_twice_is_named() {
        let problem = parse(br#"{"a": [{"b": 1, "b": 2}], "a": 3}"#).expect_err("it is ambiguous");
        let body: Value = serde_json::from_slice(&problem.body()).expect("JSON");
        let pointers: Vec<&str> = body["errors"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|error| error["pointer"].as_str().expect("a text"))
            .collect();
        assert_eq!((problem.status().as_u16(), pointers), (422, vec!["/a/0/b", "/a"]));
    }

    #[test]
    fn what_no_program_can_hold_is_a_fault_and_the_rest_no_json() {
        for text in ["1e999", "-1e999", r#""\ud800""#, r#"{"a": "\udc00\ud800"}"#] {
            assert_eq!(status_of(text), 422, "{text}");
        }
        for text in ["NaN", "{", "[1,]", "", "{} {}", "\"\x01\"", &"[".repeat(200)] {
            assert_eq!(status_of(text), 400, "{text}");
        }
        assert_eq!(status_of("123456789012345678901234567890"), 200);
    }

    proptest::proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn everything_else_is_read_as_by_the_library(
            text in any::<String>(), number in any::<f64>(), whole in any::<i64>(),
        ) {
            let value = json!({"text": text, "list": [number, whole, null, true, {"a": {}}]});
            let text = value.to_string();
            let read: Value = serde_json::from_str(&text).expect("it is JSON");
            assert_eq!(parse(text.as_bytes()).expect("it is JSON"), read);
        }
    }
}
