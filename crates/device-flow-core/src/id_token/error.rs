//! What can be wrong with an ID token.

use alloc::string::String;

/// What is wrong with an ID token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It is no JSON Web Token with JSON claims.
    #[error("the ID token is not a JSON Web Token")]
    Malformed,
    /// A claim that must be there is absent, or one that is there is of the wrong type.
    #[error("the ID token has no usable claim {name:?}")]
    #[non_exhaustive]
    MissingClaim {
        /// The claim's name.
        name: &'static str,
    },
    /// It comes from somebody else.
    #[error("the ID token was issued by {found:?}")]
    #[non_exhaustive]
    Issuer {
        /// Who issued it, cleaned.
        found: String,
    },
    /// It is meant for somebody else.
    #[error("the ID token is meant for another client")]
    Audience,
    /// It was issued to another client (`azp`).
    #[error("the ID token was issued to another client")]
    AuthorizedParty,
    /// It has run out.
    #[error("the ID token has expired; is the clock right?")]
    Expired,
    /// It was issued in the future.
    #[error("the ID token was issued in the future; is the clock right?")]
    IssuedInTheFuture,
    /// It answers another request.
    #[error("the ID token answers another request: its nonce differs")]
    Nonce,
    /// It belongs to another access token.
    #[error("the ID token belongs to another access token")]
    AccessTokenHash,
    /// The access token's hash cannot be compared, because the token is not signed or with an algorithm that is not known.
    #[error(
        "the ID token is not signed, or with an algorithm that is not known, so its access token hash cannot be compared"
    )]
    UnknownAlgorithm,
    /// There is no ID token to check.
    #[error("the server sent no ID token")]
    Missing,
    /// It is not known who has to have issued it (see [`Config::issuer`](crate::Config::issuer)).
    #[error("the issuer of the ID token is not known, so it cannot be checked")]
    UnknownIssuer,
}
