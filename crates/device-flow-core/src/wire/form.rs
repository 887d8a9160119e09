//! Writing `application/x-www-form-urlencoded` (RFC 6749 appendix B) without leaving secrets behind.

use crate::secret::SecretString;

/// How many bytes the encoded form of `length` bytes takes at most.
pub(crate) const fn encoded_bound(length: usize) -> usize {
    length.saturating_mul(3)
}

/// Appends the encoded form of `text`.
pub(crate) fn encode_into(target: &mut SecretString, text: &str) {
    for part in form_urlencoded::byte_serialize(text.as_bytes()) {
        target.push_str(part);
    }
}

/// A form-encoded body, in one allocation unless more than a few of its characters need escapes.
pub(crate) fn body<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> SecretString {
    const ROOM_FOR_ESCAPES: usize = 32;
    let capacity = pairs.clone().fold(ROOM_FOR_ESCAPES, |length, pair| {
        let (name, value) = pair;
        length
            .saturating_add(name.len())
            .saturating_add(value.len())
            .saturating_add(2)
    });
    let mut body = SecretString::with_capacity(capacity);
    for (name, value) in pairs {
        if !body.expose().is_empty() {
            body.push_str("&");
        }
        encode_into(&mut body, name);
        body.push_str("=");
        encode_into(&mut body, value);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        /// serde_urlencoded, which needs std and so cannot be used here, is the judge.
        #[test]
        fn the_body_is_what_serde_urlencoded_writes(pairs: Vec<(String, String)>) {
            let ours = body(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert_eq!(ours.expose(), serde_urlencoded::to_string(&pairs).unwrap());
            let read: Vec<(String, String)> = serde_urlencoded::from_str(ours.expose()).unwrap();
            prop_assert_eq!(read, pairs);
        }
    }
}
