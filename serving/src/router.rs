//! Every route on one page, grouped by who calls it.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};

use crate::app::App;
use crate::guard::guard;
use crate::observe::{Observer, observe};
use crate::paths;
use crate::problem::{Kind, Problem};
use crate::routes::{
    above, availability, blocks, bookings, commands, dataflow, dead_letters, demand,
    external_sales, health, hold_caps, holds, inventory, limits, markets, pace, policies,
    policy_diff, prices, properties, rate_plans, realtime, restrictions, risk, room_types, signals,
    view_changes,
};

/// The whole API.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        // Hotels say what they have.
        .route(paths::PROPERTY, put(properties::define).get(properties::read))
        .route(paths::ROOM_TYPE, put(room_types::define))
        .route(paths::LINKS, put(room_types::link))
        .route(paths::RATE_PLAN, put(rate_plans::define))
        .route(paths::INVENTORY, put(inventory::set))
        .route(paths::RESTRICTIONS, put(restrictions::set).get(restrictions::read))
        .route(paths::HOLD_CAPS, put(hold_caps::set))
        // The pricing team says how prices and limits are made.
        .route(paths::POLICIES, get(policies::list))
        .route(paths::POLICY, put(policies::stage).get(policies::read))
        .route(paths::POLICY_DIFF, get(policy_diff::read))
        .route(paths::PROMOTE, post(policies::promote))
        .route(paths::ROLLBACK, post(policies::rollback))
        .route(paths::BLOCK, put(blocks::set).get(blocks::read))
        .route(paths::RELEASE_BLOCK, post(blocks::release))
        .route(paths::BUSINESS_DATE, post(blocks::advance).get(blocks::business_date))
        // Guests look and book.
        .route(paths::AVAILABILITY, get(availability::read))
        .route(paths::HOLDS, post(holds::place))
        .route(paths::HOLD, get(holds::read))
        .route(paths::CONFIRM, post(holds::confirm))
        .route(paths::RELEASE, post(holds::release))
        .route(paths::BOOKING, get(bookings::read))
        .route(paths::CANCEL, post(bookings::cancel))
        .route(paths::AMEND, post(bookings::amend))
        // Channels say what they have sold, and hotels see what is too much.
        .route(paths::EXTERNAL_SALES, post(external_sales::record))
        .route(paths::OVERSOLD, get(external_sales::oversold))
        .route(paths::ABOVE, get(above::list))
        // Whoever lost an answer asks again.
        .route(paths::COMMAND, get(commands::read))
        // Shops and crawlers tell what they see.
        .route(paths::SIGNALS, post(signals::tell))
        // Revenue managers look at what the views say.
        .route(paths::PACE, get(pace::read))
        .route(paths::PRICES, get(prices::read))
        .route(paths::EXPLAIN, get(prices::explain))
        .route(paths::LIMITS, get(limits::read))
        .route(paths::DEMAND, get(demand::read))
        .route(paths::MARKET, get(markets::read))
        .route(paths::REALTIME, get(realtime::read))
        // Whoever takes payments asks who tries how often.
        .route(paths::RISK, get(risk::read))
        .route(paths::RISK_ATTEMPT, get(risk::read_attempt))
        // Operators and machines watch.
        .route(paths::DEAD_LETTERS, get(dead_letters::list))
        .route(paths::REDRIVE, post(dead_letters::redrive))
        .route(paths::VIEW_CHANGES, get(view_changes::follow))
        .route(paths::DATAFLOW, get(dataflow::read))
        .route(paths::LIVEZ, get(health::livez))
        .route(paths::READYZ, get(health::readyz))
        .route(paths::METRICS, get(health::metrics))
        .route(paths::OPENAPI, get(health::openapi))
        .fallback(async || Problem::new(Kind::RouteUnknown))
        .method_not_allowed_fallback(async || Problem::new(Kind::MethodNotAllowed))
        // The limit is the extractor's, which answers with a problem.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Observer::new(Arc::clone(&app)), observe))
        // Outermost: what is turned away costs as little as it can.
        .layer(from_fn_with_state(Arc::clone(&app), guard))
        .with_state(app)
}

#[cfg(test)]
mod tests;
