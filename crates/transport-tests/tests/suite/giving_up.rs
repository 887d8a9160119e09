//! Whoever gives a request up hangs up: the server sees the end of the connection, and need not wait for it.

use crate::bench::{config_at, told, until};
use device_flow_core::{Call, DeviceFlow};
use device_flow_transport::Remote;
use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use transport_tests::{Settings, Transport};

/// A tenth of a second, and as much again for a busy machine as it may need.
const AT_ONCE: Duration = Duration::from_millis(500);

pub(crate) fn the_server_sees_at_once_that_a_request_was_cancelled<T: Transport>() {
    cancel::<T>("http");
}

pub(crate) fn the_server_sees_at_once_that_a_handshake_was_cancelled<T: Transport>() {
    cancel::<T>("https");
}

fn cancel<T: Transport>(scheme: &str) {
    let server = Silent::start();
    let client = T::build(&Settings::default()).unwrap();
    let mut flow = DeviceFlow::new(config_at(&format!("{scheme}://{}", server.address))).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    thread::scope(|scope| {
        scope.spawn(|| client.drive(&mut flow, &remote, &mut |_| {}));
        assert_eq!(server.next(), Seen::Something);
        let cancelled_at = Instant::now();
        far.cancel();
        assert_ends_by(&server, cancelled_at + AT_ONCE);
    });
}

pub(crate) fn the_server_sees_at_once_that_a_request_was_given_up_by_its_machine<T: Transport>() {
    let server = Silent::start();
    let client = T::build(&Settings::default()).unwrap();
    let limit = Duration::from_millis(300);
    let config = config_at(&format!("http://{}", server.address)).request_timeout(limit);
    let begun = Instant::now();
    let mut call = Call::refresh(&config, "token").unwrap().retries(0);
    told(&client, &mut call, &Remote::new(), |_| until(false));
    assert_eq!(server.next(), Seen::Something);
    assert_ends_by(&server, begun + limit + AT_ONCE);
}

fn assert_ends_by(server: &Silent, limit: Instant) {
    match server.next() {
        Seen::End(at) => assert!(at <= limit, "{:?} too late", at - limit),
        Seen::Something => panic!("something else was sent"),
    }
}

/// What a server notices of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Something,
    End(Instant),
}

/// A server that reads what comes and never answers.
struct Silent {
    address: SocketAddr,
    seen: Receiver<Seen>,
}

impl Silent {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, seen) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                thread::spawn(move || watch(stream, &sender));
            }
        });
        Self { address, seen }
    }

    fn next(&self) -> Seen {
        self.seen.recv_timeout(Duration::from_secs(10)).unwrap()
    }
}

fn watch(mut stream: TcpStream, seen: &Sender<Seen>) {
    loop {
        let what = match stream.read(&mut [0; 4096]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => Seen::End(Instant::now()),
            Ok(_) => Seen::Something,
        };
        if seen.send(what).is_err() || what != Seen::Something {
            return;
        }
    }
}
