//! Sorting what ureq reports.

use device_flow_core::{ConnectCause, HttpCause, TransportFailure};
use device_flow_transport::blocking::Line;
use device_flow_transport::{Phase, find};
use std::io::{self, ErrorKind};
use ureq::{Error, Timeout};

/// What an error comes down to that ureq met with on this line, before or after it had the head of the answer.
pub(crate) fn failure(error: &Error, line: &Line, has_head: bool) -> TransportFailure {
    let sorted = |error| {
        let phase = if is_about_connecting(error) { Phase::Connecting } else { line.phase() };
        device_flow_transport::failure(error, phase).unwrap_or(TransportFailure::Other)
    };
    match error {
        // What a connection reports has been sorted there.
        Error::Other(it) => sorted(it.as_ref()),
        Error::Io(it) => sorted(it),
        // The rest of what can be wrong with an answer is found before ureq sees it.
        Error::Protocol(_) => TransportFailure::Http(Some(if has_head { HttpCause::Chunk } else { HttpCause::Length })),
        Error::LargeResponseHeader(..) => TransportFailure::Http(Some(HttpCause::HeadTooLarge)),
        Error::Timeout(Timeout::Connect | Timeout::Resolve) if !line.is_over() => {
            TransportFailure::Connect(Some(ConnectCause::TooSlow))
        }
        Error::Timeout(_) => TransportFailure::Timeout,
        Error::HostNotFound => TransportFailure::Connect(Some(ConnectCause::HostNotFound)),
        Error::ConnectionFailed => TransportFailure::Connect(None),
        Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => TransportFailure::Proxy(None),
        Error::Tls(_) | Error::TlsRequired => TransportFailure::Tls(None),
        _ => TransportFailure::Other,
    }
}

/// Whether this can only have happened before the request was sent. Of connections that are not this crate's no more is known.
fn is_about_connecting(error: &(dyn core::error::Error + 'static)) -> bool {
    #[cfg(feature = "tls")]
    if matches!(find(error), Some(rustls::Error::InvalidCertificate(_))) {
        return true;
    }
    let can_be = |it: &io::Error| matches!(it.kind(), ErrorKind::ConnectionRefused | ErrorKind::AddrNotAvailable);
    find(error).is_some_and(can_be)
}
