//! Steering a driver from elsewhere.

use device_flow_core::{Input, Machine, Timestamp};
use std::sync::Arc;
use tokio::sync::watch;

/// Pauses, resumes or cancels what a driver drives, from any task or thread, and wakes the driver at once.
///
/// It keeps the last order that was given. A driver carries the order out when it begins, and again whenever there is a
/// new one; orders that follow each other so quickly that the driver sees only the last leave out the ones before. A
/// pause that comes too early, before there is a code to poll with, is carried out as soon as it makes sense.
///
/// A request that is in flight is dropped only when the order ends the machine. A pause lets its answer arrive, because it
/// may carry the tokens, and so does a cancelled [`Session`](device_flow_core::Session), because it may carry a rotated
/// refresh token: that ends when the answer is there, or at a second cancellation.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), transport_hyper::ClientError> {
/// use device_flow_core::{Discovery, Failure};
/// use transport_hyper::{Client, Remote};
///
/// let remote = Remote::new();
/// let other = remote.clone(); // for another task
/// other.cancel();
///
/// let mut machine = Discovery::new("https://as.example").unwrap();
/// Client::new()?.drive_with(&mut machine, &remote, |_| {}).await;
/// assert!(matches!(machine.outcome(), Some(Err(Failure::Cancelled))), "before anything was sent");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Remote {
    order: Arc<watch::Sender<Option<Order>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Pause,
    Resume,
    Cancel,
}

impl Remote {
    /// A remote that has given no order yet.
    pub fn new() -> Self {
        Self { order: Arc::new(watch::Sender::new(None)) }
    }

    /// Stops polling for now. The code goes on ageing. The answer to a poll that is under way counts when it comes.
    pub fn pause(&self) {
        self.give(Order::Pause);
    }

    /// Polls again after a pause, never earlier than without it.
    pub fn resume(&self) {
        self.give(Order::Resume);
    }

    /// Gives up. Final: whatever is driven with this remote from now on ends at once, but for a session whose refresh is
    /// out, which first hears its answer. A second call ends that too.
    pub fn cancel(&self) {
        self.give(Order::Cancel);
    }

    fn give(&self, order: Order) {
        self.order.send_if_modified(|last| {
            let is_open = *last != Some(Order::Cancel) || order == Order::Cancel;
            if is_open {
                // The same order again is news: each code that runs out needs a wish of its own for the next one, and who
                // cancels twice does not want to wait for an answer.
                *last = Some(order);
            }
            is_open
        });
    }

    pub(crate) fn listen(&self) -> Orders {
        let mut seen = self.order.subscribe();
        seen.mark_changed();
        Orders { seen, refused: None }
    }
}

impl Default for Remote {
    fn default() -> Self {
        Self::new()
    }
}

/// A driver's end of a [`Remote`].
pub(crate) struct Orders {
    seen: watch::Receiver<Option<Order>>,
    /// A pause that made no sense when it came, and may later.
    refused: Option<Order>,
}

impl Orders {
    /// Returns when there is a new order. Cancel-safe.
    pub(crate) async fn changed(&mut self) {
        if self.seen.changed().await.is_err() {
            // Nobody is left who could give an order.
            std::future::pending::<()>().await;
        }
        // `apply` looks at what is new, so it stays new.
        self.seen.mark_changed();
    }

    /// Carries out what is new, or was refused before.
    pub(crate) fn apply<M: Machine>(&mut self, machine: &mut M, now: Timestamp) {
        let order =
            if self.seen.has_changed().unwrap_or(false) { *self.seen.borrow_and_update() } else { self.refused };
        let input = match order {
            None => return,
            Some(Order::Pause) => Input::Pause,
            Some(Order::Resume) => Input::Resume,
            Some(Order::Cancel) => Input::Cancel,
        };
        let is_refused = machine.handle_input(now, input).is_err();
        self.refused = order.filter(|it| is_refused && *it == Order::Pause);
    }
}
