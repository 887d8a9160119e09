//! Cleaning of text that a server chose and people will see.
//!
//! A server, or whoever sits between, must not move the cursor, change colours, hide text or reverse its direction on
//! the terminal of the person who signs in. So what is kept are characters that are known to draw.

use alloc::borrow::Cow;
use alloc::string::String;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Longest user code that is taken, in characters. Real ones have 4 to 12.
pub(crate) const MAX_USER_CODE: usize = 128;
/// Longest message or error description that is kept, in characters; the rest is cut.
pub(crate) const MAX_MESSAGE: usize = 1_000;
/// Longest error code that is kept, in characters; the rest is cut.
pub(crate) const MAX_ERROR_CODE: usize = 100;
/// Most characters of where a redirect leads.
pub(crate) const MAX_TARGET: usize = 200;
/// Most marks on one character. No living script needs more, and a heap of them covers the lines around.
const MAX_MARKS: usize = 4;

/// The text with nothing but characters that draw, with few marks on each, white space runs as one space, cut after
/// `max` characters; `None` when nothing is left.
pub(crate) fn clean(text: &str, max: usize) -> Option<Cow<'_, str>> {
    if text.len() <= max && is_clean(text) {
        return Some(Cow::Borrowed(text));
    }
    // Cleaning makes no text longer, so this never grows, which would leave a copy behind.
    let mut cleaned = String::with_capacity(text.len());
    let mut length = 0_usize;
    let mut gap = false;
    // Nothing to stand on, so no marks, before the first character.
    let mut marks = MAX_MARKS;
    for character in text.chars() {
        if character.is_whitespace() {
            gap = length > 0;
            marks = MAX_MARKS;
            continue;
        }
        match kind(character) {
            Kind::Nothing => continue,
            Kind::Mark if marks == MAX_MARKS => continue,
            Kind::Mark => marks = marks.saturating_add(1),
            Kind::Base => marks = 0,
        }
        let wanted = if gap { 2 } else { 1 };
        if length.saturating_add(wanted) > max {
            break;
        }
        if gap {
            cleaned.push(' ');
        }
        cleaned.push(character);
        length = length.saturating_add(wanted);
        gap = false;
    }
    (!cleaned.is_empty()).then_some(Cow::Owned(cleaned))
}

/// Whether there is nothing to clean, for the text that servers send nearly always: ASCII on one line.
pub(crate) fn is_clean(text: &str) -> bool {
    !text.is_empty()
        && is_printable(text)
        && !text.starts_with(' ')
        && !text.ends_with(' ')
        && !has_pair(text, |pair| pair == (b' ', b' '))
}

/// Whether there is nothing but printable ASCII. The extremes of many bytes are had faster than a verdict on each.
pub(crate) fn is_printable(text: &str) -> bool {
    let (least, greatest) =
        text.bytes().fold((u8::MAX, u8::MIN), |(least, greatest), byte| (least.min(byte), greatest.max(byte)));
    least >= b' ' && greatest <= b'~'
}

/// Whether all bytes pass. Looks at every one of them: a loop that may end early is not turned into vector
/// instructions, and costs ten times as much for a token.
pub(crate) fn all_bytes(text: &str, is_good: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |good, byte| good & is_good(byte))
}

/// Whether two neighbouring bytes are such a pair. Looks at all of them, for the same reason.
pub(crate) fn has_pair(text: &str, is_wanted: impl Fn((u8, u8)) -> bool) -> bool {
    let pairs = text.bytes().zip(text.bytes().skip(1));
    pairs.fold(false, |found, pair| found | is_wanted(pair))
}

/// What a character does to the line it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Draws by itself.
    Base,
    /// Draws on what stands before it.
    Mark,
    /// Draws nothing, or nobody can tell what: controls, format characters, fillers, private use, the unassigned.
    Nothing,
}

fn kind(character: char) -> Kind {
    if character.is_ascii_graphic() {
        return Kind::Base;
    }
    // Symbols and marks by their category, blanks by their looks: braille without dots, the null notehead, the placeholder
    // for objects, the Khitan filler.
    let is_blank = matches!(character, '\u{2800}' | '\u{1D159}' | '\u{FFFC}' | '\u{16FE4}')
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character);
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    let is_in = |group: GeneralCategoryGroup| group.contains(category);
    if is_blank {
        Kind::Nothing
    } else if is_in(GeneralCategoryGroup::Mark) {
        Kind::Mark
    } else if is_in(GeneralCategoryGroup::Letter)
        || is_in(GeneralCategoryGroup::Number)
        || is_in(GeneralCategoryGroup::Punctuation)
        || is_in(GeneralCategoryGroup::Symbol)
    {
        Kind::Base
    } else {
        Kind::Nothing
    }
}

#[cfg(test)]
mod tests;
