//! A request's head, as the HTTP libraries have it.

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
