//! Errors as RFC 9457 problem details; every error of the API leaves through here.
//!
//! `type` is a reference relative to the root of whatever host answers, such as
//! `/problems/no-room`. Its last segment is the stable name; clients match on the whole text.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::{Reason, Rejection};

use crate::status;
use crate::wire::answers::{FieldError, ProblemBody};

/// The media type of every error.
pub const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Every kind of error that does not come from the ledger, which has [`Reason`]s of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The body is not JSON.
    MalformedJson,
    /// The body could not be read to its end.
    BodyUnreadable,
    /// A write without a usable `Idempotency-Key`.
    IdempotencyKey,
    /// A `Roomnight-Wait-For` that is not a position.
    MalformedPosition,
    /// A `Roomnight-Deadline` that is not a number of milliseconds.
    MalformedDeadline,
    /// No API key, or none that is known.
    Unauthenticated,
    /// The API key is for something else.
    Forbidden,
    /// No such route.
    RouteUnknown,
    /// No such view.
    ViewUnknown,
    /// A version of a policy that is not computed beside the one in force.
    PolicyNotCandidate,
    /// Nobody who can be asked for by that, or no such attempt.
    IdentityUnknown,
    /// Nothing can be a market of that name.
    MarketUnknown,
    /// No such dead letter.
    DeadLetterUnknown,
    /// No request with that key is known.
    CommandUnknown,
    /// The route does not take that method.
    MethodNotAllowed,
    /// The body took too long to arrive.
    BodyTooSlow,
    /// The body is longer than any may be.
    BodyTooLarge,
    /// The body is not announced as JSON.
    UnsupportedMediaType,
    /// Fields are missing, unknown or out of range.
    InvalidInput,
    /// A text that could be the number of a payment card.
    CardNumber,
    /// The client asks more often than it may.
    TooManyRequests,
    /// The caller's time was over before anything was done.
    Deadline,
    /// Storage has not reached the position that the reader waits for.
    NotThereYet,
    /// There is more to do than can be done in time.
    Overloaded,
    /// The process is about to end.
    Stopping,
    /// The process is not ready yet.
    NotReady,
    /// Storage cannot answer.
    StorageFailed,
    /// The disk is all but full: what is left is for those who have a hold or a booking.
    StorageFull,
    /// The disk does not answer.
    StorageStalled,
    /// A defect of roomnight itself.
    Internal,
}

impl Kind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::MalformedJson,
        Self::BodyUnreadable,
        Self::IdempotencyKey,
        Self::MalformedPosition,
        Self::MalformedDeadline,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::RouteUnknown,
        Self::CommandUnknown,
        Self::ViewUnknown,
        Self::PolicyNotCandidate,
        Self::IdentityUnknown,
        Self::MarketUnknown,
        Self::DeadLetterUnknown,
        Self::MethodNotAllowed,
        Self::BodyTooSlow,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::InvalidInput,
        Self::CardNumber,
        Self::TooManyRequests,
        Self::Deadline,
        Self::NotThereYet,
        Self::Overloaded,
        Self::Stopping,
        Self::NotReady,
        Self::StorageFailed,
        Self::StorageFull,
        Self::StorageStalled,
        Self::Internal,
    ];
}

/// What stands in every problem of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// In snake_case.
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) detail: &'static str,
}

/// One problem.
#[derive(Debug)]
pub struct Problem {
    cause: Cause,
    /// Words of its own, in place of the usual ones.
    detail: Option<String>,
    errors: Vec<FieldError>,
}

#[derive(Debug)]
enum Cause {
    Kind(Kind),
    Refused(Rejection),
}

impl Problem {
    /// A problem of that kind with its usual words.
    pub fn new(kind: Kind) -> Self {
        Self { cause: Cause::Kind(kind), detail: None, errors: Vec::new() }
    }

    /// A problem of that kind in words of its own.
    pub fn because(kind: Kind, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::new(kind) }
    }

    /// The same in words of its own.
    pub(crate) fn in_words(self, detail: String) -> Self {
        Self { detail: Some(detail), ..self }
    }

    /// A request in which those fields are at fault.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Kind::InvalidInput) }
    }

    /// A refusal by the ledger, or one that the ledger would give.
    pub fn refused(rejection: Rejection) -> Self {
        Self { cause: Cause::Refused(rejection), detail: None, errors: Vec::new() }
    }

    /// What is wrong, as faults: a problem that names none is one of the whole.
    pub(crate) fn into_errors(self) -> Vec<FieldError> {
        if !self.errors.is_empty() {
            return self.errors;
        }
        let detail = match (&self.detail, &self.cause) {
            (Some(detail), _) => detail.clone(),
            (None, Cause::Kind(kind)) => status::terms_of_kind(*kind).detail.to_owned(),
            (None, Cause::Refused(rejection)) => rejection.reason.name().to_owned(),
        };
        vec![FieldError::at(String::new(), detail)]
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match &self.cause {
            Cause::Kind(kind) => status::status_of_kind(*kind),
            Cause::Refused(rejection) => status::status_of_reason(rejection.reason),
        }
    }

    /// The body, the same bytes for the same problem.
    pub fn body(&self) -> Vec<u8> {
        let (terms, rejection) = match &self.cause {
            Cause::Kind(kind) => (status::terms_of_kind(*kind), None),
            Cause::Refused(rejection) => {
                (status::terms_of_reason(rejection.reason), Some(rejection))
            }
        };
        let nights = rejection.filter(|rejection| !rejection.nights.is_empty());
        let nights = nights.map(|rejection| rejection.nights.iter().map(ToString::to_string));
        let body = ProblemBody {
            kind: &type_of(terms.name),
            title: terms.title,
            status: terms.status.as_u16(),
            detail: self.detail.as_deref().unwrap_or(terms.detail),
            rejection: rejection.map(|rejection| rejection.reason.name()),
            nights: nights.map(Iterator::collect),
            errors: &self.errors,
        };
        serde_json::to_vec(&body).expect("texts and numbers can always be written as JSON")
    }

    /// Seconds after which it makes sense to ask again, where it does.
    pub(crate) fn retry_after_s(&self) -> Option<u8> {
        status::retry_after_s(self.status())
    }
}

/// The `type` of problems of that name: stable, and the same on every host.
pub fn type_of(name: &str) -> String {
    format!("/problems/{}", name.replace('_', "-"))
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::invalid(errors)
    }
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Self::refused(reason.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let content_type = [(header::CONTENT_TYPE, MEDIA_TYPE)];
        let mut response = (self.status(), content_type, self.body()).into_response();
        if let Some(seconds) = self.retry_after_s() {
            response.headers_mut().insert(header::RETRY_AFTER, u16::from(seconds).into());
        }
        response
    }
}
