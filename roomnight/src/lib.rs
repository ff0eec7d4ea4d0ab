//! The binary: demo, serve, replay, verify, bench and log; no logic.
