//! Ringtrue's storage ports on PostgreSQL.
