//! Scenarios, laws and the exhaustive comparison.
