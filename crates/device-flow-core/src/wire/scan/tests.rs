use super::*;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write as _;
use proptest::prelude::*;
use serde_json::Value as Judge;

/// The members as this file finds them, each decoded by the judge.
fn scanned(text: &str) -> Option<Vec<(String, Judge)>> {
    let mut all = Vec::new();
    scan_object(text, &mut |name, value| {
        let json = match value {
            Value::String(content) => format!("{{\"{content}\""),
            Value::Json(json) => format!("{{{json}"),
            Value::Form(_) => panic!("no form"),
        };
        // A string with half a surrogate pair is JSON by its grammar and no text.
        let json = strict(&json);
        let json = json.strip_prefix('{').unwrap();
        let judged = serde_json::from_str(json).unwrap_or(Judge::Null);
        all.push((name.to_string(), judged));
    })
    .ok()?;
    Some(all)
}

/// The text with the control characters of its own strings escaped, which this file takes as they are. Those of strings
/// in values that are left to `serde_json` are for that to refuse.
fn strict(text: &str) -> String {
    let (mut depth, mut in_string, mut is_escaped) = (0_u32, false, false);
    let mut strict = String::new();
    for character in text.chars() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if in_string => is_escaped = true,
            '"' => in_string = !in_string,
            '{' | '[' if !in_string => depth = depth.saturating_add(1),
            '}' | ']' if !in_string => depth = depth.saturating_sub(1),
            control if in_string && depth == 1 && control.is_ascii_control() && control < ' ' => {
                write!(strict, "\\u{:04x}", u32::from(control)).unwrap();
                continue;
            }
            _ => {}
        }
        strict.push(character);
    }
    strict
}

/// The same as `serde_json` finds it, without the order.
fn judged(text: &str) -> Option<BTreeMap<String, Judge>> {
    let text = &strict(text);
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let decoded = |it: &RawValue| serde_json::from_str(it.get()).unwrap_or(Judge::Null);
    Some(members.into_iter().map(|(name, it)| (name, decoded(it))).collect())
}

fn one_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(pieces).prop_map(String::from)
}

/// Pieces that JSON is made of, and some that it is not.
fn pieces() -> impl Strategy<Value = String> {
    let piece = one_of(&[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b\":",
        "\"\"",
        "\"a\\n\"",
        "\"\\u0061\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\\",
        "\\\"",
        "\"\\q\"",
        "\"\n\"",
        "\"\t\"",
        "0",
        "7",
        "-1",
        "01",
        "1.5e3",
        "1.",
        "12 ",
        "null",
        "true",
        "fals",
        " ",
        "\n",
        "ü",
        "\u{7f}",
        "{\"a\":[]}",
        "[1,\"}\"]",
    ]);
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

/// Objects, most of them whole.
fn objects() -> impl Strategy<Value = String> {
    let space = || one_of(&["", "", "", " ", "\n\t", "\r"]);
    let name = one_of(&["\"a\"", "\"b\"", "\"c d\"", "\"\\u0061\"", "\"\"", "a"]);
    let value = one_of(&[
        "\"x\"",
        "\"a b\"",
        "\"\\/\\n\"",
        "\"ü\"",
        "5",
        "0",
        "10",
        "-3",
        "00",
        "2.5",
        "null",
        "true",
        "[]",
        "{\"a\":\"b\"}",
        "[\"a\", 1]",
        "",
        "\"",
        "nul",
    ]);
    let member = (space(), name, space(), space(), value, space())
        .prop_map(|(a, name, b, c, value, d)| [a, name, b, ":".into(), c, value, d].concat());
    (prop::collection::vec(member, 0..5), space())
        .prop_map(|(members, behind)| format!("{{{}}}{behind}", members.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// `serde_json` is the judge.
    #[test]
    fn an_object_is_what_serde_json_takes_for_one(
        text in prop_oneof![3 => objects(), 1 => pieces().prop_map(|it| format!("{{{it}}}")), 1 => pieces().prop_map(|it| it.trim().to_string())],
    ) {
        let ours = scanned(&text).map(|all| all.into_iter().collect::<BTreeMap<_, _>>());
        prop_assert_eq!(ours, judged(&text), "{}", text);
    }
}

#[test]
fn every_member_is_told_in_its_order_the_repeated_ones_too() {
    let text = "{\"a\":\"1\",\"b\":2,\"a\":\"\\u0033\"}";
    let expected = [("a", "\"1\""), ("b", "2"), ("a", "\"3\"")];
    let expected = expected.map(|(name, it)| (name.to_string(), serde_json::from_str(it).unwrap()));
    assert_eq!(scanned(text).unwrap(), expected);
}

#[test]
fn plain_strings_and_whole_numbers_are_lent() {
    let kind = |text: &str| {
        let mut kind = "";
        let _ = scan_object(text, &mut |_, value| {
            kind = match value {
                Value::String(_) => "string",
                Value::Json(_) => "json",
                Value::Form(_) => "form",
            };
        });
        kind
    };
    assert_eq!(kind("{\"a\":\"b\"}"), "string");
    assert_eq!(kind("{\n\"a\": \"b\",\n\"c\":\"\\n\",\"d\" : \"e\"}"), "string");
    assert_eq!(kind("{\"a\":\"\\n\"}"), "json");
    assert_eq!(kind("{\"a\":5}"), "json");
}

#[test]
fn a_surrogate_without_its_other_half_is_no_name() {
    assert_eq!(scanned("{\"\\ud800\":1}"), None);
    assert_eq!(scanned("{\"a\":\"\\ud800\"}").unwrap().len(), 1);
}
