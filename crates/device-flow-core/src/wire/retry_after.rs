//! `Retry-After` (RFC 9110 section 10.2.3) without a clock: a date is read against the same answer's `Date`.

use super::http_date::http_date;
use super::number::Number;
use crate::pacing::seconds_at_least_zero;
use crate::response::Response;
use core::time::Duration;

/// How long the server asks to wait, whatever else it says; `None` when it does not ask, or asks in a way nobody can
/// read. Of several values the longest counts.
///
/// Seconds may be fractional and are rounded up. A date counts from the `Date` of the same answer, so a wrong clock on
/// either side does no harm; a date in the past means "no wait".
pub(crate) fn retry_after(response: &Response<'_>) -> Option<Duration> {
    if !response.asks_for_patience() {
        return None;
    }
    let date = response.date();
    let lines = response.retry_after();
    lines.filter_map(|line| longest(line, date)).max()
}

/// The longest wait in a list with commas, which also stand in dates.
fn longest(line: &str, date: Option<&str>) -> Option<Duration> {
    let mut longest = wait(line, date);
    let mut rest = line;
    while let Some((part, behind)) = rest.split_once(',') {
        let after_next = behind.find(',').unwrap_or(behind.len());
        let two = rest.len().saturating_sub(behind.len()).saturating_add(after_next);
        // One part is a number, two are a date.
        let as_date = rest.get(..two).and_then(|it| wait(it, date));
        longest = longest.max(wait(part, date)).max(as_date);
        rest = behind;
    }
    longest.max(wait(rest, date))
}

fn wait(value: &str, date: Option<&str>) -> Option<Duration> {
    let value = value.trim();
    if let Some(seconds) = Number::parse(value) {
        return (!seconds.is_negative()).then(|| seconds_at_least_zero(seconds.ceil()));
    }
    let until = http_date(value)?;
    let now = http_date(date?.trim())?;
    Some(seconds_at_least_zero(until.saturating_sub(now)))
}

#[cfg(test)]
mod tests;
