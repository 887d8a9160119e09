//! Durations as people say them.

use std::time::Duration;

/// How long something is good for, give or take half a minute: "15 minutes".
pub(super) fn life(duration: Duration) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    // What is left of a whole number of seconds, a moment later.
    let exact = duration.saturating_add(Duration::from_millis(999)).as_secs();
    let seconds = exact.saturating_add(MINUTE / 2);
    let (unit, name) = if seconds >= 2 * DAY {
        (DAY, "days")
    } else if seconds >= 2 * HOUR {
        (HOUR, "hours")
    } else if exact >= 2 * MINUTE {
        (MINUTE, "minutes")
    } else if exact == 1 {
        return "1 second".to_owned();
    } else {
        return format!("{exact} seconds");
    };
    let count = seconds.checked_div(unit).unwrap_or_default();
    format!("{count} {name}")
}

/// How long to wait: "10 s", "5.3 s".
pub(super) fn wait(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_rounded_to_what_people_say() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (599, "10 minutes"),
            (1_799, "30 minutes"),
            (3_600, "60 minutes"),
            (7_000, "117 minutes"),
            (7_199, "2 hours"),
            (7_200, "2 hours"),
            (14_000, "3 hours"),
            (86_400, "24 hours"),
            (1_209_600, "14 days"),
        ] {
            assert_eq!(life(Duration::from_secs(seconds)), text);
        }
        assert_eq!(life(Duration::from_millis(59_990)), "60 seconds");
    }

    #[test]
    fn a_wait_has_a_tenth_where_it_has_one() {
        assert_eq!(wait(Duration::from_secs(10)), "10 s");
        assert_eq!(wait(Duration::from_millis(5_250)), "5.2 s");
        assert_eq!(wait(Duration::from_millis(1_050)), "1.1 s");
    }
}
