//! The driver's clock.

use device_flow_core::Timestamp;
use std::time::Duration;

/// The longest single sleep. A runtime's timers may stand still while the machine is suspended; after waking, this is
/// how long it takes at most until somebody looks at the clock.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// Time since the system started, suspension included.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn now() -> Timestamp {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(now.tv_nsec).unwrap_or_default();
    Timestamp::from_duration(Duration::new(seconds, nanoseconds))
}

/// Time since this was first asked. Whether it counts while the machine is suspended depends on the platform.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn now() -> Timestamp {
    use std::sync::OnceLock;
    use std::time::Instant;

    static EPOCH: OnceLock<Instant> = OnceLock::new();
    Timestamp::from_duration(EPOCH.get_or_init(Instant::now).elapsed())
}

/// Sleeps until the clock shows `deadline`.
pub(crate) async fn sleep_until(deadline: Timestamp) {
    loop {
        let left = deadline.saturating_duration_since(now());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LONGEST_NAP)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_fires_too_early_ends_no_sleep() {
        // The runtime's timers run ahead here, as if its clock were wrong. What counts is the clock itself.
        let begun = Instant::now();
        sleep_until(now().saturating_add(Duration::from_millis(80))).await;
        assert!(begun.elapsed() >= Duration::from_millis(79));
    }

    #[tokio::test(start_paused = true)]
    async fn no_sleep_is_so_long_that_a_suspension_goes_unnoticed() {
        let begun = tokio::time::Instant::now();
        let mut sleep = std::pin::pin!(sleep_until(now().saturating_add(2 * LONGEST_NAP)));
        let mut wakings = 0;
        std::future::poll_fn(|context| {
            wakings += 1;
            if wakings == 4 {
                return std::task::Poll::Ready(());
            }
            sleep.as_mut().poll(context)
        })
        .await;
        // It was woken three times, at half a minute each on the runtime's clock.
        assert!(begun.elapsed() >= 3 * LONGEST_NAP);
        assert!(begun.elapsed() < 3 * LONGEST_NAP + Duration::from_secs(1));
    }

    #[test]
    fn the_clock_goes_on_and_never_back() {
        let before = now();
        std::thread::sleep(Duration::from_millis(5));
        let after = now();
        assert!(after.saturating_duration_since(before) >= Duration::from_millis(4));
    }
}
