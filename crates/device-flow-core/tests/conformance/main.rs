//! What a correct client does, one behaviour a test, on virtual time. Names carry the rows of `docs/conformance.md`.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bench;
mod calls;
mod configuration;
mod device_authorization;
mod dialects;
mod discovery;
mod id_token;
mod identity;
mod polling;
mod secrets;
mod session;
mod session_transitions;
mod sign_in;
mod sign_in_transitions;
mod storing;
mod tables;
mod token;
mod transitions;
