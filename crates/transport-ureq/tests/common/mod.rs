//! What several tests need.

use device_flow_core::Config;
use device_flow_testserver::{Approval, Options, Script, Server};
use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use transport_ureq::{Client, Proxy};

/// "At once" on a busy machine.
pub(crate) const AT_ONCE: Duration = Duration::from_millis(500);

pub(crate) fn server(script: Script) -> Server {
    let options = Options::new().interval(Duration::from_secs(1)).approval(Approval::Manual);
    Server::start(options.every_code(script)).unwrap()
}

pub(crate) fn config(server: &Server) -> Config {
    Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint()).interval_margin(0)
}

pub(crate) fn config_at(address: SocketAddr) -> Config {
    Config::new("tv", format!("http://{address}/device"), format!("http://{address}/token"))
}

pub(crate) fn client() -> Client {
    Client::builder().proxy(Proxy::None).build().unwrap()
}

/// What a silent server notices of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A request, or a part of one.
    Request,
    /// The end of the connection.
    End(Instant),
}

/// A server that reads what comes and never answers.
pub(crate) struct Silent {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Receiver<Seen>,
}

impl Silent {
    pub(crate) fn start() -> Self {
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
}

fn watch(mut stream: TcpStream, seen: &Sender<Seen>) {
    loop {
        let what = match stream.read(&mut [0; 4096]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => Seen::End(Instant::now()),
            Ok(_) => Seen::Request,
        };
        if seen.send(what).is_err() || what != Seen::Request {
            return;
        }
    }
}
