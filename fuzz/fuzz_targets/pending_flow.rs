//! Hands `device_flow_fuzz::target::pending_flow` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::pending_flow::run(data));
