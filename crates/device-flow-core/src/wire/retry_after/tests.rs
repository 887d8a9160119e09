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
    assert_eq!(seconds("99999999999999999999"), Some(i64::MAX.unsigned_abs()));
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
    for (short, long) in [("70", "1970"), ("99", "1999"), ("00", "2000"), ("69", "2069")] {
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
    let no_date = Response::new(503, b"").header("retry-after", b"Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(retry_after(&no_date), None);
}

#[test]
fn p5_of_several_the_longest_readable_one_counts() {
    assert_eq!(seconds("120, 120"), Some(120));
    assert_eq!(seconds("0,soon, 30,7"), Some(30));
    assert_eq!(seconds("5, Sun, 06 Nov 1994 08:49:37 GMT"), Some(30));
    assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT, 40"), Some(40));
    assert_eq!(seconds(", ,"), None);
    let lines = Response::new(503, b"")
        .header("retry-after", b"0")
        .header("retry-after", b"\xff")
        .header("Retry-After", b"120");
    assert_eq!(retry_after(&lines), Some(Duration::from_secs(120)));
}
