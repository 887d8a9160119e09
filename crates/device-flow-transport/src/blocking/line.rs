//! What whoever waits for an answer and whoever gets it have in common.

use super::stream::Stream;
use crate::cause::{Phase, failure};
use crate::head::MAX_HEAD;
use device_flow_core::{ConnectCause, Request, TransportFailure};
use socket2::Socket;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The longest wait in one go while there is nothing that could be shut down: so long a connection that is still being made
/// outlives its request.
const GLANCE: Duration = Duration::from_millis(50);

/// A line to the server, on which one request is made. Whoever waits for its answer can hang up, on any thread.
#[derive(Debug)]
pub struct Line {
    /// How many bytes may come behind the head of the answer.
    pub(super) max_bytes: usize,
    /// How long the longest row of the request's head is, in bytes.
    pub(super) longest_row: usize,
    deadline: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_hung_up: bool,
    is_sent: bool,
    /// The socket that is in use. Weak, because it closes with its connection.
    socket: Weak<Socket>,
}

impl Line {
    /// A line for an exchange that may take this long as a whole.
    pub fn new(timeout: Duration) -> Self {
        let now = Instant::now();
        // What is beyond the clock's range is as good as never.
        let deadline = now.checked_add(timeout).or_else(|| now.checked_add(Duration::from_secs(1 << 30)));
        let (max_bytes, longest_row) = (usize::MAX, 0);
        Self { max_bytes, longest_row, deadline: deadline.unwrap_or(now), state: Mutex::default() }
    }

    /// A line for this request of a machine's, with this head.
    pub fn for_request(request: &Request<'_>, head: &http::Request<()>) -> Self {
        let fields = head.headers().iter().map(|(name, value)| name.as_str().len().saturating_add(value.len()));
        Self {
            // The smallest chunk is six bytes for one of the body.
            max_bytes: request.max_body().saturating_mul(6).saturating_add(MAX_HEAD),
            // Beside what is counted there are a method and a version, a colon and an end of the row.
            longest_row: fields.fold(request.url().len(), usize::max).saturating_add(32),
            ..Self::new(request.timeout())
        }
    }

    /// When the whole exchange has to be over.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Gives the request up: the server sees the end of the connection, and nothing is sent any more.
    pub fn hang_up(&self) {
        let mut state = self.lock();
        state.is_hung_up = true;
        if let Some(socket) = state.socket.upgrade() {
            // An error means that it has ended already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Puts a connection on this line.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ConnectionAborted`] when somebody has hung up already.
    pub fn connect(&self, stream: &Stream) -> io::Result<()> {
        let mut state = self.lock();
        state.socket = Arc::downgrade(stream.socket());
        state.check()
    }

    /// Takes the connection off this line, and tells whether it can serve others.
    pub fn disconnect(&self) -> bool {
        let mut state = self.lock();
        state.socket = Weak::new();
        state.check().is_ok()
    }

    /// From now on the server may have seen the request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ConnectionAborted`] when somebody has hung up already: then nothing must be sent.
    pub fn begin_to_send(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        state.is_sent = true;
        Ok(())
    }

    /// How far the exchange has come.
    pub fn phase(&self) -> Phase {
        if self.lock().is_sent { Phase::Sent } else { Phase::Connecting }
    }

    /// Whether the time for the exchange is used up.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// What an error comes down to that an exchange on this line met with.
    pub fn judge(&self, error: &io::Error) -> TransportFailure {
        match failure(error, self.phase()) {
            // The limit for connecting is the client's, the one for all of it the machine's.
            Some(TransportFailure::Connect(Some(ConnectCause::TooSlow))) if self.is_over() => TransportFailure::Timeout,
            Some(failure) => failure,
            None => TransportFailure::Other,
        }
    }

    /// How long to wait now when there is time until this moment.
    pub(super) fn glance(&self, until: Instant) -> io::Result<Duration> {
        self.lock().check()?;
        let rest = until.saturating_duration_since(Instant::now());
        if rest.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(rest.min(GLANCE)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        if self.is_hung_up { Err(ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}
