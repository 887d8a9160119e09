//! Which addresses are fit to be called or to be shown.

use crate::text::all_bytes;
use alloc::borrow::Cow;
use url::{Host, Url};

/// Longest address that is taken, in bytes.
pub(crate) const MAX_URI: usize = 4_096;

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// It does not parse as an absolute URL with a host.
    #[error("is not an absolute URL")]
    NotAbsolute,
    /// Its scheme is not `https`, nor `http` on loopback, nor `http` that was allowed by name.
    #[error("is neither https nor http on loopback")]
    Scheme,
    /// It carries a user name or a password.
    #[error("carries a user name or a password")]
    Credentials,
    /// It has a fragment, which no endpoint may have (RFC 6749 section 3.2).
    #[error("has a fragment")]
    Fragment,
    /// It is longer than 4096 bytes.
    #[error("is longer than 4096 bytes")]
    TooLong,
}

/// Checks the address of an endpoint: `https`, or `http` on loopback or when allowed; no credentials, no fragment.
pub(crate) fn check_endpoint(address: &str, allow_http: bool) -> Result<Cow<'_, str>, UriError> {
    if is_plain(address) {
        return Ok(Cow::Borrowed(address));
    }
    let url = parse(address, allow_http)?;
    if url.fragment().is_some() {
        return Err(UriError::Fragment);
    }
    Ok(Cow::Owned(url.into()))
}

/// Checks an address that people will be sent to (RFC 8628 section 3.2) and gives the form to show.
///
/// The server's spelling is kept when it is plain ASCII, because people compare it with what they know; a host in
/// another script is shown in its ASCII form, so that look-alike letters cannot pass for a known name.
pub(crate) fn check_verification_uri(
    address: &str,
    allow_http: bool,
) -> Result<Cow<'_, str>, UriError> {
    if is_plain(address) {
        return Ok(Cow::Borrowed(address));
    }
    let url = parse(address, allow_http)?;
    let is_shown_as_it_is = all_bytes(address, |byte| byte.is_ascii_graphic() && byte != b'\\');
    Ok(if is_shown_as_it_is {
        Cow::Borrowed(address)
    } else {
        Cow::Owned(url.into())
    })
}

/// The address for `Debug`: without its query, where a few servers (Twitch, Kimi) put the user code.
pub(crate) fn without_code<'a>(address: &'a str, user_code: &str) -> &'a str {
    let path_end = address.find(['?', '#']).unwrap_or(address.len());
    address
        .get(..path_end)
        .filter(|it| user_code.is_empty() || !it.contains(user_code))
        .unwrap_or("[redacted]")
}

/// Whether an address needs no parser to be found good: `https`, a host name in lower case whose last label begins
/// with a letter, and after it nothing but characters that stand for themselves. The parser would leave it as it is.
///
/// Nearly all are of this kind. Whatever is in any way unusual is left to the parser.
fn is_plain(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else {
        return false;
    };
    if address.len() > MAX_URI {
        return false;
    }
    let (mut place, mut label_start, mut before) = (HOST, 0, b'/');
    for (index, byte) in rest.bytes().enumerate() {
        let kind = KINDS.get(usize::from(byte)).copied().unwrap_or(0);
        if kind & place == 0 {
            return false;
        }
        if kind & MARK != 0 {
            match (before, byte) {
                // Empty labels, Punycode's two hyphens, path segments that begin with a dot.
                (b'.' | b'/', b'.') | (b'.', b'/') | (b'-', b'-') => return false,
                (_, b'.') => label_start = index.saturating_add(1),
                (_, b'/') if place == HOST => {
                    let last_label = rest.as_bytes().get(label_start);
                    if !last_label.is_some_and(u8::is_ascii_lowercase) {
                        return false;
                    }
                    place = PATH;
                }
                _ => {}
            }
        }
        before = byte;
    }
    place == PATH
}

// What a byte of a plain address may be.
const HOST: u8 = 1;
const PATH: u8 = 2;
/// Depends on the byte before it.
const MARK: u8 = 4;
#[expect(clippy::indexing_slicing, reason = "at build time")]
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' | b'0'..=b'9' => HOST | PATH,
            b'A'..=b'Z' | b'_' | b'~' | b'?' | b'=' | b'&' => PATH,
            b'-' | b'.' | b'/' => HOST | PATH | MARK,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

fn parse(address: &str, allow_http: bool) -> Result<Url, UriError> {
    if address.len() > MAX_URI {
        return Err(UriError::TooLong);
    }
    let url = Url::parse(address).map_err(|_| UriError::NotAbsolute)?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => allow_http || is_loopback(&url),
        _ => false,
    };
    if !secure {
        return Err(UriError::Scheme);
    }
    // The parser supplies missing slashes (`https:example`) and takes superfluous ones away (`https:///example`); an
    // address in such a shape is not what it seems.
    let rest = address.trim_start().get(url.scheme().len()..);
    let authority = rest
        .and_then(|it| it.strip_prefix("://"))
        .and_then(|it| it.split(['/', '?', '#']).next())
        .filter(|it| !it.is_empty())
        .ok_or(UriError::NotAbsolute)?;
    // Even empty ones (`https://@example`) are there to deceive.
    if authority.contains('@') {
        return Err(UriError::Credentials);
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // RFC 6761 section 6.3: `localhost` and everything below it is loopback.
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// The parser is the judge.
        #[test]
        fn a_plain_address_is_one_that_the_parser_leaves_as_it_is(
            address in "https://[a-z0-9.-]{0,12}(/[a-zA-Z0-9._~/?=&-]{0,12})?|https?:/{0,3}[ -~]{0,12}",
        ) {
            if is_plain(&address) {
                let url = parse(&address, false).unwrap();
                prop_assert_eq!(url.as_str(), address.as_str());
                prop_assert!(url.fragment().is_none());
            }
        }
    }

    #[test]
    fn usual_addresses_are_plain() {
        for address in [
            "https://as.example/device",
            "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode",
            "https://github.com/login/device?user_code=WDJB-MJHT",
            "https://as.example/",
        ] {
            assert!(is_plain(address), "{address}");
        }
        for address in [
            "https://as.example",
            "https://as.example:8443/",
            "https://AS.example/",
            "https://127.0.0.1/",
            "https://as.0x7f/",
            "https://xn--80ak6aa92e.example/",
            "https://as.example/../a",
            "https://as.example/.",
            "https://as..example/",
            "https://as.example./",
            "https://user@as.example/",
            "https://as.example/#a",
            "https://as.example/%2e%2e",
            "http://as.example/",
            "https:///as.example/",
        ] {
            assert!(!is_plain(address), "{address}");
        }
    }

    #[test]
    fn the_longest_address_is_plain_and_a_longer_one_is_not() {
        let start = "https://as.example/";
        let longest = String::from(start) + &"a".repeat(MAX_URI.saturating_sub(start.len()));
        assert!(is_plain(&longest));
        assert!(!is_plain(&(longest + "a")));
        let start = "https://AS.example/";
        let longest = String::from(start) + &"a".repeat(MAX_URI.saturating_sub(start.len()));
        assert!(parse(&longest, false).is_ok());
        assert_eq!(parse(&(longest + "a"), false), Err(UriError::TooLong));
    }

    #[test]
    fn k8_endpoints_are_https_or_loopback() {
        assert!(check_endpoint("https://as.example/token", false).is_ok());
        for loopback in [
            "http://127.0.0.1:80/",
            "http://127.8.9.1/",
            "http://[::1]:9/t",
            "http://localhost/t",
            "http://as.localhost./t",
        ] {
            assert!(check_endpoint(loopback, false).is_ok(), "{loopback}");
        }
        for other in [
            "http://as.example/token",
            "http://192.168.1.1/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
        ] {
            assert_eq!(
                check_endpoint(other, false),
                Err(UriError::Scheme),
                "{other}"
            );
            assert!(check_endpoint(other, true).is_ok(), "{other}");
        }
        for never in [
            "ftp://as.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
        ] {
            assert_eq!(
                check_endpoint(never, true),
                Err(UriError::Scheme),
                "{never}"
            );
        }
    }

    #[test]
    fn endpoints_have_no_credentials_and_no_fragment() {
        assert_eq!(
            check_endpoint("https://user:pw@as.example/", false),
            Err(UriError::Credentials)
        );
        assert_eq!(
            check_endpoint("https://user@as.example/", false),
            Err(UriError::Credentials)
        );
        assert_eq!(
            check_endpoint("https://as.example/#x", false),
            Err(UriError::Fragment)
        );
        for relative in [
            "",
            "token",
            "/token",
            "//as.example/token",
            "https:as.example",
            "https:/as.example",
        ] {
            assert_eq!(
                check_endpoint(relative, false),
                Err(UriError::NotAbsolute),
                "{relative}"
            );
        }
    }

    #[test]
    fn d7_people_are_sent_to_https_only() {
        assert_eq!(
            check_verification_uri("https://as.example/device?a=b#c", false).as_deref(),
            Ok("https://as.example/device?a=b#c")
        );
        assert_eq!(
            check_verification_uri("https://AS.example", false).as_deref(),
            Ok("https://AS.example")
        );
        for bad in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "http://as.example/",
            "JAVASCRIPT:alert(1)",
            "data:,x",
        ] {
            assert_eq!(
                check_verification_uri(bad, false),
                Err(UriError::Scheme),
                "{bad}"
            );
        }
        for bad in [
            "https://known.example@evil.example/",
            "https://@evil.example/",
            "https://:@evil.example/",
        ] {
            assert_eq!(
                check_verification_uri(bad, false),
                Err(UriError::Credentials)
            );
        }
        assert_eq!(
            check_verification_uri("https:///as.example/", false),
            Err(UriError::NotAbsolute)
        );
    }

    #[test]
    fn d8_look_alike_hosts_are_shown_in_ascii() {
        let shown = check_verification_uri("https://аpple.example/", false).unwrap();
        assert!(shown.is_ascii(), "{shown}");
        let shown = check_verification_uri("https://as.example/\u{202e}x\u{1b}[2J", false).unwrap();
        assert!(shown.bytes().all(|byte| byte.is_ascii_graphic()), "{shown}");
    }

    #[test]
    fn an_endless_address_is_refused() {
        let mut address = String::from("https://as.example/");
        address.extend(core::iter::repeat_n('a', MAX_URI));
        assert_eq!(
            check_verification_uri(&address, false),
            Err(UriError::TooLong)
        );
    }
}
