//! More connections than there is room for, and senders that take their time.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use common::*;
use device_flow_testserver::{Approval, Endpoint, Fault, Script, Server, Step};

const MOST: usize = 256;
const FLOOD: usize = 400;

/// A test has both ends of every connection, and shells allow few.
#[cfg(unix)]
fn need_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|now| now < 4096) {
        limit.current = Some(limit.maximum.unwrap_or(4096).min(4096));
        setrlimit(Resource::Nofile, limit).unwrap();
    }
}

#[cfg(not(unix))]
fn need_descriptors() {}

/// Opens so many connections, and waits until the server has accepted them.
fn open(server: &Server, count: usize) -> Vec<Connection> {
    let wanted = server.connections() + count as u64;
    let connections = (0..count).map(|_| Connection::open(server.addr())).collect();
    let start = Instant::now();
    while server.connections() < wanted {
        assert!(start.elapsed() < Duration::from_secs(5), "{} of {wanted} are accepted", server.connections());
        std::thread::sleep(Duration::from_millis(1));
    }
    connections
}

/// Whether the server has closed the connection without a word.
fn is_closed(connection: &mut Connection) -> bool {
    connection.stream.set_nonblocking(true).unwrap();
    match connection.stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

/// Whether so many are closed, sooner or later: closing is not waited for.
fn wait_for_closed(connections: &mut [Connection], wanted: usize) {
    let start = Instant::now();
    loop {
        let closed = connections.iter_mut().filter_map(|connection| is_closed(connection).then_some(())).count();
        if closed == wanted {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{closed} of {wanted} are closed");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_honest_client_signs_in_beside_four_hundred_idle_connections_and_the_oldest_give_way() {
    need_descriptors();
    let server = start(options().most_connections(MOST));
    let mut idle = open(&server, FLOOD);
    let mut honest = Connection::open(server.addr());
    honest.send_form("/device_authorization", "client_id=tv");
    let device_code = honest.receive().unwrap().json()["device_code"].as_str().unwrap().to_owned();
    // One more than fits: the honest one.
    let closed = FLOOD + 1 - MOST;
    wait_for_closed(&mut idle[..closed], closed);
    assert!(!idle[closed..].iter_mut().any(is_closed), "only as many as were in the way");
    for expected in [400, 200] {
        // As many again, but for one: of those that wait, the honest one is among the last that were heard.
        idle.extend(open(&server, MOST - 1));
        honest.send_form("/token", &poll_body(&device_code));
        assert_eq!(honest.receive().unwrap().status, expected);
    }
}

#[test]
fn senders_of_heads_and_bodies_that_take_their_time_give_way() {
    need_descriptors();
    let server = start(options().most_connections(MOST));
    let mut slow = open(&server, FLOOD);
    for (index, connection) in slow.iter_mut().enumerate() {
        // Some may be closed already; then there is nobody to write to.
        let head = "POST /token HTTP/1.1\r\nhost: localhost\r\n";
        let _ = connection.stream.write_all(head.as_bytes());
        if index % 2 == 0 {
            let _ = connection.stream.write_all(b"content-length: 1000\r\n\r\ngrant_type");
        }
    }
    let device = device(&server);
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
    slow.extend(open(&server, FLOOD));
    assert_eq!(poll(&server, &device).status, 200);
    let (old, new) = slow.split_at_mut(FLOOD);
    wait_for_closed(old, FLOOD);
    assert!(!new[FLOOD + 2 - MOST..].iter_mut().any(is_closed));
}

#[test]
fn a_request_that_is_being_answered_keeps_its_connection_and_newcomers_wait() {
    let late = Script::new().step(Step::ordinary().late(Duration::from_millis(300)));
    let server = start(options().most_connections(1).script(Endpoint::DeviceAuthorization, late));
    let mut first = Connection::open(server.addr());
    first.send_form("/device_authorization", "client_id=tv");
    assert!(server.wait_for_requests(1, Duration::from_secs(5)));
    let mut others = open(&server, 20);
    assert_eq!(first.receive().unwrap().status, 200);
    let mut last = others.pop().unwrap();
    last.send_form("/device_authorization", "client_id=tv");
    assert_eq!(last.receive().unwrap().status, 200);
    assert_eq!(server.codes().len(), 2);
}

#[test]
fn what_a_fault_holds_gives_way_too() {
    let hang = Script::new().always(Step::of_fault(Fault::Hang(Duration::from_secs(3600))));
    let server = start(options().most_connections(4).script(Endpoint::Metadata, hang));
    let mut held = open(&server, 4);
    for connection in &mut held {
        connection.send("GET", "/.well-known/openid-configuration", &[], b"");
    }
    assert!(server.wait_for_requests(4, Duration::from_secs(5)));
    device(&server);
    wait_for_closed(&mut held[..1], 1);
    assert!(!held[1..].iter_mut().any(is_closed));
}

#[test]
fn who_asks_on_and_on_and_never_reads_an_answer_gives_way() {
    let server = start(options().most_connections(2));
    let mut deaf = Connection::open(server.addr());
    deaf.stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let request = b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
    // Until every buffer on the way is full.
    while deaf.stream.write_all(&request).is_ok() {}
    let _idle = open(&server, 1);
    let device = device(&server);
    assert_eq!(poll(&server, &device).error(), "authorization_pending");
}

#[test]
fn a_head_or_a_body_that_never_ends_is_given_up_after_its_time() {
    let server = start(options().read_timeout(Duration::from_millis(200)));
    let mut idle = Connection::open(server.addr());
    let mut head = Connection::open(server.addr());
    let mut body = Connection::open(server.addr());
    body.stream.write_all(b"POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\ngrant").unwrap();
    let dripping = std::thread::spawn(move || {
        // A byte now and then is no way to stay.
        let start = Instant::now();
        while head.stream.write_all(b"G").is_ok() && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(20));
        }
        start.elapsed()
    });
    assert_eq!(body.receive().unwrap().status, 408);
    assert!(idle.read_to_end().0.is_empty());
    assert!(dripping.join().unwrap() < Duration::from_secs(5));
    assert!(server.requests().is_empty(), "none of them was a request");
}

#[test]
fn a_server_that_finishes_answers_what_has_arrived_and_nothing_more() {
    let late = Script::new().step(Step::ordinary().late(Duration::from_millis(200)));
    let server = start(options().approval(Approval::Manual).script(Endpoint::DeviceAuthorization, late));
    let address = server.addr();
    let mut idle = Connection::open(address);
    let mut busy = Connection::open(address);
    busy.send_form("/device_authorization", "client_id=tv");
    assert!(server.wait_for_requests(1, Duration::from_secs(5)));
    let start = Instant::now();
    server.finish(Duration::from_secs(30));
    assert!(start.elapsed() < Duration::from_secs(20), "it does not wait for idle ones");
    assert_eq!(busy.receive().unwrap().status, 200);
    assert!(is_closed(&mut idle));
    assert!(std::net::TcpStream::connect(address).is_err());
}
