//! The vocabulary that every machine of this crate speaks.

use crate::request::{Request, RequestId};
use crate::response::Response;
use crate::time::Timestamp;
use crate::transport_failure::TransportFailure;

/// A protocol exchange without IO: answers and clock ticks go in, requests, waits and events come out.
///
/// A driver repeats two steps until [`Output::Done`]: ask with [`poll_output`](Self::poll_output), then do as told.
/// It reports what came of a request with [`handle_input`](Self::handle_input). Asking is always safe and never
/// changes what happens next: a driver that asks too often gets the same [`Output::WaitUntil`] again.
///
/// The trait is not sealed, because what wraps a machine (to log, to count, to combine two of them) is a machine too and
/// should be driven by the same loop. A method that is added to it will come with a default.
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
///                 let answer: Result<(u16, &[u8]), TransportFailure> = Err(TransportFailure::Connect(None));
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
    /// stays as it was. A late answer is no misuse: tokens that were granted in answer to the request that was lent last
    /// still count, whatever else comes late changes nothing.
    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse>;

    /// Whether the machine has come to its end, though there may still be an event to tell: from now on nothing is sent.
    fn is_done(&self) -> bool;
}

impl<M: Machine + ?Sized> Machine for &mut M {
    type Event = M::Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Self::Event> {
        (**self).poll_output(now)
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        (**self).handle_input(now, input)
    }

    fn is_done(&self) -> bool {
        (**self).is_done()
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
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The answer to the request with this id has arrived completely.
    Response(RequestId, Response<'a>),
    /// The request with this id has come to nothing.
    Failure(RequestId, TransportFailure),
    /// Send nothing for now. An answer that is still outstanding is taken when it comes: it may carry the tokens.
    Pause,
    /// Go on after a pause, never earlier than without it.
    Resume,
    /// Give up. Always accepted. A session that waits for the answer to a refresh hears it out, because it may carry a
    /// rotated refresh token; a second `Cancel` ends that too.
    Cancel,
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
    /// A refresh for other scopes is under way.
    #[error("another refresh is under way")]
    RefreshUnderWay,
    /// The nonce or the PKCE verifier has been used, and a new code needs fresh ones
    /// (see [`SignIn::restart`](crate::SignIn::restart)).
    #[error("the nonce or the code verifier has been used already; a new code needs fresh ones")]
    NotFresh,
    /// The configuration has no device authorization endpoint to ask for a new code at.
    #[error("there is no device authorization endpoint to ask for a new code at")]
    NoDeviceEndpoint,
    /// The machine has come to its end.
    #[error("the machine has already finished")]
    Finished,
}
