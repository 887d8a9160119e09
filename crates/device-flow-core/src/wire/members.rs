//! The members of an answer, JSON object or form alike, seen in one pass and read leniently.

use super::scan::{Unreadable, scan_object};
use super::value::{Text, Value};
use alloc::string::String;
use alloc::vec::Vec;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// A body as text: without byte order mark and surrounding white space. Bytes that are not UTF-8 become U+FFFD, which
/// no token may contain, so an answer in another character set still tells its errors.
#[inline]
pub(super) fn text(body: &[u8]) -> Text<'_> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii();
    // Nearly every body is UTF-8, and to see that is far quicker than to look for what is not.
    match core::str::from_utf8(body) {
        Ok(text) => Text::Lent(text),
        Err(_) => Text::Owned(lossy(body)),
    }
}

/// Hands every member of the text to `member`. What the content type says does not matter: too many servers lie.
pub(super) fn for_each<'t>(text: &'t str, member: &mut dyn FnMut(&str, Value<'t>)) -> Result<(), Unreadable> {
    if text.starts_with('{') {
        return scan_object(text, member);
    }
    if !looks_like_form(text) {
        return Err(Unreadable::NotOAuth);
    }
    for pair in text.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        member(&decoded(name), Value::Form(decoded(value)));
    }
    Ok(())
}

/// `name=value`, with a name that OAuth could have chosen.
fn looks_like_form(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    })
}

/// A name or a value of a form, decoded in memory that is wiped: it may be a secret.
fn decoded(encoded: &str) -> Text<'_> {
    if !encoded.contains(['%', '+']) {
        return Text::Lent(encoded);
    }
    // Decoding never makes a text longer, so this never grows, which would leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    for (index, part) in encoded.split('+').enumerate() {
        if index > 0 {
            bytes.push(b' ');
        }
        bytes.extend(percent_decode_str(part));
    }
    Text::Owned(lossy(&bytes))
}

/// The bytes as text, in memory that is wiped and never grows.
fn lossy(bytes: &[u8]) -> Zeroizing<String> {
    const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
    let room = bytes.utf8_chunks().fold(0_usize, |room, chunk| {
        let replaced = if chunk.invalid().is_empty() { 0 } else { REPLACEMENT.len_utf8() };
        room.saturating_add(chunk.valid().len()).saturating_add(replaced)
    });
    let mut text = Zeroizing::new(String::with_capacity(room));
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(REPLACEMENT);
        }
    }
    text
}

#[cfg(test)]
mod tests;
