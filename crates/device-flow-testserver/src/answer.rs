//! An HTTP answer: what the endpoints make, what scripts put in its place.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

/// An arbitrary HTTP answer, for a [`Script`](crate::Script) that says something no authorization server should.
///
/// ```
/// use device_flow_testserver::{Answer, Script};
///
/// let script = Script::new()
///     .answer(Answer::html(503, "<h1>Back soon</h1>").header("retry-after", "2"))
///     .answer(Answer::redirect(307, "https://elsewhere.example/token"))
///     .answer(Answer::json(200, r#"{"access_token":""}"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Creates an answer with this status, no header and an empty body.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// Creates an answer of content type `application/json`; `body` is sent as it is, valid or not.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status).header("content-type", "application/json").header("cache-control", "no-store").body(body)
    }

    /// Creates the OAuth error answer (RFC 6749 §5.2) with this `error` code and status 400.
    pub fn oauth_error(error: &str) -> Self {
        Self::value(400, &serde_json::json!({ "error": error }))
    }

    /// Creates an answer of content type `text/html`, as gateways send with 502 and 503.
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status).header("content-type", "text/html; charset=utf-8").body(body)
    }

    /// Creates a redirect to `location`.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::new(status).header("location", location)
    }

    /// Adds a header. One that HTTP cannot carry turns the answer into a 500 that says so; use
    /// [`Fault::Raw`](crate::Fault::Raw) to break HTTP itself.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn value(status: u16, value: &Value) -> Self {
        Self::json(status, value.to_string()).header("pragma", "no-cache")
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status).header("content-type", "text/plain; charset=utf-8").body(text)
    }

    /// About how many bytes it has.
    #[cfg(feature = "program")]
    pub(crate) fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len().saturating_add(value.len()));
        headers.fold(self.body.len(), usize::saturating_add)
    }

    /// The status line and headers as bytes, without a line on how the body is framed and without the empty line.
    pub(crate) fn head(&self) -> Vec<u8> {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason.unwrap_or("Unknown"));
        for (name, value) in &self.headers {
            head.push_str(name);
            head.push_str(": ");
            head.push_str(value);
            head.push_str("\r\n");
        }
        head.into_bytes()
    }

    pub(crate) fn into_response(self) -> Response<Full<Bytes>> {
        self.try_into_response().unwrap_or_else(|reason| {
            let mut response = Response::new(Full::new(Bytes::from(reason)));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }

    fn try_into_response(self) -> Result<Response<Full<Bytes>>, String> {
        let status = StatusCode::from_u16(self.status)
            .ok()
            .filter(|status| !status.is_informational())
            .ok_or_else(|| format!("the answer's status {} cannot be sent", self.status))?;
        let mut response = Response::new(Full::new(Bytes::from(self.body)));
        *response.status_mut() = status;
        for (name, value) in &self.headers {
            let header =
                HeaderName::try_from(name).map_err(|_| format!("the answer's header name {name:?} is invalid"))?;
            let value = HeaderValue::try_from(value)
                .map_err(|_| format!("the value of the answer's header {name} is invalid"))?;
            response.headers_mut().append(header, value);
        }
        Ok(response)
    }
}
