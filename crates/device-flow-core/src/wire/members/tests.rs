use super::*;
use alloc::string::ToString;
use alloc::vec::Vec;

fn members(body: &[u8]) -> Result<Vec<(String, Option<String>)>, Unreadable> {
    let text = text(body);
    let mut all = Vec::new();
    for_each(&text, &mut |name, value| {
        all.push((name.to_string(), value.text_or_number().map(|it| it.to_string())));
    })?;
    Ok(all)
}

fn pair(name: &str, value: &str) -> (String, Option<String>) {
    (name.to_string(), Some(value.to_string()))
}

#[test]
fn t9_json_and_forms_are_told_apart_by_their_looks() {
    assert_eq!(members(b"{\"a\":\"1\",\"b\":2}"), Ok(alloc::vec![pair("a", "1"), pair("b", "2")]));
    assert_eq!(
        members(b"a=1&b=x%20y+z&&c&d=%zz%4&%65=f"),
        Ok(alloc::vec![
            pair("a", "1"),
            pair("b", "x y z"),
            ("c".to_string(), None),
            pair("d", "%zz%4"),
            pair("e", "f"),
        ])
    );
    assert_eq!(members(b"\xEF\xBB\xBF \r\n{\"a\":\"1\"}\n"), Ok(alloc::vec![pair("a", "1")]));
}

#[test]
fn what_is_neither_is_not_oauth() {
    for body in [
        &b""[..],
        b"null",
        b"[{}]",
        b"\"a=b\"",
        b"foo",
        b"<a href=x>",
        b"{\"a\":",
        b"{} {}",
        b"{'a':1}",
        b"error code: 1015",
        b"a b=c",
    ] {
        let shown = body.escape_ascii();
        assert_eq!(members(body), Err(Unreadable::NotOAuth), "{shown}");
    }
}

#[test]
fn escapes_are_decoded_in_names_and_values() {
    assert_eq!(
        members(br#"{"\u0061":"x\/y\u00fc\n\ud83d\ude00\"\\"}"#),
        Ok(alloc::vec![pair("a", "x/y\u{fc}\n\u{1f600}\"\\")])
    );
    assert_eq!(members(br#"{"a":"\ud800"}"#), Ok(alloc::vec![("a".to_string(), None)]));
}

#[test]
fn other_character_sets_lose_only_the_characters_concerned() {
    assert_eq!(members(b"{\"a\":\"gr\xfc\xdfe\"}"), Ok(alloc::vec![pair("a", "gr\u{fffd}\u{fffd}e")]));
    assert_eq!(members(b"a=gr%FC%DFe+%E2%82%AC"), Ok(alloc::vec![pair("a", "gr\u{fffd}\u{fffd}e \u{20ac}")]));
}

#[test]
fn t8_deep_nesting_is_told_even_in_members_nobody_asked_for() {
    let body = alloc::format!("{{\"x\":{}{},\"error\":\"slow_down\"}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(members(body.as_bytes()), Err(Unreadable::TooDeep));
}

#[test]
fn d5_numbers_come_in_many_spellings() {
    let number = |json| Value::Json(json).number().map(|it| (it.floor(), it.ceil()));
    assert_eq!(number("600"), Some((600, 600)));
    assert_eq!(number("\"600\""), Some((600, 600)));
    assert_eq!(number("600.0"), Some((600, 600)));
    assert_eq!(number("1.5"), Some((1, 2)));
    assert_eq!(number("-1.5"), Some((-1, -1)));
    assert_eq!(number("3.6e3"), Some((3_600, 3_600)));
    assert_eq!(number("1e400"), Some((i64::MAX, i64::MAX)));
    assert_eq!(number("99999999999999999999"), Some((i64::MAX, i64::MAX)));
    for nothing in ["null", "\"\"", "true", "{}", "[]", "\"soon\"", "\"inf\"", "\"NaN\""] {
        assert_eq!(number(nothing), None, "{nothing}");
    }
}
