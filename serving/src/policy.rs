//! Who may call which route, and how much it matters: one table, and what it lacks is denied.

use axum::http::Method;

use crate::admission::Class;
use crate::keys::Scope;
use crate::paths;

/// What one method of one path asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) path: &'static str,
    pub(crate) method: Verb,
    /// A key with one of these scopes; nothing at all where there are none.
    pub(crate) scopes: &'static [Scope],
    /// How much it matters; `None` is never turned away for load.
    pub(crate) class: Option<Class>,
}

/// The methods that the API has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Put,
    Post,
}

impl Verb {
    /// `HEAD` asks what `GET` asks.
    fn of(method: &Method) -> Option<Self> {
        match *method {
            Method::GET | Method::HEAD => Some(Self::Get),
            Method::PUT => Some(Self::Put),
            Method::POST => Some(Self::Post),
            _ => None,
        }
    }
}

/// What the table says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Its line.
    Policy(&'static Policy),
    /// The path has lines, and none for that method.
    OtherMethod,
    /// The path has none: whoever wrote the route forgot it.
    Nothing,
}

/// The line of a request.
pub(crate) fn of(method: &Method, path: &str) -> Found {
    let mut of_path = TABLE.iter().filter(|policy| policy.path == path).peekable();
    if of_path.peek().is_none() {
        return Found::Nothing;
    }
    let method = Verb::of(method);
    let found = of_path.find(|policy| Some(policy.method) == method);
    found.map_or(Found::OtherMethod, Found::Policy)
}

/// What those who read a path are asked for; nobody may read one that has no line.
pub(crate) fn scopes_of_read(path: &str) -> &'static [Scope] {
    let mut of_path = TABLE.iter().filter(|policy| policy.path == path);
    of_path.find(|policy| policy.method == Verb::Get).map_or(OPERATE, |policy| policy.scopes)
}

/// The line of a request as its first line writes it, where that is beyond doubt: `GET`, `PUT` or
/// `POST`, and a path without escapes.
pub(crate) fn of_plain(method: &[u8], path: &[u8]) -> Option<&'static Policy> {
    let method = match method {
        b"GET" => Verb::Get,
        b"PUT" => Verb::Put,
        b"POST" => Verb::Post,
        _ => return None,
    };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.:~".contains(byte);
    if !path.iter().all(is_plain) {
        return None;
    }
    TABLE.iter().find(|policy| policy.method == method && fits(policy.path, path))
}

/// Whether a path is one of those that a pattern stands for.
fn fits(pattern: &str, path: &[u8]) -> bool {
    let mut pattern = pattern.as_bytes().split(|byte| *byte == b'/');
    let mut path = path.split(|byte| *byte == b'/');
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(variable), Some(text)) if variable.starts_with(b"{") && !text.is_empty() => {}
            (Some(fixed), Some(text)) if fixed == text => {}
            _ => return false,
        }
    }
}

const OPEN: &[Scope] = &[];
const SHOP: &[Scope] = &[Scope::Shop];
const MANAGE: &[Scope] = &[Scope::Manage];
const OPERATE: &[Scope] = &[Scope::Operate];
const SHOP_OR_MANAGE: &[Scope] = &[Scope::Shop, Scope::Manage];

const fn line(
    method: Verb,
    path: &'static str,
    scopes: &'static [Scope],
    class: Option<Class>,
) -> Policy {
    Policy { path, method, scopes, class }
}

/// Every route.
pub(crate) const TABLE: &[Policy] = &[
    line(Verb::Put, paths::PROPERTY, MANAGE, Some(Class::Manage)),
    line(Verb::Get, paths::PROPERTY, SHOP_OR_MANAGE, Some(Class::Read)),
    line(Verb::Put, paths::ROOM_TYPE, MANAGE, Some(Class::Manage)),
    line(Verb::Put, paths::LINKS, MANAGE, Some(Class::Manage)),
    line(Verb::Put, paths::RATE_PLAN, MANAGE, Some(Class::Manage)),
    line(Verb::Put, paths::INVENTORY, MANAGE, Some(Class::Manage)),
    line(Verb::Put, paths::RESTRICTIONS, MANAGE, Some(Class::Manage)),
    line(Verb::Get, paths::RESTRICTIONS, MANAGE, Some(Class::Read)),
    line(Verb::Put, paths::HOLD_CAPS, MANAGE, Some(Class::Manage)),
    line(Verb::Get, paths::POLICIES, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::POLICY, MANAGE, Some(Class::Read)),
    line(Verb::Put, paths::POLICY, MANAGE, Some(Class::Manage)),
    line(Verb::Get, paths::POLICY_DIFF, MANAGE, Some(Class::Read)),
    line(Verb::Post, paths::PROMOTE, MANAGE, Some(Class::Manage)),
    line(Verb::Post, paths::ROLLBACK, MANAGE, Some(Class::Manage)),
    line(Verb::Put, paths::BLOCK, MANAGE, Some(Class::Manage)),
    line(Verb::Get, paths::BLOCK, MANAGE, Some(Class::Read)),
    line(Verb::Post, paths::RELEASE_BLOCK, MANAGE, Some(Class::Manage)),
    line(Verb::Post, paths::BUSINESS_DATE, MANAGE, Some(Class::Manage)),
    line(Verb::Get, paths::BUSINESS_DATE, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::AVAILABILITY, SHOP_OR_MANAGE, Some(Class::Read)),
    line(Verb::Post, paths::HOLDS, SHOP, Some(Class::Hold)),
    line(Verb::Get, paths::HOLD, SHOP, Some(Class::Read)),
    line(Verb::Post, paths::CONFIRM, SHOP, Some(Class::Settle)),
    line(Verb::Post, paths::RELEASE, SHOP, Some(Class::Settle)),
    line(Verb::Get, paths::BOOKING, SHOP, Some(Class::Read)),
    line(Verb::Post, paths::CANCEL, SHOP, Some(Class::Settle)),
    line(Verb::Post, paths::AMEND, SHOP, Some(Class::Settle)),
    line(Verb::Post, paths::EXTERNAL_SALES, SHOP_OR_MANAGE, Some(Class::Settle)),
    line(Verb::Get, paths::OVERSOLD, OPERATE, Some(Class::Read)),
    line(Verb::Get, paths::ABOVE, OPERATE, Some(Class::Read)),
    line(Verb::Get, paths::COMMAND, SHOP_OR_MANAGE, Some(Class::Read)),
    line(Verb::Post, paths::SIGNALS, SHOP_OR_MANAGE, Some(Class::Signal)),
    line(Verb::Get, paths::DEAD_LETTERS, OPERATE, Some(Class::Read)),
    line(Verb::Post, paths::REDRIVE, OPERATE, Some(Class::Manage)),
    line(Verb::Get, paths::RISK, SHOP_OR_MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::RISK_ATTEMPT, SHOP_OR_MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::VIEW_CHANGES, SHOP_OR_MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::DATAFLOW, OPERATE, Some(Class::Read)),
    line(Verb::Get, paths::PACE, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::PRICES, SHOP_OR_MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::EXPLAIN, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::LIMITS, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::DEMAND, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::MARKET, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::REALTIME, MANAGE, Some(Class::Read)),
    line(Verb::Get, paths::LIVEZ, OPEN, None),
    line(Verb::Get, paths::READYZ, OPEN, None),
    line(Verb::Get, paths::METRICS, OPERATE, None),
    line(Verb::Get, paths::OPENAPI, OPEN, None),
];
