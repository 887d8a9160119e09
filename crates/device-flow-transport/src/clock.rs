//! The driver's clock.

use core::fmt;
use core::time::Duration;
use device_flow_core::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The clock that a client drives its machines by.
///
/// [`SystemClock`] is the real one; with a [`VirtualClock`] a sign-in of fifteen minutes is tested in a millisecond.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The present time. It may stand still and must not be expected to count from any epoch in particular.
    fn now(&self) -> Timestamp;

    /// Blocks this thread for `longest` at most. It may return earlier, because the thread was unparked or for no reason.
    ///
    /// A blocking driver waits with it while nothing is in flight.
    fn park(&self, longest: Duration) {
        thread::park_timeout(longest);
    }
}

/// The time since the machine was started, time asleep included, on Linux and Android: codes run out while a laptop sleeps.
///
/// Elsewhere it is the time since this clock was first asked. Whether that counts time asleep is the platform's choice; when
/// it does not, a machine polls later and learns from the server that its code ran out.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn now(&self) -> Timestamp {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        let nanoseconds = u32::try_from(now.tv_nsec).unwrap_or_default();
        Timestamp::from_duration(Duration::new(seconds, nanoseconds))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn now(&self) -> Timestamp {
        use std::sync::OnceLock;
        use std::time::Instant;

        static EPOCH: OnceLock<Instant> = OnceLock::new();
        Timestamp::from_duration(EPOCH.get_or_init(Instant::now).elapsed())
    }
}

/// A clock for tests: whoever waits on it moves its hands forward and waits no longer.
///
/// ```
/// use core::time::Duration;
/// use device_flow_core::Timestamp;
/// use device_flow_transport::{Clock, VirtualClock};
///
/// let clock = VirtualClock::new();
/// clock.park(Duration::from_secs(900));
/// assert_eq!(clock.now(), Timestamp::from_millis(900_000));
/// ```
#[derive(Debug, Default)]
pub struct VirtualClock {
    millis: AtomicU64,
}

impl VirtualClock {
    /// A clock that shows zero.
    pub const fn new() -> Self {
        Self { millis: AtomicU64::new(0) }
    }

    /// Moves the hands forward.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let forward = |millis: u64| Some(millis.saturating_add(by));
        let _ = self.millis.fetch_update(Ordering::Relaxed, Ordering::Relaxed, forward);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::Relaxed))
    }

    fn park(&self, longest: Duration) {
        self.advance(longest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_clock_goes_on_and_never_back() {
        let before = SystemClock.now();
        thread::sleep(Duration::from_millis(5));
        let after = SystemClock.now();
        assert!(after.saturating_duration_since(before) >= Duration::from_millis(4));
    }

    #[test]
    fn a_virtual_clock_never_stands_short_of_what_was_waited_for() {
        let clock = VirtualClock::new();
        clock.advance(Duration::from_micros(1));
        assert_eq!(clock.now(), Timestamp::from_millis(1));
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert_eq!(clock.now(), Timestamp::from_millis(u64::MAX));
    }
}
