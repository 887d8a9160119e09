//! T8: how much of an answer is read.

use crate::bench::{RawServer, SOON, answering, assert_fails, client, config, config_at, faulty};
use device_flow_core::TransportFailure;
use device_flow_testserver::{Answer, Fault, Server};
use transport_tests::Transport;

fn arrives<T: Transport>(server: &Server, max_body: usize, expected: &[u8]) {
    let result = client::<T>().exchange(config(server).max_body(max_body));
    assert_eq!(result, Ok((200, expected.to_vec())));
}

fn is_too_large<T: Transport>(server: &Server, max_body: usize) {
    // Who reads on for ever shall not fill the machine's memory.
    let config = config(server).max_body(max_body).request_timeout(SOON);
    assert_fails::<T>(server, config, TransportFailure::BodyTooLarge);
}

pub(crate) fn a_body_of_exactly_the_limit_arrives<T: Transport>() {
    for length in [1, 1000, 300_000] {
        let body = vec![b'x'; length];
        let server = answering(Answer::new(200).body(body.clone()));
        arrives::<T>(&server, length, &body);
    }
}

pub(crate) fn a_body_one_byte_over_the_limit_is_too_large<T: Transport>() {
    for length in [1, 1000, 300_000] {
        let server = answering(Answer::new(200).body(vec![b'x'; length]));
        is_too_large::<T>(&server, length - 1);
    }
}

pub(crate) fn a_body_of_several_mebibytes_is_too_large<T: Transport>() {
    let server = faulty(Fault::Oversize { bytes: 64 << 20 });
    assert_fails::<T>(&server, config(&server), TransportFailure::BodyTooLarge);
}

pub(crate) fn an_endless_body_is_too_large_at_once<T: Transport>() {
    let server = faulty(Fault::Endless);
    is_too_large::<T>(&server, 20_000);
}

pub(crate) fn an_announced_body_over_the_limit_is_not_waited_for<T: Transport>() {
    // The server closes after the head: whoever reads on finds the connection closed instead.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n";
    let server = faulty(Fault::Raw(head.into()));
    is_too_large::<T>(&server, 1000);
}

fn chunked() -> Server {
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
    faulty(Fault::Raw(answer.into()))
}

pub(crate) fn the_limit_is_exact_for_chunked_bodies<T: Transport>() {
    arrives::<T>(&chunked(), 6, b"hello!");
    is_too_large::<T>(&chunked(), 5);
}

fn close_delimited() -> Server {
    faulty(Fault::Raw("HTTP/1.1 200 OK\r\n\r\nhello!".into()))
}

pub(crate) fn the_limit_is_exact_for_bodies_that_end_with_the_connection<T: Transport>() {
    arrives::<T>(&close_delimited(), 6, b"hello!");
    is_too_large::<T>(&close_delimited(), 5);
}

pub(crate) fn an_empty_body_arrives_and_a_limit_of_zero_lets_it_through<T: Transport>() {
    let server = answering(Answer::new(200));
    arrives::<T>(&server, 0, b"");
}

// Letters of one, two and three bytes, so that pieces end within letters too.
const BODY: &str = r#"{"device_code":"GmRhmhcx","message":"grün ✓"}"#;

/// One connection for each, and the same answer on all.
fn arrive_alike<T: Transport>(answers: Vec<Vec<Vec<u8>>>) {
    let count = answers.len();
    let server = RawServer::in_pieces(move |number| answers[number].clone());
    let client = client::<T>();
    for number in 0..count {
        let config = config_at(&format!("http://{}", server.address));
        let result = client.exchange(config);
        assert_eq!(result, Ok((200, BODY.into())), "number {number}");
    }
    assert_eq!(server.connections(), count);
}

fn in_two(answer: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let cut = |at| {
        let (start, end) = answer.split_at(at);
        vec![start.to_vec(), end.to_vec()]
    };
    (1..answer.len()).map(cut).collect()
}

fn byte_by_byte(answer: &[u8]) -> Vec<Vec<u8>> {
    answer.iter().map(|byte| vec![*byte]).collect()
}

pub(crate) fn an_answer_with_a_length_is_the_same_in_any_two_pieces<T: Transport>() {
    let length = BODY.len();
    let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{BODY}");
    let mut answers = in_two(answer.as_bytes());
    answers.push(byte_by_byte(answer.as_bytes()));
    arrive_alike::<T>(answers);
}

pub(crate) fn an_answer_that_ends_with_the_connection_is_the_same_in_any_two_pieces<T: Transport>() {
    let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{BODY}");
    let mut answers = in_two(answer.as_bytes());
    answers.push(byte_by_byte(answer.as_bytes()));
    arrive_alike::<T>(answers);
}

pub(crate) fn an_answer_in_chunks_of_any_size_is_the_same<T: Transport>() {
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = |part: &[u8]| {
        let size = format!("{:x}\r\n", part.len());
        [size.as_bytes(), part, b"\r\n"].concat()
    };
    let in_chunks_of = |size| {
        let mut pieces = vec![head.into()];
        pieces.extend(BODY.as_bytes().chunks(size).map(chunk));
        pieces.push(b"0\r\n\r\n".into());
        pieces
    };
    let mut answers: Vec<_> = (1..=BODY.len()).map(in_chunks_of).collect();
    answers.extend((1..=8).map(|size| byte_by_byte(&in_chunks_of(size).concat())));
    arrive_alike::<T>(answers);
}
