//! Finding the members of a JSON object.
//!
//! Names, strings and whole numbers, which answers are made of, are found here; every other value is left to
//! `serde_json`, which is also the judge of this file in its tests. In one thing this is more lenient: servers that write
//! JSON by hand leave line breaks in their descriptions as they are, so a control character may stand in a string.

use super::depth::is_too_deep;
use super::value::{Value, unescaped};
use memchr::{memchr, memchr2};
use serde_json::value::RawValue;

/// Why a body has no members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    NotOAuth,
    TooDeep,
}

/// Hands every member of a JSON object to `member`, and says what is wrong when it is none.
pub(super) fn scan_object<'t>(text: &'t str, member: &mut dyn FnMut(&str, Value<'t>)) -> Result<(), Unreadable> {
    let mut scanner = Scanner { text, at: 0, is_plain: memchr(b'\\', text.as_bytes()).is_none(), is_too_deep: false };
    let is_object = scanner.object(member).is_some() && scanner.skip_space().is_none();
    match is_object {
        true if scanner.is_too_deep => Err(Unreadable::TooDeep),
        true => Ok(()),
        false => Err(Unreadable::NotOAuth),
    }
}

struct Scanner<'t> {
    text: &'t str,
    /// Where the next byte to look at is. It only grows, and by less than the text is long.
    at: usize,
    /// Whether there are no escapes anywhere, so that a string ends at the next quotation mark.
    is_plain: bool,
    is_too_deep: bool,
}

/// Each of these goes on to what comes next, and gives `None` where that is no JSON.
impl<'t> Scanner<'t> {
    fn object(&mut self, member: &mut dyn FnMut(&str, Value<'t>)) -> Option<()> {
        self.expect(b'{')?;
        if self.skip_space() == Some(b'}') {
            return self.expect(b'}');
        }
        loop {
            let name = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            let value = self.value()?;
            match name {
                Value::String(name) => member(name, value),
                Value::Json(quoted) => member(&unescaped(quoted)?, value),
                Value::Form(_) => return None,
            }
            if self.skip_space()? != b',' {
                return self.expect(b'}');
            }
            self.go_on(1);
            self.skip_space();
        }
    }

    fn value(&mut self) -> Option<Value<'t>> {
        match self.skip_space()? {
            b'"' => self.string(),
            b'0'..=b'9' => self.whole_number().or_else(|| self.any()),
            _ => self.any(),
        }
    }

    /// A string's content when it has no escapes, else the string as it stands.
    #[inline]
    fn string(&mut self) -> Option<Value<'t>> {
        self.expect(b'"')?;
        if !self.is_plain {
            return self.careful_string();
        }
        let length = find_quote(self.text.as_bytes().get(self.at..)?)?;
        let content = self.text.get(self.at..self.at.wrapping_add(length));
        self.go_on(length.wrapping_add(1));
        content.map(Value::String)
    }

    /// The same in a text that has escapes somewhere.
    fn careful_string(&mut self) -> Option<Value<'t>> {
        let rest = self.text.get(self.at..)?;
        let mut length = 0_usize;
        let mut has_escapes = false;
        loop {
            let here = rest.as_bytes().get(length..)?;
            let found = memchr2(b'"', b'\\', here)?;
            length = length.wrapping_add(found);
            if here.get(found) == Some(&b'"') {
                break;
            }
            has_escapes = true;
            length = length.wrapping_add(2);
        }
        let content = rest.get(..length)?;
        let quoted = self.text.get(self.at.wrapping_sub(1)..);
        self.go_on(length.wrapping_add(1));
        if !has_escapes {
            return Some(Value::String(content));
        }
        let quoted = quoted?.get(..length.wrapping_add(2))?;
        let valid: &RawValue = serde_json::from_str(quoted).ok()?;
        Some(Value::Json(valid.get()))
    }

    /// Digits and nothing else.
    fn whole_number(&mut self) -> Option<Value<'t>> {
        let rest = self.text.get(self.at..)?;
        let length = rest.bytes().position(|byte| !byte.is_ascii_digit())?;
        let (digits, behind) = rest.split_at_checked(length)?;
        if behind.starts_with(['.', 'e', 'E']) || matches!(digits.as_bytes(), [b'0', _, ..]) {
            return None;
        }
        self.go_on(length);
        Some(Value::Json(digits))
    }

    fn any(&mut self) -> Option<Value<'t>> {
        let rest = self.text.get(self.at..)?;
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&'t RawValue>();
        let json = values.next()?.ok()?.get();
        self.go_on(values.byte_offset());
        self.is_too_deep |= is_too_deep(json);
        Some(Value::Json(json))
    }

    /// Goes to the next byte that is no white space, and says which it is; `None` at the end of the text.
    fn skip_space(&mut self) -> Option<u8> {
        loop {
            match *self.text.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\t' | b'\r' => self.go_on(1),
                other => return Some(other),
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        let is_there = self.text.as_bytes().get(self.at) == Some(&byte);
        self.go_on(1);
        is_there.then_some(())
    }

    const fn go_on(&mut self, length: usize) {
        self.at = self.at.wrapping_add(length);
    }
}

/// Where the next quotation mark is. Names and most strings are short, and for those a search that looks at eight bytes at
/// once is over before one that looks at thirty-two has begun.
fn find_quote(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    const QUOTES: u64 = ONES.wrapping_mul(b'"' as u64);
    const SHORT: usize = 4;
    let mut at = 0_usize;
    for _ in 0..SHORT {
        let Some(chunk) = bytes.get(at..).and_then(|it| it.first_chunk::<8>()) else {
            break;
        };
        let zero_where_found = u64::from_le_bytes(*chunk) ^ QUOTES;
        let found = zero_where_found.wrapping_sub(ONES) & !zero_where_found & HIGH;
        if found != 0 {
            let index = usize::try_from(found.trailing_zeros() >> 3).ok()?;
            return Some(at.wrapping_add(index));
        }
        at = at.wrapping_add(8);
    }
    memchr(b'"', bytes.get(at..)?).map(|it| at.wrapping_add(it))
}

#[cfg(test)]
mod tests;
