//! The driver's clock.

use device_flow_core::Timestamp;

/// The present time since the machine was started, time asleep included: codes run out while a laptop sleeps.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn now() -> Timestamp {
    use core::time::Duration;
    use rustix::time::{ClockId, clock_gettime};

    let now = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanos = u32::try_from(now.tv_nsec).unwrap_or(0);
    Timestamp::from_duration(Duration::new(seconds, nanos))
}

/// The present time since the first call. Whether it counts time asleep is the platform's choice; when it does not, a
/// machine polls later and learns from the server that its code ran out.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn now() -> Timestamp {
    use std::sync::LazyLock;
    use std::time::Instant;

    static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);
    Timestamp::from_duration(EPOCH.elapsed())
}
