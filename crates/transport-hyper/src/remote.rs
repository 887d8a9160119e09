//! Steering a driver from elsewhere.

use device_flow_core::{Input, Machine, Timestamp};
use std::sync::Arc;
use tokio::sync::watch;

/// Pauses, resumes or cancels what a driver drives, from any task or thread, and wakes the driver at once.
///
/// It keeps the last order that was given. A driver carries the order out when it begins, and again whenever there is a
/// new one; orders that follow each other so quickly that the driver sees only the last leave out the ones before. A
/// pause that comes too early, before there is a code to poll with, is carried out as soon as it makes sense. A request
/// that is in flight when a cancellation arrives is dropped; a pause lets it arrive, because the machine may need what
/// it brings.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), transport_hyper::ClientError> {
/// use device_flow_core::Discovery;
/// use transport_hyper::{Client, Remote};
///
/// let remote = Remote::new();
/// let other = remote.clone(); // for another task
/// other.cancel();
///
/// let mut machine = Discovery::new("https://as.example").unwrap();
/// Client::new()?.drive_with(&mut machine, &remote, |_| {}).await;
/// assert!(machine.into_outcome().is_none(), "cancelled before anything was sent");
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
        Self {
            order: Arc::new(watch::Sender::new(None)),
        }
    }

    /// Stops polling for now. The code goes on ageing.
    pub fn pause(&self) {
        self.give(Order::Pause);
    }

    /// Polls again after a pause, never earlier than without it.
    pub fn resume(&self) {
        self.give(Order::Resume);
    }

    /// Gives up. Final: whatever is driven with this remote from now on ends at once.
    pub fn cancel(&self) {
        self.give(Order::Cancel);
    }

    fn give(&self, order: Order) {
        self.order.send_if_modified(|last| {
            let is_open = *last != Some(Order::Cancel);
            if is_open {
                // The same order again is news: each code that runs out needs a wish of its own for the next one.
                *last = Some(order);
            }
            is_open
        });
    }

    pub(crate) fn listen(&self) -> Orders {
        let mut seen = self.order.subscribe();
        seen.mark_changed();
        Orders {
            seen,
            refused: None,
        }
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

/// What an order means for a request in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InFlight {
    /// Its answer is still of interest.
    Keep,
    /// Its answer is of no use to anybody.
    Drop,
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
    pub(crate) fn apply<M: Machine>(&mut self, machine: &mut M, now: Timestamp) -> InFlight {
        let order = if self.seen.has_changed().unwrap_or(false) {
            *self.seen.borrow_and_update()
        } else {
            self.refused
        };
        let (input, in_flight) = match order {
            None => return InFlight::Keep,
            // An answer to a refresh may carry a rotated token, which nobody sends twice.
            Some(Order::Pause) => (Input::Pause, InFlight::Keep),
            Some(Order::Resume) => (Input::Resume, InFlight::Keep),
            Some(Order::Cancel) => (Input::Cancel, InFlight::Drop),
        };
        if machine.handle_input(now, input).is_ok() {
            self.refused = None;
            in_flight
        } else {
            self.refused = order.filter(|it| *it == Order::Pause);
            InFlight::Keep
        }
    }
}
