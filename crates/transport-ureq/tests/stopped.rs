//! A program that is stopped while the tokens are on their way, and finds on waking up that time is over.

#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use device_flow_core::{DeviceFlow, Outcome};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use transport_ureq::{Client, Proxy, Remote, VirtualClock};

/// Which of two threads is first after waking up is the system's choice, so it is asked to choose again and again.
const TIMES: usize = 20;

const CODES: &str = r#"{"device_code":"d","user_code":"A","verification_uri":"https://as.example","expires_in":900}"#;
const TOKENS: &str = r#"{"access_token":"granted","token_type":"Bearer"}"#;

#[test]
fn an_answer_that_came_while_the_program_was_stopped_is_heard() {
    for time in 0..TIMES {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut flow = DeviceFlow::new(common::config_at(listener.local_addr().unwrap())).unwrap();
        let (clock, remote) = (Arc::new(VirtualClock::new()), Remote::new());
        let client = Client::builder().proxy(Proxy::None).clock(Arc::<VirtualClock>::clone(&clock)).build().unwrap();
        let far = remote.clone();
        let server = thread::spawn(move || {
            let mut client = BufReader::new(listener.accept().unwrap().0);
            for answer in [CODES, TOKENS] {
                hear(&mut client);
                write!(client.get_mut(), "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len())
                    .unwrap();
            }
            // The machine's clock goes on while a program is stopped; the order stands for whatever wakes it.
            clock.advance(Duration::from_secs(200));
            far.resume();
        });
        client.drive_with(&mut flow, &remote, |_| {});
        assert!(matches!(flow.outcome(), Some(Outcome::Authorized(_))), "{time}: {:?}", flow.outcome());
        server.join().unwrap();
    }
}

/// Reads one request.
fn hear(client: &mut BufReader<TcpStream>) {
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        client.read_line(&mut line).unwrap();
        if let Some(it) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = it.trim().parse().unwrap();
        }
    }
    client.read_exact(&mut vec![0; length]).unwrap();
}
