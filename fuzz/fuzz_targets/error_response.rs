//! Hands `device_flow_fuzz::target::error_response` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::error_response::run(data));
