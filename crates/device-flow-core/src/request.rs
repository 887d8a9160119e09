//! What goes to a server, free of any HTTP library's types.

use crate::config::Extra;
use crate::stage::Stage;
use core::fmt;
use core::time::Duration;

/// Names one attempt of one machine, so that a late answer is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

impl RequestId {
    pub(crate) const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The id as a number, unique among the requests of one machine: for a table of what is under way.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// `GET`, without a body.
    Get,
    /// `POST`, with a body.
    Post,
}

impl Method {
    /// The method as it stands in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A request to send, lent by a machine.
///
/// The driver sends it as it is: it follows no redirect, reads no more than [`max_body`](Self::max_body) bytes of the
/// answer, and gives up after [`timeout`](Self::timeout). `Debug` shows neither body nor header values.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(crate) id: RequestId,
    pub(crate) stage: Stage,
    pub(crate) method: Method,
    pub(crate) url: &'a str,
    pub(crate) headers: Headers<'a>,
    pub(crate) body: &'a str,
    pub(crate) max_body: usize,
    pub(crate) timeout: Duration,
}

impl Request<'_> {
    /// Headers, in lower case, that are the transport's own: they frame the message, are about its connection, or are for a proxy
    /// alone, through whose tunnel they would go to the server. No configuration may name them, and no setting of a client
    /// should.
    pub const TRANSPORT_HEADERS: &'static [&'static str] = &[
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
}

impl<'a> Request<'a> {
    /// The id under which the answer or the failure is reported.
    pub const fn id(&self) -> RequestId {
        self.id
    }

    /// The step of the protocol this request belongs to.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// The HTTP method.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The absolute URL, `https` unless the configuration or loopback allows `http`.
    pub const fn url(&self) -> &'a str {
        self.url
    }

    /// Header names in lower case with their values. `Host`, `Content-Length` and the like are the transport's.
    pub const fn headers(&self) -> Headers<'a> {
        self.headers
    }

    /// The body, empty for `GET`. It carries secrets.
    pub const fn body(&self) -> &'a [u8] {
        self.body.as_bytes()
    }

    /// The largest answer to accept, in bytes of body; more is [`TransportFailure::BodyTooLarge`].
    ///
    /// [`TransportFailure::BodyTooLarge`]: crate::TransportFailure::BodyTooLarge
    pub const fn max_body(&self) -> usize {
        self.max_body
    }

    /// How long the whole exchange may take, connecting included.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("id", &self.id)
            .field("stage", &self.stage)
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body", &format_args!("[redacted, {} bytes]", self.body.len()))
            .field("max_body", &self.max_body)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// The headers of a [`Request`]: an iterator over names in lower case and values.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    standard: &'static [(&'static str, &'static str)],
    authorization: Option<&'a str>,
    extra: &'a [Extra],
    stage: Stage,
}

/// Every answer that matters is JSON (RFC 8628 section 3.2); some servers send anything else unless asked.
const ACCEPT: (&str, &str) = ("accept", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

/// How a request's body is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BodyKind {
    None,
    Form,
    Json,
}

impl<'a> Headers<'a> {
    pub(crate) const fn new(stage: Stage, body: BodyKind, authorization: Option<&'a str>, extra: &'a [Extra]) -> Self {
        let standard: &[_] = match body {
            BodyKind::None => &[ACCEPT],
            BodyKind::Form => &[ACCEPT, FORM],
            BodyKind::Json => &[ACCEPT, JSON],
        };
        Self { standard, authorization, extra, stage }
    }
}

#[expect(
    clippy::copy_iterator,
    reason = "a request is lent as a whole, headers included, and may be looked at more than once"
)]
impl<'a> Iterator for Headers<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((&header, rest)) = self.standard.split_first() {
            self.standard = rest;
            return Some(header);
        }
        if let Some(value) = self.authorization.take() {
            return Some(("authorization", value));
        }
        while let Some((header, rest)) = self.extra.split_first() {
            self.extra = rest;
            if header.stage == self.stage {
                return Some((&header.name, header.value.expose()));
            }
        }
        None
    }
}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standard = self.standard.len();
        f.debug_map()
            .entries(
                self.enumerate()
                    .map(|(index, (name, value))| (name, if index < standard { value } else { "[redacted]" })),
            )
            .finish()
    }
}
