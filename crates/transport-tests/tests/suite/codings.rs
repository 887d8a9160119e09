//! Content codings: none is asked for, and none is read.

use crate::bench::{answering, assert_fails, client, config, options, polled, start};
use device_flow_core::{Coding, Event, Outcome, RetryReason, TransportFailure};
use device_flow_testserver::{Answer, Script};
use transport_tests::Transport;

const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\0\x03";

fn coded(coding: &str) -> Answer {
    Answer::json(200, GZIP).header("content-encoding", coding)
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

pub(crate) fn a_coded_answer_is_encoding_and_its_coding_is_named<T: Transport>() {
    for (coding, name) in
        [("deflate", "deflate"), ("BR", "br"), ("identity, zstd", "zstd"), ("deflate , gzip", "deflate")]
    {
        let server = answering(coded(coding));
        let client = client::<T>();
        let failure = client.exchange(config(&server)).unwrap_err();
        assert_eq!(failure.as_str(), "encoding", "{coding}");
        assert_eq!(failure.cause(), Some(name));
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
        assert_eq!(result, Ok((200, GZIP.to_vec())), "{coding}");
    }
}

/// The server chooses the name, so it is somebody else's text.
pub(crate) fn a_coding_that_is_no_name_is_not_shown<T: Transport>() {
    let long = "x".repeat(3000);
    let many = "gzip, br, ".repeat(300);
    for coding in ["\u{202e}pizg", "gzip\tset your password at evil.example", &long, &many] {
        let server = answering(coded(coding));
        let client = client::<T>();
        let failure = client.exchange(config(&server)).unwrap_err();
        assert_eq!(failure.as_str(), "encoding");
        let reason = failure.to_string();
        assert!(reason.len() < 160, "{reason}");
        assert!(reason.is_ascii(), "{reason}");
        assert!(!reason.contains("evil") && !reason.contains("xxx"), "{reason}");
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
