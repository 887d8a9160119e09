//! What a sign-in costs over each transport, beside the same sign-in by hand over the same HTTP library and beside the
//! `oauth2` crate.
//!
//! A sign-in is five requests over plain HTTP on loopback: one for codes, three polls that are told to wait, and one that
//! brings the tokens. The server is another process (`server`), and so is whoever signs in (`client`), so that what is
//! counted there is the client's alone.

#[path = "../../device-flow-core/benches/src/answers.rs"]
pub mod answers;
pub mod asynchronous;
pub mod blocking;
pub mod contender;
pub mod job;

pub use contender::{Contender, Library};
pub use job::{Job, Keeping};

use std::time::Duration;

/// Called when there is something to show to the person.
pub type Prompted = &'static (dyn Fn() + Send + Sync);

/// Who hears how far a job is.
#[derive(Clone, Copy)]
pub struct Listener {
    /// Called whenever there is something to show to the person.
    pub prompted: Prompted,
    /// Called by each thread or task after its first sign-in.
    pub signed_in: &'static (dyn Fn() + Send + Sync),
}

/// How long each thread or task rests after its first sign-in, so that all have come to the end of that.
pub const REST: Duration = Duration::from_millis(200);

/// Where the server's endpoints are.
#[derive(Clone, Debug)]
pub struct Endpoints {
    pub device_authorization: String,
    pub token: String,
}

impl Endpoints {
    /// Those of the bench's server at this host and port.
    pub fn at(address: &str) -> Self {
        Self { device_authorization: format!("http://{address}/device"), token: format!("http://{address}/token") }
    }
}

/// How long the access token is that the server of the benches gives out.
pub const ACCESS_TOKEN_LENGTH: usize = 1_000;

/// What everybody sends.
pub const CLIENT_ID: &str = "s6BhdRkqt3";
pub const SCOPE: &str = "openid profile";
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
