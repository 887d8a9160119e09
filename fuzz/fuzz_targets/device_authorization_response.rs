//! Hands `device_flow_fuzz::target::device_authorization_response` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::device_authorization_response::run(data));
