//! One request and its answer.

use crate::client::Shared;
use crate::failure::failure;
use crate::task::Task;
use core::mem::replace;
use device_flow_core::{Method, Request, TransportFailure};
use device_flow_transport::blocking::Line;
use device_flow_transport::{Answer, MAX_HEAD};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::io::{self, Read as _};
use std::sync::Arc;
use ureq::Body;
use zeroize::Zeroizing;

/// What came of a request.
pub(crate) type Outcome = Result<Answer, TransportFailure>;

/// The largest first reservation for an answer whose length is not known, in bytes.
const FIRST_GUESS: usize = 1024;

/// A request that is ready to be sent, with its body as `B`.
pub(crate) struct Exchange<B> {
    head: http::Request<()>,
    /// None for a `GET`.
    body: Option<B>,
    max_body: usize,
    task: Arc<Task>,
}

impl<'a> Exchange<&'a [u8]> {
    /// Fails on what HTTP cannot carry, which the core does not let through.
    pub(crate) fn new(request: &Request<'a>, headers: &HeaderMap) -> Result<Self, TransportFailure> {
        let head = device_flow_transport::head(request, headers).ok_or(TransportFailure::Other)?;
        let max_body = request.max_body();
        // The smallest chunk is six bytes for one.
        let max_bytes = max_body.saturating_mul(6).saturating_add(MAX_HEAD);
        let longest_row = longest_row(&head, request.url());
        let task = Arc::new(Task { line: Line::new(request.timeout()), max_bytes, longest_row });
        let body = (request.method() != Method::Get).then_some(request.body());
        Ok(Self { head, body, max_body, task })
    }

    /// The same, with a body that does not belong to the machine.
    pub(crate) fn into_owned(self) -> Exchange<Zeroizing<Vec<u8>>> {
        let Self { head, body, max_body, task } = self;
        Exchange { head, body: body.map(|it| Zeroizing::new(it.to_vec())), max_body, task }
    }
}

fn longest_row(head: &http::Request<()>, url: &str) -> usize {
    let fields = head.headers().iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()));
    // Beside what is counted there are a method and a version, a colon and an end of the line.
    fields.fold(url.len(), usize::max).saturating_add(32)
}

impl<B: AsRef<[u8]>> Exchange<B> {
    pub(crate) fn task(&self) -> &Arc<Task> {
        &self.task
    }

    /// Sends the request and reads its answer, on this thread. Blocks for as long as the request's time limit at most.
    pub(crate) fn run(self, shared: &Shared) -> Outcome {
        let Self { head, body, max_body, task } = self;
        let is_passed_on = shared.is_passed_on(head.uri());
        task.occupy(|| {
            let result = match &body {
                Some(body) => shared.ask(head.map(|()| body.as_ref()), &task.line),
                None => shared.ask(head, &task.line),
            };
            let (head, mut body) = result.map_err(|error| failure(&error, &task.line, false))?.into_parts();
            if is_passed_on && head.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
                return Err(refused(&head.headers));
            }
            Answer::check_head(&head)?;
            let read = read(&mut body, max_body).map_err(|error| failure(&error.into(), &task.line, true))?;
            let bytes = read.ok_or(TransportFailure::BodyTooLarge)?;
            if shared.is_agent_given && !shows_its_end(&head, &bytes) {
                return Err(TransportFailure::Closed);
            }
            Answer::new(head, bytes, max_body)
        })
    }
}

#[cfg(feature = "proxy")]
use device_flow_transport::refused;

/// Without proxies nobody answers in a server's stead.
#[cfg(not(feature = "proxy"))]
fn refused(_: &HeaderMap) -> TransportFailure {
    TransportFailure::Proxy(None)
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

/// Reads the whole body; `None` when it is larger than `max` bytes.
fn read(body: &mut Body, max: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let announced = body.content_length().map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    if announced.is_some_and(|it| it > max) {
        return Ok(None);
    }
    let mut reader = body.as_reader();
    let mut bytes = Zeroizing::new(vec![0; announced.unwrap_or(FIRST_GUESS.min(max)).saturating_add(1)]);
    let mut length: usize = 0;
    loop {
        // One byte more than allowed tells a body that is too large from one that is just not.
        match reader.read(bytes.get_mut(length..).unwrap_or_default())? {
            0 => {
                bytes.truncate(length);
                return Ok(Some(bytes));
            }
            amount => length = length.saturating_add(amount),
        }
        if length > max {
            return Ok(None);
        }
        if length == bytes.len() {
            // Made anew, because a vector that grows leaves a copy behind.
            let larger = Zeroizing::new(vec![0; length.saturating_mul(2).min(max.saturating_add(1))]);
            let smaller = replace(&mut bytes, larger);
            bytes.iter_mut().zip(smaller.iter()).for_each(|(to, from)| *to = *from);
        }
    }
}
