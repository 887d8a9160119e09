//! The `oauth2` crate with its feature `ureq`, that is ureq 2.
//!
//! There an answer of status 400 counts as no answer, and the wait before the next poll is doubled. It is kept from
//! growing, so that all sign-ins last equally long.

use super::oauth2_client::{ConfiguredClient, client, scopes};
use crate::blocking::Blocking;
use crate::{Endpoints, Prompted};
use oauth2::{StandardDeviceAuthorizationResponse, TokenResponse as _, ureq};
use std::thread;

pub struct Oauth2 {
    http: ureq::Agent,
    client: ConfiguredClient,
}

impl Blocking for Oauth2 {
    fn new(endpoints: &Endpoints) -> Self {
        // No redirects are followed, as the crate's documentation tells.
        let http = ureq::AgentBuilder::new().redirects(0).build();
        Self { http, client: client(endpoints) }
    }

    fn sign_in(&self, prompted: Prompted) -> String {
        let request = self.client.exchange_device_code().add_scopes(scopes());
        let codes: StandardDeviceAuthorizationResponse = request.request(&self.http).expect("codes");
        prompted();
        let request = self.client.exchange_device_access_token(&codes).set_max_backoff_interval(codes.interval());
        let tokens = request.request(&self.http, thread::sleep, None).expect("tokens");
        tokens.access_token().secret().clone()
    }
}
