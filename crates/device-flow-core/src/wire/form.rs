//! Writing `application/x-www-form-urlencoded` (RFC 6749 appendix B) without leaving secrets behind.

use crate::dialect::GRANT_TYPE;
use crate::secret::SecretString;

/// Appends the encoded form of `text`.
pub(crate) fn encode_into(target: &mut SecretString, text: &str) {
    if stands_for_itself(text) {
        target.push_str(text);
    } else {
        escape_into(target, text);
    }
}

fn escape_into(target: &mut SecretString, text: &str) {
    for part in form_urlencoded::byte_serialize(text.as_bytes()) {
        target.push_str(part);
    }
}

/// Whether the encoded form is the text itself, as most are: to see that is quicker than to take the text apart. These
/// are short, so there is nothing to be had from vector instructions.
fn stands_for_itself(text: &str) -> bool {
    let is_plain = |byte| IS_PLAIN.get(usize::from(byte)).is_some_and(|it| *it);
    text.bytes().all(is_plain)
}

#[expect(clippy::indexing_slicing, reason = "at build time")]
static IS_PLAIN: [bool; 256] = {
    let plain = b"*-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut is_plain = [false; 256];
    let mut index = 0;
    while index < plain.len() {
        is_plain[plain[index] as usize] = true;
        index += 1;
    }
    is_plain
};

/// A parameter that the protocol or a dialect names.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    name: Name<'a>,
    value: &'a str,
    /// Whether the value stands as it is sent.
    is_encoded: bool,
}

#[derive(Clone, Copy)]
enum Name<'a> {
    /// A name of the protocol's with what stands around it, `&name=`.
    Own(&'static str),
    Other(&'a str),
}

impl<'a> Pair<'a> {
    /// A parameter with a name of the protocol's, written as it stands between two values: `&name=`.
    pub(crate) const fn new(name: &'static str, value: &'a str) -> Self {
        Self { name: Name::Own(name), value, is_encoded: false }
    }

    /// A parameter with any name.
    pub(crate) const fn named(name: &'a str, value: &'a str) -> Self {
        Self { name: Name::Other(name), value, is_encoded: false }
    }

    /// The type of nearly every grant, which would be half the work of encoding a poll.
    pub(crate) fn grant_type(grant_type: &'a str) -> Self {
        if grant_type == GRANT_TYPE {
            Self { is_encoded: true, ..Self::new("&grant_type=", ENCODED_GRANT_TYPE) }
        } else {
            Self::new("&grant_type=", grant_type)
        }
    }

    const fn length(&self) -> usize {
        let (Name::Own(name) | Name::Other(name)) = self.name;
        name.len().saturating_add(self.value.len()).saturating_add(2)
    }
}

const ENCODED_GRANT_TYPE: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// A form-encoded body, the protocol's parameters first and then the caller's: in one allocation unless more than a few
/// characters need escapes.
pub(crate) fn body<'a, const N: usize>(
    pairs: [Option<Pair<'a>>; N],
    parameters: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> SecretString {
    const ROOM_FOR_ESCAPES: usize = 32;
    let parameters = parameters.map(|(name, value)| Pair::named(name, value));
    let all = pairs.into_iter().flatten().chain(parameters);
    let capacity = all.clone().fold(ROOM_FOR_ESCAPES, |length, it| length.saturating_add(it.length()));
    let mut body = SecretString::with_capacity(capacity);
    all.for_each(|it| push(&mut body, it));
    body
}

fn push(body: &mut SecretString, pair: Pair<'_>) {
    let name = match pair.name {
        Name::Own(name) if body.is_empty() => name.get(1..).unwrap_or_default(),
        Name::Own(name) => name,
        Name::Other(name) => {
            body.push_str(if body.is_empty() { "" } else { "&" });
            encode_into(body, name);
            "="
        }
    };
    if pair.is_encoded || stands_for_itself(pair.value) {
        body.push_all([name, pair.value]);
    } else {
        body.push_str(name);
        escape_into(body, pair.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn what_stands_for_itself_is_what_the_encoder_leaves() {
        for byte in 0..128_u8 {
            let text = String::from(char::from(byte));
            let encoded: String = form_urlencoded::byte_serialize(&[byte]).collect();
            assert_eq!(stands_for_itself(&text), encoded == text, "{text:?}");
        }
        assert!(stands_for_itself(""));
        assert!(!stands_for_itself("\u{fc}"));
        assert!(!stands_for_itself("ab cd"));
    }

    #[test]
    fn the_type_of_the_grant_is_kept_as_it_is_encoded() {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
        let encoded: String = encode(GRANT_TYPE);
        assert_eq!(encoded, ENCODED_GRANT_TYPE);
        for (grant_type, value) in [(GRANT_TYPE, ENCODED_GRANT_TYPE), ("a:b", "a%3Ab")] {
            let pairs = [Some(Pair::grant_type(grant_type)), None];
            let body = body(pairs, core::iter::once(("a b", "c&d")));
            let expected = ["grant_type=", value, "&a+b=c%26d"].concat();
            assert_eq!(body.expose(), expected);
        }
    }

    proptest! {
        /// serde_urlencoded, which needs std and so cannot be used here, is the judge.
        #[test]
        fn the_body_is_what_serde_urlencoded_writes(pairs: Vec<(String, String)>) {
            let parameters = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let ours = body([], parameters);
            prop_assert_eq!(ours.expose(), serde_urlencoded::to_string(&pairs).unwrap());
            let read: Vec<(String, String)> = serde_urlencoded::from_str(ours.expose()).unwrap();
            prop_assert_eq!(read, pairs);
        }
    }
}
