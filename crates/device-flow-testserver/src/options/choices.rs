//! Settings that choose between ways to behave.

use std::time::Duration;

/// When a code is approved, unless its script, [`Server::approve`](crate::Server::approve) or the page decide first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Approval {
    /// Never by itself: the page or a call decides.
    Manual,
    /// After this many polls that were answered `authorization_pending`; scripted steps do not count.
    AfterPolls(u32),
    /// This long after the code was made.
    After(Duration),
}

/// What the server does about refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshTokens {
    /// Issues none.
    None,
    /// Issues one, which stays valid; the answer to a refresh names none.
    Keep,
    /// Issues one, and a new one at every refresh; the old one is then `invalid_grant`, and revokes the grant when it
    /// comes again, see [`Options::refresh_token_reuse_detection`](crate::Options::refresh_token_reuse_detection).
    Rotate,
}

/// Whether confidential clients authenticate at the device authorization endpoint (RFC 8628 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceEndpointAuthentication {
    /// They must, as Keycloak has it.
    Required,
    /// Credentials are not looked at.
    Ignored,
    /// Credentials are `invalid_request`, as Auth0 has it.
    Refused,
}
