//! Members that nobody asked for: kept as one JSON object.

use super::members::for_each;
use super::value::Value;
use crate::secret::SecretString;
use crate::text::all_bytes;

/// The members whose names `is_known` does not know, as the text of a JSON object. Of a repeated name all stand; the
/// last counts.
pub(super) fn collect(text: &str, is_known: impl Fn(&str) -> bool) -> SecretString {
    let mut object = SecretString::with_capacity(text.len().saturating_add(2));
    object.push_str("{");
    // The text has been read before, so it can be read again.
    let _ = for_each(text, &mut |name, value| {
        if is_known(name) {
            return;
        }
        if object.expose().len() > 1 {
            object.push_str(",");
        }
        push_string(&mut object, name);
        object.push_str(":");
        match value {
            Value::Json(json) => object.push_str(json),
            Value::String(text) => push_string(&mut object, text),
            Value::Form(text) => push_string(&mut object, &text),
        }
    });
    object.push_str("}");
    object
}

/// The value of one member of such an object: a string's content, or the JSON text of anything else.
pub(crate) fn member(object: &str, wanted: &str) -> Option<SecretString> {
    let mut found = None;
    for_each(object, &mut |name, value| {
        if name == wanted {
            // A string that is no Unicode text stays what it is, too.
            let json = match value {
                Value::Json(json) => json,
                _ => "",
            };
            let content = value.string();
            found = Some(SecretString::from(content.as_deref().unwrap_or(json)));
        }
    })
    .ok()?;
    found
}

pub(super) fn needs_no_escape(text: &str) -> bool {
    all_bytes(text, |it| it >= b' ' && it != b'"' && it != b'\\')
}

/// Appends a text as a JSON string. `serde_json` sees what needs an escape and nothing else: it writes into memory that
/// it does not wipe, and the text may be a secret.
pub(super) fn push_string(object: &mut SecretString, text: &str) {
    if needs_no_escape(text) {
        object.push_all(["\"", text, "\""]);
        return;
    }
    let needs_escape = |it: char| it.is_ascii_control() || it == '"' || it == '\\';
    object.push_str("\"");
    let mut rest = text;
    while let Some((plain, special)) = rest.find(needs_escape).and_then(|at| rest.split_at_checked(at)) {
        object.push_str(plain);
        let mut characters = special.chars();
        let escaped = characters.next().and_then(|it| serde_json::to_string(&it).ok());
        let escaped = escaped.as_deref().unwrap_or_default();
        let inner = escaped.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        object.push_str(inner.unwrap_or_default());
        rest = characters.as_str();
    }
    object.push_all([rest, "\""]);
}

/// Appends texts as an array of JSON strings.
pub(super) fn push_strings<'a>(object: &mut SecretString, texts: impl IntoIterator<Item = &'a str>) {
    object.push_str("[");
    for (index, text) in texts.into_iter().enumerate() {
        if index > 0 {
            object.push_str(",");
        }
        push_string(object, text);
    }
    object.push_str("]");
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_string_is_what_serde_json_writes(text: String) {
            let mut object = SecretString::with_capacity(0);
            push_string(&mut object, &text);
            prop_assert_eq!(object.expose(), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn what_needs_no_escape_is_what_serde_json_leaves() {
        for byte in 0..128_u8 {
            let text = String::from(char::from(byte));
            let is_left = serde_json::to_string(&text).unwrap() == ["\"", &text, "\""].concat();
            assert_eq!(needs_no_escape(&text), is_left, "{text:?}");
        }
    }

    #[test]
    fn a_string_of_nothing_but_control_characters_is_escaped() {
        let mut object = SecretString::with_capacity(0);
        push_string(&mut object, "\n\u{1f}");
        assert_eq!(object.expose(), r#""\n\u001f""#);
    }

    #[test]
    fn t7_unknown_members_are_kept_as_they_are() {
        let body = r#"{"known":1,"a":"x\/y","b":{"c":[1,2]},"d":null}"#;
        let object = collect(body, |name| name == "known");
        assert_eq!(object.expose(), r#"{"a":"x\/y","b":{"c":[1,2]},"d":null}"#);
        assert_eq!(member(object.expose(), "a").unwrap().expose(), "x/y");
        assert_eq!(member(object.expose(), "b").unwrap().expose(), r#"{"c":[1,2]}"#);
        assert_eq!(member(object.expose(), "d").unwrap().expose(), "null");
        assert!(member(object.expose(), "known").is_none());
    }

    #[test]
    fn t7_form_fields_become_json_strings() {
        let object = collect("known=1&a=%22quoted%22%0A&b=", |name| name == "known");
        assert_eq!(object.expose(), r#"{"a":"\"quoted\"\n","b":""}"#);
        assert_eq!(member(object.expose(), "a").unwrap().expose(), "\"quoted\"\n");
        assert_eq!(member(object.expose(), "b").unwrap().expose(), "");
    }
}
