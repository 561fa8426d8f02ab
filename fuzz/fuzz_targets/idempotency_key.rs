#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ringtrue_fuzz_bodies::idempotency_key(data));
