//! The audit of a data directory: its log, and the state beside it.
use std::path::Path;
use super::Report;
/// Why a data directory could not be audited.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {}
/// Audits.
pub fn audit(_data_dir: &Path) -> Result<Report, VerifyError> { Ok(Report::default()) }
