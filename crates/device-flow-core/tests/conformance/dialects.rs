//! Servers that depart from RFC 8628: what goes out and what an answer means, in each dialect.

mod answers;
mod requests;
#[path = "../support/dialects.rs"]
mod spoken;

use device_flow_core::{ClientAuthentication, Config, Dialect};

use crate::bench::config;

fn dialect(server: &str) -> Dialect {
    spoken::spoken_by(server).unwrap()
}

/// A client of such a server, with a secret.
fn client(server: &str) -> Config {
    config().dialect(dialect(server)).client_authentication(ClientAuthentication::SecretPost("s3cret".into()))
}

/// A client without one.
fn public(server: &str) -> Config {
    config().dialect(dialect(server))
}
