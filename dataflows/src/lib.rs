//! The views: decisions become availability, incrementally, at a known position.
