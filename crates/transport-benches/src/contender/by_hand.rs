//! What signing in by hand needs whatever the library: the bodies, and the answers as structs.

use crate::{CLIENT_ID, GRANT_TYPE, SCOPE};
use serde::Deserialize;
use std::time::Duration;

pub(crate) const CODES_FORM: [(&str, &str); 2] = [("client_id", CLIENT_ID), ("scope", SCOPE)];

pub(crate) fn poll_form(device_code: &str) -> [(&str, &str); 3] {
    [("grant_type", GRANT_TYPE), ("device_code", device_code), ("client_id", CLIENT_ID)]
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "a program shows what is only read here")]
pub(crate) struct Codes {
    pub(crate) device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

impl Codes {
    pub(crate) fn interval(&self) -> Duration {
        Duration::from_secs(self.interval.unwrap_or(5))
    }
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "a program uses what is only read here")]
pub(crate) struct Tokens {
    pub(crate) access_token: String,
    token_type: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    scope: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Refusal {
    error: String,
}

/// The tokens, or nothing when it is too early for them.
pub(crate) fn read_tokens(is_success: bool, body: &[u8]) -> Option<Tokens> {
    if is_success {
        return Some(serde_json::from_slice(body).expect("tokens"));
    }
    let refusal: Refusal = serde_json::from_slice(body).expect("an error");
    assert_eq!(refusal.error, "authorization_pending");
    None
}
