//! Hands `device_flow_fuzz::target::sign_in` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::sign_in::run(data));
