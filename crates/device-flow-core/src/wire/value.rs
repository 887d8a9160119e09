//! The values of members: texts, numbers, lists.

use super::number::Number;
use alloc::string::String;
use core::ops::Deref;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

/// A member's value: the content of a JSON string without escapes, any other JSON text, or a form's field.
pub(super) enum Value<'t> {
    String(&'t str),
    Json(&'t str),
    Form(Text<'t>),
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

impl<'t> Value<'t> {
    /// The value as text when it is a string with something in it: `null`, `""` and other types count as absent.
    pub(super) fn text(self) -> Option<Text<'t>> {
        self.string().filter(|it| !it.is_empty())
    }

    /// A string, though it be empty.
    pub(super) fn string(self) -> Option<Text<'t>> {
        match self {
            Self::String(text) => Some(Text::Lent(text)),
            Self::Form(text) => Some(text),
            Self::Json(json) => unescaped(json),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        let first = |json: &str| json.bytes().next();
        matches!(self, Self::Json(json) if matches!(first(json), Some(b'-' | b'0'..=b'9')))
    }

    /// Like [`text`](Self::text), and a number as it is spelt.
    pub(super) fn text_or_number(self) -> Option<Text<'t>> {
        match self {
            Self::Json(json) if self.is_number() => Some(Text::Lent(json)),
            other => other.text(),
        }
    }

    /// The value as a number, which may be spelt as a string.
    pub(super) fn number(self) -> Option<Number> {
        if let Self::Json(json) = self {
            if let Some(number) = Number::whole(json) {
                return Some(number);
            }
        }
        Number::parse(self.text_or_number()?.trim_ascii())
    }

    /// The elements of an array, `None` for each that is no string with something in it; `None` for anything else.
    pub(super) fn strings(&self) -> Option<impl Iterator<Item = Option<Text<'t>>> + use<'t>> {
        let Self::Json(json) = *self else { return None };
        if !json.starts_with('[') {
            return None;
        }
        let elements: alloc::vec::Vec<&'t RawValue> = serde_json::from_str(json).ok()?;
        Some(elements.into_iter().map(|it| Value::Json(it.get()).text()))
    }
}

/// The content of a JSON string. `serde_json` sees one escape at a time: it decodes in memory that it does not wipe, and
/// what is decoded may be a secret.
pub(super) fn unescaped(json: &str) -> Option<Text<'_>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Text::Lent(inner));
    }
    // No escape stands for more bytes than it has, so this never grows, which would leave a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(inner.len()));
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        let (plain, escapes) = rest.split_at_checked(at)?;
        // `\n`, `\u00fc`, and the pair of those that stands for a character beyond the first 65 536.
        let (decoded, length) = [2, 6, 12].into_iter().find_map(|length| {
            let json = alloc::format!("\"{}\"", escapes.get(..length)?);
            Some((serde_json::from_str::<char>(&json).ok()?, length))
        })?;
        text.push_str(plain);
        text.push(decoded);
        rest = escapes.get(length..)?;
    }
    text.push_str(rest);
    Some(Text::Owned(text))
}
