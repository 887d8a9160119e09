//! What a driver and an exchange have in common while a request is under way.

use device_flow_transport::Phase;
use socket2::Socket;
use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The longest wait in one go while there is nothing that could be shut down: so long a connection that is still being made
/// outlives its request.
const GLANCE: Duration = Duration::from_millis(50);

thread_local! {
    /// The line that this thread is on.
    ///
    /// ureq does all that it does about a request on one thread, and has no other way to tell a connection which request it
    /// serves: one that comes out of its pool hears nothing at all.
    static CURRENT: RefCell<Option<Arc<Line>>> = const { RefCell::new(None) };
}

/// A line to the server, on which one request is made. Whoever waits for its answer can hang up.
#[derive(Debug)]
pub(crate) struct Line {
    /// When the whole exchange has to be over.
    pub(crate) deadline: Instant,
    /// How many bytes may come behind the head of the answer.
    pub(crate) max_bytes: usize,
    /// How long the longest row of the request's head is, in bytes.
    pub(crate) longest_row: usize,
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
    pub(crate) fn new(timeout: Duration, max_bytes: usize, longest_row: usize) -> Arc<Self> {
        let now = Instant::now();
        // What is beyond the clock's range is as good as never.
        let deadline = now.checked_add(timeout).or_else(|| now.checked_add(Duration::from_secs(1 << 30)));
        Arc::new(Self { deadline: deadline.unwrap_or(now), max_bytes, longest_row, state: Mutex::default() })
    }

    /// The line that this thread is on.
    pub(crate) fn current() -> Option<Arc<Self>> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Does some work on this line.
    pub(crate) fn occupy<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        /// Whoever leaves by a panic leaves all the same.
        struct Leave;

        impl Drop for Leave {
            fn drop(&mut self) {
                CURRENT.set(None);
            }
        }

        CURRENT.set(Some(Arc::clone(self)));
        let _leave = Leave;
        work()
    }

    /// Gives the request up: the server sees the end of the connection, and nothing is sent any more.
    pub(crate) fn hang_up(&self) {
        let mut state = self.lock();
        state.is_hung_up = true;
        if let Some(socket) = state.socket.upgrade() {
            // An error means that it has ended already.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    /// Puts a connection on this line.
    pub(crate) fn connect(&self, socket: &Arc<Socket>) -> io::Result<()> {
        let mut state = self.lock();
        state.socket = Arc::downgrade(socket);
        state.check()
    }

    /// Takes the connection off this line, and tells whether it can serve others.
    pub(crate) fn disconnect(&self) -> bool {
        let mut state = self.lock();
        state.socket = Weak::new();
        state.check().is_ok()
    }

    /// From now on the server may have seen the request.
    pub(crate) fn begin_to_send(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.check()?;
        state.is_sent = true;
        Ok(())
    }

    pub(crate) fn phase(&self) -> Phase {
        if self.lock().is_sent { Phase::Sent } else { Phase::Connecting }
    }

    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline
    }

    /// How long to wait now when there is time until this moment.
    pub(crate) fn glance(&self, until: Instant) -> io::Result<Duration> {
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
