//! The members of an answer, JSON object or form alike, seen in one pass and read leniently.

use super::depth::is_too_deep;
use crate::text::all_bytes;
use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use core::ops::Deref;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// Why a body has no members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    NotOAuth,
    TooDeep,
}

/// A body as text: without byte order mark and surrounding white space. Bytes that are not UTF-8 become U+FFFD, which
/// no token may contain, so an answer in another character set still tells its errors.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    let body = body
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(body)
        .trim_ascii();
    // Nearly every body is UTF-8, and to see that is far quicker than to look for what is not.
    core::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// Hands every member of the text to `member`. What the content type says does not matter: too many servers lie.
pub(super) fn for_each<'t>(
    text: &'t str,
    member: &mut dyn FnMut(Cow<'t, str>, Value<'t>),
) -> Result<(), Unreadable> {
    if text.starts_with('{') {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let too_deep = (&mut deserializer)
            .deserialize_map(Object {
                text: is_lendable(text).then_some(text),
                member,
            })
            .map_err(|_| Unreadable::NotOAuth)?;
        deserializer.end().map_err(|_| Unreadable::NotOAuth)?;
        return if too_deep {
            Err(Unreadable::TooDeep)
        } else {
            Ok(())
        };
    }
    if !looks_like_form(text) {
        return Err(Unreadable::NotOAuth);
    }
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        member(name, Value::Form(value));
    }
    Ok(())
}

/// Whether there are neither escapes nor control characters, which no string may have.
fn is_lendable(text: &str) -> bool {
    // The least of many bytes is had faster than a verdict on each.
    let (least, has_escapes) = text.bytes().fold((u8::MAX, false), |(least, found), byte| {
        (least.min(byte), found || byte == b'\\')
    });
    least >= b' ' && !has_escapes
}

/// `name=value`, with a name that OAuth could have chosen.
fn looks_like_form(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    })
}

struct Object<'f, 't> {
    /// The whole text, when every string in it can be lent as it stands.
    text: Option<&'t str>,
    member: &'f mut dyn FnMut(Cow<'t, str>, Value<'t>),
}

impl<'t> Visitor<'t> for Object<'_, 't> {
    /// Whether a member nests too deeply.
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut too_deep = false;
        while let Some(Name(name)) = map.next_key()? {
            let value = match self.string_after(&name) {
                Some(string) => map.next_value_seed(string)?,
                None => Value::Json(map.next_value::<&'t RawValue>()?.get()),
            };
            too_deep |= matches!(value, Value::Json(json)
                if json.starts_with(['{', '[']) && is_too_deep(json));
            (self.member)(name, value);
        }
        Ok(too_deep)
    }
}

impl<'t> Object<'_, 't> {
    /// The string that is the value of the member with this name; `None` for every other kind of value, and where it
    /// cannot be told without a search.
    fn string_after(&self, name: &Cow<'t, str>) -> Option<JsonString<'t>> {
        let (text, Cow::Borrowed(name)) = (self.text?, name) else {
            return None;
        };
        // A name that is lent is a part of the text, so its address says where it ends.
        let start = name.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
        let rest = text.get(start.checked_add(name.len())?..)?;
        let gap = match rest.as_bytes() {
            [b'"', b':', b'"', ..] => 2,
            [b'"', b':', b' ', b'"', ..] => 3,
            _ => return None,
        };
        rest.get(gap..).map(|rest| JsonString { rest })
    }
}

/// A value that is known to be a string, read as bytes: `serde_json` then looks for its end only, which it does many
/// times faster than together with control characters. There are none, nor escapes, which it would decode in memory that
/// nobody wipes.
struct JsonString<'t> {
    /// The text from the opening quotation mark on.
    rest: &'t str,
}

impl<'t> DeserializeSeed<'t> for JsonString<'t> {
    type Value = Value<'t>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Value<'t>, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl<'t> Visitor<'t> for JsonString<'t> {
    type Value = Value<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E: Error>(self, content: &'t [u8]) -> Result<Value<'t>, E> {
        let inner = self.rest.get(1..).and_then(|it| it.get(..content.len()));
        inner.map(Value::String).ok_or_else(|| E::custom("no text"))
    }
}

/// A member's name, borrowed when it has no escapes.
struct Name<'t>(Cow<'t, str>);

impl<'t> Deserialize<'t> for Name<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'t> Visitor<'t> for NameVisitor {
            type Value = Name<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member name")
            }

            fn visit_borrowed_str<E>(self, name: &'t str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(String::from(name))))
            }
        }

        deserializer.deserialize_str(NameVisitor)
    }
}

/// A member's value: valid JSON text, the content of a JSON string without escapes, or the decoded value of a form field.
#[derive(Clone)]
pub(super) enum Value<'t> {
    String(&'t str),
    Json(&'t str),
    Form(Cow<'t, str>),
}

/// Text that is lent by the body where it can be, else wiped when dropped.
pub(super) enum Text<'t> {
    Lent(&'t str),
    Owned(Zeroizing<String>),
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Lent(text) => text,
            Self::Owned(text) => text,
        }
    }
}

impl<'t> From<Cow<'t, str>> for Text<'t> {
    fn from(text: Cow<'t, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::Lent(text),
            Cow::Owned(text) => Self::Owned(Zeroizing::new(text)),
        }
    }
}

impl<'t> Value<'t> {
    /// The value as text when it is a string with something in it: `null`, `""` and other types count as absent.
    pub(super) fn text(self) -> Option<Text<'t>> {
        let text = match self {
            Self::String(text) => Text::Lent(text),
            Self::Form(text) => Text::from(text),
            Self::Json(json) => {
                let inner = json.strip_prefix('"')?.strip_suffix('"')?;
                if all_bytes(inner, |byte| byte != b'\\') {
                    Text::Lent(inner)
                } else {
                    Text::Owned(unescaped(inner)?)
                }
            }
        };
        (!text.is_empty()).then_some(text)
    }

    /// Like [`text`](Self::text), and a number as it is spelt.
    pub(super) fn text_or_number(self) -> Option<Text<'t>> {
        match self {
            Self::Json(json)
                if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) =>
            {
                Some(Text::Lent(json))
            }
            other => other.text(),
        }
    }

    /// The value as a number, which may be spelt as a string.
    pub(super) fn number(self) -> Option<Number> {
        Number::parse(self.text_or_number()?.trim())
    }

    /// The elements of an array; `None` for anything else.
    pub(super) fn strings(&self) -> Option<impl Iterator<Item = Text<'t>> + use<'t>> {
        let Self::Json(json) = *self else { return None };
        if !json.starts_with('[') {
            return None;
        }
        let elements: alloc::vec::Vec<&'t RawValue> = serde_json::from_str(json).ok()?;
        Some(
            elements
                .into_iter()
                .filter_map(|element| Value::Json(element.get()).text()),
        )
    }
}

/// The content of a JSON string that has escapes. `serde_json` sees one escape at a time: it decodes in memory that it
/// does not wipe, and what is decoded may be a secret.
fn unescaped(inner: &str) -> Option<Zeroizing<String>> {
    // No escape stands for more bytes than it has, so this never grows, which would leave a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(inner.len()));
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        let (plain, escapes) = rest.split_at_checked(at)?;
        // `\n`, `\u00fc`, and the pair of those that stands for a character beyond the first 65 536.
        let (decoded, length) = [2, 6, 12].into_iter().find_map(|length| {
            let json = alloc::format!("\"{}\"", escapes.get(..length)?);
            Some((serde_json::from_str::<String>(&json).ok()?, length))
        })?;
        text.push_str(plain);
        text.push_str(&decoded);
        rest = escapes.get(length..)?;
    }
    text.push_str(rest);
    Some(text)
}

/// A decimal number of any size; what does not fit saturates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    whole: i64,
    has_fraction: bool,
    is_negative: bool,
}

impl Number {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_negative = text.starts_with('-');
        if let Ok(whole) = text.parse() {
            return Some(Self {
                whole,
                has_fraction: false,
                is_negative,
            });
        }
        // The standard parser takes `inf` and `NaN` too, which are no numbers here.
        let is_decimal = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
        let value: f64 = if is_decimal {
            text.parse().ok()?
        } else {
            return None;
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturating and truncating is what is wanted"
        )]
        let whole = value as i64;
        #[expect(
            clippy::cast_precision_loss,
            reason = "only asks whether truncation took something away"
        )]
        #[expect(
            clippy::float_cmp,
            reason = "only asks whether truncation took something away"
        )]
        let has_fraction = value != whole as f64 && value.is_finite();
        Some(Self {
            whole,
            has_fraction,
            is_negative,
        })
    }

    pub(super) const fn is_negative(self) -> bool {
        self.is_negative
    }

    /// Rounded towards zero: for lifetimes, where less is safe.
    pub(super) const fn floor(self) -> i64 {
        self.whole
    }

    /// Rounded up: for waits, where more is safe.
    pub(super) const fn ceil(self) -> i64 {
        if self.has_fraction && !self.is_negative {
            self.whole.saturating_add(1)
        } else {
            self.whole
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn members(body: &[u8]) -> Result<Vec<(String, Option<String>)>, Unreadable> {
        let text = text(body);
        let mut all = Vec::new();
        for_each(&text, &mut |name, value| {
            all.push((
                name.into_owned(),
                value.text_or_number().map(|it| it.to_string()),
            ));
        })?;
        Ok(all)
    }

    fn pair(name: &str, value: &str) -> (String, Option<String>) {
        (name.to_string(), Some(value.to_string()))
    }

    #[test]
    fn t9_json_and_forms_are_told_apart_by_their_looks() {
        assert_eq!(
            members(b"{\"a\":\"1\",\"b\":2}"),
            Ok(alloc::vec![pair("a", "1"), pair("b", "2")])
        );
        assert_eq!(
            members(b"a=1&b=x%20y+z"),
            Ok(alloc::vec![pair("a", "1"), pair("b", "x y z")])
        );
        assert_eq!(
            members(b"\xEF\xBB\xBF \r\n{\"a\":\"1\"}\n"),
            Ok(alloc::vec![pair("a", "1")])
        );
    }

    fn one_of(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
        prop::sample::select(pieces).prop_map(String::from)
    }

    /// A string in its quotation marks, sometimes not quite.
    fn a_string() -> impl Strategy<Value = String> {
        let plain = || one_of(&["a", "b", "", "ü", "a b", "\u{7f}", ":", ",", "{", "}"]);
        let special = one_of(&[
            "\\n",
            "\\\"",
            "\\\\",
            "\\u00fc",
            "\\ud83d\\ude00",
            "\\ud800",
            "\\q",
            "\\",
            "\"",
        ]);
        let inner = prop_oneof![
            9 => prop::collection::vec(plain(), 0..4),
            1 => prop::collection::vec(prop_oneof![plain(), special], 0..6),
        ];
        inner.prop_map(|pieces| alloc::format!("\"{}\"", pieces.concat()))
    }

    fn a_value() -> impl Strategy<Value = String> {
        let other = one_of(&[
            "null",
            "true",
            "5",
            "-1.5e3",
            "",
            "{\"a\":\"b\"}",
            "[\"a\", 1]",
        ]);
        prop_oneof![4 => a_string(), 1 => other]
    }

    proptest! {
        /// `serde_json` is the judge.
        #[test]
        fn escapes_are_decoded_as_they_should_be(
            pieces in prop::collection::vec(one_of(&["a", "ü", "n", "u", "\\n", "\\/", "\\\\", "\\\"", "\\u0041", "\\ud83d", "\\ude00", "\\u12", "\\q", "\\"]), 0..6),
        ) {
            let inner = pieces.concat();
            let expected: Option<String> = serde_json::from_str(&alloc::format!("\"{inner}\"")).ok();
            // What is no JSON is never asked.
            if serde_json::from_str::<&RawValue>(&alloc::format!("\"{inner}\"")).is_ok() {
                let text = unescaped(&inner).map(|it| String::from(&**it));
                prop_assert_eq!(text, expected);
            }
        }

        /// A control character anywhere has every value read by serde_json with all its care.
        #[test]
        fn strings_that_are_read_fast_are_read_alike(
            pairs in prop::collection::vec((a_string(), one_of(&[":", ":", ": ", ": ", " :", ":  "]), a_value()), 0..4),
        ) {
            let pairs: Vec<String> = pairs.into_iter().map(|(a, b, c)| [a, b, c].concat()).collect();
            let rest = pairs.join(", ");
            let (fast, slow) = (alloc::format!("{{{rest}}}"), alloc::format!("{{\n{rest}}}"));
            prop_assert_eq!(members(fast.as_bytes()), members(slow.as_bytes()));
            let extra = |text: &str| {
                let object = crate::wire::extra::collect(text, |name| name == "a");
                String::from(object.expose())
            };
            prop_assert_eq!(extra(&fast), extra(&slow));
        }
    }

    #[test]
    fn strings_that_stand_as_servers_write_them_are_read_fast() {
        let is_fast = |text: &str| {
            let mut is_fast = false;
            for_each(text, &mut |_, value| {
                is_fast = matches!(value, Value::String("b"));
            })
            .map(|()| is_fast)
        };
        for (text, expected) in [
            ("{\"a\":\"b\"}", true),
            ("{\"a\": \"b\"}", true),
            ("{ \"x\" : 1, \"a\": \"b\" }", true),
            ("{\"a\" : \"b\"}", false),
            ("{\"\\u0061\":\"b\"}", false),
            ("{\"c\":\"\\n\",\"a\":\"b\"}", false),
            ("{\n\"a\":\"b\"}", false),
            ("{\"a\":5}", false),
        ] {
            assert_eq!(is_fast(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn control_characters_are_no_part_of_a_string() {
        for body in [
            &b"{\"a\":\"b\nc\"}"[..],
            b"{\"a\":\"\x00\"}",
            b"{\"a\nb\":\"c\"}",
        ] {
            assert_eq!(members(body), Err(Unreadable::NotOAuth));
        }
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
            assert_eq!(
                members(body),
                Err(Unreadable::NotOAuth),
                "{}",
                body.escape_ascii()
            );
        }
    }

    #[test]
    fn escapes_are_decoded_in_names_and_values() {
        assert_eq!(
            members(br#"{"\u0061":"x\/y\u00fc\n"}"#),
            Ok(alloc::vec![pair("a", "x/y\u{fc}\n")])
        );
        assert_eq!(
            members(br#"{"a":"\ud800"}"#),
            Ok(alloc::vec![("a".to_string(), None)])
        );
    }

    #[test]
    fn other_character_sets_lose_only_the_characters_concerned() {
        assert_eq!(
            members(b"{\"a\":\"gr\xfc\xdfe\"}"),
            Ok(alloc::vec![pair("a", "gr\u{fffd}\u{fffd}e")])
        );
    }

    #[test]
    fn t8_deep_nesting_is_told_even_in_members_nobody_asked_for() {
        let body = alloc::format!(
            "{{\"x\":{}{},\"error\":\"slow_down\"}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
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
        for nothing in [
            "null", "\"\"", "true", "{}", "[]", "\"soon\"", "\"inf\"", "\"NaN\"",
        ] {
            assert_eq!(number(nothing), None, "{nothing}");
        }
    }
}
