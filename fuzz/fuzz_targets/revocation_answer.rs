//! Hands `device_flow_fuzz::target::revocation_answer` to libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| device_flow_fuzz::target::revocation_answer::run(data));
