//! How each kind of trouble is reported.

use crate::bench::{FOR_EVER, RawServer, SOON, assert_fails, client, config, config_at, faulty, nobody};
use device_flow_core::{ConnectCause, HttpCause, TransportFailure};
use device_flow_testserver::Fault;
use std::time::{Duration, Instant};
use transport_tests::{Settings, Transport};

const SHORT: Duration = Duration::from_millis(400);

fn fails<T: Transport>(fault: Fault, expected: TransportFailure) {
    let server = faulty(fault);
    assert_fails::<T>(&server, config(&server), expected);
}

fn fails_in_time<T: Transport>(fault: Fault, expected: TransportFailure) {
    let server = faulty(fault);
    assert_fails::<T>(&server, config(&server).request_timeout(SHORT), expected);
}

fn raw<T: Transport>(answer: impl Into<Vec<u8>>, expected: TransportFailure) {
    fails::<T>(Fault::Raw(answer.into()), expected);
}

pub(crate) fn a_connection_closed_before_the_answer_is_closed<T: Transport>() {
    fails::<T>(Fault::Close, TransportFailure::Closed);
}

pub(crate) fn a_connection_reset_before_the_answer_is_closed<T: Transport>() {
    fails::<T>(Fault::Reset, TransportFailure::Closed);
}

pub(crate) fn a_truncated_body_is_closed<T: Transport>() {
    fails::<T>(Fault::Truncate { at: 10 }, TransportFailure::Closed);
}

pub(crate) fn a_truncated_chunked_body_is_closed<T: Transport>() {
    raw::<T>("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", TransportFailure::Closed);
}

/// P15.
pub(crate) fn a_silent_server_is_a_timeout_in_time<T: Transport>() {
    fails_in_time::<T>(Fault::Hang(FOR_EVER), TransportFailure::Timeout);
}

pub(crate) fn a_dripping_body_is_a_timeout_in_time<T: Transport>() {
    let every = Duration::from_millis(100);
    fails_in_time::<T>(Fault::Drip { every }, TransportFailure::Timeout);
}

pub(crate) fn a_dripping_head_is_a_timeout_in_time<T: Transport>() {
    let every = Duration::from_millis(100);
    fails_in_time::<T>(Fault::DripAll { every }, TransportFailure::Timeout);
}

pub(crate) fn an_answer_that_is_not_http_is_http<T: Transport>() {
    raw::<T>("SSH-2.0-OpenSSH_9.2\r\n\r\n", TransportFailure::Http(Some(HttpCause::NotHttp)));
}

pub(crate) fn a_head_beyond_all_measure_is_http<T: Transport>() {
    let mut answer = b"HTTP/1.1 200 OK\r\nx-long: ".to_vec();
    answer.resize(answer.len() + 1024 * 1024, b'x');
    answer.extend_from_slice(b"\r\ncontent-length: 2\r\n\r\n{}");
    raw::<T>(answer, TransportFailure::Http(Some(HttpCause::HeadTooLarge)));
}

pub(crate) fn a_refused_connection_is_connect<T: Transport>() {
    let at = format!("http://{}", nobody());
    let result = client::<T>().exchange(config_at(&at));
    assert_eq!(result, Err(TransportFailure::Connect(Some(ConnectCause::Refused))));
}

/// `.invalid` never resolves (RFC 6761 section 6.4).
pub(crate) fn a_name_that_does_not_resolve_is_connect<T: Transport>() {
    let config = config_at("http://nobody.invalid").allow_http(true);
    let result = client::<T>().exchange(config);
    assert_eq!(result, Err(TransportFailure::Connect(Some(ConnectCause::HostNotFound))));
}

pub(crate) fn a_handshake_that_never_comes_is_connect_when_connecting_took_too_long<T: Transport>() {
    let server = RawServer::silent();
    let client = T::build(&Settings { connect_timeout: Some(SHORT), ..Settings::default() });
    let started = Instant::now();
    let result = client.unwrap().exchange(config_at(&format!("https://{}", server.address)));
    assert_eq!(result, Err(TransportFailure::Connect(Some(ConnectCause::TooSlow))));
    assert!(started.elapsed() < SOON, "took {:?}", started.elapsed());
    assert_eq!(server.connections(), 1);
}

pub(crate) fn a_handshake_that_never_comes_is_a_timeout_when_the_exchange_took_too_long<T: Transport>() {
    let server = RawServer::silent();
    let config = config_at(&format!("https://{}", server.address)).request_timeout(SHORT);
    let started = Instant::now();
    let result = client::<T>().exchange(config);
    assert_eq!(result, Err(TransportFailure::Timeout));
    assert!(started.elapsed() < SOON, "took {:?}", started.elapsed());
}

pub(crate) fn a_connection_closed_during_the_handshake_is_connect<T: Transport>() {
    let server = RawServer::closing();
    let result = client::<T>().exchange(config_at(&format!("https://{}", server.address)));
    assert_eq!(result, Err(TransportFailure::Connect(Some(ConnectCause::Closed))));
    assert_eq!(server.connections(), 1);
}
