//! Requests that are under way on another thread.

use crate::client::Shared;
use crate::exchange::{Exchange, Outcome};
use core::mem::take;
use device_flow_core::{Request, RequestId, Timestamp, TransportFailure};
use device_flow_transport::blocking::Line;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, Thread};
use std::time::Duration;

/// How long a request whose time is over is listened to, so that its thread can hand over what its socket has received.
const LAST_LOOK: Duration = Duration::from_millis(50);

type Job = Box<dyn FnOnce() + Send>;

/// The thread on which a driver has its requests made, if it must be able to turn to something else meanwhile. It begins with
/// the first request and ends with its driver.
#[derive(Default)]
pub(crate) struct Worker(Option<Sender<Job>>);

/// A request under way. Dropping it hangs up.
pub(crate) struct Flight {
    id: RequestId,
    /// When the machine gives it up.
    give_up_at: Timestamp,
    /// How long to listen once that has come.
    last_look: Duration,
    line: Arc<Line>,
    outcome: Receiver<Outcome>,
}

impl Worker {
    /// Sends a request that was lent `now`. This thread is unparked when its answer is there.
    pub(crate) fn launch(
        &mut self,
        shared: &Arc<Shared>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Flight, TransportFailure> {
        let exchange = Exchange::new(request, &shared.headers)?.into_owned();
        let (line, shared) = (Arc::clone(exchange.line()), Arc::clone(shared));
        let (sender, outcome) = channel();
        let delivery = Delivery { sender, _bell: Bell(thread::current()) };
        self.take_up(Box::new(move || {
            delivery.put(exchange.run(&shared));
        }))?;
        let give_up_at = now.saturating_add(request.timeout());
        Ok(Flight { id: request.id(), give_up_at, last_look: LAST_LOOK, line, outcome })
    }

    fn take_up(&mut self, job: Job) -> Result<(), TransportFailure> {
        let jobs = match self.0.take() {
            Some(jobs) => jobs,
            None => begin().map_err(|_| TransportFailure::Other)?,
        };
        // A thread that has panicked takes nothing up, and leaves the place to another.
        jobs.send(job).map_err(|_| TransportFailure::Other)?;
        self.0 = Some(jobs);
        Ok(())
    }
}

/// Begins a thread that does one job after the other.
fn begin() -> io::Result<Sender<Job>> {
    let (sender, jobs) = channel::<Job>();
    let work = move || {
        for job in jobs {
            job();
        }
    };
    thread::Builder::new().name("device-flow exchange".to_owned()).spawn(work)?;
    Ok(sender)
}

impl Flight {
    /// The answer, if it is there. A program that was stopped meanwhile finds that time is over before the thread that has the
    /// answer, which may be the tokens, can say so: so that is waited for once.
    pub(crate) fn land(&mut self, now: Timestamp) -> Option<(RequestId, Outcome)> {
        let patience = if now < self.give_up_at { Duration::ZERO } else { take(&mut self.last_look) };
        match self.outcome.recv_timeout(patience) {
            Ok(outcome) => Some((self.id, outcome)),
            Err(RecvTimeoutError::Timeout) => None,
            // The exchange has ended in no way that exchanges end.
            Err(RecvTimeoutError::Disconnected) => Some((self.id, Err(TransportFailure::Other))),
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.line.hang_up();
    }
}

/// Where an outcome is handed over, and then the driver woken; also when there is none because of a panic.
struct Delivery {
    sender: Sender<Outcome>,
    _bell: Bell,
}

impl Delivery {
    fn put(self, outcome: Outcome) {
        // Perhaps nobody waits any more.
        let _ = self.sender.send(outcome);
    }
}

struct Bell(Thread);

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.unpark();
    }
}
