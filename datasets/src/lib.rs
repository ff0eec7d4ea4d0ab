//! The days: real and made-up histories as events, at any pace.
