//! A request's head, as the HTTP libraries have it.

use crate::destination::{port, usual_port};
use crate::error::ClientError;
use core::time::Duration;
use device_flow_core::Request;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Method, Uri};

/// The largest head of an answer that is read, in bytes.
pub const MAX_HEAD: usize = 64 * 1024;

/// The most fields that the head of an answer may have.
pub const MAX_FIELDS: usize = 256;

/// Method, address and headers of a request: those that the machine names, then those of the client where the machine names
/// no other, and `Accept-Encoding: identity`, because an answer that is coded can only be told to be too large when it was
/// decoded. Values are marked as sensitive.
///
/// `None` for a request that HTTP cannot carry, which the core does not let through.
pub fn head(request: &Request<'_>, client: &HeaderMap) -> Option<http::Request<()>> {
    let mut head = http::Request::new(());
    *head.method_mut() = Method::from_bytes(request.method().as_str().as_bytes()).ok()?;
    *head.uri_mut() = Uri::try_from(request.url()).ok()?;
    let headers = head.headers_mut();
    headers.reserve(8);
    for (name, value) in request.headers() {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        headers.append(known(name).or_else(|| HeaderName::from_bytes(name.as_bytes()).ok())?, value);
    }
    for (name, value) in client {
        if !headers.contains_key(name) {
            headers.append(name, value.clone());
        }
    }
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    Some(head)
}

/// Adds a header to those of a client.
///
/// # Errors
///
/// [`ClientError::Header`] with the name, for characters that no header may have, and for one of the
/// [transport's own](Request::TRANSPORT_HEADERS). What a proxy wants to know is part of its address.
pub fn add_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), ClientError> {
    let unusable = || ClientError::Header(name.escape_debug().to_string());
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| unusable())?;
    if Request::TRANSPORT_HEADERS.contains(&key.as_str()) {
        return Err(unusable());
    }
    value.set_sensitive(true);
    headers.append(key, value);
    Ok(())
}

/// The value of `Host` (RFC 9110 section 7.2): without the port that goes without saying.
///
/// ```
/// use device_flow_transport::host;
///
/// assert_eq!(host(&"https://as.example:443/token".parse()?).unwrap(), "as.example");
/// assert_eq!(host(&"https://[::1]:80/token".parse()?).unwrap(), "[::1]:80");
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
pub fn host(uri: &Uri) -> Option<HeaderValue> {
    let host = uri.host()?;
    if port(uri) == usual_port(uri) {
        return HeaderValue::from_str(host).ok();
    }
    format!("{host}:{}", port(uri)).try_into().ok()
}

/// How long a server keeps an idle connection, as it says in `Keep-Alive`: `timeout=5, max=100`, in seconds.
///
/// ```
/// use core::time::Duration;
/// use device_flow_transport::keep_alive;
///
/// assert_eq!(keep_alive(b"timeout=5, max=100"), Some(Duration::from_secs(5)));
/// ```
pub fn keep_alive(value: &[u8]) -> Option<Duration> {
    let text = core::str::from_utf8(value).ok()?;
    let seconds = text.split(',').find_map(|it| it.trim().strip_prefix("timeout="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

/// The names that nearly every request has, which need not be read.
fn known(name: &str) -> Option<HeaderName> {
    Some(match name {
        "accept" => ACCEPT,
        "authorization" => AUTHORIZATION,
        "content-type" => CONTENT_TYPE,
        "user-agent" => USER_AGENT,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_header_is_one_that_can_be_sent() {
        let mut headers = HeaderMap::new();
        add_header(&mut headers, "X-Room", "kitchen").unwrap();
        add_header(&mut headers, "x-room", "hall").unwrap();
        assert_eq!(headers.get_all("x-room").iter().count(), 2);
        let taken = ["Content-Length", "host", "accept-encoding", "Proxy-Authorization", "Trailer", "Proxy-Connection"]
            .map(|it| (it, "1"));
        for (name, value) in [("x room", "y"), ("", "y"), ("x", "a\r\nb: c")].into_iter().chain(taken) {
            let error = add_header(&mut headers, name, value).unwrap_err();
            assert_eq!(error, ClientError::Header(name.to_owned()));
        }
    }
}
