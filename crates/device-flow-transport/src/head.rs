//! A request's head, as the HTTP libraries have it.

use crate::error::ClientError;
use device_flow_core::Request;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, HeaderName,
    HeaderValue, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
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

/// What belongs to the connection and to how a message is framed on it (RFC 9110 section 7.6.1), which only the transport knows.
const OF_THE_TRANSPORT: [HeaderName; 10] = [
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Adds a header that every request of a client is to have, marked as sensitive.
///
/// # Errors
///
/// [`ClientError::Header`] for a name or a value that no header may have, and for what the transport sets itself.
pub fn default_header(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), ClientError> {
    let refused = || ClientError::Header { name: name.to_owned() };
    let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| refused())?;
    if OF_THE_TRANSPORT.contains(&known) {
        return Err(refused());
    }
    value.set_sensitive(true);
    headers.append(known, value);
    Ok(())
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
    fn a_header_for_every_request_is_one_that_can_be_sent_and_is_the_callers_to_set() {
        let mut headers = HeaderMap::new();
        default_header(&mut headers, "X-Tenant", "a").unwrap();
        default_header(&mut headers, "x-tenant", "b").unwrap();
        assert_eq!(headers.get_all("x-tenant").iter().count(), 2);
        assert!(headers.values().all(HeaderValue::is_sensitive));
        for (name, value) in
            [("x y", "a"), ("", "a"), ("x", "hunter2\r\ny: z"), ("Content-Length", "5"), ("host", "evil.example")]
        {
            let error = default_header(&mut headers, name, value).unwrap_err();
            assert_eq!(error, ClientError::Header { name: name.to_owned() });
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
        assert_eq!(headers.len(), 2);
    }
}
