//! A body that is a document: one text, taken as it is.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header;
use events::policy::POLICY_BYTES_MAX;

use crate::app::App;
use crate::card;
use crate::extract::{self, BODY_BYTES_MAX, Key};
use crate::problem::{Kind, Problem};

const MEDIA_TYPES: [&str; 3] = ["application/toml", "text/plain", "text/toml"];

/// A write whose body is a document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) key: Key,
    pub(crate) text: String,
}

impl FromRequest<Arc<App>> for Document {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let key = extract::key(&parts, app)?;
        let media_type = parts.headers.get(header::CONTENT_TYPE);
        let media_type = media_type.and_then(|value| value.to_str().ok()).unwrap_or("");
        let essence = media_type.split(';').next().unwrap_or("").trim();
        if !MEDIA_TYPES.iter().any(|known| essence.eq_ignore_ascii_case(known)) {
            let detail = format!("Announce the document as Content-Type: {}.", MEDIA_TYPES[0]);
            return Err(Problem::because(Kind::UnsupportedMediaType, detail));
        }
        // The guard has read it whole, within every bound.
        let bytes = to_bytes(body, BODY_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| Problem::new(Kind::BodyUnreadable))?;
        if bytes.len() > POLICY_BYTES_MAX {
            let detail = format!("A policy has at most {POLICY_BYTES_MAX} bytes.");
            return Err(Problem::because(Kind::BodyTooLarge, detail));
        }
        let text = String::from_utf8(bytes.into());
        let text = text.map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Problem::because(
                Kind::InvalidInput,
                format!("The document is no UTF-8 from byte {at}."),
            )
        })?;
        if card::is_in_text(&text) {
            return Err(Problem::new(Kind::CardNumber));
        }
        Ok(Self { key, text })
    }
}
