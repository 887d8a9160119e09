//! Hands `device_flow_fuzz::target::discovery_document` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::discovery_document::run(data));
