//! Fuzz targets of `device-flow-core` as plain functions of bytes.
//!
//! A target panics when one of its promises is broken and does nothing else. The binaries of `fuzz_targets/` hand it to
//! libFuzzer; `tests/replay.rs` runs it over everything that is known to be interesting, on any toolchain.

#![forbid(unsafe_code)]

pub mod answer;
pub mod bench;
pub mod check;
pub mod config;
pub mod drive;
pub mod ids;
pub mod model;
pub mod operation;
pub mod reading;
pub mod seed;
pub mod server;
pub mod target;
