//! Text from elsewhere that goes to a terminal.
//!
//! The core cleans what a server wants people to read. This is for the rest: arguments, file names, what the
//! demonstration server repeats.

/// The text with every character that a terminal would obey, or hide, written as an escape such as `\u{1b}`.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_visible(character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_debug());
        }
    }
    shown
}

/// Whether a terminal shows the character where it stands and does nothing else.
pub(crate) fn is_visible(character: char) -> bool {
    // The standard library escapes what is neither a graphic character nor a space, direction marks included; it also
    // escapes quotes and the backslash, which are harmless here.
    matches!(character, '\'' | '"' | '\\') || character.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d8_what_steers_a_terminal_is_written_out() {
        assert_eq!(visible("a\u{1b}[2Jb"), r"a\u{1b}[2Jb");
        assert_eq!(visible("a\u{202e}b\u{200b}\u{9b}\n"), r"a\u{202e}b\u{200b}\u{9b}\n");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["C:\\it's \"here\"", "Grüße, 東京", "/tmp/a b"] {
            assert_eq!(visible(text), text);
        }
    }
}
