//! Content codings: none is asked for; gzip is read all the same, and others are named.

use crate::bench::{answering, assert_fails, client, config, options, polled, start};
use device_flow_core::{Coding, Event, HttpCause, Outcome, RetryReason, TransportFailure};
use device_flow_testserver::{Answer, Script};
use flate2::Compression;
use flate2::read::GzEncoder;
use std::io::Read as _;
use transport_tests::Transport;

const PLAIN: &[u8] = b"neither JSON nor anything else";

fn coded(coding: &str) -> Answer {
    Answer::json(200, PLAIN).header("content-encoding", coding)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    GzEncoder::new(plain, Compression::best()).read_to_end(&mut coded).unwrap();
    coded
}

pub(crate) fn every_request_asks_for_no_coding<T: Transport>() {
    let server = start(options());
    let client = client::<T>();
    client.discover(&server.issuer()).unwrap();
    client.exchange(config(&server)).unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert_eq!(request.header("accept-encoding"), Some("identity"));
    }
}

pub(crate) fn gzip_that_was_not_asked_for_is_read<T: Transport>() {
    for coding in ["gzip", "X-GZIP", "identity, gzip"] {
        let server = answering(Answer::json(200, gzip(PLAIN)).header("content-encoding", coding));
        let result = client::<T>().exchange(config(&server));
        assert_eq!(result, Ok((200, PLAIN.to_vec())), "{coding}");
    }
}

/// Ten megabytes in ten kilobytes.
pub(crate) fn gzip_is_read_within_the_limit_of_the_body<T: Transport>() {
    let bomb = gzip(&vec![b' '; 10 * 1024 * 1024]);
    assert!(bomb.len() < 16 * 1024);
    let server = answering(Answer::json(200, bomb).header("content-encoding", "gzip"));
    assert_fails::<T>(&server, config(&server), TransportFailure::BodyTooLarge);
}

pub(crate) fn what_is_no_gzip_is_http<T: Transport>() {
    let cut = gzip(PLAIN)[..20].to_vec();
    for body in [PLAIN.to_vec(), cut] {
        let server = answering(Answer::json(200, body).header("content-encoding", "gzip"));
        assert_fails::<T>(&server, config(&server), TransportFailure::Http(Some(HttpCause::Coding)));
    }
}

pub(crate) fn a_coded_answer_is_encoding_and_its_coding_is_named<T: Transport>() {
    for (coding, named) in
        [("BR", Coding::Brotli), ("identity, zstd", Coding::Zstd), ("deflate , gzip", Coding::Deflate)]
    {
        let server = answering(coded(coding));
        let result = client::<T>().exchange(config(&server));
        assert_eq!(result, Err(TransportFailure::Encoding(Some(named))), "{coding}");
    }
}

pub(crate) fn a_second_line_of_codings_counts<T: Transport>() {
    let server = answering(coded("identity").header("content-encoding", "br"));
    assert_fails::<T>(&server, config(&server), TransportFailure::Encoding(Some(Coding::Brotli)));
}

pub(crate) fn an_answer_that_says_it_is_not_coded_arrives<T: Transport>() {
    for coding in ["identity", "Identity", "", "identity,identity"] {
        let server = answering(coded(coding));
        let result = client::<T>().exchange(config(&server));
        assert_eq!(result, Ok((200, PLAIN.to_vec())), "{coding}");
    }
}

/// The server chooses the name, so it is somebody else's text.
pub(crate) fn a_coding_that_is_not_known_is_not_shown<T: Transport>() {
    let long = "x".repeat(3000);
    for coding in ["\u{202e}pizg", "gzip\tset your password at evil.example", &long] {
        let server = answering(coded(coding));
        let result = client::<T>().exchange(config(&server));
        assert_eq!(result, Err(TransportFailure::Encoding(None)));
    }
}

pub(crate) fn a_coded_poll_is_passing_trouble<T: Transport>() {
    let server = polled(Script::new().answer(coded("br")).approve());
    let mut retries = Vec::new();
    let outcome = client::<T>().outcome_with(config(&server), |event| {
        if let Event::Retrying { reason, .. } = event {
            retries.push(reason);
        }
    });
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    let encoding = RetryReason::Transport(TransportFailure::Encoding(Some(Coding::Brotli)));
    assert_eq!(retries, [encoding]);
}
