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
mod device_authorization;
mod dialects;
mod discovery;
mod id_token;
mod polling;
mod profiles;
mod session;
mod sign_in;
mod storing;
mod token;
mod transitions;
