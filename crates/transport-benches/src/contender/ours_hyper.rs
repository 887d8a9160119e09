//! `transport-hyper`.

use super::ours_ureq::config;
use crate::asynchronous::Asynchronous;
use crate::{Endpoints, Prompted};
use transport_hyper::Client;

pub struct Ours {
    client: Client,
    endpoints: Endpoints,
}

impl Asynchronous for Ours {
    fn new(endpoints: &Endpoints) -> Self {
        let client = Client::new().expect("a client");
        Self { client, endpoints: endpoints.clone() }
    }

    async fn sign_in(&self, prompted: Prompted) -> String {
        let pending = self.client.start(config(&self.endpoints)).await.expect("codes");
        prompted();
        let tokens = pending.wait().await.expect("tokens");
        tokens.access_token().expose().to_owned()
    }
}
