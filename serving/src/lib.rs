//! The door: the HTTP API; it writes nothing but the log and reads nothing but storage.
