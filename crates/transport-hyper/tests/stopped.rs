//! A program that is stopped while the tokens are on their way, and finds on waking up that time is over.

#![allow(
    clippy::allow_attributes,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

use core::sync::atomic::{AtomicU64, Ordering};
use device_flow_core::{Config, DeviceFlow, Outcome, Timestamp};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::time::timeout;
use transport_hyper::{Client, Clock, Proxy, Remote, SystemClock};

/// Which thread is first after waking up is the system's choice, so it is asked to choose often.
const TIMES: usize = 10;

/// Whoever has lost the tokens goes on asking for them.
const LIMIT: Duration = Duration::from_secs(10);

const CODES: &str =
    r#"{"device_code":"d","user_code":"A","verification_uri":"https://as.example","expires_in":900,"interval":1}"#;
const TOKENS: &str = r#"{"access_token":"granted","token_type":"Bearer"}"#;

/// The system's clock, as far ahead as the program was stopped.
#[derive(Debug, Default)]
struct Ahead(AtomicU64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now().saturating_add(Duration::from_secs(self.0.load(Ordering::SeqCst)))
    }
}

#[tokio::test]
async fn an_answer_that_came_while_the_program_was_stopped_is_heard() {
    let sign_ins: Vec<_> = (0..TIMES).map(|_| tokio::spawn(timeout(LIMIT, sign_in()))).collect();
    for sign_in in sign_ins {
        let outcome = sign_in.await.unwrap().unwrap();
        assert!(matches!(outcome, Some(Outcome::Authorized(_))), "{outcome:?}");
    }
}

async fn sign_in() -> Option<Outcome> {
    let (clock, remote) = (Arc::new(Ahead::default()), Remote::new());
    let server = serve(Arc::clone(&clock), remote.clone());
    let config = Config::new("tv", format!("http://{server}/device"), format!("http://{server}/token"));
    let mut flow = DeviceFlow::new(config.interval_margin(0)).unwrap();
    let client = Client::builder().proxy(Proxy::None).clock(clock).build().unwrap();
    client.drive_with(&mut flow, &remote, |_| {}).await;
    flow.into_outcome().ok()
}

/// Gives codes and tokens to one client, and stops it at the same moment.
fn serve(clock: Arc<Ahead>, remote: Remote) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut client = BufReader::new(listener.accept().unwrap().0);
        hear(&mut client);
        say(client.get_mut(), CODES);
        hear(&mut client);
        // The machine's clock goes on while a program is stopped; the order stands for whatever wakes it.
        clock.0.store(200, Ordering::SeqCst);
        remote.resume();
        // A runtime hears of what its socket has received when it gets round to it.
        thread::sleep(Duration::from_millis(5));
        say(client.get_mut(), TOKENS);
    });
    address
}

fn say(client: &mut TcpStream, answer: &str) {
    write!(client, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{answer}", answer.len()).unwrap();
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
