//! A request that is under way on another thread.

use crate::client::Shared;
use crate::exchange::{Exchange, Outcome};
use core::mem::take;
use device_flow_core::{Request, RequestId, Timestamp, TransportFailure};
use device_flow_transport::blocking::{Line, Work, Worker};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// How long a request whose time is over is listened to, so that its thread can hand over what its socket has received.
const LAST_LOOK: Duration = Duration::from_millis(50);

/// A request under way. Dropping it hangs up.
pub(crate) struct Flight {
    id: RequestId,
    /// When the machine gives it up.
    give_up_at: Timestamp,
    /// How long to listen once that has come.
    last_look: Duration,
    line: Arc<Line>,
    work: Work<Outcome>,
}

impl Flight {
    /// Sends a request that was lent `now`, on the worker. This thread is unparked when its answer is there.
    pub(crate) fn launch(
        worker: &mut Worker,
        shared: &Arc<Shared>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Self, TransportFailure> {
        let exchange = Exchange::new(request, &shared.headers)?.into_owned();
        let (line, shared) = (Arc::clone(exchange.line()), Arc::clone(shared));
        let work = worker.take_up(move || exchange.run(&shared)).map_err(|_| TransportFailure::Other)?;
        let give_up_at = now.saturating_add(request.timeout());
        Ok(Self { id: request.id(), give_up_at, last_look: LAST_LOOK, line, work })
    }

    /// The answer, if it is there. A program that was stopped meanwhile finds that time is over before the thread that has the
    /// answer, which may be the tokens, can say so: so that is waited for once.
    pub(crate) fn land(&mut self, now: Timestamp) -> Option<(RequestId, Outcome)> {
        let patience = if now < self.give_up_at { Duration::ZERO } else { take(&mut self.last_look) };
        match self.work.wait(patience) {
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
