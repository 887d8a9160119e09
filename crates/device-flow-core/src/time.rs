//! Time as an argument.

use core::time::Duration;

/// A moment on the driver's clock: milliseconds since an epoch that the driver picks.
///
/// The clock must be monotonic; it should go on counting while the machine sleeps where the platform offers such a
/// clock. The core never reads a clock: every call says what time it is.
///
/// A time earlier than one told before counts as "no time has passed". All arithmetic saturates and rounds up, so a
/// coarse clock makes a machine late by a fraction of a millisecond and never early.
///
/// ```
/// use core::time::Duration;
/// use device_flow_core::Timestamp;
///
/// let start = Timestamp::from_millis(1_000);
/// let later = start.saturating_add(Duration::from_micros(1_500));
/// assert_eq!(later.as_millis(), 1_002);
/// assert_eq!(later.saturating_duration_since(start), Duration::from_millis(2));
/// assert_eq!(start.saturating_duration_since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Timestamp(u64);

impl Timestamp {
    /// The driver's epoch.
    pub const ZERO: Self = Self(0);

    /// The moment `millis` milliseconds after the driver's epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The moment `since_epoch` after the driver's epoch, rounded down: a clock reading may be late, never early.
    pub const fn from_duration(since_epoch: Duration) -> Self {
        let millis = since_epoch.as_millis();
        if millis > u64::MAX as u128 {
            Self(u64::MAX)
        } else {
            #[expect(clippy::cast_possible_truncation, reason = "the branch above excludes it")]
            Self(millis as u64)
        }
    }

    /// Milliseconds since the driver's epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The moment `duration` later, rounded up to a whole millisecond; the last representable moment on overflow.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// The moment `duration` earlier, rounded down to a whole millisecond; the epoch when there is none so early.
    #[must_use]
    pub const fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// The time from `earlier` to this moment; zero when `earlier` is not earlier.
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

/// A duration in milliseconds, rounded up; as many as there can be on overflow.
pub(crate) const fn millis(duration: Duration) -> u64 {
    let started = duration.subsec_nanos().div_ceil(1_000_000);
    let whole = duration.as_secs().saturating_mul(1_000);
    whole.saturating_add(started as u64)
}
