//! How a sign-in ends when it does not end with tokens.

use crate::client_error::ClientError;
use device_flow_core::{ConfigError, Failure, Outcome, ResumeError, TokenResponse};

/// Why there are no tokens, or no endpoints.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client could not do its part.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The stored sign-in cannot be taken up again.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The person said no.
    #[error("the sign-in was denied")]
    Denied,
    /// The code ran out before the person decided.
    #[error("the code expired before the sign-in was complete")]
    Expired,
    /// [`Remote::cancel`](crate::Remote::cancel) was called.
    #[error("the sign-in was cancelled")]
    Cancelled,
    /// It could not be done.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// What callers of the plain functions want to know of an outcome. A machine that has none was not driven to its end,
/// which only a cancelled one is not.
pub(crate) fn token(outcome: Option<Outcome>) -> Result<TokenResponse, Error> {
    match outcome {
        Some(Outcome::Authorized(token)) => Ok(token),
        Some(Outcome::Denied) => Err(Error::Denied),
        Some(Outcome::Expired) => Err(Error::Expired),
        Some(Outcome::Failed(failure)) => Err(Error::Failed(failure)),
        Some(Outcome::Cancelled) | None => Err(Error::Cancelled),
    }
}
