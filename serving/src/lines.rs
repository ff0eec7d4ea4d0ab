//! A body of JSON lines: one value a line, and what is wrong with a line spoils no other.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use serde_json::Value;

use crate::app::App;
use crate::extract::{self, BODY_BYTES_MAX, Key};
use crate::problem::{Kind, Problem};
use crate::{card, strict};

/// The most lines of one body.
pub(crate) const LINES_MAX: usize = 10_000;

const MEDIA_TYPES: [&str; 3] = ["application/x-ndjson", "application/jsonl", "application/json"];

/// A write whose body is JSON lines.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) key: Key,
    /// Each line that is not blank, with its number counted from 1.
    pub(crate) lines: Vec<(usize, Result<Value, Problem>)>,
}

impl FromRequest<Arc<App>> for Lines {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let key = extract::key(&parts, app)?;
        let media_type = parts.headers.get(header::CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = media_type.split(';').next().unwrap_or("").trim();
        if !MEDIA_TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
            let detail = format!("Announce the lines as Content-Type: {}.", MEDIA_TYPES[0]);
            return Err(Problem::because(Kind::UnsupportedMediaType, detail));
        }
        // The guard has read it whole, within every bound.
        let bytes = to_bytes(body, BODY_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| Problem::new(Kind::BodyUnreadable))?;
        let lines = (1..).zip(bytes.split(|byte| *byte == b'\n'));
        let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
        let lines: Vec<_> = lines.take(LINES_MAX + 1).collect();
        if lines.is_empty() || lines.len() > LINES_MAX {
            let detail = format!("The body has to have 1 to {LINES_MAX} lines of JSON.");
            return Err(Problem::because(Kind::MalformedJson, detail));
        }
        let lines = lines.into_iter().map(|(number, line)| (number, value(line))).collect();
        Ok(Self { key, lines })
    }
}

fn value(line: &[u8]) -> Result<Value, Problem> {
    let value = strict::parse(line)?;
    if card::is_in(&value) {
        return Err(Problem::new(Kind::CardNumber));
    }
    Ok(value)
}
