//! The effective configuration as text, with secrets masked.

use std::fmt::{Formatter, Result};

use figment::value::{Num, Value};

/// What stands in place of a secret.
const MASK: &str = "\"****\"";

/// The last words of a key that make its value a secret.
const SECRET_WORDS: [&str; 4] = ["secret", "password", "token", "key"];

/// Writes one `key = value  # source` a line.
pub(super) fn write_lines(
    f: &mut Formatter<'_>,
    value: &Value,
    source: impl Fn(&str) -> String,
) -> Result {
    for key in super::keys::leaves(value) {
        if let Some(found) = value.find_ref(&key) {
            writeln!(f, "{key} = {}  # {}", shown(&key, found), source(&key))?;
        }
    }
    Ok(())
}

/// A value as TOML, or the mask where its key names a secret.
pub(super) fn shown(key: &str, value: &Value) -> String {
    let name = key.rsplit('.').next().unwrap_or(key);
    let is_text = value.as_dict().is_none() && value.as_array().is_none();
    if SECRET_WORDS.iter().any(|word| name.ends_with(word)) && is_text {
        return MASK.to_owned();
    }
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, letter) => format!("{:?}", letter.to_string()),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, number) => shown_number(*number),
        Value::Empty(_, _) => "\"\"".to_owned(),
        Value::Array(_, items) => {
            let items: Vec<String> = items.iter().map(shown_item).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Dict(_, dict) => {
            let pair =
                |(name, value): (&String, &Value)| format!("{name} = {}", shown(name, value));
            format!("{{ {} }}", dict.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A member of a list; what is written as `name=value` may be a secret by its name.
fn shown_item(item: &Value) -> String {
    let name = item.as_str().and_then(|text| text.split_once('=')).map_or("", |(name, _)| name);
    shown(name, item)
}

fn shown_number(number: Num) -> String {
    match (number.to_u128(), number.to_i128(), number.to_f64()) {
        (Some(number), _, _) => number.to_string(),
        (_, Some(number), _) => number.to_string(),
        (_, _, number) => number.unwrap_or(f64::NAN).to_string(),
    }
}
