//! Which addresses are fit to be called or to be shown.

use alloc::borrow::Cow;
use alloc::string::String;
use url::{Host, Url};

/// Longest address that is taken, in bytes.
pub(crate) const MAX_URI: usize = 4_096;

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
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
    /// It has a backslash, a tab or a line break, which a parser drops or takes for a slash: it is not what it seems.
    #[error("has a backslash, a tab or a line break in it")]
    Deceptive,
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

/// Checks an address that people will be sent to (RFC 8628 section 3.2) and gives the form to show: what the parser
/// understood, so that nothing in it can pass for something else. A host in another script, in percent or number
/// spelling stands there as it resolves.
pub(crate) fn check_verification_uri(address: &str, allow_http: bool) -> Result<Cow<'_, str>, UriError> {
    if is_plain(address) {
        return Ok(Cow::Borrowed(address));
    }
    let url = parse(address, allow_http)?;
    // The parser's form, but for the slash that it adds to a bare host: people compare it with what they know.
    let is_as_understood = url.as_str().strip_suffix('/').unwrap_or(url.as_str());
    Ok(if address == url.as_str() || address == is_as_understood {
        Cow::Borrowed(address)
    } else {
        Cow::Owned(url.into())
    })
}

/// The address that `location` names, seen from `base` (RFC 9110 section 10.2.2), fit to be asked without secrets.
pub(crate) fn redirected(base: &str, location: &str, allow_http: bool) -> Option<String> {
    let mut target = Url::parse(base).ok()?.join(location).ok()?;
    target.set_fragment(None);
    check_endpoint(target.as_str(), allow_http).ok().map(Cow::into_owned)
}

/// The address for `Debug`: without its query, where a few servers (Twitch, Kimi) put the user code.
pub(crate) fn without_code<'a>(address: &'a str, user_code: &str) -> &'a str {
    let path_end = address.find(['?', '#']).unwrap_or(address.len());
    address.get(..path_end).filter(|it| user_code.is_empty() || !it.contains(user_code)).unwrap_or("[redacted]")
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
        if kind == MARK {
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
const HOST: u8 = 0b001;
const PATH: u8 = 0b010;
const EITHER: u8 = 0b011;
/// Either, depending on the byte before it.
const MARK: u8 = 0b111;
#[expect(clippy::indexing_slicing, reason = "at build time")]
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    while byte < u8::MAX {
        kinds[byte as usize] = match byte {
            b'a'..=b'z' | b'0'..=b'9' => EITHER,
            b'A'..=b'Z' | b'_' | b'~' | b'?' | b'=' | b'&' => PATH,
            b'-' | b'.' | b'/' => MARK,
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
    let address = address.trim();
    let url = Url::parse(address).map_err(|_| UriError::NotAbsolute)?;
    let is_secure = match url.scheme() {
        "https" => true,
        "http" => allow_http || is_loopback(&url),
        _ => false,
    };
    if !is_secure {
        return Err(UriError::Scheme);
    }
    if address.contains(['\\', '\t', '\n', '\r']) {
        return Err(UriError::Deceptive);
    }
    // The parser supplies missing slashes (`https:example`) and takes superfluous ones away (`https:///example`).
    let authority = address
        .get(url.scheme().len()..)
        .and_then(|it| it.strip_prefix("://"))
        .and_then(|it| it.split(['/', '?', '#']).next())
        .filter(|it| !it.is_empty())
        .ok_or(UriError::NotAbsolute)?;
    // Even empty ones (`https://@example`), which leave nothing in the parsed value, are there to deceive.
    if [url.authority(), authority].iter().any(|it| it.contains('@')) {
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
mod tests;
