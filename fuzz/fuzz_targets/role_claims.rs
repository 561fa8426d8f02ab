#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ringtrue_fuzz_bodies::role_claims(data));
