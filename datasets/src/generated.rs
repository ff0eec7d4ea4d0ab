//! Made-up histories.
/// Options.
#[derive(Debug, Clone)]
pub struct GeneratedOptions;
/// A made-up history.
#[derive(Debug, Clone)]
pub struct Generated;
