//! Answers that are cut, or whose length is not what they say.

use super::{CLOSED, SHORT, TIMEOUT};
use crate::case::{Case, Group, Stated, Ways};
use device_flow_core::{HttpCause, ProtocolErrorKind, TransportFailure};
use device_flow_testserver::Fault;
use std::time::Duration;

const LENGTH: TransportFailure = TransportFailure::Http(Some(HttpCause::Length));
const CHUNK: TransportFailure = TransportFailure::Http(Some(HttpCause::Chunk));
const HEAD_TOO_LARGE: TransportFailure = TransportFailure::Http(Some(HttpCause::HeadTooLarge));
const NO_PAUSE: Duration = Duration::ZERO;

pub(super) fn group() -> Group {
    let mut cases = cut();
    cases.extend(lengths());
    cases.extend(chunks());
    Group { title: "Framing", cases }
}

fn cut() -> Vec<Case> {
    vec![
        Case::raw("cut in the status line", "HTTP/1.1 20").both(Ways::ALL, Stated::again(CLOSED)),
        Case::raw("cut in the head", "HTTP/1.1 200 OK\r\ncontent-type: appl")
            .both(Ways::END_TO_END, Stated::again(CLOSED))
            .both(Ways::RELAYED, Stated::status(503)),
        Case::fault("with a length, cut before the body", Fault::Truncate { at: 0 })
            .both(Ways::ALL, Stated::again(CLOSED)),
        Case::fault("with a length, cut in the body", Fault::Truncate { at: 10 })
            .both(Ways::ALL, Stated::again(CLOSED)),
        chunked("in chunks, cut in a chunk", "5\r\n{\"a").both(Ways::ALL, Stated::again(CLOSED)),
        chunked("in chunks, cut between two", "2\r\n{}\r\n").both(Ways::ALL, Stated::again(CLOSED)),
        chunked("in chunks, cut before the last line", "2\r\n{}\r\n0\r\n").both(Ways::ALL, Stated::again(CLOSED)),
        Case::fault("until the end of the connection, reset", Fault::CutByReset { at: 10 })
            .both(Ways::NO_PROXY_OR_HTTPS, Stated::again(CLOSED))
            .on(
                Ways::HTTP_PROXY,
                Stated::refused(ProtocolErrorKind::NotOAuth { status: 200 }),
                Stated::refused(ProtocolErrorKind::NotOAuth { status: 400 }),
            )
            .note("the proxies make a proper end of the reset, so nothing tells it from a complete answer"),
        Case::fault("until the end of the connection, cut below TLS", Fault::CutBelowTls { at: 10 })
            .both(Ways::HTTPS, Stated::again(CLOSED))
            .note("without close_notify nobody has said that this is the end")
            .on(
                Ways::HTTP,
                Stated::refused(ProtocolErrorKind::NotOAuth { status: 200 }),
                Stated::refused(ProtocolErrorKind::NotOAuth { status: 400 }),
            )
            .note("nothing tells it from a complete answer, which nobody can read"),
        Case::fault("until the end of the connection, complete", Fault::UntilClosed).both(Ways::ALL, Stated::Unnoticed),
    ]
}

fn lengths() -> Vec<Case> {
    let sized = |name, lines: &str, body: &str| Case::raw(name, format!("HTTP/1.1 200 OK\r\n{lines}\r\n\r\n{body}"));
    vec![
        sized("a length that is no number", "content-length: many", "{}").both(Ways::ALL, Stated::again(LENGTH)),
        sized("a negative length", "content-length: -2", "{}").both(Ways::ALL, Stated::again(LENGTH)),
        sized("a length that no machine can count", "content-length: 99999999999999999999999", "{}")
            .both(Ways::ALL, Stated::again(LENGTH)),
        sized("two lengths that differ", "content-length: 2\r\ncontent-length: 3", "{} ")
            .both(Ways::END_TO_END, Stated::again(LENGTH))
            .on(
                Ways::RELAYED,
                Stated::refused(ProtocolErrorKind::MissingMember { name: "device_code" }),
                Stated::refused(ProtocolErrorKind::MissingMember { name: "access_token" }),
            )
            .note("tinyproxy passes one of them on"),
        sized("an immense length", "content-length: 9223372036854775807", "{}")
            .both(Ways::ALL, Stated::refused(ProtocolErrorKind::TooLarge))
            .note("not one byte of it is read"),
        Case::fault(
            "less than was announced, and no end",
            Fault::Flood {
                start: b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{}".to_vec(),
                again: Vec::new(),
                every: Duration::from_secs(1),
            },
        )
        .request_timeout(SHORT)
        .both(Ways::ALL, Stated::again(TIMEOUT)),
        sized("more than was announced", "content-length: 2", "{}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            .on(
                Ways::ALL,
                Stated::refused(ProtocolErrorKind::MissingMember { name: "device_code" }),
                Stated::refused(ProtocolErrorKind::MissingMember { name: "access_token" }),
            )
            .note("what was announced is the answer"),
    ]
}

fn chunks() -> Vec<Case> {
    let flood = |name, start: &str, again: &str| {
        let start = format!("{CHUNKED}{start}").into_bytes();
        Case::fault(name, Fault::Flood { start, again: again.repeat(4096 / again.len()).into_bytes(), every: NO_PAUSE })
    };
    vec![
        chunked("a chunk whose size is no number", "zz\r\n{}\r\n0\r\n\r\n").both(Ways::ALL, Stated::again(CHUNK)),
        chunked("a chunk whose size no machine can count", "fffffffffffffffffffff\r\n{}\r\n0\r\n\r\n")
            .both(Ways::ALL, Stated::again(CHUNK)),
        chunked("a chunk that does not end where it should", "2\r\n{}..\r\n0\r\n\r\n")
            .both(Ways::ALL, Stated::again(CHUNK)),
        flood("an immense chunk", "7fffffffffffffff\r\n{}", " ")
            .both(Ways::ALL, Stated::refused(ProtocolErrorKind::TooLarge)),
        flood("an extension of a chunk without end", "2;x=", "y")
            .both(Ways::ALL, Stated::again_as(CHUNK, HEAD_TOO_LARGE))
            .note("which of the two depends on the transport"),
        flood("trailers without end", "2\r\n{}\r\n0\r\n", "x-more: of this\r\n")
            .both(Ways::ALL, Stated::again_as(CHUNK, HEAD_TOO_LARGE)),
    ]
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunked(name: &'static str, body: &str) -> Case {
    Case::raw(name, format!("{CHUNKED}{body}"))
}
