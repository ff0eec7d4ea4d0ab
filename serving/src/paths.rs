//! Every path of the API, written once.

use std::fmt::Write as _;

pub(crate) const PROPERTY: &str = "/v1/properties/{property}";
pub(crate) const ROOM_TYPE: &str = "/v1/properties/{property}/room-types/{room_type}";
pub(crate) const RATE_PLAN: &str = "/v1/properties/{property}/rate-plans/{rate_plan}";
pub(crate) const INVENTORY: &str = "/v1/properties/{property}/inventory";
pub(crate) const RESTRICTIONS: &str = "/v1/properties/{property}/restrictions";
pub(crate) const HOLD_CAPS: &str = "/v1/properties/{property}/hold-caps";
pub(crate) const POLICIES: &str = "/v1/properties/{property}/policies/{kind}";
pub(crate) const POLICY: &str = "/v1/properties/{property}/policies/{kind}/{version}";
pub(crate) const PROMOTE: &str = "/v1/properties/{property}/policies/{kind}/{version}/promote";
pub(crate) const POLICY_DIFF: &str = "/v1/properties/{property}/policies/{kind}/{version}/diff";
pub(crate) const ROLLBACK: &str = "/v1/properties/{property}/policies/{kind}/rollback";
pub(crate) const AVAILABILITY: &str = "/v1/properties/{property}/availability";
pub(crate) const HOLDS: &str = "/v1/holds";
pub(crate) const HOLD: &str = "/v1/holds/{hold}";
pub(crate) const CONFIRM: &str = "/v1/holds/{hold}/confirm";
pub(crate) const RELEASE: &str = "/v1/holds/{hold}/release";
pub(crate) const BOOKING: &str = "/v1/bookings/{booking}";
pub(crate) const CANCEL: &str = "/v1/bookings/{booking}/cancel";
pub(crate) const AMEND: &str = "/v1/bookings/{booking}/amend";
pub(crate) const EXTERNAL_SALES: &str = "/v1/external-sales";
pub(crate) const OVERSOLD: &str = "/v1/properties/{property}/oversold";
pub(crate) const ABOVE: &str = "/v1/properties/{property}/above-physical";
pub(crate) const LINKS: &str = "/v1/properties/{property}/room-types/{room_type}/links";
pub(crate) const BLOCK: &str = "/v1/properties/{property}/blocks/{block}";
pub(crate) const RELEASE_BLOCK: &str = "/v1/properties/{property}/blocks/{block}/release";
pub(crate) const BUSINESS_DATE: &str = "/v1/properties/{property}/business-date";
pub(crate) const COMMAND: &str = "/v1/commands/{idempotency_key}";
pub(crate) const SIGNALS: &str = "/v1/signals";
pub(crate) const DEAD_LETTERS: &str = "/v1/dead-letters";
pub(crate) const REDRIVE: &str = "/v1/dead-letters/{topic}/{partition}/{offset}/redrive";
pub(crate) const RISK: &str = "/v1/risk/{kind}/{id}";
pub(crate) const RISK_ATTEMPT: &str = "/v1/risk/attempt/{id}";
pub(crate) const VIEW_CHANGES: &str = "/v1/views/{view}/changes";
pub(crate) const DATAFLOW: &str = "/v1/dataflow";
pub(crate) const PACE: &str = "/v1/properties/{property}/pace";
pub(crate) const PRICES: &str = "/v1/properties/{property}/prices";
pub(crate) const EXPLAIN: &str = "/v1/properties/{property}/prices/{room_type}/{night}/explain";
pub(crate) const LIMITS: &str = "/v1/properties/{property}/limits";
pub(crate) const DEMAND: &str = "/v1/properties/{property}/demand";
pub(crate) const MARKET: &str = "/v1/markets/{market}";
pub(crate) const REALTIME: &str = "/v1/metrics/realtime";
pub(crate) const LIVEZ: &str = "/livez";
pub(crate) const READYZ: &str = "/readyz";
pub(crate) const METRICS: &str = "/metrics";
pub(crate) const OPENAPI: &str = "/openapi.json";

/// All of them, for whatever is counted by route.
pub(crate) const ALL: &[&str] = &[
    PROPERTY,
    ROOM_TYPE,
    RATE_PLAN,
    INVENTORY,
    RESTRICTIONS,
    HOLD_CAPS,
    POLICIES,
    POLICY,
    PROMOTE,
    POLICY_DIFF,
    ROLLBACK,
    AVAILABILITY,
    HOLDS,
    HOLD,
    CONFIRM,
    RELEASE,
    BOOKING,
    CANCEL,
    LINKS,
    AMEND,
    EXTERNAL_SALES,
    OVERSOLD,
    ABOVE,
    BLOCK,
    BUSINESS_DATE,
    RELEASE_BLOCK,
    COMMAND,
    SIGNALS,
    DEAD_LETTERS,
    REDRIVE,
    RISK,
    RISK_ATTEMPT,
    VIEW_CHANGES,
    DATAFLOW,
    PACE,
    PRICES,
    EXPLAIN,
    LIMITS,
    DEMAND,
    MARKET,
    REALTIME,
    LIVEZ,
    READYZ,
    METRICS,
    OPENAPI,
];

/// Where to ask what became of the request with that key.
pub(crate) fn status_url(idempotency_key: &str) -> String {
    let mut url = "/v1/commands/".to_owned();
    for byte in idempotency_key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte) {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").expect("a String takes whatever is written to it");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::status_url;

    #[test]
    fn a_key_of_any_characters_is_one_segment() {
        assert_eq!(status_url("a-1_~.b"), "/v1/commands/a-1_~.b");
        assert_eq!(status_url("a/b?c#%"), "/v1/commands/a%2Fb%3Fc%23%25");
    }
}
