//! Hands `device_flow_fuzz::target::id_token` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::id_token::run(data));
