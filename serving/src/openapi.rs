//! The OpenAPI document: generated from the handlers and bodies, served, and committed.
//!
//! `docs/openapi.json` is the committed copy. After a change of the API it is written anew by
//! `ROOMNIGHT_WRITE_OPENAPI=1 cargo test --release -p serving openapi`.

use std::sync::LazyLock;

use utoipa::OpenApi;

use crate::routes::{
    availability, bookings, commands, health, holds, inventory, properties, rate_plans, room_types,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "roomnight",
        version = "1",
        description = "A hotel reservation engine. Every write takes an Idempotency-Key and \
                       answers with the position that it created; every read answers from one \
                       position and can wait for another. Errors are application/problem+json."
    ),
    paths(
        properties::define,
        room_types::define,
        rate_plans::define,
        inventory::set,
        availability::read,
        holds::place,
        holds::read,
        holds::confirm,
        holds::release,
        bookings::read,
        bookings::cancel,
        commands::read,
        health::livez,
        health::readyz,
        health::metrics,
        health::openapi,
    ),
    tags(
        (name = "manage", description = "Hotels say what they have"),
        (name = "shop", description = "Guests look and book"),
        (name = "operate", description = "Operators and machines watch"),
    )
)]
struct Api;

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut text =
        Api::openapi().to_pretty_json().expect("texts and numbers can be written as JSON");
    text.push('\n');
    text
});

/// The document as JSON.
pub fn document() -> &'static str {
    &DOCUMENT
}

#[cfg(test)]
mod tests;
