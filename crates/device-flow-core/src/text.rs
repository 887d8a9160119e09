//! Cleaning of text that a server chose and people will see.
//!
//! A server, or whoever sits between, must not move the cursor, change colours, hide text or reverse its direction on
//! the terminal of the person who signs in.

use alloc::borrow::Cow;
use alloc::string::String;

/// Longest user code that is taken, in characters. Real ones have 4 to 12.
pub(crate) const MAX_USER_CODE: usize = 128;
/// Longest message or error description that is kept, in characters; the rest is cut.
pub(crate) const MAX_MESSAGE: usize = 1_000;
/// Longest error code that is kept, in characters; the rest is cut.
pub(crate) const MAX_ERROR_CODE: usize = 100;

/// The text without control, escape, invisible and direction-changing characters, white space runs as one space, cut
/// after `max` characters; `None` when nothing is left.
pub(crate) fn clean(text: &str, max: usize) -> Option<Cow<'_, str>> {
    if text.len() <= max && is_clean(text) {
        return Some(Cow::Borrowed(text));
    }
    let mut cleaned = String::new();
    let mut length = 0_usize;
    let mut gap = false;
    for character in text.chars() {
        if character.is_whitespace() {
            gap = length > 0;
            continue;
        }
        if !is_visible(character) {
            continue;
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
    let (least, greatest) = text
        .bytes()
        .fold((u8::MAX, u8::MIN), |(least, greatest), byte| {
            (least.min(byte), greatest.max(byte))
        });
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

/// Whether a terminal shows the character where it stands and does nothing else.
fn is_visible(character: char) -> bool {
    !(character.is_control() || is_format(character))
}

/// Unicode's general category `Cf` and what else draws nothing: direction overrides and isolates (Unicode Technical
/// Report 36 section 2.5), zero-width characters, tags, variation selectors, fillers, the line separators.
const fn is_format(character: char) -> bool {
    matches!(character,
        '\u{00AD}' | '\u{034F}' | '\u{0600}'..='\u{0605}' | '\u{061C}' | '\u{06DD}' | '\u{070F}'
        | '\u{0890}'..='\u{0891}' | '\u{08E2}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1345F}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn d8_escape_sequences_lose_their_escape() {
        assert_eq!(
            clean("Visit \u{1b}[31mevil\u{1b}[0m", 100).as_deref(),
            Some("Visit [31mevil[0m")
        );
        assert_eq!(
            clean("a\u{9b}2Jb\u{7f}c\u{0}", 100).as_deref(),
            Some("a2Jbc")
        );
    }

    #[test]
    fn d8_direction_overrides_and_invisible_characters_go() {
        assert_eq!(
            clean("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{e0041}f", 100).as_deref(),
            Some("abcdef")
        );
    }

    #[test]
    fn line_breaks_become_one_space() {
        assert_eq!(
            clean(" one\r\n\ttwo\u{2028}three \n", 100).as_deref(),
            Some("one two three")
        );
        assert_eq!(clean("one\u{85}two", 100).as_deref(), Some("one two"));
    }

    #[test]
    fn two_gaps_are_as_bad_as_one() {
        assert!(!is_clean("a  b"));
        assert!(!is_clean("a  b  c"));
        assert!(is_clean("a b c"));
    }

    #[test]
    fn nothing_visible_is_nothing() {
        assert_eq!(clean(" \u{1b}\n\u{200b}", 100), None);
        assert_eq!(clean("", 100), None);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(clean(&"ü".repeat(50), 10), Some("ü".repeat(10).into()));
        assert_eq!(clean("ab cd", 3).as_deref(), Some("ab"));
        assert_eq!(clean("ab cd", 4).as_deref(), Some("ab c"));
    }

    proptest! {
        #[test]
        fn clean_text_is_left_as_it_is(text in "[ -~]{0,12}|[ a-z]{0,6}") {
            let words: alloc::vec::Vec<&str> = text.split_ascii_whitespace().collect();
            let expected = words.join(" ");
            let cleaned = clean(&text, 100);
            prop_assert_eq!(cleaned.as_deref().unwrap_or_default(), expected.as_str());
            prop_assert_eq!(is_clean(&text), text == expected && !text.is_empty());
        }
    }

    #[test]
    fn other_scripts_stay_as_they_are() {
        let text = "サインインするには、 https://microsoft.com/devicelogin を開き";
        assert_eq!(clean(text, 100).as_deref(), Some(text));
    }
}
