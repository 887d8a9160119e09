//! Machines that look at what a driver does.

use core::time::Duration;
use device_flow_core::{Input, Machine, Misuse, Output, Timestamp, TransportFailure};

/// Longer than any request of the suite may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Another machine, cancelled as soon as its first request has come to something.
#[derive(Debug)]
pub struct Probe<M> {
    machine: M,
    result: Option<Result<(u16, Vec<u8>), TransportFailure>>,
}

impl<M> Probe<M> {
    /// A probe that has yet to send.
    pub const fn new(machine: M) -> Self {
        Self { machine, result: None }
    }

    /// Status and body of the first answer, or the first failure.
    pub fn into_result(self) -> Option<Result<(u16, Vec<u8>), TransportFailure>> {
        self.result
    }
}

impl<M: Machine> Machine for Probe<M> {
    type Event = M::Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Self::Event> {
        // The machine sees a clock that stands still, so it never gives the request up by itself: what is wanted is
        // what the transport says.
        match self.machine.poll_output(Timestamp::ZERO) {
            Output::WaitUntil(_) => Output::WaitUntil(now.saturating_add(PATIENCE)),
            other => other,
        }
    }

    fn handle_input(&mut self, _: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        match &input {
            Input::Response(_, response) => {
                let answer = (response.status(), response.body().to_vec());
                self.result.get_or_insert(Ok(answer));
            }
            Input::Failure(_, failure) => {
                self.result.get_or_insert(Err(*failure));
            }
            _ => return self.machine.handle_input(Timestamp::ZERO, input),
        }
        self.machine.handle_input(Timestamp::ZERO, Input::Cancel)
    }

    fn is_done(&self) -> bool {
        self.machine.is_done()
    }
}

/// Another machine, with a count of how often it was asked.
#[derive(Debug)]
pub struct Counting<M> {
    machine: M,
    asked: usize,
}

impl<M> Counting<M> {
    /// A machine that has not been asked yet.
    pub const fn new(machine: M) -> Self {
        Self { machine, asked: 0 }
    }

    /// How often it was asked.
    pub const fn asked(&self) -> usize {
        self.asked
    }

    /// The machine.
    pub fn into_inner(self) -> M {
        self.machine
    }
}

impl<M: Machine> Machine for Counting<M> {
    type Event = M::Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Self::Event> {
        self.asked = self.asked.saturating_add(1);
        self.machine.poll_output(now)
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        self.machine.handle_input(now, input)
    }

    fn is_done(&self) -> bool {
        self.machine.is_done()
    }
}
