//! JSON in ASCII, on one line.
//!
//! A server's texts may hold what steers a terminal (U+009B, direction overrides), and JSON allows it unescaped. As
//! escapes they are harmless, and mean the same to every parser.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// Writes a value.
pub(super) fn to_vec(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(1024);
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Ascii);
    value.serialize(&mut serializer)?;
    Ok(text)
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        fragment.chars().try_for_each(|character| write_escaped(writer, character))
    }

    /// JSON that came from elsewhere: white space outside strings goes, everything else stays as it is spelt.
    fn write_raw_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut is_in_string = false;
        let mut is_escaped = false;
        for character in fragment.chars() {
            match character {
                ' ' | '\t' | '\r' | '\n' if !is_in_string => continue,
                '"' if !is_escaped => is_in_string = !is_in_string,
                _ => {}
            }
            is_escaped = character == '\\' && !is_escaped;
            write_escaped(writer, character)?;
        }
        Ok(())
    }
}

fn write_escaped<W: ?Sized + Write>(writer: &mut W, character: char) -> io::Result<()> {
    if character.is_ascii() && character != '\u{7f}' {
        let mut buffer = [0; 4];
        return writer.write_all(character.encode_utf8(&mut buffer).as_bytes());
    }
    let mut units = [0; 2];
    for unit in character.encode_utf16(&mut units) {
        write!(writer, "\\u{unit:04x}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn written(value: &impl Serialize) -> String {
        String::from_utf8(to_vec(value).unwrap()).unwrap()
    }

    #[test]
    fn d8_nothing_in_a_string_steers_a_terminal() {
        assert_eq!(
            written(&"a\u{1b}\u{7f}\u{9b}\u{202e}ü\u{1f600}\"\\\n"),
            r#""a\u001b\u007f\u009b\u202e\u00fc\ud83d\ude00\"\\\n""#
        );
    }

    #[test]
    fn raw_json_keeps_its_spelling_and_loses_its_layout() {
        let raw = "{\n \"a \\\" : b\" : [ 1.50 , -0e1 ],\t\"\\\\\" : \"\u{9b} \" }";
        let raw: &RawValue = serde_json::from_str(raw).unwrap();
        assert_eq!(written(&raw), r#"{"a \" : b":[1.50,-0e1],"\\":"\u009b "}"#);
    }
}
