//! Content codings (RFC 9110 section 8.4), of which none is asked for.
//!
//! Some servers and the boxes before them compress all the same. What comes in gzip can be read with the feature `gzip`;
//! anything else is named.

use device_flow_core::{Coding, TransportFailure};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use zeroize::Zeroizing;

/// What was done to a body.
enum Coded {
    No,
    Gzip,
}

/// Checks that a body under this head could be read.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), TransportFailure> {
    coding(headers).map(drop)
}

/// The body as it was before it was coded, `max` bytes at most.
pub(crate) fn decoded(
    headers: &HeaderMap,
    body: Zeroizing<Vec<u8>>,
    max: usize,
) -> Result<Zeroizing<Vec<u8>>, TransportFailure> {
    match coding(headers)? {
        Coded::No => Ok(body),
        Coded::Gzip => gunzip(&body, max),
    }
}

fn coding(headers: &HeaderMap) -> Result<Coded, TransportFailure> {
    let lines = headers.get_all(CONTENT_ENCODING).into_iter();
    let names = lines.flat_map(|line| line.as_bytes().split(|it| *it == b',')).map(<[u8]>::trim_ascii);
    let mut names = names.filter(|it| !it.is_empty() && !it.eq_ignore_ascii_case(b"identity"));
    let Some(name) = names.next() else {
        return Ok(Coded::No);
    };
    let coding = core::str::from_utf8(name).ok().and_then(Coding::of);
    match coding {
        // One over the other is beyond what anybody does to so small an answer.
        Some(Coding::Gzip) if cfg!(feature = "gzip") && names.next().is_none() => Ok(Coded::Gzip),
        _ => Err(TransportFailure::Encoding(coding)),
    }
}

#[cfg(feature = "gzip")]
fn gunzip(body: &[u8], max: usize) -> Result<Zeroizing<Vec<u8>>, TransportFailure> {
    use device_flow_core::HttpCause;
    use std::io::Read as _;

    // An empty body is one that nobody has coded, whatever the head says.
    if body.is_empty() {
        return Ok(Zeroizing::default());
    }
    // One byte more than allowed tells a body that is too large from one that is just not.
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let mut plain = Zeroizing::new(Vec::with_capacity(max.min(body.len().saturating_mul(8))));
    let mut reader = flate2::read::MultiGzDecoder::new(body).take(limit);
    reader.read_to_end(&mut plain).map_err(|_| TransportFailure::Http(Some(HttpCause::Coding)))?;
    if plain.len() > max { Err(TransportFailure::BodyTooLarge) } else { Ok(plain) }
}

#[cfg(not(feature = "gzip"))]
fn gunzip(_: &[u8], _: usize) -> Result<Zeroizing<Vec<u8>>, TransportFailure> {
    Err(TransportFailure::Encoding(Some(Coding::Gzip)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn under(lines: &[&'static str]) -> Result<(), TransportFailure> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_ENCODING, HeaderValue::from_static(line));
        }
        check(&headers)
    }

    #[test]
    fn identity_is_no_coding_and_others_are_named() {
        assert_eq!(under(&[]), Ok(()));
        assert_eq!(under(&["identity, ,", "IDENTITY"]), Ok(()));
        assert_eq!(under(&["br"]), Err(TransportFailure::Encoding(Some(Coding::Brotli))));
        assert_eq!(under(&["rot13"]), Err(TransportFailure::Encoding(None)));
        assert_eq!(under(&["gzip", "gzip"]), Err(TransportFailure::Encoding(Some(Coding::Gzip))));
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn gzip_is_decoded_within_the_limit() {
        use device_flow_core::HttpCause;
        use flate2::{Compression, read::GzEncoder};
        use std::io::Read as _;

        let zip = |plain: &[u8]| {
            let mut coded = Vec::new();
            GzEncoder::new(plain, Compression::best()).read_to_end(&mut coded).unwrap();
            coded
        };
        assert_eq!(under(&["x-gzip"]), Ok(()));
        assert_eq!(*gunzip(&zip(b"{}"), 2).unwrap(), b"{}");
        assert_eq!(*gunzip(b"", 2).unwrap(), b"");
        let bomb = zip(&vec![0; 10_000_000]);
        assert_eq!(gunzip(&bomb, 1024), Err(TransportFailure::BodyTooLarge));
        let broken = Err(TransportFailure::Http(Some(HttpCause::Coding)));
        assert_eq!(gunzip(b"{\"a\":1}", 1024), broken);
        assert_eq!(gunzip(&zip(b"{}")[..12], 1024), broken, "cut off");
    }
}
