//! A whole stack.
