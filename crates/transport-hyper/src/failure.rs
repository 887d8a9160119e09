//! Sorting what went wrong.

use device_flow_core::TransportFailure;
use http_body_util::LengthLimitError;
use hyper_util::client::legacy;
use rustls::AlertDescription;
use std::error::Error;
use std::io::{self, ErrorKind};

/// A failure with the words that the libraries had for it.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) failure: TransportFailure,
    /// For people who look for the reason. Holds nothing of the request.
    pub(crate) detail: String,
}

impl Trouble {
    pub(crate) fn new(error: &(dyn Error + 'static)) -> Self {
        Self {
            failure: sort(error),
            detail: detail(error),
        }
    }

    pub(crate) fn timeout() -> Self {
        Self {
            failure: TransportFailure::Timeout,
            detail: TransportFailure::Timeout.to_string(),
        }
    }

    pub(crate) fn too_large() -> Self {
        Self {
            failure: TransportFailure::BodyTooLarge,
            detail: TransportFailure::BodyTooLarge.to_string(),
        }
    }

    /// A request that HTTP cannot carry, which the core does not let through.
    pub(crate) fn unsendable() -> Self {
        Self {
            failure: TransportFailure::Other,
            detail: "the request cannot be sent over HTTP".to_owned(),
        }
    }
}

/// Sorts an error by what is found along its chain of causes.
fn sort(error: &(dyn Error + 'static)) -> TransportFailure {
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

/// The chain of causes in words, each once: some libraries repeat their cause.
fn detail(error: &(dyn Error + 'static)) -> String {
    let mut detail = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        // "client error (Connect)" tells nobody anything.
        let text = error.to_string();
        if !error.is::<legacy::Error>() && !detail.contains(&text) {
            if !detail.is_empty() {
                detail.push_str(": ");
            }
            detail.push_str(&text);
        }
        next = cause(error);
    }
    detail
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
