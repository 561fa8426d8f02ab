//! Ringtrue's storage ports on SQLite, the embedded default.
