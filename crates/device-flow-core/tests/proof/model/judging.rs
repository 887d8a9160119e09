//! What is said of a machine after an operation, and at the end of a history.

use device_flow_core::Output;

use super::driver::Driver;
use super::hiding::hides_secrets;
use super::operation::Operation;
use super::subject::{Observable, Subject};

impl<S: Subject> Driver<S> {
    /// The machine's state and what is known of it, the same for all moments at which they behave alike.
    pub(crate) fn fingerprint(&self) -> String
    where
        S: Observable,
    {
        // What the machine will be told next, whether or not it was told already.
        let now = self.now.max(self.promise.clock);
        format!("{} {} {:?}", self.machine.fingerprint(now), self.promise.fingerprint(now), self.ending)
    }

    pub(crate) fn check(&self) {
        let in_flight = self.promise.in_flight;
        let is_cut_off = self.machine.is_done() && in_flight.is_some_and(|it| self.promise.is_in_time(it.id));
        assert!(!is_cut_off || self.has_cancelled, "it ended while an answer was out: {:?}", self.machine);
        hides_secrets(&format!("{:?}", self.machine));
        if let Some(ending) = self.machine.ending() {
            hides_secrets(&ending);
        }
        self.machine.check(&self.promise);
    }

    /// Nothing is left but to tell how it ended, or to hear the answer that is out.
    pub(crate) fn must_be_done(&mut self) {
        let lent = self.lent.len();
        while self.ending.is_none() {
            let waits = self.ask();
            assert_eq!(self.lent.len(), lent, "it goes on: {:?}", self.machine);
            if let Some(until) = waits {
                let is_out = self.promise.in_flight.or(self.promise.left);
                let it = is_out.expect("a wait for nothing");
                assert!(until <= it.give_up_at, "a wait for too long: {it:?}");
                return;
            }
        }
        assert!(matches!(self.machine.poll_output(self.now), Output::Done));
    }

    /// From wherever it is now, the machine can be brought to its end: by time alone, or by the caller.
    pub(crate) fn must_be_able_to_end(mut self) -> String {
        if self.machine.ends_by_itself(&self.promise) {
            for _ in 0..200_000 {
                let waits = self.ask();
                if let Some(ending) = self.ending {
                    return ending;
                }
                if let Some(until) = waits {
                    self.sleep_to(until);
                }
            }
            panic!("no end in sight: {:?}", self.machine);
        }
        // The second time nothing is waited for any more.
        self.apply(Operation::Cancel);
        self.apply(Operation::Cancel);
        self.ending.expect("cancelled")
    }
}
