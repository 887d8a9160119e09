//! What several tests need.

use device_flow_core::Config;
use device_flow_testserver::{Approval, Options, Script, Server};
use std::io::Read as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
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

/// A server that tells when something has come, and never answers.
pub(crate) struct Silent {
    pub(crate) address: SocketAddr,
    pub(crate) has_request: Receiver<()>,
}

impl Silent {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, has_request) = channel();
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let sender = sender.clone();
                thread::spawn(
                    move || while stream.read(&mut [0; 4096]).is_ok_and(|it| it > 0 && sender.send(()).is_ok()) {},
                );
            }
        });
        Self { address, has_request }
    }
}
