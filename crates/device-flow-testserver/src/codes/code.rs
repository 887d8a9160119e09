//! What is told about a code.

use std::time::Duration;

/// What has become of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Nobody has decided yet.
    Pending,
    /// Approved; the device has not fetched its tokens.
    Approved,
    /// Denied.
    Denied,
    /// Its time is over, or it was made to expire.
    Expired,
    /// The device has its tokens.
    Used,
}

/// A code as it stands, from [`Server::codes`](crate::Server::codes). The device code is not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// What a person enters, as it was handed out.
    pub user_code: String,
    /// The client that asked for it.
    pub client_id: String,
    /// The requested scope.
    pub scope: Option<String>,
    /// What has become of it.
    pub standing: Standing,
    /// How many polls have arrived for it.
    pub polls: u32,
    /// How long it still lives.
    pub expires_in: Duration,
}
