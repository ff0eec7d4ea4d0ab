//! Who asks: API keys, of which only hashes are kept, and what each of them may do.
//!
//! A key is shown once, when it is made, and is told from a slip of the pen by its checksum. The
//! configuration holds its SHA-256: whoever reads the configuration cannot ask in its name.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

mod secret;
#[cfg(test)]
mod tests;

pub use secret::{Secret, SecretError};

const NAME_BYTES_MAX: usize = 64;
const HASH_BYTES: usize = 32;

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look for rooms, hold, book and cancel.
    Shop,
    /// Say what a hotel has.
    Manage,
    /// Watch the process.
    Operate,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Shop, Self::Manage, Self::Operate];

    /// Its name, as the configuration and the command line write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Manage => "manage",
            Self::Operate => "operate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A scope that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no scope: there are `shop`, `manage` and `operate`")]
pub struct ScopeError(String);

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let named = Self::ALL.into_iter().find(|scope| scope.name() == text);
        named.ok_or_else(|| ScopeError(text.to_owned()))
    }
}

/// A key as the configuration keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// Whose it is; it scopes idempotency keys and never changes.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The SHA-256 of the key, in hexadecimal.
    pub sha256: String,
}

impl ApiKey {
    /// What the configuration keeps of a key.
    pub fn of(name: &str, scopes: &[Scope], secret: &Secret) -> Self {
        let hash = Sha256::digest(secret.as_str());
        let sha256 = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { name: name.to_owned(), scopes: scopes.to_vec(), sha256 }
    }

    /// The lines that belong into `roomnight.toml`.
    pub fn to_toml(&self) -> String {
        let scopes: Vec<String> = self.scopes.iter().map(|scope| format!("\"{scope}\"")).collect();
        format!(
            "[[api_keys]]\nname = \"{}\"\nscopes = [{}]\nsha256 = \"{}\"\n",
            self.name,
            scopes.join(", "),
            self.sha256
        )
    }
}

/// Why the configured keys are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The name could not stand in a header or a metric.
    #[error(
        "the API key's name `{0}` is not 1 to {NAME_BYTES_MAX} of a-z, 0-9, `-` and `_`: choose \
         another"
    )]
    Name(String),
    /// Two keys have one name.
    #[error("two API keys are named `{0}`: their idempotency keys would mix; rename one")]
    NameTwice(String),
    /// Two keys have one hash.
    #[error("the API keys `{0}` and `{1}` are the same: make one of them anew")]
    HashTwice(String, String),
    /// The hash is none.
    #[error(
        "`sha256` of the API key `{0}` is not 64 hexadecimal digits: paste what `roomnight keys \
         create` printed"
    )]
    Hash(String),
    /// The key may do nothing.
    #[error("the API key `{0}` has no scope: give it `shop`, `manage` or `operate`")]
    NoScope(String),
}

/// Refuses a name that a key cannot have.
pub fn check_name(name: &str) -> Result<(), KeysError> {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if fits && name.bytes().all(|byte| is_plain(byte) || b"-_".contains(&byte)) {
        Ok(())
    } else {
        Err(KeysError::Name(name.to_owned()))
    }
}

/// The keys that are known.
#[derive(Debug, Default)]
pub struct Keys(Vec<Known>);

#[derive(Debug)]
struct Known {
    name: Arc<str>,
    scopes: Vec<Scope>,
    hash: [u8; HASH_BYTES],
}

impl Keys {
    /// The keys that the configuration names.
    pub fn new(configured: &[ApiKey]) -> Result<Self, KeysError> {
        let mut keys: Vec<Known> = Vec::with_capacity(configured.len());
        for key in configured {
            check_name(&key.name)?;
            let hash = hash_of_hex(&key.sha256).ok_or_else(|| KeysError::Hash(key.name.clone()))?;
            if key.scopes.is_empty() {
                return Err(KeysError::NoScope(key.name.clone()));
            }
            if keys.iter().any(|known| *known.name == *key.name) {
                return Err(KeysError::NameTwice(key.name.clone()));
            }
            if let Some(known) = keys.iter().find(|known| known.hash == hash) {
                return Err(KeysError::HashTwice(known.name.to_string(), key.name.clone()));
            }
            keys.push(Known { name: key.name.as_str().into(), scopes: key.scopes.clone(), hash });
        }
        Ok(Self(keys))
    }

    /// Whether there are none, so that nobody is asked for one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, in the order of the configuration.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|known| &*known.name)
    }

    /// Who sent those headers.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Caller, NotKnown> {
        if self.is_empty() {
            return Ok(Caller::default());
        }
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let value = values.next().ok_or(NotKnown::Missing)?;
        let text = value.to_str().map_err(|_| NotKnown::Malformed)?;
        let (kind, secret) = text.split_once(' ').ok_or(NotKnown::Malformed)?;
        if values.next().is_some() || !kind.eq_ignore_ascii_case("bearer") {
            return Err(NotKnown::Malformed);
        }
        let secret = secret.trim();
        secret::check(secret).map_err(|_| NotKnown::Mistyped)?;
        self.find(secret).ok_or(NotKnown::Unknown)
    }

    /// Looks at every key, so that the time it takes says nothing about any of them.
    fn find(&self, secret: &str) -> Option<Caller> {
        let hash: [u8; HASH_BYTES] = Sha256::digest(secret).into();
        let mut found = None;
        for (index, known) in self.0.iter().enumerate() {
            if bool::from(known.hash.ct_eq(&hash)) {
                found = Some(index);
            }
        }
        let known = &self.0[found?];
        Some(Caller {
            key: found,
            name: Some(Arc::clone(&known.name)),
            scopes: known.scopes.clone(),
        })
    }
}

fn hash_of_hex(text: &str) -> Option<[u8; HASH_BYTES]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * HASH_BYTES {
        return None;
    }
    let mut hash = [0; HASH_BYTES];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(hash)
}

/// Why it is not known who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotKnown {
    /// No key was sent.
    Missing,
    /// The header is no `Bearer`.
    Malformed,
    /// The checksum is wrong.
    Mistyped,
    /// No such key is configured, or no more.
    Unknown,
}

impl NotKnown {
    /// What to tell the caller.
    pub(crate) fn detail(self) -> &'static str {
        match self {
            Self::Missing => "Send an API key as `Authorization: Bearer rn_…`.",
            Self::Malformed => "The header is not `Authorization: Bearer rn_…` with one key.",
            Self::Mistyped => {
                "This is not an API key: its checksum does not fit. It was mistyped or cut off."
            }
            Self::Unknown => "This API key is not known here, or no more.",
        }
    }
}

/// Who asks, as far as that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// The place of its key among those configured.
    pub(crate) key: Option<usize>,
    /// The name of its API key; nobody asked for one where none is configured.
    pub name: Option<Arc<str>>,
    scopes: Vec<Scope>,
}

impl Caller {
    /// Whether its key may be used for one of those; whoever was not asked for a key may do all.
    pub(crate) fn may(&self, any_of: &[Scope]) -> bool {
        self.name.is_none() || any_of.iter().any(|scope| self.scopes.contains(scope))
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
