//! The real program against the test server: standard output, standard error, exit codes, over both transports.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic, and a JSON value without a member is null"
)]

mod bench;
mod client;
#[cfg(feature = "demo")]
mod demo;
mod discovery;
mod endings;
mod hostile;
#[cfg(unix)]
mod interrupt;
mod json;
mod network;
mod streams;
mod text;
mod usage;
