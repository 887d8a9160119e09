//! What values of variables look like.

use alloc::borrow::Cow;
use alloc::format;
use url::Url;

/// The longest segment, in bytes: what file systems and tenants agree on.
const MAX_SEGMENT: usize = 255;

/// RFC 3986 section 2.3, `unreserved`: what stands for itself everywhere in an address.
pub(crate) fn is_segment(value: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    value.len() <= MAX_SEGMENT
        && value.bytes().all(is_unreserved)
        // Dots alone would be resolved away, and nothing at all would join its neighbours.
        && value.bytes().any(|byte| byte != b'.')
}

/// A name or an IPv4 address, and a port if need be.
pub(crate) fn is_host(value: &str) -> bool {
    let (host, port) = match value.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (value, None),
    };
    let is_port = |port: &str| {
        // Zeros in front would be taken away, and nothing but zeros is no port.
        port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0') && port.parse::<u16>().is_ok()
    };
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let is_plain = host.len() <= 253
        && host.bytes().all(is_name_byte)
        && host.split('.').all(|label| !label.is_empty() && label.len() <= 63);
    // The parser has the last word: to it, a name such as `0x7f.1` is quite another address.
    let is_itself =
        || Url::parse(&format!("https://{host}/")).is_ok_and(|url| url.host_str() == Some(&host.to_ascii_lowercase()));
    is_plain && port.is_none_or(is_port) && is_itself()
}

/// A host as a server spells itself: an issuer is compared letter by letter, though its host is the same in any case and
/// with the port that `https` has anyhow.
pub(crate) fn canonical_host(host: &str) -> Cow<'_, str> {
    let host = host.strip_suffix(":443").unwrap_or(host);
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(host.to_ascii_lowercase())
    } else {
        Cow::Borrowed(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_one_segment() {
        for good in ["common", "9d3c0c5a-2f0f-44f3-9d0a", "contoso.onmicrosoft.com", "a_b~c", "..a"] {
            assert!(is_segment(good), "{good}");
        }
        for bad in [
            "", ".", "..", "...", "a/b", "a\\b", "%2e%2e", "a%2fb", "a?b", "a#b", "a b", "a\nb", "a\0b", "a@b", "a:b",
            "{host}", "ä", "a;b",
        ] {
            assert!(!is_segment(bad), "{bad:?}");
        }
        assert!(is_segment(&"a".repeat(255)) && !is_segment(&"a".repeat(256)));
    }

    #[test]
    fn a_host_is_a_host_and_nothing_else() {
        for good in
            ["id.example", "ID.example", "localhost:8443", "192.0.2.1", "192.0.2.1:65535", "xn--bcher-kva.example", "a"]
        {
            assert!(is_host(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "a.",
            ".a",
            "a..b",
            "a/b",
            "https://a",
            "u@a",
            "u:p@a",
            "a:",
            "a:0",
            "a:0443",
            "a:65536",
            "a:+1",
            "a:1:2",
            "[::1]",
            "a?b",
            "a#b",
            "a%2eb",
            "a b",
            "a\tb",
            "bücher.example",
            "0x7f.1",
            "127.1",
            "1",
            "xn--a.example",
            "a_b.example",
            "a\\b",
        ] {
            assert!(!is_host(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_host_stands_as_the_server_spells_itself() {
        for (given, spelt) in [
            ("id.example", "id.example"),
            ("ID.Example:8443", "id.example:8443"),
            ("id.example:443", "id.example"),
            ("id.example:4430", "id.example:4430"),
            ("ID.example:443", "id.example"),
        ] {
            assert_eq!(canonical_host(given), spelt);
        }
    }
}
