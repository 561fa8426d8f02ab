//! The binary `ringtrue`.
fn main() {}
