//! A sign-in that was put aside, to be taken up again later or elsewhere.

use crate::config::{Config, ConfigError};
use crate::failure::ProtocolErrorKind;
use crate::pkce::PkceVerifier;
use crate::secret::SecretString;
use crate::wire::DeviceAuthorizationResponse;
use alloc::boxed::Box;
use core::time::Duration;

/// All that [`DeviceFlow::resume`](crate::DeviceFlow::resume) needs: the codes, the interval with what was added to it,
/// the failures so far, and what is left of the code's life.
///
/// It can be stored, as [`to_json`](Self::to_json), and read by a later version of this crate. It
/// holds the device code, so it is as secret as a token; `Debug` shows neither that nor the user code. It holds
/// durations, never dates: whoever stores it also keeps when that was.
#[derive(Clone, Debug)]
pub struct PendingFlow {
    pub(crate) client_id: Box<str>,
    pub(crate) token_endpoint: Box<str>,
    pub(crate) response: DeviceAuthorizationResponse,
    pub(crate) nonce: Option<SecretString>,
    pub(crate) pkce: Option<PkceVerifier>,
    pub(crate) interval: Duration,
    pub(crate) remaining: Duration,
    pub(crate) is_lifetime_known: bool,
    pub(crate) next_poll_in: Duration,
    pub(crate) failures: u32,
    pub(crate) is_answer_lost: bool,
}

impl PendingFlow {
    /// The client that the code was made for.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The endpoint that is polled.
    pub fn token_endpoint(&self) -> &str {
        &self.token_endpoint
    }

    /// What was left of the code's life.
    pub const fn remaining(&self) -> Duration {
        self.remaining
    }

    /// The wait that was left before the next poll.
    pub const fn next_poll_in(&self) -> Duration {
        self.next_poll_in
    }
}

/// A stored flow that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PendingFlowError {
    /// It is not what [`PendingFlow::to_json`] writes, or was damaged.
    #[error("the stored sign-in is damaged; start a new one")]
    Damaged,
    /// It was written by a newer version.
    #[error("the stored sign-in has format version {found}, which this program does not know")]
    Version {
        /// The version it names.
        found: u32,
    },
}

/// A stored flow that cannot be taken up again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The code was made for another client.
    #[error("the stored sign-in belongs to another client")]
    OtherClient,
    /// The code was made by another server.
    #[error("the stored sign-in belongs to another token endpoint")]
    OtherTokenEndpoint,
    /// What people would be shown is not fit to be shown under this configuration.
    #[error("the stored sign-in cannot be shown to anybody: the server {0}")]
    Unusable(ProtocolErrorKind),
}

impl ResumeError {
    /// Whether what was stored for this client and this token endpoint may be used under a configuration.
    pub(crate) fn check(
        config: &Config,
        client_id: &str,
        token_endpoint: &str,
    ) -> Result<(), Self> {
        if &*config.client_id != client_id {
            Err(Self::OtherClient)
        } else if &*config.token_endpoint != token_endpoint {
            Err(Self::OtherTokenEndpoint)
        } else {
            Ok(())
        }
    }
}
