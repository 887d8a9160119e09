//! T8: how much of an answer is read.

use crate::bench::{SOON, answering, assert_fails, client, config, faulty};
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
    let answer =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";
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
