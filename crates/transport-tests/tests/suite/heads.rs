//! T9: which heads, lengths and chunks are understood, and that both transports understand the same.

use crate::bench::{RawServer, SOON, client, config_at};
use device_flow_core::{HttpCause, TransportFailure};
use std::time::Instant;
use transport_tests::Transport;

/// What comes of an exchange with a server that says these pieces and closes.
fn exchange<T: Transport>(
    pieces: impl Fn() -> Vec<Vec<u8>> + Send + Sync + 'static,
) -> Result<(u16, Vec<u8>), TransportFailure> {
    let server = RawServer::in_pieces(move |_| pieces());
    let begun = Instant::now();
    let result = client::<T>().exchange(config_at(&format!("http://{}", server.address)).request_timeout(SOON * 4));
    assert!(begun.elapsed() < SOON * 3, "took {:?}", begun.elapsed());
    assert_eq!(server.connections(), 1, "sent exactly once");
    result
}

fn arrives<T: Transport>(answer: impl Into<String>) {
    let answer: String = answer.into();
    let shown: String = answer.chars().take(200).collect();
    let result = exchange::<T>(move || vec![answer.clone().into_bytes()]);
    assert_eq!(result, Ok((200, b"{}".to_vec())), "{shown}");
}

fn fails<T: Transport>(answer: impl Into<String>, cause: HttpCause) {
    let answer: String = answer.into();
    let shown: String = answer.chars().take(200).collect();
    let result = exchange::<T>(move || vec![answer.clone().into_bytes()]);
    assert_eq!(result, Err(TransportFailure::Http(Some(cause))), "{shown}");
}

const END: &str = "content-length: 2\r\n\r\n{}";

pub(crate) fn obsolete_line_folding_is_read_as_a_space<T: Transport>() {
    arrives::<T>(format!("HTTP/1.1 200 OK\r\nx-long: a\r\n  b\r\n\tc\r\n{END}"));
    arrives::<T>("HTTP/1.1 200 OK\r\ncontent-type:\r\n application/json\r\ncontent-length:\r\n 2\r\n\r\n{}");
}

pub(crate) fn a_line_that_is_no_field_is_passed_over<T: Transport>() {
    for line in ["nonsense", "two words", "na me: value", ": no name", "\u{e4}: value", "x(y): value"] {
        arrives::<T>(format!("HTTP/1.1 200 OK\r\n{line}\r\n{END}"));
    }
}

pub(crate) fn a_space_before_the_colon_is_no_matter<T: Transport>() {
    arrives::<T>("HTTP/1.1 200 OK\r\nx-a : b\r\ncontent-length : 2\r\n\r\n{}");
}

pub(crate) fn lines_that_end_without_a_carriage_return_are_lines<T: Transport>() {
    arrives::<T>("HTTP/1.1 200 OK\nx-a: b\ncontent-length: 2\n\n{}");
}

pub(crate) fn a_transfer_coding_without_chunks_ends_with_the_connection<T: Transport>() {
    for line in ["transfer-encoding: identity", "Transfer-Encoding: Identity, x-plain"] {
        arrives::<T>(format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n{{}}"));
    }
    for line in ["transfer-encoding: Chunked", "transfer-encoding: x-plain , chunked"] {
        arrives::<T>(format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"));
        let cut = format!("HTTP/1.1 200 OK\r\n{line}\r\n\r\n2\r\n{{}}\r\n").into_bytes();
        assert_eq!(exchange::<T>(move || vec![cut.clone()]), Err(TransportFailure::Closed), "{line}");
    }
}

pub(crate) fn what_does_not_begin_with_a_status_line_is_not_http<T: Transport>() {
    for line in ["HTTP/2 200 OK", "HTTP/1.1 2x0 OK", "HTTP/1.1 20 OK", "ICY 200 OK", "SSH-2.0-OpenSSH_9.2", "<html>"] {
        fails::<T>(format!("{line}\r\n{END}"), HttpCause::NotHttp);
    }
}

pub(crate) fn a_head_has_256_fields_at_most<T: Transport>() {
    let head = |fields: usize| format!("HTTP/1.1 200 OK\r\n{}{END}", "x-a: b\r\n".repeat(fields - 1));
    arrives::<T>(head(256));
    fails::<T>(head(257), HttpCause::HeadTooLarge);
}

pub(crate) fn a_head_has_64_kibibytes_at_most<T: Transport>() {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\nx-a: {}\r\n{END}", "b".repeat(length));
    arrives::<T>(head(60 * 1024));
    fails::<T>(head(65 * 1024), HttpCause::HeadTooLarge);
}

pub(crate) fn interim_answers_are_passed_over<T: Transport>() {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    arrives::<T>(format!("{early}HTTP/1.1 200 OK\r\n{END}"));
}

pub(crate) fn interim_answers_without_end_are_not_waited_for<T: Transport>() {
    let interim = "HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n".repeat(1_000);
    let result = exchange::<T>(move || vec![interim.clone().into_bytes(); 2_000]);
    assert_eq!(result, Err(TransportFailure::Http(Some(HttpCause::HeadTooLarge))));
}

pub(crate) fn a_length_that_is_none_is_length<T: Transport>() {
    for length in ["two", "-2", "0x2", "2 2", "", "99999999999999999999", "2, 3", "2\r\ncontent-length: 3"] {
        fails::<T>(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{{}}"), HttpCause::Length);
    }
}

pub(crate) fn a_length_that_is_said_twice_is_one<T: Transport>() {
    arrives::<T>(format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n{END}"));
    arrives::<T>("HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\n{}");
}

const CHUNKED: &str = "transfer-encoding: chunked\r\n\r\n";

/// RFC 9112 section 6.3, rule 3.
pub(crate) fn chunks_override_a_length<T: Transport>() {
    arrives::<T>(format!("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n{CHUNKED}2\r\n{{}}\r\n0\r\n\r\n"));
}

pub(crate) fn chunks_may_have_extensions_and_trailers<T: Transport>() {
    arrives::<T>(format!("HTTP/1.1 200 OK\r\n{CHUNKED}2;a=b\r\n{{}}\r\n0\r\nx-a: b\r\n\r\n"));
}

pub(crate) fn a_chunk_that_cannot_be_read_is_chunk<T: Transport>() {
    for chunk in
        ["zz\r\n{}\r\n", "-2\r\n{}\r\n", "\r\n{}\r\n", "fffffffffffffffff\r\n{}\r\n", "2\r\n{}..", "2\r\n{}\r\nx"]
    {
        fails::<T>(format!("HTTP/1.1 200 OK\r\n{CHUNKED}{chunk}0\r\n\r\n"), HttpCause::Chunk);
    }
}

pub(crate) fn trailers_without_end_are_not_waited_for<T: Transport>() {
    let result = exchange::<T>(|| {
        let mut pieces = vec![format!("HTTP/1.1 200 OK\r\n{CHUNKED}2\r\n{{}}\r\n0\r\n").into_bytes()];
        pieces.extend(vec!["x-a: b\r\n".repeat(1_000).into_bytes(); 2_000]);
        pieces
    });
    assert!(matches!(result, Err(TransportFailure::Http(_) | TransportFailure::BodyTooLarge)), "{result:?}");
}

/// A server that knows no chunks sends none (RFC 9112 section 6.1), so where its answer ends nobody can tell.
pub(crate) fn chunks_of_an_old_server_are_no_answer<T: Transport>() {
    let answer = format!("HTTP/1.0 200 OK\r\n{CHUNKED}2\r\n{{}}\r\n0\r\n\r\n");
    let result = exchange::<T>(move || vec![answer.clone().into_bytes()]);
    assert!(matches!(result, Err(TransportFailure::Http(_) | TransportFailure::Closed)), "{result:?}");
}
