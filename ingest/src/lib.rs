//! The order: bytes become events at a log position; one trait, a log in memory and an embedded one.
