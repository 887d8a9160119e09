//! The vocabulary that every machine of this crate speaks.

use crate::request::{Request, RequestId, Response};
use crate::time::Timestamp;
use core::fmt;

/// A protocol exchange without IO: answers and clock ticks go in, requests, waits and events come out.
///
/// A driver repeats two steps until [`Output::Done`]: ask with [`poll_output`](Self::poll_output), then do as told.
/// It reports what came of a request with [`handle_input`](Self::handle_input). Asking is always safe and never
/// changes what happens next: a driver that asks too often gets the same [`Output::WaitUntil`] again.
///
/// ```
/// use device_flow_core::{Config, DeviceFlow, Input, Machine, Output, Response, Timestamp, TransportFailure};
///
/// fn drive<M: Machine>(machine: &mut M, mut event: impl FnMut(M::Event)) {
///     let mut now = Timestamp::ZERO; // a real driver reads a monotonic clock
///     loop {
///         match machine.poll_output(now) {
///             Output::Send(request) => {
///                 // a real driver sends `request` here and borrows the answer's parts
///                 let id = request.id();
///                 let answer: Result<(u16, &[u8]), TransportFailure> = Err(TransportFailure::Connect);
///                 let input = match answer {
///                     Ok((status, body)) => Input::Response(id, Response::new(status, body)),
///                     Err(failure) => Input::Failure(id, failure),
///                 };
///                 let _ = machine.handle_input(now, input);
///             }
///             Output::Event(it) => event(it),
///             Output::WaitUntil(deadline) => now = deadline, // a real driver sleeps
///             Output::Done => break,
///         }
///     }
/// }
///
/// let config = Config::new("my-client", "https://as.example/device_authorization", "https://as.example/token");
/// let mut flow = DeviceFlow::new(config)?;
/// drive(&mut flow, |event| println!("{event:?}"));
/// assert!(flow.outcome().is_some());
/// # Ok::<(), device_flow_core::ConfigError>(())
/// ```
pub trait Machine {
    /// What the machine tells while it works. Owned, so that a generic driver can hand it on.
    type Event;

    /// Asks what to do now.
    ///
    /// An event is given once. A request is given once an attempt; when its answer never comes, the machine gives it
    /// up by its own timer and asks for a new attempt in due time. [`Output::WaitUntil`] and [`Output::Done`] are
    /// given as often as asked for.
    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Self::Event>;

    /// Tells what happened.
    ///
    /// # Errors
    ///
    /// A [`Misuse`] when the input makes no sense in the present state, which is a bug in the driver; the machine
    /// stays as it was. A late answer to a request that was given up is no misuse: it is accepted and changes nothing.
    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse>;
}

impl<M: Machine + ?Sized> Machine for &mut M {
    type Event = M::Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Self::Event> {
        (**self).poll_output(now)
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        (**self).handle_input(now, input)
    }
}

/// What a driver has to do. Exhaustive, because a driver that skips one of these hangs.
#[derive(Debug)]
#[must_use = "a driver that does not do as told hangs"]
pub enum Output<'a, E> {
    /// Send this request, once, and report the answer or the failure under its id.
    Send(Request<'a>),
    /// Tell the people or the program around.
    Event(E),
    /// Nothing to do before this moment, which is later than the `now` of the call, unless an input arrives.
    WaitUntil(Timestamp),
    /// The end: nothing will be asked for any more.
    Done,
}

/// What happened to a driver.
#[derive(Debug)]
pub enum Input<'a> {
    /// The answer to the request with this id has arrived completely.
    Response(RequestId, Response<'a>),
    /// The request with this id has come to nothing.
    Failure(RequestId, TransportFailure),
    /// Stop polling for now. An answer that is still outstanding will be ignored.
    Pause,
    /// Poll again after a pause, never earlier than without it.
    Resume,
    /// Give up. Always accepted.
    Cancel,
}

/// Why a request came to nothing, as far as a machine needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportFailure {
    /// No connection: name resolution, refused, unreachable, proxy. The server has not seen the request.
    Connect,
    /// No complete answer within the request's time limit.
    Timeout,
    /// The TLS handshake failed. The server has not seen the request.
    Tls,
    /// The connection ended before the answer was complete.
    Closed,
    /// The answer was larger than the request allows.
    BodyTooLarge,
    /// Anything else, such as an answer that is not HTTP.
    Other,
}

impl TransportFailure {
    /// A stable name in snake case, for logs and machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Closed => "closed",
            Self::BodyTooLarge => "body_too_large",
            Self::Other => "other",
        }
    }

    /// Whether the server may have acted on the request although its answer was lost (RFC 6749 section 4.1.2 lets a
    /// server revoke what it granted when a code is used twice).
    pub(crate) const fn may_have_arrived(self) -> bool {
        !matches!(self, Self::Connect | Self::Tls)
    }
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection to the server",
            Self::Timeout => "no answer in time",
            Self::Tls => "the TLS handshake failed",
            Self::Closed => "the connection was closed before the answer was complete",
            Self::BodyTooLarge => "the answer is too large",
            Self::Other => "the exchange failed",
        })
    }
}

/// An input that makes no sense in the machine's state: a bug in the driver. The machine stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The answer names a request that this machine has not issued.
    #[error("the answer belongs to a request that this machine has not issued")]
    UnknownRequest,
    /// There is no polling to pause, resume or suspend: no device code is known yet, or this machine never polls.
    #[error("nothing is being polled")]
    NotPolling,
    /// There is no refresh token, so only a new sign-in brings new tokens.
    #[error("there is no refresh token")]
    NoRefreshToken,
    /// The machine has come to its end.
    #[error("the machine has already finished")]
    Finished,
}
