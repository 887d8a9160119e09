//! One request and its answer.

use crate::client::Shared;
use crate::current::occupy;
use crate::failure::failure;
use device_flow_core::{Method, Request, TransportFailure};
use device_flow_transport::Answer;
use device_flow_transport::blocking::{Dialler, Line, read_body};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What came of a request.
pub(crate) type Outcome = Result<Answer, TransportFailure>;

/// A request that is ready to be sent, with its body as `B`.
pub(crate) struct Exchange<B> {
    head: http::Request<()>,
    /// None for a `GET`.
    body: Option<B>,
    max_body: usize,
    line: Arc<Line>,
}

impl<'a> Exchange<&'a [u8]> {
    /// Fails on what HTTP cannot carry, which the core does not let through.
    pub(crate) fn new(request: &Request<'a>, headers: &HeaderMap) -> Result<Self, TransportFailure> {
        let head = device_flow_transport::head(request, headers).ok_or(TransportFailure::Other)?;
        let line = Arc::new(Line::for_request(request, &head));
        let body = (request.method() != Method::Get).then_some(request.body());
        Ok(Self { head, body, max_body: request.max_body(), line })
    }

    /// The same, with a body that does not belong to the machine.
    pub(crate) fn into_owned(self) -> Exchange<Zeroizing<Vec<u8>>> {
        let Self { head, body, max_body, line } = self;
        Exchange { head, body: body.map(|it| Zeroizing::new(it.to_vec())), max_body, line }
    }
}

impl<B: AsRef<[u8]>> Exchange<B> {
    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.line
    }

    /// Sends the request and reads its answer, on this thread. Blocks for as long as the request's time limit at most.
    pub(crate) fn run(self, shared: &Shared) -> Outcome {
        let Self { head, body, max_body, line } = self;
        let is_handed_on = shared.dialler.hands_on(head.uri());
        occupy(&line, || {
            let result = match &body {
                Some(body) => shared.ask(head.map(|()| body.as_ref()), &line),
                None => shared.ask(head, &line),
            };
            let (head, mut body) = result.map_err(|error| failure(&error, &line, false))?.into_parts();
            if is_handed_on && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
                return Err(Dialler::refused(&head.headers));
            }
            Answer::check_head(&head)?;
            let announced = body.content_length();
            let read = read_body(body.as_reader(), announced, max_body)
                .map_err(|error| failure(&error.into(), &line, true))?;
            let bytes = read.ok_or(TransportFailure::BodyTooLarge)?;
            if shared.is_agent_given && !shows_its_end(&head, &bytes) {
                return Err(TransportFailure::Closed);
            }
            Answer::new(head, bytes, max_body)
        })
    }
}

/// Whether a success shows that it is whole: by its head or, as a JSON object and what is compressed do, by itself. Of another
/// that ends with its connection ureq's own connections do not tell whether it was cut off, and half a token would pass for one.
fn shows_its_end(head: &Parts, body: &[u8]) -> bool {
    let is_chunked = |it: &HeaderValue| it.as_bytes().to_ascii_lowercase().ends_with(b"chunked");
    !head.status.is_success()
        || head.headers.contains_key(CONTENT_LENGTH)
        || head.headers.contains_key(CONTENT_ENCODING)
        || head.headers.get_all(TRANSFER_ENCODING).iter().any(is_chunked)
        || body.trim_ascii().ends_with(b"}")
}
