//! The head of an answer, read more patiently than some libraries do.
//!
//! ureq, say, gives up on lines that are folded (RFC 9112 section 5.2) or are no field, and on more than 128 fields; browsers
//! and curl do not. So a head is read here first, and the library gets to see what matters of it: its status, what tells the
//! length of the body, and what machines look at. Interim answers (RFC 9110 section 15.2) it does not get to see at all.

use crate::head::MAX_FIELDS;
use core::mem::MaybeUninit;
use core::time::Duration;
use device_flow_core::{HttpCause, Response};
use http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, PROXY_AUTHENTICATE, TRANSFER_ENCODING};
use httparse::{Error, ParserConfig, Status};
use std::io::Write as _;

/// What was found at the beginning of what came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Not all of a head.
    Partial,
    /// An interim answer of this length, which another one will follow.
    Interim(usize),
    /// The head of an answer.
    Complete {
        /// Its length as it came.
        length: usize,
        /// What the library gets to see of it, never longer than it was.
        short: Vec<u8>,
        /// Whether the end of the body is the end of the connection.
        is_ended_by_closing: bool,
        /// How long the server keeps the connection open, if it says so.
        keep_alive: Option<Duration>,
    },
}

impl Head {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, HttpCause> {
        let mut fields = [const { MaybeUninit::uninit() }; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut []);
        let status = patient().parse_response_with_uninit_headers(&mut response, bytes, &mut fields);
        let length = match status.map_err(cause)? {
            Status::Partial => return Ok(Self::Partial),
            Status::Complete(length) => length,
        };
        let code = response.code.unwrap_or_default();
        // Who switches protocols goes on in one that was not asked for: that is the answer.
        if (100..200).contains(&code) && code != 101 {
            return Ok(Self::Interim(length));
        }
        let (mut is_ended_by_closing, mut keep_alive) = (true, None);
        let mut short = Vec::with_capacity(length);
        // Writing to memory cannot fail.
        let _ = writeln!(short, "HTTP/1.{} {code:03}", response.version.unwrap_or(1));
        for field in response.headers.iter() {
            if field.name.eq_ignore_ascii_case("keep-alive") {
                keep_alive = crate::keep_alive(field.value);
            }
            if !matters(field.name) {
                continue;
            }
            is_ended_by_closing &= !tells_end(field);
            short.extend_from_slice(field.name.as_bytes());
            short.push(b':');
            short.extend(field.value.iter().map(|byte| if b"\r\n".contains(byte) { b' ' } else { *byte }));
            short.push(b'\n');
        }
        short.push(b'\n');
        Ok(Self::Complete { length, short, is_ended_by_closing, keep_alive })
    }
}

fn patient() -> ParserConfig {
    let mut config = ParserConfig::default();
    config
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .ignore_invalid_headers_in_responses(true);
    config
}

const fn cause(error: Error) -> HttpCause {
    match error {
        Error::TooManyHeaders => HttpCause::HeadTooLarge,
        Error::Version | Error::Status => HttpCause::NotHttp,
        _ => HttpCause::Head,
    }
}

fn matters(name: &str) -> bool {
    let others = [CONNECTION, CONTENT_ENCODING, PROXY_AUTHENTICATE];
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    tells_length(name) || Response::HEADERS.iter().any(|it| is(it)) || others.iter().any(|it| is(it.as_str()))
}

/// Whether this field tells where the body ends. Of transfer codings only chunked does (RFC 9112 section 6.3).
fn tells_end(field: &httparse::Header<'_>) -> bool {
    let is_chunked = |it: &[u8]| it.trim_ascii().eq_ignore_ascii_case(b"chunked");
    tells_length(field.name)
        && (CONTENT_LENGTH.as_str().eq_ignore_ascii_case(field.name)
            || field.value.split(|it| *it == b',').any(is_chunked))
}

fn tells_length(name: &str) -> bool {
    [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|it| it.as_str().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(head: &str) -> (String, bool) {
        match Head::read(head.as_bytes()).unwrap() {
            Head::Complete { length, short, is_ended_by_closing, .. } => {
                assert!(short.len() <= length, "{head:?}");
                (String::from_utf8(short).unwrap(), is_ended_by_closing)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_matters_is_left() {
        let head = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}";
        let expected = "HTTP/1.1 200\nContent-Length:2\nContent-Type:application/json\n\n";
        assert_eq!(short(head), (expected.to_owned(), false));
        assert_eq!(short("HTTP/1.0 404\n\n"), ("HTTP/1.0 404\n\n".to_owned(), true));
    }

    #[test]
    fn lines_that_are_folded_or_no_field_are_no_matter() {
        let head = "HTTP/1.1  200  OK\r\nretry-after: 1\r\n\t 2\r\nno field\r\ndate : x\r\n\r\n";
        assert_eq!(short(head), ("HTTP/1.1 200\nretry-after:1  \t 2\ndate:x\n\n".to_owned(), true));
    }

    #[test]
    fn a_server_can_say_how_long_it_waits() {
        for (value, expected) in [("timeout=15, max=100", Some(15)), ("max=1,timeout=0", Some(0)), ("timeout=x", None)]
        {
            let head = Head::read(format!("HTTP/1.1 200 OK\r\nKeep-Alive: {value}\r\n\r\n").as_bytes()).unwrap();
            let Head::Complete { keep_alive, .. } = head else { panic!("{head:?}") };
            assert_eq!(keep_alive, expected.map(Duration::from_secs));
        }
    }

    #[test]
    fn interim_answers_are_told_from_answers() {
        let interim = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
        let bytes = [interim, "HTTP/1.1 200 OK\r\n\r\n"].concat();
        assert_eq!(Head::read(bytes.as_bytes()), Ok(Head::Interim(interim.len())));
        assert_eq!(short("HTTP/1.1 101 Switching\r\n\r\n").0, "HTTP/1.1 101\n\n");
    }

    #[test]
    fn what_is_wrong_has_a_name() {
        assert_eq!(Head::read(b"HTTP/1.1 200 OK\r\nx: y\r\n"), Ok(Head::Partial));
        for nonsense in ["SSH-2.0", "HTTP/2 200", "HTTP/1.1 2xx"] {
            assert_eq!(Head::read(nonsense.as_bytes()), Err(HttpCause::NotHttp), "{nonsense}");
        }
        let fields = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(count));
        assert!(matches!(Head::read(fields(MAX_FIELDS).as_bytes()), Ok(Head::Complete { .. })));
        assert_eq!(Head::read(fields(MAX_FIELDS + 1).as_bytes()), Err(HttpCause::HeadTooLarge));
    }
}
