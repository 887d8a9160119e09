//! Proof beyond examples: a model that random drivers and servers are held to, every reachable state of the flow up to
//! a depth, and laws. `docs/proof.md` says what is proved and how to look further than the defaults here.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod answer;
mod exhaustive;
mod laws;
mod model;
mod understanding;
