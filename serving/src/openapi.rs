//! The OpenAPI document: generated from the handlers and bodies, served, and committed.
//!
//! `docs/openapi.json` is the committed copy. After a change of the API it is written anew by
//! `ROOMNIGHT_WRITE_OPENAPI=1 cargo test --release -p serving openapi`.

use std::sync::LazyLock;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::policy::{self, Verb};
use crate::routes::{
    above, availability, blocks, bookings, commands, dataflow, dead_letters, demand,
    external_sales, health, hold_caps, holds, inventory, limits, markets, pace, policies,
    policy_diff, prices, properties, rate_plans, realtime, restrictions, risk, room_types, signals,
    view_changes,
};
use crate::wire::views::ViewEvent;

#[derive(OpenApi)]
#[openapi(
    modifiers(&Security),
    // Only the text of an event refers to it.
    components(schemas(ViewEvent)),
    info(
        title = "roomnight",
        version = "1",
        description = "A hotel reservation engine. Every write takes an Idempotency-Key and \
                       answers with the position that it created; every read answers from one \
                       position and can wait for another. Errors are application/problem+json."
    ),
    paths(
        properties::define,
        properties::read,
        room_types::define,
        room_types::link,
        rate_plans::define,
        inventory::set,
        restrictions::set,
        restrictions::read,
        hold_caps::set,
        policies::list,
        policies::stage,
        policies::read,
        policies::promote,
        policies::rollback,
        policy_diff::read,
        blocks::set,
        blocks::read,
        blocks::release,
        blocks::advance,
        blocks::business_date,
        availability::read,
        holds::place,
        holds::read,
        holds::confirm,
        holds::release,
        bookings::read,
        bookings::cancel,
        bookings::amend,
        external_sales::record,
        external_sales::oversold,
        above::list,
        commands::read,
        signals::tell,
        dead_letters::list,
        dead_letters::redrive,
        risk::read,
        risk::read_attempt,
        view_changes::follow,
        dataflow::read,
        pace::read,
        prices::read,
        prices::explain,
        limits::read,
        demand::read,
        markets::read,
        realtime::read,
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

/// What the table of policies asks for, said of every operation.
struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("rn_ and 38 letters")
            .description(Some(
                "An API key of `roomnight keys create`; on loopback none is asked for unless \
                 there are some",
            ))
            .build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme(SCHEME, SecurityScheme::Http(scheme));
        for policy in policy::TABLE {
            let Some(item) = document.paths.paths.get_mut(policy.path) else { continue };
            let operation = match policy.method {
                Verb::Get => item.get.as_mut(),
                Verb::Put => item.put.as_mut(),
                Verb::Post => item.post.as_mut(),
            };
            let Some(operation) = operation else { continue };
            let scopes = policy.scopes.iter();
            let asked = scopes.map(|scope| SecurityRequirement::new(SCHEME, [scope.name()]));
            operation.security = Some(asked.collect());
            let refused = operation.responses.responses.entry("4XX".to_owned());
            refused.or_insert_with(|| RefOr::T(refusal()));
        }
    }
}

/// How any operation may be refused.
fn refusal() -> Response {
    let problem = Content::new(Some(Ref::from_schema_name("ProblemBody")));
    let response = ResponseBuilder::new().description("Refused");
    response.content("application/problem+json", problem).build()
}

/// What the scheme of the API keys is called.
const SCHEME: &str = "api_key";

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
