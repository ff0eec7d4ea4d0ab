//! The heart: a command at its place in the log becomes a decision and the rows that it changes.
