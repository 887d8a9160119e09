//! One request and its answer, on a thread of its own.
//!
//! ureq blocks, and a driver must be able to turn to something else meanwhile: to a remote, or to the machine's own
//! timer. So the exchange runs on a thread that the driver can leave behind. Such a thread ends by itself within the
//! request's time limit, and a request whose driver has gone before it was sent is not sent any more.

use crate::coding::{self, Codings};
use crate::failure::Trouble;
use core::time::Duration;
use device_flow_core::{Method, Request, RequestId, Response, TransportFailure};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use ureq::http::{self, HeaderName, HeaderValue, Uri};
use ureq::{Agent, Body, SendBody};
use zeroize::Zeroizing;

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    Response(Arrived),
    Failure(TransportFailure),
}

/// An answer that arrived completely.
pub(crate) struct Arrived {
    status: u16,
    headers: Vec<(&'static str, Vec<u8>)>,
    body: Zeroizing<Vec<u8>>,
}

impl Arrived {
    pub(crate) fn lend(&self) -> Response<'_> {
        let response = Response::new(self.status, &self.body);
        self.headers.iter().fold(response, |response, (name, value)| response.header(name, value))
    }
}

impl core::fmt::Debug for Arrived {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.lend().fmt(f)
    }
}

/// A request under way. Dropping it leaves the exchange to itself.
#[derive(Debug)]
pub(crate) struct Flight {
    id: RequestId,
    progress: Arc<Progress>,
}

/// What the driver and the exchange know of each other.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    answer: Mutex<Option<Answer>>,
    /// Whether the body has begun to be sent: from then on the server may act on it.
    is_sent: AtomicBool,
    /// Whether nobody waits for the answer any more.
    is_abandoned: AtomicBool,
}

impl Flight {
    pub(crate) fn new(id: RequestId) -> (Self, Arc<Progress>) {
        let progress = Arc::new(Progress::default());
        let flight = Self { id, progress: Arc::clone(&progress) };
        (flight, progress)
    }

    /// Whether the answer is there.
    pub(crate) fn has_landed(&self) -> bool {
        self.progress.answer().is_some()
    }

    /// Takes the answer.
    pub(crate) fn land(&self) -> Option<(RequestId, Answer)> {
        let answer = self.progress.answer().take()?;
        Some((self.id, answer))
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.progress.is_abandoned.store(true, Ordering::Release);
    }
}

impl Progress {
    fn answer(&self) -> std::sync::MutexGuard<'_, Option<Answer>> {
        // No code that can panic runs under this lock.
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers an answer, unless there is one already.
    pub(crate) fn deliver(&self, answer: Answer) {
        self.answer().get_or_insert(answer);
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.is_sent.load(Ordering::Acquire)
    }
}

/// A request that no longer borrows from its machine.
pub(crate) struct Exchange {
    request: http::Request<()>,
    /// None for a `GET`.
    body: Option<SentBody>,
    max_body: usize,
    timeout: Duration,
    progress: Arc<Progress>,
}

impl Exchange {
    /// Copies the request. Fails on what HTTP cannot carry, which the core does not let through.
    pub(crate) fn new(request: &Request<'_>, progress: Arc<Progress>) -> Result<Self, Trouble> {
        let body = (request.method() != Method::Get).then(|| SentBody {
            bytes: Zeroizing::new(request.body().to_vec()),
            read: 0,
            progress: Arc::clone(&progress),
        });
        let method = http::Method::from_bytes(request.method().as_str().as_bytes()).map_err(Trouble::unsendable)?;
        let uri = Uri::try_from(request.url()).map_err(Trouble::unsendable)?;
        let mut built = http::Request::new(());
        *built.method_mut() = method;
        *built.uri_mut() = uri;
        let headers = built.headers_mut();
        for (name, value) in request.headers() {
            let name = HeaderName::try_from(name).map_err(Trouble::unsendable)?;
            let mut value = HeaderValue::try_from(value).map_err(Trouble::unsendable)?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        headers.insert(http::header::ACCEPT_ENCODING, HeaderValue::from_static(coding::NONE));
        if body.is_some() {
            headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(request.body().len()));
        }
        Ok(Self { request: built, body, max_body: request.max_body(), timeout: request.timeout(), progress })
    }

    pub(crate) fn uri(&self) -> &Uri {
        self.request.uri()
    }

    /// Sends the request and reads its answer. Blocks for as long as the request's time limit at most.
    pub(crate) fn run(self, agent: &Agent) -> Result<Arrived, Trouble> {
        let started = Instant::now();
        let is_get = self.body.is_none();
        let trouble = |error: ureq::Error| {
            // A `GET` has no body that would tell; to ask twice does no harm.
            let is_sent = is_get || self.progress.is_sent();
            Trouble::new(&error, is_sent, started.elapsed() >= self.timeout)
        };
        let body = self.body.map_or_else(SendBody::none, SendBody::from_owned_reader);
        let request = self.request.map(|()| body);
        let request = if agent.config().timeouts().global == Some(self.timeout) {
            request
        } else {
            let request = agent.configure_request(request);
            request.timeout_global(Some(self.timeout)).build()
        };
        let mut response = agent.run(request).map_err(trouble)?;
        if let Some(codings) = Codings::of(response.headers()) {
            return Err(Trouble::coded(&codings));
        }
        let headers = Response::HEADERS.iter().flat_map(|name| {
            let lines = response.headers().get_all(*name).into_iter();
            lines.map(|line| (*name, line.as_bytes().to_vec()))
        });
        let headers = headers.collect();
        let status = response.status().as_u16();
        let body = match read(response.body_mut(), self.max_body) {
            Ok(Some(body)) => body,
            Ok(None) => return Err(Trouble::too_large()),
            // The answer has begun, so the request was sent.
            Err(error) => {
                let is_late = started.elapsed() >= self.timeout;
                return Err(Trouble::new(&error.into(), true, is_late));
            }
        };
        Ok(Arrived { status, headers, body })
    }
}

/// Reads the whole body; `None` when it is larger than `max` bytes.
fn read(body: &mut Body, max: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let max_on_wire = u64::try_from(max).unwrap_or(u64::MAX);
    if body.content_length().is_some_and(|it| it > max_on_wire) {
        return Ok(None);
    }
    // One byte more than allowed tells a body that is too large from one that is just not.
    let mut reader = body.as_reader().take(max_on_wire.saturating_add(1));
    let mut bytes = Zeroizing::new(Vec::new());
    reader.read_to_end(&mut bytes)?;
    Ok((bytes.len() <= max).then_some(bytes))
}

/// A body that tells when it begins to be sent, and is not sent when nobody waits for the answer.
struct SentBody {
    bytes: Zeroizing<Vec<u8>>,
    read: usize,
    progress: Arc<Progress>,
}

impl Read for SentBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read == 0 && self.progress.is_abandoned.load(Ordering::Acquire) {
            return Err(io::Error::other("the request was given up before it was sent"));
        }
        self.progress.is_sent.store(true, Ordering::Release);
        let mut rest = self.bytes.get(self.read..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.read = self.read.saturating_add(read);
        Ok(read)
    }
}
