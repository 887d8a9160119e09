//! Bodies that are meant to fill the memory, and codings.

use crate::case::{Case, Group, Stated, Ways};
use device_flow_core::{Coding, HttpCause, ProtocolErrorKind, TransportFailure};
use device_flow_testserver::{Answer, Fault};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

const MEBIBYTE: usize = 1024 * 1024;

pub(super) fn group() -> Group {
    let too_large = || Stated::refused(ProtocolErrorKind::TooLarge);
    let deep = [r#"{"a":"#, &"[".repeat(MEBIBYTE / 2 - 8), &"]".repeat(MEBIBYTE / 2 - 8), "}"].concat();
    let wide = [r#"{"a":[0"#, &",0".repeat(MEBIBYTE / 2 - 16), "]}"].concat();
    let members = ["{\"a\":0", &",\"a\":0".repeat(MEBIBYTE / 6 - 16), "}"].concat();
    let missing = |case: Case| {
        case.on(
            Ways::ALL,
            Stated::refused(ProtocolErrorKind::MissingMember { name: "device_code" }),
            Stated::refused(ProtocolErrorKind::MissingMember { name: "access_token" }),
        )
    };
    let coded = |name, coding: &str, bytes: Vec<u8>| {
        Case::answer(name, Answer::json(200, bytes).header("content-encoding", coding))
    };
    let pending = br#"{"error":"authorization_pending"}"#;
    let whole = gzip(pending);
    let half = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
    let cases = vec![
        Case::fault("64 MiB with a length", Fault::Oversize { bytes: 64 << 20 }).both(Ways::ALL, too_large()),
        Case::fault("chunks without end", Fault::Endless).both(Ways::ALL, too_large()),
        Case::fault(
            "a body without length and end",
            Fault::Flood {
                start: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
                again: vec![b' '; 4096],
                every: core::time::Duration::ZERO,
            },
        )
        .both(Ways::ALL, too_large()),
        Case::answer("JSON 500,000 levels deep", Answer::json(200, deep))
            .both(Ways::ALL, Stated::refused(ProtocolErrorKind::TooDeep)),
        missing(Case::answer("JSON with half a million elements", Answer::json(200, wide))),
        missing(Case::answer("JSON with 170,000 members of one name", Answer::json(200, members))),
        coded("a gzip bomb of 128 MiB", "gzip", gzip(&vec![b' '; 128 * MEBIBYTE])).both(Ways::ALL, too_large()),
        Case::answer("gzip that nobody asked for", Answer::json(400, gzip(pending)).header("content-encoding", "gzip"))
            .on(Ways::ALL, None, Stated::Unnoticed),
        coded("gzip that is cut, under a length that fits", "gzip", half)
            .both(Ways::ALL, Stated::again(TransportFailure::Http(Some(HttpCause::Coding)))),
        coded("gzip twice", "gzip, gzip", gzip(&whole))
            .both(Ways::ALL, Stated::again(TransportFailure::Encoding(Some(Coding::Gzip)))),
        coded("brotli", "br", b"\x0b\x02\x80{}\x03".to_vec())
            .both(Ways::ALL, Stated::again(TransportFailure::Encoding(Some(Coding::Brotli)))),
        coded("a coding that does not exist", "rot13", b"{}".to_vec())
            .both(Ways::ALL, Stated::again(TransportFailure::Encoding(None))),
    ];
    Group { title: "Bombs and codings", cases }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // A vector takes everything.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
