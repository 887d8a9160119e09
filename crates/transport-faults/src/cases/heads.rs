//! What comes before a body.

use super::{CLOSED, SHORT, TIMEOUT};
use crate::case::{Case, Group, Stated, Ways};
use device_flow_core::{HttpCause, TransportFailure};
use device_flow_testserver::{Answer, Fault};
use std::time::Duration;

const NOT_HTTP: TransportFailure = TransportFailure::Http(Some(HttpCause::NotHttp));
const HEAD: TransportFailure = TransportFailure::Http(Some(HttpCause::Head));
const TOO_LARGE: TransportFailure = TransportFailure::Http(Some(HttpCause::HeadTooLarge));

pub(super) fn group() -> Group {
    let mut cases = malformed();
    cases.extend(interim());
    cases.extend(floods());
    Group { title: "Heads", cases }
}

fn malformed() -> Vec<Case> {
    let head =
        |name, line: &str| Case::raw(name, format!("HTTP/1.1 503 Soon\r\n{line}\r\ncontent-length: 2\r\n\r\n{{}}"));
    let tolerated = |case: Case| case.both(Ways::ALL, Stated::status(503));
    vec![
        Case::raw("another protocol's banner", "SSH-2.0-OpenSSH_9.2\r\n")
            .both(Ways::END_TO_END, Stated::again(NOT_HTTP))
            .both(Ways::RELAYED, Stated::status(503)),
        Case::raw("another protocol's bytes", [0x15, 3, 3, 0, 2, 2, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0])
            .both(Ways::END_TO_END, Stated::again(NOT_HTTP))
            .both(Ways::RELAYED, Stated::again(CLOSED)),
        Case::raw("a body without a head", "{\"error\":\"authorization_pending\"}\r\n\r\n")
            .both(Ways::ALL, Stated::again(NOT_HTTP)),
        Case::raw("a version that does not exist", "HTTP/3.7 200 OK\r\n\r\n{}")
            .both(Ways::ALL, Stated::again(NOT_HTTP)),
        Case::raw("a status that is no number", "HTTP/1.1 OK 200\r\n\r\n{}").both(Ways::ALL, Stated::again(NOT_HTTP)),
        head("a field whose value has a NUL in it", "x-a: \0b")
            .both(Ways::END_TO_END, Stated::again(HEAD))
            .both(Ways::RELAYED, Stated::status(503)),
        tolerated(head("a line that is no field", "no field at all")).note("as curl does"),
        tolerated(head("a field that is folded", "x-a: b\r\n c")).note("as curl does"),
    ]
}

fn interim() -> Vec<Case> {
    const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    const HINTS: &[u8] = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n";
    const FINAL: &[u8] = b"HTTP/1.1 503 Soon\r\ncontent-length: 2\r\n\r\n{}";
    let flood = |name, every| Case::fault(name, Fault::Flood { start: Vec::new(), again: CONTINUE.to_vec(), every });
    vec![
        Case::raw("two interim answers before the one that counts", [CONTINUE, HINTS, FINAL].concat())
            .both(Ways::ALL, Stated::status(503)),
        flood("interim answers without end", Duration::ZERO).both(Ways::ALL, Stated::again(TOO_LARGE)),
        flood("interim answers without end, ten a second", Duration::from_millis(100))
            .request_timeout(SHORT)
            .both(Ways::ALL, Stated::again(TIMEOUT)),
    ]
}

fn floods() -> Vec<Case> {
    let flood = |name, start: &str, again: &str| {
        let again = again.repeat(4096 / again.len()).into_bytes();
        Case::fault(name, Fault::Flood { start: start.into(), again, every: Duration::ZERO })
            .both(Ways::END_TO_END, Stated::again(TOO_LARGE))
    };
    let unavailable = |case: Case| case.both(Ways::RELAYED, Stated::status(503));
    let fields = |count| (0..count).fold(Answer::new(503), |it, at| it.header(&format!("x-{at}"), "y"));
    vec![
        flood("a status line without end", "HTTP/1.1 200 ", "OK").both(Ways::RELAYED, Stated::again(CLOSED)),
        unavailable(flood("a field without end", "HTTP/1.1 200 OK\r\nx-long: ", "x")),
        unavailable(flood("a field's name without end", "HTTP/1.1 200 OK\r\n", "x")),
        unavailable(flood("fields without end", "HTTP/1.1 200 OK\r\n", "x-more: of this\r\n")),
        Case::fault(
            "bytes without end",
            Fault::Flood { start: Vec::new(), again: vec![b'x'; 4096], every: Duration::ZERO },
        )
        .both(Ways::END_TO_END, Stated::again(NOT_HTTP))
        .both(Ways::RELAYED, Stated::again(CLOSED)),
        Case::answer("200 fields", fields(200)).both(Ways::ALL, Stated::status(503)),
        Case::answer("300 fields", fields(300)).both(Ways::ALL, Stated::again(TOO_LARGE)),
        Case::answer("a field of 60 KiB", Answer::new(503).header("x-long", &"x".repeat(60 * 1024)))
            .both(Ways::ALL, Stated::status(503)),
        Case::answer("a field of 70 KiB", Answer::new(503).header("x-long", &"x".repeat(70 * 1024)))
            .both(Ways::ALL, Stated::again(TOO_LARGE)),
    ]
}
