//! Sorting what went wrong.

use device_flow_core::TransportFailure;
use http_body_util::LengthLimitError;
use hyper_util::client::legacy;
use rustls::AlertDescription;
use std::error::Error;
use std::io::{self, ErrorKind};

/// Sorts an error by what is found along its chain of causes.
pub(crate) fn classify(error: &(dyn Error + 'static)) -> TransportFailure {
    let is_connecting = find::<legacy::Error>(error).is_some_and(legacy::Error::is_connect);
    let tls = find::<rustls::Error>(error);
    if tls.is_some_and(|it| is_connecting || is_refusal(it)) {
        TransportFailure::Tls
    } else if is_connecting {
        TransportFailure::Connect
    } else if find::<LengthLimitError>(error).is_some() {
        TransportFailure::BodyTooLarge
    } else if tls.is_some()
        || find::<hyper::Error>(error).is_some_and(is_cut_short)
        || find::<io::Error>(error).is_some_and(|it| is_end_of_connection(it.kind()))
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

/// The first error of this type along the chain of causes.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        next = cause(error);
    }
    None
}

/// `io::Error::source` leaves out the very error it was made of.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}
