//! Many codes at once, what is queued for them, and what is left of them after a reset.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use common::*;
use device_flow_testserver::{Answer, Approval, Client, Endpoint, Script, Server, Standing, Step};
use serde_json::Value;

/// A connection on which many requests are sent before the first answer is read.
struct Pipeline {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Pipeline {
    /// How many requests are sent at once: their answers fit into the buffers of the system.
    const AHEAD: usize = 50;

    fn open(address: SocketAddr) -> Self {
        let writer = TcpStream::connect(address).unwrap();
        Self { reader: BufReader::new(writer.try_clone().unwrap()), writer }
    }

    fn exchange(&mut self, path: &str, bodies: impl Iterator<Item = String>, expected: u16) -> Vec<Value> {
        let bodies: Vec<_> = bodies.collect();
        let mut answers = Vec::with_capacity(bodies.len());
        for bodies in bodies.chunks(Self::AHEAD) {
            let mut requests = String::new();
            for body in bodies {
                let length = body.len();
                write!(
                    requests,
                    "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n\
                     content-length: {length}\r\n\r\n{body}"
                )
                .unwrap();
            }
            self.writer.write_all(requests.as_bytes()).unwrap();
            answers.extend(bodies.iter().map(|_| self.receive(expected)));
        }
        answers
    }

    fn receive(&mut self, expected: u16) -> Value {
        let (mut line, mut length) = (String::new(), 0);
        self.reader.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("HTTP/1.1 {expected} ")), "{line}");
        while line != "\r\n" {
            line.clear();
            self.reader.read_line(&mut line).unwrap();
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }
}

#[test]
fn thousands_of_codes_that_wait_at_once_are_all_found_again() {
    const DEVICES: usize = 4;
    const CODES: usize = 1_000;
    let server = start(options().approval(Approval::AfterPolls(1)));
    let address = server.addr();
    let sign_in = move || {
        let mut pipeline = Pipeline::open(address);
        let requests = std::iter::repeat_n("client_id=tv".to_owned(), CODES);
        let made = pipeline.exchange("/device_authorization", requests, 200);
        let polls: Vec<_> = made.iter().map(|it| poll_body(it["device_code"].as_str().unwrap())).collect();
        pipeline.exchange("/token", polls.iter().cloned(), 400);
        pipeline.exchange("/token", polls.into_iter(), 200);
    };
    let devices: Vec<_> = (0..DEVICES).map(|_| std::thread::spawn(sign_in)).collect();
    for device in devices {
        device.join().unwrap();
    }
    let codes = server.codes();
    assert_eq!(codes.len(), DEVICES * CODES);
    assert!(codes.iter().all(|code| code.standing == Standing::Used && code.polls == 2));
}

#[test]
fn a_request_for_a_code_too_many_is_told_when_to_come_again_and_loses_nothing() {
    let scripts = (Script::new(), Script::new(), Script::new().expire());
    let server = options().approval(Approval::Manual).most_codes(2);
    let server = start(server.code(scripts.0).code(scripts.1).code(scripts.2));
    let (first, second) = (device(&server), device(&server));
    let refused = post(&server, "/device_authorization", "client_id=tv");
    assert_eq!((refused.status, refused.error().as_str()), (503, "temporarily_unavailable"));
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((590..=600).contains(&wait), "{wait}");
    assert!(server.deny(&first.user_code) && server.approve(&second.user_code));
    assert_eq!(post(&server, "/device_authorization", "client_id=tv").status, 503);
    assert_eq!(poll(&server, &first).error(), "access_denied");
    let third = device(&server);
    assert_eq!(poll(&server, &second).status, 200);
    assert_eq!(server.user_codes(), [second.user_code, third.user_code.clone()]);
    assert_eq!(poll(&server, &third).error(), "expired_token", "no script was lost with a refused request");
}

#[test]
fn queued_steps_come_before_the_script_and_a_code_can_have_its_own() {
    let server = start(options().every_code(Script::new().pending(1).approve()));
    let (first, second) = (device(&server), device(&server));
    server.queue_polls([Step::slow_down(), Step::answer(Answer::html(502, "gateway"))]);
    assert!(server.queue_polls_of(&second.user_code, [Step::pending()]));
    assert!(!server.queue_polls_of("NONE-SUCH", [Step::pending()]));
    assert_eq!(poll(&server, &second).error(), "authorization_pending");
    assert_eq!(poll(&server, &second).error(), "slow_down");
    assert_eq!(poll(&server, &first).status, 502);
    assert_eq!(poll(&server, &first).error(), "authorization_pending");
    assert_eq!(poll(&server, &first).status, 200);
    server.queue(Endpoint::DeviceAuthorization, [Step::deny()]);
    assert_eq!(post(&server, "/device_authorization", "client_id=tv").error(), "access_denied");
    assert_eq!(post(&server, "/device_authorization", "client_id=tv").status, 200);
}

#[test]
fn a_reset_forgets_everything_and_scripts_begin_again() {
    let server = start(options().code(Script::new().deny()));
    let first = device(&server);
    let standing = server.code(&first.user_code.to_lowercase()).unwrap().standing;
    assert_eq!(standing, Standing::Pending);
    assert_eq!(poll(&server, &first).error(), "access_denied");
    server.queue_polls([Step::expire()]);
    server.reset();
    assert!(server.codes().is_empty() && server.requests().is_empty());
    assert_eq!(server.code(&first.user_code), None);
    assert_eq!(poll(&server, &first).error(), "invalid_grant");
    assert_eq!(poll(&server, &device(&server)).error(), "access_denied", "the first script is the first again");
}

#[test]
fn a_client_that_is_registered_twice_is_a_mistake() {
    let options = options().client(Client::public("tv")).client(Client::basic("tv", "s3cret"));
    let error = Server::start(options).unwrap_err();
    assert_eq!(error.to_string(), "the client \"tv\" is registered twice");
}
