//! Sorting what went wrong after the connection was made.

use device_flow_core::{HttpCause, TransportFailure};
use device_flow_transport::{Phase, failure, find};
use std::io::{self, ErrorKind};

/// What an error of hyper's comes down to. The request may have been sent.
pub(crate) fn sent(error: &hyper::Error) -> TransportFailure {
    if let Some(failure) = failure(error, Phase::Sent) {
        return failure;
    }
    if error.is_parse() {
        return TransportFailure::Http(head_cause(&error.to_string()));
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return TransportFailure::Closed;
    }
    match find(error).map(io::Error::kind) {
        // Of all that is read, only chunks are decoded by the connection.
        Some(ErrorKind::InvalidData | ErrorKind::InvalidInput) => TransportFailure::Http(Some(HttpCause::Chunk)),
        _ => TransportFailure::Other,
    }
}

/// Hyper tells nobody what it did not understand but in words, which may change: then the cause is not known.
fn head_cause(words: &str) -> Option<HttpCause> {
    Some(match words {
        "invalid HTTP version parsed" | "invalid HTTP status-code parsed" => HttpCause::NotHttp,
        "invalid HTTP header parsed" => HttpCause::Head,
        "invalid content-length parsed" | "unexpected transfer-encoding parsed" => HttpCause::Length,
        "message head is too large" => HttpCause::HeadTooLarge,
        _ => return None,
    })
}
