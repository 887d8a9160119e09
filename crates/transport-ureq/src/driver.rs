//! The one loop that drives every machine.

use crate::client::Shared;
use crate::exchange::Outcome;
use crate::flight::Flight;
use core::ops::ControlFlow;
use core::task::{Context, Waker};
use device_flow_core::{Input, Machine, Misuse, Output, RequestId, Timestamp};
use device_flow_transport::blocking::Worker;
use device_flow_transport::{Orders, Remote};
use std::sync::Arc;
use std::task::Wake;
use std::thread::{self, Thread};
use std::time::Duration;

/// The longest sleep in one go. A thread's clock may stand still while the machine sleeps, and the driver's does not: so a
/// code that ran out meanwhile is noticed soon after waking up.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);

/// Drives a machine to its end, or until `on_event` breaks off.
pub(crate) fn run<M: Machine>(
    shared: &Arc<Shared>,
    machine: &mut M,
    remote: Option<&Remote>,
    mut on_event: impl FnMut(M::Event) -> ControlFlow<()>,
) {
    let clock = &*shared.clock;
    let mut orders = Orders::new(remote);
    let waker = remote.map(|_| Waker::from(Arc::new(Unpark(thread::current()))));
    let (mut worker, mut flight) = (Worker::default(), None::<Flight>);
    loop {
        // One look at the clock for both, or a program that is stopped in between lets the machine give up what is not overdue.
        let now = clock.now();
        if let Some((id, outcome)) = flight.as_mut().and_then(|it| it.land(now)) {
            flight = None;
            report(machine, clock.now(), id, &outcome);
        }
        orders.apply(machine, now);
        match machine.poll_output(now) {
            // Where nobody can give an order there is nothing to turn to before the answer is there.
            Output::Send(request) if remote.is_none() => {
                let (id, outcome) = (request.id(), shared.exchange(&request));
                report(machine, clock.now(), id, &outcome);
            }
            Output::Send(request) => {
                if flight.take().is_some() {
                    // The thread may take a moment to notice that its request was given up.
                    worker = Worker::default();
                }
                match Flight::launch(&mut worker, shared, &request, now) {
                    Ok(launched) => flight = Some(launched),
                    Err(failure) => {
                        let id = request.id();
                        report(machine, clock.now(), id, &Err(failure));
                    }
                }
            }
            Output::Event(event) => {
                if on_event(event).is_break() {
                    return;
                }
            }
            Output::WaitUntil(deadline) => {
                let longest = deadline.saturating_duration_since(clock.now()).min(LONGEST_SLEEP);
                let has_news =
                    waker.as_ref().is_some_and(|it| orders.poll_news(&mut Context::from_waker(it)).is_ready());
                match flight {
                    _ if has_news => {}
                    None => clock.park(longest),
                    // An exchange takes its time whatever clock there is.
                    Some(_) => thread::park_timeout(longest),
                }
            }
            Output::Done => return,
        }
    }
}

/// Hands an answer to the machine.
fn report<M: Machine>(machine: &mut M, now: Timestamp, id: RequestId, outcome: &Outcome) {
    let input = match outcome {
        Ok(answer) => Input::Response(id, answer.as_response()),
        Err(failure) => Input::Failure(id, *failure),
    };
    // The id is one that this machine gave, so it cannot be misuse.
    let _: Result<(), Misuse> = machine.handle_input(now, input);
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
