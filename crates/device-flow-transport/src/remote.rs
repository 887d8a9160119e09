//! Steering a driver from elsewhere.

use device_flow_core::{Input, Machine, Misuse, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Pauses, resumes or cancels what a driver drives, from any task or thread, and wakes the driver at once.
///
/// It keeps what was said last, also for a driver that begins only later: after [`cancel`](Self::cancel) every machine that
/// is driven with this remote ends before its first request. Of orders that follow each other so quickly that the driver sees
/// only the last, the ones before are left out. A pause that comes too early, before there is a code to poll with, is carried
/// out as soon as it makes sense.
///
/// A request that is in flight is given up only when an order ends the machine. A pause lets its answer arrive, because it may
/// carry the tokens, and so does a cancelled [`Session`](device_flow_core::Session), because it may carry a rotated refresh
/// token: that ends when the answer is there, or at a second cancellation.
#[derive(Clone, Debug, Default)]
pub struct Remote {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Counts what was said, so that a driver sees whether it has heard the latest.
    generation: u64,
    order: Option<Order>,
    /// Whom to wake, with a number for each.
    listeners: Vec<(u64, Waker)>,
    next_listener: u64,
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
        Self::default()
    }

    /// Stops polling for now. The code goes on ageing. The answer to a poll that is under way counts when it comes.
    pub fn pause(&self) {
        self.give(Order::Pause);
    }

    /// Polls again after a pause, never earlier than without it. A [`SignIn`](device_flow_core::SignIn) whose code ran out asks
    /// for a new one; if its configuration has a nonce or a PKCE verifier, it has to know
    /// [where new ones come from](device_flow_core::SignIn::fresh_from), or nothing happens.
    pub fn resume(&self) {
        self.give(Order::Resume);
    }

    /// Gives up. Final: whatever is driven with this remote from now on ends at once, but for a session whose refresh is out,
    /// which first hears its answer. A second call ends that too.
    pub fn cancel(&self) {
        self.give(Order::Cancel);
    }

    /// Whether this remote has no clones: then nobody else can give an order through one.
    #[doc(hidden)]
    pub fn is_alone(&self) -> bool {
        Arc::strong_count(&self.state) == 1
    }

    fn give(&self, order: Order) {
        let mut state = self.lock();
        // The same order again is news: each code that runs out needs a wish of its own for the next one, and who cancels
        // twice does not want to wait for an answer.
        if state.order != Some(Order::Cancel) || order == Order::Cancel {
            state.order = Some(order);
            state.generation = state.generation.saturating_add(1);
        }
        let listeners = core::mem::take(&mut state.listeners);
        drop(state);
        for (_, waker) in listeners {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A driver's end of a [`Remote`], or of none.
#[derive(Debug, Default)]
pub struct Orders {
    remote: Option<Remote>,
    /// What was heard.
    generation: u64,
    /// A pause that made no sense when it came, and may later.
    refused: Option<Order>,
    /// The number under which the remote knows whom to wake.
    listener: Option<u64>,
}

impl Orders {
    /// The orders of this remote, beginning with the last one that it gave. Without a remote there are none.
    pub fn new(remote: Option<&Remote>) -> Self {
        Self { remote: remote.cloned(), ..Self::default() }
    }

    /// Carries out what is new, or was refused before.
    ///
    /// What a machine refuses to do is dropped, but for a pause that comes too early: that is tried again at the next call.
    pub fn apply<M: Machine>(&mut self, machine: &mut M, now: Timestamp) {
        let Some(order) = self.news().or(self.refused) else {
            return;
        };
        let input = match order {
            Order::Pause => Input::Pause,
            Order::Resume => Input::Resume,
            Order::Cancel => Input::Cancel,
        };
        let is_too_early = machine.handle_input(now, input) == Err(Misuse::NotPolling);
        self.refused = Some(order).filter(|it| is_too_early && *it == Order::Pause);
    }

    /// Ready when there is an order that was not applied yet; until then the task is woken at the next one.
    pub fn poll_news(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(remote) = &self.remote else {
            return Poll::Pending;
        };
        let mut state = remote.lock();
        if state.generation != self.generation {
            return Poll::Ready(());
        }
        let number = self.listener.unwrap_or(state.next_listener);
        match state.listeners.iter_mut().find(|(it, _)| Some(*it) == self.listener) {
            Some((_, waker)) => waker.clone_from(context.waker()),
            None => state.listeners.push((number, context.waker().clone())),
        }
        state.next_listener = state.next_listener.max(number.saturating_add(1));
        self.listener = Some(number);
        Poll::Pending
    }

    fn news(&mut self) -> Option<Order> {
        let state = self.remote.as_ref()?.lock();
        let is_new = state.generation != self.generation;
        self.generation = state.generation;
        state.order.filter(|_| is_new)
    }
}

impl Drop for Orders {
    fn drop(&mut self) {
        if let (Some(remote), Some(number)) = (&self.remote, self.listener) {
            remote.lock().listeners.retain(|(it, _)| *it != number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use device_flow_core::{Config, DeviceFlow, Outcome};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn has_news(orders: &mut Orders) -> bool {
        orders.poll_news(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    fn flow() -> DeviceFlow {
        DeviceFlow::new(Config::new("tv", "https://as.example/device", "https://as.example/token")).unwrap()
    }

    #[test]
    fn every_listener_is_woken_once_and_forgotten_when_it_goes() {
        let remote = Remote::new();
        let (count, other) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let (waker, waker_of_other) = (Waker::from(Arc::clone(&count)), Waker::from(Arc::clone(&other)));
        let mut orders = [Orders::new(Some(&remote)), Orders::new(Some(&remote))];
        for _ in 0..3 {
            assert!(orders[0].poll_news(&mut Context::from_waker(&waker)).is_pending());
            assert!(orders[1].poll_news(&mut Context::from_waker(&waker_of_other)).is_pending());
        }
        assert_eq!(remote.lock().listeners.len(), 2);
        let [_kept, gone] = orders;
        drop(gone);
        remote.pause();
        assert_eq!((count.0.load(Ordering::Relaxed), other.0.load(Ordering::Relaxed)), (1, 0));
        assert_eq!(remote.lock().listeners.len(), 0);
    }

    #[test]
    fn a_driver_that_begins_later_hears_the_last_order_once() {
        let remote = Remote::new();
        remote.pause();
        remote.cancel();
        remote.resume();
        let mut orders = Orders::new(Some(&remote));
        assert!(has_news(&mut orders));
        let mut flow = flow();
        orders.apply(&mut flow, Timestamp::ZERO);
        assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)), "nothing takes a cancellation back");
        assert!(!has_news(&mut orders));
        remote.cancel();
        assert!(has_news(&mut orders), "a second one is news");
    }

    #[test]
    fn a_pause_that_comes_too_early_is_kept_and_without_a_remote_there_is_none() {
        let remote = Remote::new();
        let mut orders = Orders::new(Some(&remote));
        remote.pause();
        orders.apply(&mut flow(), Timestamp::ZERO);
        assert_eq!(orders.refused, Some(Order::Pause));
        remote.resume();
        orders.apply(&mut flow(), Timestamp::ZERO);
        assert_eq!(orders.refused, None);
        let mut none = Orders::new(None);
        assert!(!has_news(&mut none));
    }
}
