//! Ringtrue development tasks.
fn main() {}
