//! Sorting what went wrong.

use crate::coding::Codings;
use crate::proxy::Refusal;
use device_flow_core::TransportFailure;
use http_body_util::LengthLimitError;
use rustls::AlertDescription;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

/// A failure with the words that the libraries had for it.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) failure: TransportFailure,
    /// For people who look for the reason. Holds nothing of the request.
    pub(crate) detail: String,
}

impl Trouble {
    /// No connection came about.
    pub(crate) fn connecting(error: &(dyn Error + 'static)) -> Self {
        let is_about_tls = all::<rustls::Error>(error).next().is_some();
        Self {
            failure: if all(error).any(Refusal::is_lasting) {
                TransportFailure::Proxy(None)
            } else if is_about_tls {
                TransportFailure::Tls(None)
            } else {
                TransportFailure::Connect(None)
            },
            detail: detail(error),
        }
    }

    /// The request may have been sent.
    pub(crate) fn new(error: &(dyn Error + 'static)) -> Self {
        Self { failure: sort(error), detail: detail(error) }
    }

    pub(crate) fn timeout() -> Self {
        Self { failure: TransportFailure::Timeout, detail: TransportFailure::Timeout.to_string() }
    }

    /// The body cannot be read.
    pub(crate) fn coded(codings: &Codings) -> Self {
        Self { failure: TransportFailure::Encoding(None), detail: codings.to_string() }
    }

    pub(crate) fn too_large() -> Self {
        Self { failure: TransportFailure::BodyTooLarge, detail: TransportFailure::BodyTooLarge.to_string() }
    }

    /// A request that HTTP cannot carry, which the core does not let through.
    pub(crate) fn unsendable() -> Self {
        Self { failure: TransportFailure::Other, detail: "the request cannot be sent over HTTP".to_owned() }
    }
}

/// Sorts an error by what is found along its chain of causes.
fn sort(error: &(dyn Error + 'static)) -> TransportFailure {
    if all(error).any(is_refusal) {
        TransportFailure::Tls(None)
    } else if all::<LengthLimitError>(error).next().is_some() {
        TransportFailure::BodyTooLarge
    } else if all::<rustls::Error>(error).next().is_some()
        || all(error).any(is_cut_short)
        || all(error).any(|it: &io::Error| is_end_of_connection(it.kind()))
    {
        TransportFailure::Closed
    } else {
        TransportFailure::Other
    }
}

/// A TLS 1.3 server judges the client's certificate when the client already takes the handshake for finished.
fn is_refusal(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure
                | AlertDescription::NoCertificate
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::DecryptError
                | AlertDescription::InsufficientSecurity
                | AlertDescription::CertificateRequired
        )
    )
}

fn is_cut_short(error: &hyper::Error) -> bool {
    error.is_incomplete_message() || error.is_canceled() || error.is_closed()
}

const fn is_end_of_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::BrokenPipe
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof
    )
}

/// The chain of causes in words, each once: some libraries repeat their cause.
fn detail(error: &(dyn Error + 'static)) -> String {
    let mut detail = String::new();
    for error in chain(error) {
        let text = error.to_string();
        if !detail.contains(&text) {
            if !detail.is_empty() {
                detail.push_str(": ");
            }
            detail.push_str(&text);
        }
    }
    detail
}

/// The errors of this type along the chain of causes.
fn all<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a E> {
    chain(error).filter_map(|it| it.downcast_ref())
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
    use rustls::{CertificateError, Error as TlsError};

    fn inside(error: impl Into<Box<dyn Error + Send + Sync>>) -> io::Error {
        io::Error::other(error)
    }

    #[test]
    fn a_cause_is_found_inside_of_errors_of_the_socket() {
        let certificate = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        let error = inside(io::Error::new(ErrorKind::InvalidData, certificate.clone()));
        assert_eq!(all::<TlsError>(&error).next(), Some(&certificate));
        let reset = inside(io::Error::from(ErrorKind::ConnectionReset));
        assert_eq!(sort(&reset), TransportFailure::Closed);
    }

    #[test]
    fn after_the_handshake_only_a_refusal_of_the_client_is_about_tls() {
        let refusal = TlsError::AlertReceived(AlertDescription::CertificateRequired);
        assert_eq!(sort(&inside(refusal)), TransportFailure::Tls(None));
        // The server may have acted on the request.
        for damage in [TlsError::DecryptError, TlsError::AlertReceived(AlertDescription::InternalError)] {
            assert_eq!(sort(&inside(damage)), TransportFailure::Closed);
        }
    }

    #[test]
    fn the_end_of_a_connection_is_told_from_other_trouble() {
        for kind in
            [ErrorKind::BrokenPipe, ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof]
        {
            assert_eq!(sort(&io::Error::from(kind)), TransportFailure::Closed);
        }
        let other = io::Error::from(ErrorKind::OutOfMemory);
        assert_eq!(sort(&other), TransportFailure::Other);
    }

    #[test]
    fn a_failure_is_told_with_its_cause_and_nothing_twice() {
        let certificate = TlsError::InvalidCertificate(CertificateError::UnknownIssuer);
        let error = inside(io::Error::new(ErrorKind::InvalidData, certificate));
        assert_eq!(detail(&error), "invalid peer certificate: UnknownIssuer");
    }
}
