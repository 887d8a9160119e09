//! What a driven machine has come to.

use crate::error::{ClientError, Error};
use device_flow_core::{Config, DeviceFlow, Failure, Outcome, TokenResponse, nonce};

/// The tokens of a flow that was driven to its end, or why there are none.
///
/// # Errors
///
/// An [`Error`] for every other end than tokens.
pub fn tokens(flow: DeviceFlow) -> Result<TokenResponse, Error> {
    match flow.into_outcome() {
        Ok(Outcome::Authorized(tokens)) => Ok(tokens),
        Ok(Outcome::Denied) => Err(Error::Denied),
        Ok(Outcome::Expired(expiry)) => Err(Error::Expired(expiry)),
        Ok(Outcome::Failed(failure)) => Err(failure.into()),
        // A driven flow has always ended.
        Ok(Outcome::Cancelled) | Err(_) => Err(Error::Cancelled),
    }
}

/// What a discovery or a call that was driven to its end has come to: the result of its `into_outcome`.
///
/// # Errors
///
/// The [`Failure`], as an [`Error`].
pub fn outcome<T, M>(outcome: Result<Result<T, Failure>, M>) -> Result<T, Error> {
    match outcome {
        Ok(outcome) => Ok(outcome?),
        // A driven machine has always ended.
        Err(_) => Err(Error::Cancelled),
    }
}

/// The configuration with a nonce where it [needs one](Config::needs_nonce).
///
/// # Errors
///
/// [`ClientError::Randomness`] when the operating system gives none.
pub fn with_nonce(config: Config) -> Result<Config, ClientError> {
    if !config.needs_nonce() {
        return Ok(config);
    }
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|_| ClientError::Randomness)?;
    Ok(config.nonce(nonce(&random)))
}
