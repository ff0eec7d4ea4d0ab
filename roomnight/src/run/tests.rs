//! The system, started and stopped.
