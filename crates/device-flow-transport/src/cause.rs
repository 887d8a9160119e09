//! Sorting what went wrong, by what is found along the chain of causes.

use core::fmt;
use device_flow_core::{ConnectCause, TransportFailure};
use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

/// How far an exchange had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The server has not seen the request.
    Connecting,
    /// The request may have been sent.
    Sent,
}

/// A failure as an error, for those layers of a transport that can return nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caused(pub TransportFailure);

impl fmt::Display for Caused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Caused {}

impl From<Caused> for io::Error {
    fn from(caused: Caused) -> Self {
        Self::other(caused)
    }
}

/// What an error comes down to; `None` when nothing along its chain is known here.
///
/// ```
/// use device_flow_core::{ConnectCause, TransportFailure};
/// use device_flow_transport::{Phase, failure};
/// use std::io::{Error, ErrorKind};
///
/// let refused = Error::from(ErrorKind::ConnectionRefused);
/// assert_eq!(failure(&refused, Phase::Connecting), Some(TransportFailure::Connect(Some(ConnectCause::Refused))));
/// assert_eq!(failure(&Error::from(ErrorKind::BrokenPipe), Phase::Sent), Some(TransportFailure::Closed));
/// ```
pub fn failure(error: &(dyn Error + 'static), phase: Phase) -> Option<TransportFailure> {
    if let Some(Caused(failure)) = find(error) {
        return Some(*failure);
    }
    #[cfg(feature = "tls")]
    if let Some(error) = find(error) {
        return Some(crate::tls::failure(error, phase));
    }
    // The innermost is the one that the system gave.
    let kind = chain(error).filter_map(|it| it.downcast_ref::<io::Error>()).last()?.kind();
    match phase {
        Phase::Connecting => Some(TransportFailure::Connect(connect_cause(kind))),
        Phase::Sent => sent(kind),
    }
}

/// The first error of this type along the chain of causes.
pub fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).find_map(|it| it.downcast_ref())
}

fn connect_cause(kind: ErrorKind) -> Option<ConnectCause> {
    Some(match kind {
        ErrorKind::ConnectionRefused => ConnectCause::Refused,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => ConnectCause::Unreachable,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => ConnectCause::TooSlow,
        ErrorKind::BrokenPipe
        | ErrorKind::ConnectionAborted
        | ErrorKind::ConnectionReset
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => ConnectCause::Closed,
        _ => return None,
    })
}

fn sent(kind: ErrorKind) -> Option<TransportFailure> {
    match kind {
        ErrorKind::BrokenPipe
        | ErrorKind::ConnectionAborted
        | ErrorKind::ConnectionReset
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof
        | ErrorKind::WriteZero => Some(TransportFailure::Closed),
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Some(TransportFailure::Timeout),
        _ => None,
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |it| cause(*it))
}

/// `io::Error::source` leaves out the very error it was made of.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_inside_of_errors_of_the_socket() {
        let reset = io::Error::other(io::Error::from(ErrorKind::ConnectionReset));
        assert_eq!(failure(&reset, Phase::Sent), Some(TransportFailure::Closed));
        let closed = Some(TransportFailure::Connect(Some(ConnectCause::Closed)));
        assert_eq!(failure(&reset, Phase::Connecting), closed);
        let told = io::Error::other(io::Error::from(Caused(TransportFailure::Timeout)));
        assert_eq!(failure(&told, Phase::Connecting), Some(TransportFailure::Timeout));
    }

    #[test]
    fn what_is_not_known_after_the_request_was_sent_is_left_to_the_caller() {
        let error = io::Error::from(ErrorKind::OutOfMemory);
        assert_eq!(failure(&error, Phase::Sent), None);
        assert_eq!(failure(&error, Phase::Connecting), Some(TransportFailure::Connect(None)));
        assert_eq!(failure(&fmt::Error, Phase::Sent), None);
    }
}
