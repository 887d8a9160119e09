//! HTTP dates (RFC 9110 section 5.6.7) as numbers.

/// Seconds since 1970 of an HTTP date in any of its three forms (RFC 9110 section 5.6.7).
pub(super) fn http_date(date: &str) -> Option<i64> {
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
    let (hour, minute, second) = (digits(clock.next()?)?, digits(clock.next()?)?, digits(clock.next()?)?);
    let is_possible = (1..=31).contains(&day)
        && (1970..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second)
        && clock.next().is_none();
    if !is_possible {
        return None;
    }
    let hours = days_since_1970(year, month, day)?.checked_mul(24)?.checked_add(hour)?;
    hours.checked_mul(60)?.checked_add(minute)?.checked_mul(60)?.checked_add(second)
}

/// At most four digits and nothing else.
fn digits(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn month_number(name: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let index = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
    i64::try_from(index).ok()?.checked_add(1)
}

/// Days between 1970-01-01 and a date of the Gregorian calendar, counting years from March so that the leap day is
/// the last of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let year = if month > 2 { year } else { year.checked_sub(1)? };
    let month_from_march = month.checked_add(9)?.checked_rem(12)?;
    let leap_days = year.div_euclid(4).checked_sub(year.div_euclid(100))?.checked_add(year.div_euclid(400))?;
    let days_before_month = month_from_march.checked_mul(153)?.checked_add(2)?.div_euclid(5);
    let days = year.checked_mul(365)?.checked_add(leap_days)?.checked_add(days_before_month)?.checked_add(day)?;
    days.checked_sub(719_469)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        assert_eq!(days_since_1970(1970, 1, 1), Some(0));
        assert_eq!(days_since_1970(2000, 2, 29), Some(11_016));
        assert_eq!(days_since_1970(2000, 3, 1), Some(11_017));
        assert_eq!(days_since_1970(2026, 10, 21), Some(20_747));
    }
}
