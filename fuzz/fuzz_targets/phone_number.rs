#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ringtrue_fuzz_bodies::phone_number(data));
