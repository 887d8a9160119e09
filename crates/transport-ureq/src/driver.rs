//! The one loop that drives every machine.

use crate::agents::Agents;
use crate::clock::now;
use crate::exchange::{Answer, Flight};
use crate::remote::{Command, Remote};
use core::ops::ControlFlow;
use device_flow_core::{Input, Machine, Misuse, Output};
use std::time::Duration;

/// The longest sleep in one go. A condition variable's clock may stand still while the machine sleeps, and the driver's
/// does not: so a code that ran out meanwhile is noticed soon after waking up.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// Drives a machine to its end, or until `on_event` breaks off.
pub(crate) fn run<M: Machine>(
    agents: &Agents,
    machine: &mut M,
    remote: &Remote,
    mut on_event: impl FnMut(M::Event) -> ControlFlow<()>,
) {
    let mut orders = Orders::default();
    let mut flight: Option<Flight> = None;
    loop {
        orders.pass_on(machine, remote);
        if let Some((id, answer)) = flight.as_ref().and_then(Flight::land) {
            flight = None;
            report(machine, id, &answer);
        }
        match machine.poll_output(now()) {
            Output::Send(request) => flight = Some(agents.launch(&request, remote)),
            Output::Event(event) => {
                if on_event(event).is_break() {
                    return;
                }
            }
            Output::WaitUntil(deadline) => {
                let sleep = deadline.saturating_duration_since(now()).min(LONGEST_SLEEP);
                remote.wait(orders.generation, sleep, || flight.as_ref().is_some_and(Flight::has_landed));
            }
            Output::Done => return,
        }
    }
}

/// Hands an answer to the machine.
fn report<M: Machine>(machine: &mut M, id: device_flow_core::RequestId, answer: &Answer) {
    let input = match answer {
        Answer::Response(it) => Input::Response(id, it.lend()),
        Answer::Failure(it) => Input::Failure(id, *it),
    };
    // The id is one that this machine gave, so it cannot be misuse.
    let _: Result<(), Misuse> = machine.handle_input(now(), input);
}

/// What a remote said and the machine has yet to be told.
#[derive(Debug, Default)]
struct Orders {
    generation: u64,
    open: Option<Command>,
}

impl Orders {
    fn pass_on<M: Machine>(&mut self, machine: &mut M, remote: &Remote) {
        self.open = remote.news(&mut self.generation).or(self.open);
        let input = match self.open {
            None => return,
            Some(Command::Pause) => Input::Pause,
            Some(Command::Run) => Input::Resume,
            Some(Command::Cancel) => Input::Cancel,
        };
        let is_too_early = machine.handle_input(now(), input) == Err(Misuse::NotPolling);
        // A flow that has no code yet pauses as soon as it has one.
        if !(is_too_early && self.open == Some(Command::Pause)) {
            self.open = None;
        }
    }
}
