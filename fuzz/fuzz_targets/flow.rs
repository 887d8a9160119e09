//! Hands `device_flow_fuzz::target::flow` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::flow::run(data));
