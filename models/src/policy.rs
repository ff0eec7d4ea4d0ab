//! Policies as documents: TOML that people write and review, checked as a whole on entry.
//!
//! A document begins with the number of its schema and its kind. What it does not say is as built
//! in; what is built in does not change within a schema, so that an old document means for ever
//! what it meant. Everything that is wrong is told at once, each with its line and column and with
//! what is allowed there. `docs/policies.md` lists every key.

mod document;
mod overbooking;
mod pricing;
#[cfg(test)]
mod tests;

use std::fmt;

use self::document::{Document, Section};
use crate::overbooking::OverbookingPolicy;
use crate::pricing::PricingPolicy;

/// The schema that this build reads.
pub const SCHEMA: i64 = 1;

/// The longest document that is read.
pub const DOCUMENT_BYTES_MAX: usize = 65_536;

/// Of so many faults a document is told; those beyond are only counted.
pub const FAULTS_COUNT_MAX: usize = 100;

/// One thing that is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: u32,
    /// The character in the line, counted from 1.
    pub column: u32,
    /// Which key, such as `factors.pace.curve[2]`; empty for the document itself.
    pub path: String,
    /// What is wrong.
    pub wrong: String,
    /// What is allowed instead.
    pub allowed: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, path, wrong, allowed } = self;
        write!(f, "line {line}, column {column}: ")?;
        if !path.is_empty() {
            write!(f, "`{path}`: ")?;
        }
        write!(f, "{wrong}; allowed is {allowed}")
    }
}

/// Why a document is no policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong, in the order of the document; at least one, at most [`FAULTS_COUNT_MAX`].
    pub faults: Vec<Fault>,
    /// How many more there are.
    pub more_count: usize,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the document is no policy:")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n{fault}"))?;
        if self.more_count > 0 {
            write!(f, "\nand {} more", self.more_count)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}

/// A policy of either kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// How prices are made.
    Pricing(Box<PricingPolicy>),
    /// How much a hotel dares.
    Overbooking(Box<OverbookingPolicy>),
}

/// What a document is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pricing,
    Overbooking,
}

const KINDS: &[(&str, Kind)] = &[("pricing", Kind::Pricing), ("overbooking", Kind::Overbooking)];

/// The policy that a document states, of either kind; its version is 0 until somebody gives it one.
pub fn parse(text: &str) -> Result<Policy, PolicyError> {
    read(text, |root| match header(root, None)? {
        Kind::Pricing => Some(Policy::Pricing(Box::new(pricing::policy(root)))),
        Kind::Overbooking => Some(Policy::Overbooking(Box::new(overbooking::policy(root)))),
    })
}

/// The pricing policy that a document states.
pub fn parse_pricing(text: &str) -> Result<PricingPolicy, PolicyError> {
    read(text, |root| {
        header(root, Some(Kind::Pricing))?;
        Some(pricing::policy(root))
    })
}

/// The overbooking policy that a document states.
pub fn parse_overbooking(text: &str) -> Result<OverbookingPolicy, PolicyError> {
    read(text, |root| {
        header(root, Some(Kind::Overbooking))?;
        Some(overbooking::policy(root))
    })
}

fn read<T>(text: &str, policy: impl FnOnce(&Section<'_>) -> Option<T>) -> Result<T, PolicyError> {
    let document = Document::new(text);
    let table = document.table();
    let policy = table.and_then(|table| {
        let root = Section::root(&document, &table);
        let policy = policy(&root)?;
        root.finish();
        Some(policy)
    });
    document.end(policy)
}

/// What every document begins with; nothing more is read of one of another schema or kind.
fn header(root: &Section<'_>, wanted: Option<Kind>) -> Option<Kind> {
    let schema = root.require("schema", "the number of the schema, 1");
    let known: Option<i64> = schema.and_then(|item| item.whole(SCHEMA..=SCHEMA));
    let kinds: Vec<(&str, Kind)> = KINDS
        .iter()
        .copied()
        .filter(|(_, kind)| wanted.is_none_or(|wanted| wanted == *kind))
        .collect();
    let kind = root.require("kind", "\"pricing\" or \"overbooking\"");
    let kind = kind.and_then(|item| item.choice(&kinds));
    known.and(kind)
}
