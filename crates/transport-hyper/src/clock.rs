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
