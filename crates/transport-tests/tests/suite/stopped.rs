//! A program that is stopped while the tokens are on their way, and finds on waking up that time is over.

use crate::bench::{config_at, told, until};
use core::sync::atomic::{AtomicU64, Ordering};
use device_flow_core::{DeviceFlow, Outcome, Timestamp};
use device_flow_transport::{Clock, Remote, SystemClock};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use transport_tests::{Settings, Transport};

/// What is first after waking up is the system's choice, so it is asked to choose often.
const TIMES: usize = 20;

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

pub(crate) fn an_answer_that_came_while_the_program_was_stopped_is_heard<T: Transport>() {
    thread::scope(|scope| {
        for _ in 0..TIMES {
            scope.spawn(|| {
                let outcome = sign_in::<T>();
                assert!(matches!(outcome, Some(Outcome::Authorized(_))), "{outcome:?}");
            });
        }
    });
}

fn sign_in<T: Transport>() -> Option<Outcome> {
    let (clock, remote) = (Arc::new(Ahead::default()), Remote::new());
    let server = serve(Arc::clone(&clock), remote.clone());
    let mut flow = DeviceFlow::new(config_at(&format!("http://{server}")).interval_margin(0)).unwrap();
    let client = T::build(&Settings { clock: Some(clock), ..Settings::default() }).unwrap();
    // Whoever has lost the tokens goes on asking for them, and is cancelled in the end.
    told(&client, &mut flow, &remote, |_| until(false));
    flow.into_outcome().ok()
}

/// Gives codes and tokens to one client, and stops it in between.
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
        // What a socket has received is heard when its thread or its runtime gets round to it.
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
