//! What the core costs beside the least that reading the same answers costs, and beside the `oauth2` crate.
//!
//! Everything is at the level of bodies: an answer's bytes are at hand and a request ends in [`black_box`]. Whatever a
//! program makes once and uses for every sign-in is made outside of what is measured; whatever it makes for each is
//! made and dropped inside.

pub mod answers;
pub mod contender;
pub mod many;
pub mod measure;

use std::hint::black_box;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// From a configured client to the tokens in hand, after this many polls that said "pending".
    SignIn(usize),
    /// One poll that says "pending": request, answer, and what comes next.
    PendingPoll,
    /// A pending sign-in written down as JSON, read again and ready for its next poll.
    SuspendResume,
}

/// Measured code: prepared, and run once.
pub type Run = Box<dyn FnOnce()>;

/// Calls what is measured. Its name marks the beginning and the end for a profiler.
#[inline(never)]
pub fn measured(run: Run) {
    black_box(run)();
    // Keeps the call above from being the last thing, which a compiler may turn into a jump.
    black_box(());
}
