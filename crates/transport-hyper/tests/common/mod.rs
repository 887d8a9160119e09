//! What the tests share: servers that are as quick as the protocol allows, and waiting for what arrives there.

use device_flow_core::{Config, DeviceFlow, Outcome};
use device_flow_testserver::{Options, Script, Server};
use std::time::{Duration, Instant};
use transport_hyper::{Client, Proxy};

/// The shortest interval that a client obeys, with its margin.
pub(crate) const INTERVAL: Duration = Duration::from_millis(1_050);

/// A server that answers the polls of every code by this script.
pub(crate) fn server(polls: Script) -> Server {
    let options = Options::new().interval(Duration::from_secs(1));
    Server::start(options.every_code(polls)).unwrap()
}

/// A client for this server, whatever the environment says.
pub(crate) fn client() -> Client {
    Client::builder().proxy(Proxy::None).build().unwrap()
}

pub(crate) fn config(server: &Server) -> Config {
    let (device, token) = (server.device_authorization_endpoint(), server.token_endpoint());
    Config::new("tv", device, token)
}

pub(crate) fn flow(server: &Server) -> DeviceFlow {
    DeviceFlow::new(config(server)).unwrap()
}

pub(crate) fn is_authorized(flow: &DeviceFlow) -> bool {
    matches!(flow.outcome(), Some(Outcome::Authorized(_)))
}

/// When the polls arrived.
pub(crate) fn polls(server: &Server) -> Vec<Instant> {
    let polls = server.requests_to("/token");
    polls.iter().map(|it| it.arrived).collect()
}

/// Waits until something is so.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until this many polls have arrived.
pub(crate) async fn until_polled(server: &Server, times: usize) {
    until(|| polls(server).len() >= times).await;
}
