//! What the profiles are good for, on virtual time: requests as each provider wants them, answers as each means them.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod addresses;
mod answers;
mod bench;
mod collisions;
mod corpus;
mod document;
mod making;
mod requests;
mod seams;
mod table;
