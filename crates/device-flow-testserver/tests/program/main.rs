//! The real program: options, script files, the control API, mistakes, and how it ends.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, a JSON value without a member is null, and not every helper is used"
)]

#[path = "../common/mod.rs"]
mod common;
mod control;
mod control_guard;
mod ending;
mod examples;
mod mistakes;
mod options;
mod running;
