//! Hands `device_flow_fuzz::target::retry_after` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::retry_after::run(data));
