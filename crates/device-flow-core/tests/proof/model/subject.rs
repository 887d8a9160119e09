//! What a machine has to tell of itself to be driven and judged.

use std::fmt::Debug;
use std::time::Duration;

use device_flow_core::{Machine, Misuse, Timestamp};

use super::promise::{Consequence, Promise};

/// A machine under test, with what it can be asked beyond [`Machine`].
pub(crate) trait Subject: Machine<Event: Debug> + Debug + Sized + 'static {
    fn start(now: Timestamp) -> Self;

    /// The latest time that the machine knows at its start.
    fn first_clock(_start: Timestamp) -> Timestamp {
        Timestamp::ZERO
    }

    /// The outcome as it may be shown; `None` before the end.
    fn ending(&self) -> Option<String>;

    /// Whether time alone brings the end, without an answer and without a caller.
    fn ends_by_itself(&self, promise: &Promise) -> bool;

    /// What is to be true of the machine after an answer that it took.
    fn after_answer(&self, _promise: &Promise, _consequence: Consequence) {}

    /// What is to be true at any time.
    fn check(&self, _promise: &Promise) {}

    /// What is to be true of an event.
    fn check_event(&self, _event: &Self::Event, _promise: &Promise) {}

    /// The machine put aside and taken up again after `away`; `None` for one that cannot be, or not now.
    fn moved(&self, _now: Timestamp, _away: Duration) -> Option<Self> {
        None
    }

    fn refresh(&mut self, _now: Timestamp, _is_narrower: bool) -> Option<Result<(), Misuse>> {
        None
    }

    /// Whether a resume asks for a new code, and so gives up the one before.
    fn offers_a_code(&self) -> bool {
        false
    }

    /// Asks for a new code; whether that is possible.
    fn restart(&mut self) -> bool {
        false
    }
}

/// A machine whose states can be told apart.
pub(crate) trait Observable {
    /// The state, with moments as distances from `now`.
    fn fingerprint(&self, now: Timestamp) -> String;
}
