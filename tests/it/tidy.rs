//! The rules of docs/STYLE.md that a machine can hold, each with what to write instead.

mod manifests;
mod planted;
mod prose;
mod report;
mod rust;
mod sources;
mod structure;
pub mod tree;
