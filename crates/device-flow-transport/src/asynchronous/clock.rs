//! Waiting by the client's clock.

use crate::clock::Clock;
use core::pin::pin;
use core::time::Duration;
use device_flow_core::Timestamp;
use futures_util::future::{Either, select};
use std::sync::Arc;
use tokio::time::{Instant, sleep, timeout};

/// The longest single sleep. A runtime's timers may stand still while the machine is suspended; after waking, this is how long
/// it takes at most until somebody looks at the clock.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// How long something is listened to whose time is over.
const LAST_LOOK: Duration = Duration::from_millis(50);

/// The longest wait by the clock itself, on a thread that nobody can wake.
const LONGEST_PARK: Duration = Duration::from_millis(50);

/// The time of the tokio runtime: when it is paused, as with `start_paused`, a sign-in of fifteen minutes is tested in a millisecond.
///
/// Tokio's paused time jumps to the next timer as soon as nothing else can be done, and a socket that still waits for its
/// answer is no reason for it not to. So connect by memory then, with a connector of one's own.
///
/// ```
/// use device_flow_core::Timestamp;
/// use device_flow_transport::Clock;
/// use device_flow_transport::asynchronous::TokioClock;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// let clock = TokioClock::new();
/// tokio::time::sleep(Duration::from_secs(900)).await;
/// assert_eq!(clock.now(), Timestamp::from_millis(900_000));
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    epoch: Instant,
}

impl TokioClock {
    /// A clock that shows zero now.
    pub fn new() -> Self {
        Self { epoch: Instant::now() }
    }
}

impl Default for TokioClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_duration(self.epoch.elapsed())
    }
}

/// What becomes of something whose time is over, if it does so as soon as the runtime has heard what its sockets received.
///
/// A program that was stopped for a while finds its time-out and the answer at the same moment, and the answer may be the
/// tokens.
pub async fn last_look<T>(future: impl Future<Output = T>) -> Option<T> {
    timeout(LAST_LOOK, future).await.ok()
}

/// Sleeps until the clock shows `deadline`.
pub async fn sleep_until(clock: &Arc<dyn Clock>, deadline: Timestamp) {
    loop {
        let before = clock.now();
        let left = deadline.saturating_duration_since(before);
        if left.is_zero() {
            return;
        }
        let nap = left.min(LONGEST_NAP);
        sleep(nap).await;
        if clock.now().saturating_duration_since(before).saturating_mul(2) < nap {
            // The runtime's time runs ahead of this clock, as it does when it is paused. Sleeping again and again would keep a
            // core busy.
            let clock = Arc::clone(clock);
            let parked = tokio::task::spawn_blocking(move || clock.park(left.min(LONGEST_PARK)));
            // However that ends, the clock is looked at again.
            let _ = parked.await;
        }
    }
}

/// Waits for `work` until the clock shows `deadline`; `None` when that was too short.
pub async fn within<T>(clock: &Arc<dyn Clock>, deadline: Timestamp, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(sleep_until(clock, deadline))).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{SystemClock, VirtualClock};
    use core::sync::atomic::{AtomicUsize, Ordering};

    /// The system's clock, and how often somebody looked at it.
    #[derive(Debug, Default)]
    struct Counting(AtomicUsize);

    impl Clock for Counting {
        fn now(&self) -> Timestamp {
            self.0.fetch_add(1, Ordering::Relaxed);
            SystemClock.now()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn timers_that_run_ahead_end_no_sleep_and_keep_no_core_busy() {
        let counting = Arc::new(Counting::default());
        let clock: Arc<dyn Clock> = Arc::<Counting>::clone(&counting);
        let begun = std::time::Instant::now();
        sleep_until(&clock, SystemClock.now().saturating_add(Duration::from_millis(400))).await;
        assert!(begun.elapsed() >= Duration::from_millis(399));
        let looked = counting.0.load(Ordering::Relaxed);
        assert!(looked < 100, "{looked}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_sleep_is_so_long_that_a_suspension_goes_unnoticed() {
        // It stands still, as the runtime's timers do on a machine that is suspended.
        let still = Arc::new(VirtualClock::new());
        let clock: Arc<dyn Clock> = Arc::<VirtualClock>::clone(&still);
        let begun = Instant::now();
        let mut sleep = pin!(sleep_until(&clock, Timestamp::from_millis(3_600_000)));
        assert!(timeout(LONGEST_NAP / 2, sleep.as_mut()).await.is_err());
        still.advance(Duration::from_secs(3_600));
        sleep.await;
        assert_eq!(begun.elapsed(), LONGEST_NAP);
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_moves_only_for_who_waits_on_it_is_waited_on() {
        let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
        sleep_until(&clock, Timestamp::from_millis(5_000)).await;
        assert_eq!(clock.now(), Timestamp::from_millis(5_000));
        let too_long = within(&clock, Timestamp::from_millis(6_000), std::future::pending::<()>());
        assert_eq!(too_long.await, None);
    }
}
