//! `transport-ureq`.

use crate::blocking::Blocking;
use crate::{CLIENT_ID, Endpoints, Prompted, SCOPE};
use device_flow_core::Config;
use transport_ureq::Client;

pub struct Ours {
    client: Client,
    endpoints: Endpoints,
}

impl Blocking for Ours {
    fn new(endpoints: &Endpoints) -> Self {
        let client = Client::new().expect("a client");
        Self { client, endpoints: endpoints.clone() }
    }

    fn sign_in(&self, prompted: Prompted) -> String {
        let pending = self.client.start(config(&self.endpoints)).expect("codes");
        prompted();
        let tokens = pending.wait().expect("tokens");
        tokens.access_token().expose().to_owned()
    }
}

/// Without a margin, so that all sign-ins last equally long. The server's name need not be one of loopback.
pub(super) fn config(endpoints: &Endpoints) -> Config {
    Config::new(CLIENT_ID, &*endpoints.device_authorization, &*endpoints.token)
        .scope(SCOPE)
        .interval_margin(0)
        .allow_http(true)
}
