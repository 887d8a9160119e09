//! Sorting what went wrong.

use crate::coding::Codings;
use crate::ends::CutOff;
use crate::proxy::Refusal;
use device_flow_core::TransportFailure;
use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use ureq::{Error, Timeout};

/// A failure with the words that the library had for it.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) failure: TransportFailure,
    /// For people who look for the reason. Holds nothing of the request.
    pub(crate) detail: String,
}

impl Trouble {
    /// Sorts an error of ureq's. `is_sent` tells whether the request may have reached the server, `is_late` whether the
    /// whole exchange has used up its time.
    pub(crate) fn new(error: &Error, is_sent: bool, is_late: bool) -> Self {
        let failure = sort(error, is_sent, is_late);
        // An address may have a password in it, so only errors that never show one speak for themselves.
        let detail = match error {
            Error::BadUri(_) => "the address cannot be used".to_owned(),
            Error::Protocol(_) | Error::Http(_) => "the answer is not HTTP".to_owned(),
            Error::Rustls(it) => it.to_string(),
            Error::Io(it) => it.to_string(),
            // The errors of this crate's own connectors.
            Error::Other(it) => it.to_string(),
            other => other.to_string(),
        };
        Self { failure, detail }
    }

    /// The body cannot be read.
    pub(crate) fn coded(codings: &Codings) -> Self {
        Self { failure: TransportFailure::Encoding(None), detail: codings.to_string() }
    }

    pub(crate) fn too_large() -> Self {
        Self { failure: TransportFailure::BodyTooLarge, detail: TransportFailure::BodyTooLarge.to_string() }
    }

    /// A request that HTTP cannot carry.
    pub(crate) fn unsendable(_: impl StdError) -> Self {
        Self { failure: TransportFailure::Other, detail: "the request cannot be sent over HTTP".to_owned() }
    }

    /// The exchange could not even begin.
    pub(crate) fn no_thread(error: &io::Error) -> Self {
        Self { failure: TransportFailure::Other, detail: format!("no thread for the exchange: {error}") }
    }
}

fn sort(error: &Error, is_sent: bool, is_late: bool) -> TransportFailure {
    match error {
        Error::Timeout(Timeout::Connect | Timeout::Resolve) if !is_late => TransportFailure::Connect(None),
        Error::Timeout(_) => TransportFailure::Timeout,
        Error::HostNotFound | Error::ConnectionFailed | Error::ConnectProxyFailed(_) | Error::InvalidProxyUrl => {
            TransportFailure::Connect(None)
        }
        Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired => TransportFailure::Tls(None),
        Error::Io(it) if is_about_tls(it) => TransportFailure::Tls(None),
        Error::Io(it) => sort_io(it.kind(), is_sent),
        Error::Other(it) => match (it.downcast_ref(), it.downcast_ref()) {
            (Some(CutOff(it)), _) => sort_io(it.kind(), is_sent),
            (_, Some(refusal)) => sort_refusal(refusal),
            _ => TransportFailure::Other,
        },
        _ => TransportFailure::Other,
    }
}

fn sort_refusal(refusal: &Refusal) -> TransportFailure {
    if refusal.is_lasting() { TransportFailure::Proxy(None) } else { TransportFailure::Connect(None) }
}

/// rustls reports its errors, a refused certificate say, inside of errors of the socket.
fn is_about_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|it| it.is::<rustls::Error>() || it.source().is_some_and(<dyn StdError>::is::<rustls::Error>))
}

fn sort_io(kind: ErrorKind, is_sent: bool) -> TransportFailure {
    match kind {
        ErrorKind::ConnectionRefused
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable => TransportFailure::Connect(None),
        // Whatever happened, the server has not seen the request.
        _ if !is_sent => TransportFailure::Connect(None),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof
        | ErrorKind::WriteZero => TransportFailure::Closed,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => TransportFailure::Timeout,
        _ => TransportFailure::Other,
    }
}
