//! `Retry-After` (RFC 9110 section 10.2.3) without a clock: a date is read against the same answer's `Date`.

use super::members::Number;
use crate::pacing::seconds_at_least_zero;
use crate::request::Response;
use core::time::Duration;

/// How long the server asks to wait; `None` when it does not ask, or asks in a way nobody can read.
///
/// Seconds may be fractional and are rounded up. A date counts from the `Date` of the same answer, so a wrong clock on
/// either side does no harm; a date in the past means "no wait".
///
/// ```
/// use core::time::Duration;
/// use device_flow_core::Response;
/// use device_flow_core::wire::retry_after;
///
/// let busy = Response::new(503, b"");
/// assert_eq!(retry_after(&busy), None);
/// assert_eq!(retry_after(&busy.header("Retry-After", b"120")), Some(Duration::from_secs(120)));
/// let dated = busy.header("Date", b"Wed, 21 Oct 2026 07:28:00 GMT").header("Retry-After", b"Wed, 21 Oct 2026 07:29:00 GMT");
/// assert_eq!(retry_after(&dated), Some(Duration::from_secs(60)));
/// ```
pub fn retry_after(response: &Response<'_>) -> Option<Duration> {
    let value = response.retry_after()?.trim();
    if let Some(seconds) = Number::parse(value) {
        return (!seconds.is_negative()).then(|| seconds_at_least_zero(seconds.ceil()));
    }
    let until = http_date(value)?;
    let now = http_date(response.date()?.trim())?;
    Some(seconds_at_least_zero(until.saturating_sub(now)))
}

/// Seconds since 1970 of an HTTP date in any of its three forms (RFC 9110 section 5.6.7).
fn http_date(date: &str) -> Option<i64> {
    let mut words = date.split([' ', ',']).filter(|word| !word.is_empty());
    let _weekday = words.next()?;
    let second = words.next()?;
    let (day, month, year, time) = if let Some((day, rest)) = second.split_once('-') {
        // RFC 850: `Sunday, 06-Nov-94 08:49:37 GMT`
        let (month, year) = rest.split_once('-')?;
        // Some servers write all four digits of the year.
        let year: i64 = match (digits(year)?, year.len()) {
            (year, 4) => year,
            (year, _) if year < 70 => year.checked_add(2000)?,
            (year, _) => year.checked_add(1900)?,
        };
        (digits(day)?, month_number(month)?, year, words.next()?)
    } else if let Some(month) = month_number(second) {
        // asctime: `Sun Nov  6 08:49:37 1994`
        let day = digits(words.next()?)?;
        let time = words.next()?;
        (day, month, digits(words.next()?)?, time)
    } else {
        // IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`
        let month = month_number(words.next()?)?;
        let year = digits(words.next()?)?;
        (digits(second)?, month, year, words.next()?)
    };
    let mut clock = time.split(':');
    let (hour, minute, second) = (
        digits(clock.next()?)?,
        digits(clock.next()?)?,
        digits(clock.next()?)?,
    );
    let is_possible = (1..=31).contains(&day)
        && (1970..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && clock.next().is_none();
    if !is_possible {
        return None;
    }
    let hours = days_since_1970(year, month, day)?
        .checked_mul(24)?
        .checked_add(hour)?;
    hours
        .checked_mul(60)?
        .checked_add(minute)?
        .checked_mul(60)?
        .checked_add(second)
}

/// At most four digits and nothing else.
fn digits(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn month_number(name: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let index = MONTHS
        .iter()
        .position(|month| month.eq_ignore_ascii_case(name))?;
    i64::try_from(index).ok()?.checked_add(1)
}

/// Days between 1970-01-01 and a date of the Gregorian calendar, counting years from March so that the leap day is
/// the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = if month > 2 {
        year
    } else {
        year.checked_sub(1)?
    };
    let month_from_march = month.checked_add(9)?.checked_rem(12)?;
    let leap_days = year
        .div_euclid(4)
        .checked_sub(year.div_euclid(100))?
        .checked_add(year.div_euclid(400))?;
    let days_before_month = month_from_march
        .checked_mul(153)?
        .checked_add(2)?
        .div_euclid(5);
    let days = year
        .checked_mul(365)?
        .checked_add(leap_days)?
        .checked_add(days_before_month)?
        .checked_add(day)?;
    days.checked_sub(719_469)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(value: &str) -> Option<u64> {
        let response = Response::new(503, b"")
            .header("date", b"Sun, 06 Nov 1994 08:49:07 GMT")
            .header("retry-after", value.as_bytes());
        retry_after(&response).map(|it| it.as_secs())
    }

    #[test]
    fn p5_retry_after_in_seconds() {
        assert_eq!(seconds("10"), Some(10));
        assert_eq!(seconds(" 0 "), Some(0));
        assert_eq!(seconds("1.5"), Some(2));
        assert_eq!(
            seconds("99999999999999999999"),
            Some(i64::MAX.unsigned_abs())
        );
    }

    #[test]
    fn p5_retry_after_as_any_of_the_three_dates() {
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sunday, 06-Nov-94 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sun, 06-Nov-1994 08:49:37 GMT"), Some(30));
        assert_eq!(seconds("Sun Nov  6 08:49:37 1994"), Some(30));
        assert_eq!(seconds("Mon, 07 Nov 1994 08:49:07 GMT"), Some(86_400));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
    }

    /// RFC 9110 section 5.6.7 leaves two digits to be read as the nearest year; nobody sends dates of the last century.
    #[test]
    fn a_year_of_two_digits_lies_between_1970_and_2069() {
        for (short, long) in [
            ("70", "1970"),
            ("99", "1999"),
            ("00", "2000"),
            ("69", "2069"),
        ] {
            let date = |year: &str| ["Sunday, 06-Nov-", year, " 08:49:37 GMT"].concat();
            assert!(http_date(&date(long)).is_some());
            assert_eq!(http_date(&date(short)), http_date(&date(long)), "{short}");
        }
    }

    #[test]
    fn p5_what_nobody_can_read_counts_as_absent() {
        for garbage in [
            "",
            "soon",
            "-1",
            "1e",
            "NaN",
            "inf",
            "Sun, 99 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:00:00 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 00006 Nov 1994 08:49:37 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
            ",,,",
            "a b c d e f",
        ] {
            assert_eq!(seconds(garbage), None, "{garbage}");
        }
        let no_date =
            Response::new(503, b"").header("retry-after", b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(retry_after(&no_date), None);
    }

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(days_since_1970(1970, 1, 1), Some(0));
        assert_eq!(days_since_1970(2000, 2, 29), Some(11_016));
        assert_eq!(days_since_1970(2000, 3, 1), Some(11_017));
        assert_eq!(days_since_1970(2026, 10, 21), Some(20_747));
    }
}
