//! A request that is under way on another thread.

use crate::client::Shared;
use crate::exchange::{Exchange, Outcome};
use crate::line::Line;
use device_flow_core::{Request, RequestId, TransportFailure};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

/// A request under way. Dropping it hangs up.
#[derive(Debug)]
pub(crate) struct Flight {
    id: RequestId,
    /// None when the request could not even begin.
    line: Option<Arc<Line>>,
    slot: Arc<Slot>,
}

/// Where what came of it is put.
#[derive(Debug)]
struct Slot {
    outcome: Mutex<Option<Outcome>>,
    driver: Thread,
}

impl Flight {
    /// Sends a request on a thread of the client's. This thread is unparked when the answer is there.
    pub(crate) fn launch(shared: &Arc<Shared>, request: &Request<'_>) -> Self {
        let slot = Arc::new(Slot { outcome: Mutex::new(None), driver: thread::current() });
        let delivery = Delivery(Arc::clone(&slot));
        let line = match Exchange::new(request, &shared.headers) {
            Ok(exchange) => {
                let exchange = exchange.into_owned();
                let line = Arc::clone(exchange.line());
                let worker = Arc::clone(shared);
                let job = move || {
                    let outcome = exchange.run(&worker);
                    // Before the driver learns of the answer, which may drop the last of the client.
                    drop(worker);
                    delivery.0.put(outcome);
                };
                // What no thread takes up reports a failure when it is dropped.
                let _ = shared.workers.take_up(Box::new(job));
                Some(line)
            }
            Err(failure) => {
                slot.put(Err(failure));
                None
            }
        };
        Self { id: request.id(), line, slot }
    }

    /// Whether the answer is there.
    pub(crate) fn has_landed(&self) -> bool {
        self.slot.lock().is_some()
    }

    /// Takes the answer.
    pub(crate) fn land(&self) -> Option<(RequestId, Outcome)> {
        let outcome = self.slot.lock().take()?;
        Some((self.id, outcome))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(line) = &self.line {
            line.hang_up();
        }
    }
}

impl Slot {
    /// Puts an outcome here, unless there is one already.
    fn put(&self, outcome: Outcome) {
        self.lock().get_or_insert(outcome);
        self.driver.unpark();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Outcome>> {
        // No code that can panic runs under this lock.
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Delivers a failure when an exchange ends in any other way than with an outcome.
struct Delivery(Arc<Slot>);

impl Drop for Delivery {
    fn drop(&mut self) {
        self.0.put(Err(TransportFailure::Other));
    }
}
