//! Stub.
use super::{BenchError, Manner, figures::Figures};
/// Runs the bench.
pub fn run(_manner: &Manner) -> Result<Figures, BenchError> {
    Ok(Figures::new("restart"))
}
