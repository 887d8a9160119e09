//! What a session tells.

use crate::failure::Failure;
use crate::server_error::ServerError;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use crate::trouble::RetryReason;

/// What a [`Session`](crate::Session) tells while it works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionEvent {
    /// The lead time has begun. Told once a token.
    #[non_exhaustive]
    AboutToExpire {
        /// When the token expires.
        expires_at: Timestamp,
    },
    /// There are new tokens; store them now, because the old refresh token may have stopped working.
    Refreshed(TokenResponse),
    /// A refresh met with trouble that passes and will be tried again.
    #[non_exhaustive]
    Retrying {
        /// What happened.
        reason: RetryReason,
        /// When it will be tried again.
        next_attempt: Timestamp,
    },
    /// A refresh came to nothing, and will not be tried again until somebody asks for one: the server refused it, though
    /// not because of the refresh token, or its answer was lost and it must not be made twice. Told once; the tokens stay
    /// as they are.
    RefreshFailed(Failure),
    /// The access token has run out. Told once a token.
    Expired,
    /// Only a new sign-in brings new tokens. The last thing that is told; the tokens stay as they are, and the access
    /// token is good until it expires.
    SignInNeeded(SignInReason),
}

/// Why a new sign-in is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInReason {
    /// The server no longer takes the refresh token (`invalid_grant`, RFC 6749 section 5.2, and the codes that mean the
    /// same).
    Refused(ServerError),
    /// The access token has run out and there is no refresh token.
    NoRefreshToken,
}
