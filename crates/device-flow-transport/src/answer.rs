//! A whole answer.

use crate::coding;
use core::fmt;
use device_flow_core::{Response, TransportFailure};
use http::HeaderName;
use http::header::{CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use http::response::Parts;
use zeroize::Zeroizing;

/// What machines look at ([`Response::HEADERS`]), under names that need not be read.
const MATTERS: [HeaderName; 4] = [CONTENT_TYPE, RETRY_AFTER, DATE, LOCATION];

/// An answer that arrived completely and can be read.
pub struct Answer {
    head: Parts,
    body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// An answer of this head and this body, decoded where need be and possible.
    ///
    /// # Errors
    ///
    /// [`TransportFailure::Encoding`] for a content coding that cannot be read, [`TransportFailure::Http`] for a body that is
    /// not in the coding that the head names, [`TransportFailure::BodyTooLarge`] when it decodes to more than `max_body`
    /// bytes.
    pub fn new(head: Parts, body: Zeroizing<Vec<u8>>, max_body: usize) -> Result<Self, TransportFailure> {
        let body = coding::decoded(&head.headers, body, max_body)?;
        Ok(Self { head, body })
    }

    /// Checks a head, before the body is read: whether it can be of use at all.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), as far as can be told from the head.
    pub fn check_head(head: &Parts) -> Result<(), TransportFailure> {
        coding::check(&head.headers)
    }

    /// The answer as machines take it.
    pub fn as_response(&self) -> Response<'_> {
        let response = Response::new(self.head.status.as_u16(), &self.body);
        let fields = self.head.headers.iter().filter(|(name, _)| MATTERS.contains(name));
        fields.fold(response, |response, (name, line)| response.header(name.as_str(), line.as_bytes()))
    }
}

/// Adds a piece to a body that has come so far. A body that grows leaves no copy of itself behind.
pub fn append(body: &mut Zeroizing<Vec<u8>>, piece: &[u8]) {
    let length = body.len().saturating_add(piece.len());
    if length > body.capacity() {
        // The old one is wiped: a vector that grows by itself leaves copies of tokens behind.
        let larger = Vec::with_capacity(length.max(body.len().saturating_mul(2)));
        let old = core::mem::replace(body, Zeroizing::new(larger));
        body.extend_from_slice(&old);
    }
    body.extend_from_slice(piece);
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_response().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_machines_look_at_is_passed_on() {
        assert!(MATTERS.iter().map(HeaderName::as_str).eq(Response::HEADERS.iter().copied()));
    }

    #[test]
    fn pieces_make_a_body() {
        let mut body = Zeroizing::new(Vec::new());
        for piece in [&b"a"[..], b"", b"bcdefgh", b"ij"] {
            append(&mut body, piece);
        }
        assert_eq!(*body, b"abcdefghij");
    }
}
