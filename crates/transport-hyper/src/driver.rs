//! The one loop that drives any machine.

use crate::exchange::{Exchange, Http};
use core::future::poll_fn;
use core::ops::ControlFlow;
use core::pin::pin;
use core::task::Poll;
use device_flow_core::{Input, Machine, Output, RequestId, Timestamp, TransportFailure};
use device_flow_transport::asynchronous::{last_look, sleep_until};
use device_flow_transport::{Answer, Orders, Remote};
use std::sync::Arc;

/// Drives `machine` to its end, or until `on_event` has heard enough.
pub(crate) async fn run<M: Machine>(
    http: &Arc<Http>,
    machine: &mut M,
    remote: Option<&Remote>,
    mut on_event: impl FnMut(M::Event) -> ControlFlow<()>,
) {
    let mut driver = Driver { http, machine, flight: None, rested_since: http.clock().now() };
    let mut orders = Orders::new(remote);
    loop {
        // One look at the clock for both, or a program that is stopped in between lets the machine give up what is not overdue.
        let now = http.clock().now();
        if driver.is_overdue(now) {
            driver.give_up().await;
            continue;
        }
        orders.apply(driver.machine, now);
        match driver.machine.poll_output(now) {
            Output::Send(request) => {
                let give_up_at = now.saturating_add(request.timeout());
                let rested = now.saturating_duration_since(driver.rested_since);
                let (id, exchange) = (request.id(), http.exchange(&request, rested));
                driver.flight = Some(Flight { id, give_up_at, exchange });
            }
            Output::Event(event) => {
                if on_event(event).is_break() {
                    return;
                }
            }
            Output::WaitUntil(deadline) => driver.wait(deadline, &mut orders).await,
            Output::Done => return,
        }
    }
}

/// A machine with its driver. Dropped on the way, it tells the machine that nobody waits for the answer any more.
struct Driver<'a, M: Machine> {
    http: &'a Arc<Http>,
    machine: &'a mut M,
    flight: Option<Flight>,
    /// When this drive began, or its last exchange ended.
    rested_since: Timestamp,
}

/// A request in flight.
struct Flight {
    id: RequestId,
    give_up_at: Timestamp,
    exchange: Exchange,
}

impl<M: Machine> Driver<'_, M> {
    /// Waits until the clock shows `deadline`, the exchange in flight is over or there is an order.
    async fn wait(&mut self, deadline: Timestamp, orders: &mut Orders) {
        let deadline = self.flight.as_ref().map_or(deadline, |it| it.give_up_at.min(deadline));
        let mut sleep = pin!(sleep_until(self.http.clock(), deadline));
        let result = poll_fn(|context| {
            if let Some(Poll::Ready(result)) = self.flight.as_mut().map(|it| it.exchange.as_mut().poll(context)) {
                return Poll::Ready(Some(result));
            }
            if orders.poll_news(context).is_ready() {
                return Poll::Ready(None);
            }
            sleep.as_mut().poll(context).map(|()| None)
        });
        if let Some(result) = result.await {
            self.land(&result);
        }
    }

    /// Whether the time of the request in flight is over.
    fn is_overdue(&self, now: Timestamp) -> bool {
        self.flight.as_ref().is_some_and(|it| now >= it.give_up_at)
    }

    /// Gives the request in flight up, whose time is over. A program that was stopped meanwhile finds that at the same moment as
    /// the answer, which may be the tokens: what has arrived by then is heard.
    async fn give_up(&mut self) {
        let Some(flight) = &mut self.flight else { return };
        let heard = last_look(&mut flight.exchange).await;
        self.land(&heard.unwrap_or(Err(TransportFailure::Timeout)));
    }

    /// Hands in what came of the request in flight.
    fn land(&mut self, result: &Result<Answer, TransportFailure>) {
        let Some(flight) = self.flight.take() else { return };
        let now = self.http.clock().now();
        self.rested_since = now;
        let input = match result {
            Ok(answer) => Input::Response(flight.id, answer.as_response()),
            Err(failure) => Input::Failure(flight.id, *failure),
        };
        // The id is the machine's own, so this cannot be misuse.
        let _ = self.machine.handle_input(now, input);
    }
}

impl<M: Machine> Drop for Driver<'_, M> {
    fn drop(&mut self) {
        self.land(&Err(TransportFailure::Closed));
    }
}
