//! Handlers, one file a resource: read the request, ask, answer.

use utoipa::IntoParams;

pub(crate) mod above;
pub(crate) mod availability;
pub(crate) mod blocks;
pub(crate) mod bookings;
pub(crate) mod commands;
pub(crate) mod dataflow;
pub(crate) mod dead_letters;
pub(crate) mod demand;
pub(crate) mod external_sales;
pub(crate) mod health;
pub(crate) mod hold_caps;
pub(crate) mod holds;
pub(crate) mod inventory;
pub(crate) mod limits;
pub(crate) mod markets;
pub(crate) mod pace;
pub(crate) mod policies;
pub(crate) mod policy_diff;
pub(crate) mod prices;
pub(crate) mod properties;
pub(crate) mod rate_plans;
pub(crate) mod realtime;
pub(crate) mod restrictions;
pub(crate) mod risk;
pub(crate) mod room_types;
pub(crate) mod signals;
pub(crate) mod view_changes;

/// The headers of every write, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes what `extract::Write` reads")]
pub(crate) struct WriteHeaders {
    /// Names the request: the same key with the same body is always answered the same.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    idempotency_key: String,
}

/// The headers of every read, for the OpenAPI document.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes what `extract::WaitFor` reads")]
pub(crate) struct ReadHeaders {
    /// A position that another answer named; the read waits until it is reached.
    #[param(
        rename = "Roomnight-Wait-For",
        required = false,
        pattern = r"^[0-9]{1,4}:[0-9]{1,18}(\.[0-9]{1,4}:[0-9]{1,18})*$",
        example = "0:42"
    )]
    wait_for: String,
}
