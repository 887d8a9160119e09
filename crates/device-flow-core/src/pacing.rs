//! When to poll: pure functions of numbers, the server's and the caller's.
//!
//! A server's numbers are clamped, never obeyed blindly (RFC 8628 sections 3.2 and 3.5).

use crate::time::{Timestamp, millis};
use crate::trouble::RetryReason;
use core::time::Duration;

/// RFC 8628 section 3.2: "If no value is provided, clients MUST use 5 as the default."
pub(crate) const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
/// RFC 8628 section 3.5: what `slow_down` adds.
const SLOW_DOWN: Duration = Duration::from_secs(5);
/// The longest interval that is taken from a server.
const MAX_INTERVAL: Duration = Duration::from_secs(300);
/// The longest life of a device code that is believed.
pub(crate) const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// First wait before the device authorization request is tried again; doubled each time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// How often a request that somebody waits for is tried again, unless the caller says otherwise.
pub(crate) const MAX_RETRIES: u32 = 3;
/// How long before its end a code is polled for the last time, when the ordinary rhythm would miss the end.
const LAST_CALL: Duration = Duration::from_secs(1);
/// The longest wait of a session that meets with an answer that is not the authorization server's.
pub(crate) const MAX_PATIENCE: Duration = Duration::from_secs(60 * 60);
/// A server that asks for more patience than this before the first prompt gets none: the person is waiting.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// The shortest lead time by default.
const MIN_LEAD: Duration = Duration::from_secs(10);

/// The caller's part in the rhythm of polling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pacing {
    /// Added to every interval, in per cent of it.
    pub(crate) margin_percent: u8,
    /// The longest wait that back-off alone can reach.
    pub(crate) max_back_off: Duration,
    /// The life of a code when the server does not tell, in milliseconds: as small as it can be, for there may be a
    /// million pending flows.
    default_lifetime: u32,
}

impl Pacing {
    pub(crate) const DEFAULT: Self =
        Self { margin_percent: 5, max_back_off: Duration::from_secs(60), default_lifetime: 30 * 60 * 1_000 };

    pub(crate) fn set_default_lifetime(&mut self, lifetime: Duration) {
        let lifetime = millis(lifetime.min(MAX_LIFETIME));
        self.default_lifetime = u32::try_from(lifetime).unwrap_or(u32::MAX);
    }

    /// The wait before the next poll: the interval and its margin, or more when back-off or the server's
    /// `Retry-After` ask for it.
    pub(crate) fn wait(&self, interval: Duration, failures: u32, retry_after: Option<Duration>) -> Duration {
        let interval = millis(interval);
        // Covers coarse timers and clocks that run fast: some servers punish a poll that comes a little early.
        let margin = interval.saturating_mul(u64::from(self.margin_percent)).div_ceil(100);
        let wait = interval.saturating_add(margin);
        let back_off = match failures {
            0 => 0,
            // Doubled for every failure in a row, with a cap, never below the interval.
            _ => doubled(wait, failures).min(millis(self.max_back_off)),
        };
        let patience = retry_after.map_or(0, millis);
        Duration::from_millis(wait.max(back_off).max(patience))
    }

    /// When the next poll is due, after an exchange that ended at `end`; `None` when no poll is allowed any more before
    /// the deadline. The last chance is taken: margin and back-off give way to it, the interval and `Retry-After` do not.
    #[inline]
    pub(crate) fn next_poll(
        &self,
        end: Timestamp,
        deadline: Timestamp,
        interval: Duration,
        failures: u32,
        retry_after: Option<Duration>,
    ) -> Option<Timestamp> {
        let wanted = end.saturating_add(self.wait(interval, failures, retry_after));
        if wanted < deadline {
            return Some(wanted);
        }
        let earliest = end.saturating_add(interval.max(retry_after.unwrap_or_default()));
        let last_call = deadline.saturating_sub(LAST_CALL);
        (earliest < deadline).then(|| earliest.max(last_call))
    }

    /// How long the code lives: what the server says within reason, or the default when it does not say.
    pub(crate) fn lifetime(&self, expires_in: Option<i64>) -> Duration {
        match expires_in {
            None => Duration::from_millis(self.default_lifetime.into()),
            Some(seconds) => seconds_at_least_zero(seconds).min(MAX_LIFETIME),
        }
    }
}

fn doubled(millis: u64, times: u32) -> u64 {
    let factor = 1_u64.checked_shl(times).unwrap_or(u64::MAX);
    millis.saturating_mul(factor)
}

/// The interval that a device authorization response asks for; zero and less count as absent.
pub(crate) fn first_interval(server: Option<i64>) -> Duration {
    match server {
        Some(seconds) if seconds > 0 => seconds_at_least_zero(seconds).min(MAX_INTERVAL),
        _ => DEFAULT_INTERVAL,
    }
}

/// The interval after `slow_down`: 5 s more, or the server's own when that is larger.
pub(crate) fn slow_down(interval: Duration, server: Option<i64>) -> Duration {
    let server = server.map_or(Duration::ZERO, seconds_at_least_zero).min(MAX_INTERVAL);
    interval.saturating_add(SLOW_DOWN).max(server)
}

/// The wait before a request that somebody waits for is tried again; `None` when it is time to give up.
pub(crate) fn retry(failures: u32, most: u32, reason: RetryReason, retry_after: Option<Duration>) -> Option<Duration> {
    let retry_after = retry_after.unwrap_or(Duration::ZERO);
    if reason.is_lasting() || failures >= most || retry_after > MAX_RETRY_AFTER {
        return None;
    }
    let wait = Duration::from_millis(doubled(millis(FIRST_RETRY), failures));
    Some(wait.max(retry_after))
}

/// How long before its end a token is about to expire: what the caller wants, unless that is zero or longer than the life
/// itself. Otherwise 5 % of its life, at least 10 s, and no more than half of a life that is longer than that.
pub(crate) fn lead_time(wanted: Duration, life: Duration) -> Duration {
    if !wanted.is_zero() && wanted < life {
        return wanted;
    }
    let share = |divisor| life.checked_div(divisor).unwrap_or_default();
    let least = if life > MIN_LEAD { MIN_LEAD.min(share(2)) } else { MIN_LEAD };
    least.max(share(20))
}

pub(crate) fn seconds_at_least_zero(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACING: Pacing = Pacing::DEFAULT;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn p17_the_margin_is_a_share_of_the_interval() {
        assert_eq!(PACING.wait(seconds(5), 0, None), Duration::from_millis(5_250));
        assert_eq!(Pacing { margin_percent: 0, ..PACING }.wait(seconds(5), 0, None), seconds(5));
        assert_eq!(Pacing { margin_percent: 100, ..PACING }.wait(seconds(5), 0, None), seconds(10));
    }

    #[test]
    fn p4_back_off_doubles_up_to_its_cap_and_never_falls_below_the_interval() {
        let bare = Pacing { margin_percent: 0, ..PACING };
        let waits: alloc::vec::Vec<u64> =
            (0..6).map(|failures| bare.wait(seconds(5), failures, None).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
        assert_eq!(bare.wait(seconds(90), 3, None), seconds(90));
        assert_eq!(bare.wait(seconds(5), u32::MAX, None), seconds(60));
    }

    #[test]
    fn p5_retry_after_only_lengthens_the_wait() {
        assert_eq!(PACING.wait(seconds(5), 0, Some(seconds(120))), seconds(120));
        assert_eq!(PACING.wait(seconds(5), 0, Some(seconds(1))), Duration::from_millis(5_250));
    }

    #[test]
    fn p9_numbers_from_a_server_are_clamped() {
        assert_eq!(first_interval(None), seconds(5));
        assert_eq!(first_interval(Some(0)), seconds(5));
        assert_eq!(first_interval(Some(i64::MIN)), seconds(5));
        assert_eq!(first_interval(Some(1)), seconds(1));
        assert_eq!(first_interval(Some(i64::MAX)), MAX_INTERVAL);
        assert_eq!(PACING.lifetime(None), seconds(1_800));
        assert_eq!(PACING.lifetime(Some(0)), Duration::ZERO);
        assert_eq!(PACING.lifetime(Some(i64::MIN)), Duration::ZERO);
        assert_eq!(PACING.lifetime(Some(i64::MAX)), MAX_LIFETIME);
        let mut patient = PACING;
        patient.set_default_lifetime(Duration::MAX);
        assert_eq!(patient.lifetime(None), MAX_LIFETIME);
    }

    #[test]
    fn p3_slow_down_adds_five_seconds_or_takes_the_larger_interval_of_the_server() {
        assert_eq!(slow_down(seconds(5), None), seconds(10));
        assert_eq!(slow_down(seconds(5), Some(7)), seconds(10));
        assert_eq!(slow_down(seconds(5), Some(22)), seconds(22));
        assert_eq!(slow_down(seconds(5), Some(-1)), seconds(10));
        assert_eq!(slow_down(seconds(5), Some(i64::MAX)), MAX_INTERVAL);
        assert_eq!(slow_down(seconds(400), Some(i64::MAX)), seconds(405));
        assert_eq!(slow_down(Duration::MAX, None), Duration::MAX);
    }

    #[test]
    fn d9_the_first_request_is_tried_again_three_times() {
        const BUSY: RetryReason = RetryReason::Status(503);
        assert_eq!(retry(0, 3, BUSY, None), Some(seconds(1)));
        assert_eq!(retry(1, 3, BUSY, None), Some(seconds(2)));
        assert_eq!(retry(2, 3, BUSY, None), Some(seconds(4)));
        assert_eq!(retry(3, 3, BUSY, None), None);
        assert_eq!(retry(0, 3, BUSY, Some(seconds(60))), Some(seconds(60)));
        assert_eq!(retry(0, 3, BUSY, Some(seconds(61))), None);
    }

    #[test]
    fn p6_margin_and_back_off_give_way_to_the_last_chance() {
        let at = Timestamp::from_millis;
        let next = |life, interval, failures, retry_after: Option<u64>| {
            let retry_after = retry_after.map(seconds);
            PACING.next_poll(at(0), at(life), seconds(interval), failures, retry_after)
        };
        // The margin, then back-off, then neither.
        assert_eq!(next(62_000, 60, 0, None), Some(at(61_000)));
        assert_eq!(next(40_000, 5, 4, None), Some(at(39_000)));
        assert_eq!(next(60_000, 5, 0, None), Some(at(5_250)));
        // Never before the interval, never at the end.
        assert_eq!(next(60_500, 60, 0, None), Some(at(60_000)));
        assert_eq!(next(60_000, 60, 0, None), None);
        // `Retry-After` is the server's own word.
        assert_eq!(next(62_000, 5, 0, Some(61)), Some(at(61_000)));
        assert_eq!(next(62_000, 5, 3, Some(30)), Some(at(42_000)));
        assert_eq!(next(62_000, 5, 0, Some(62)), None);
    }
}
