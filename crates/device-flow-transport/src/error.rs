//! What can go wrong for a caller.

use core::fmt;
use device_flow_core::{ConfigError, Expiry, Failure, ResumeError};

/// Why there are no tokens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot work on this machine or with these settings.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The configuration of the sign-in cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The stored sign-in cannot be taken up again.
    #[error(transparent)]
    Resume(#[from] ResumeError),
    /// The person said no.
    #[error("the sign-in was denied")]
    Denied,
    /// The code ran out before the person decided, as far as is known: when no poll was ever answered, it tells why.
    #[error(fmt = expired)]
    Expired(Expiry),
    /// The caller gave up.
    #[error("the sign-in was cancelled")]
    Cancelled,
    /// It could not be done.
    #[error(transparent)]
    Failed(Failure),
}

/// Nobody approved, or nobody could be asked.
fn expired(expiry: &Expiry, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match expiry.last_trouble() {
        Some(trouble) if !expiry.is_answered() => {
            write!(f, "the code ran out and no poll was ever answered: {trouble}")
        }
        _ => f.write_str("the code ran out before anybody approved"),
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Cancelled => Self::Cancelled,
            other => Self::Failed(other),
        }
    }
}

/// Settings that cannot work. Says which part; shows no key, certificate or address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The extra root certificates are not PEM, hold no certificate, or hold one that cannot be a root.
    #[error("the root certificates {0}")]
    RootCertificates(PemError),
    /// The client certificate's chain is not PEM or holds no certificate.
    #[error("the client certificate {0}")]
    ClientCertificate(PemError),
    /// The client certificate's key is not PEM, holds no key, or a key of an unknown kind.
    #[error("the key of the client certificate {0}")]
    ClientKey(PemError),
    /// The client certificate and its key do not belong together.
    #[error("the client certificate and its key do not belong together")]
    ClientKeyMismatch,
    /// The user agent has characters that no header may have.
    #[error("the user agent has characters that no header may have")]
    UserAgent,
    /// A header for every request has characters that no header may have, or is one that HTTP or the transport itself needs.
    #[error("the header for every request cannot be sent: {0}")]
    Header(String),
    /// An environment variable about proxies cannot be read.
    #[error("the environment variable {variable} is not valid Unicode")]
    NotUnicode {
        /// Its name.
        variable: &'static str,
    },
    /// A proxy's address cannot be used.
    #[error("the proxy address from {origin} cannot be used")]
    Proxy {
        /// Where it came from: the name of an environment variable, or `the settings`.
        origin: &'static str,
    },
    /// The TLS library refused its settings, which is not expected to happen.
    #[error("the TLS library refused its settings")]
    Tls,
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Randomness,
}

/// What is wrong with an input in PEM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// It is not PEM.
    #[error("cannot be read as PEM")]
    Malformed,
    /// It has no section of the kind that is needed.
    #[error("cannot be found in the PEM text")]
    Missing,
    /// Its content is of no use.
    #[error("cannot be used: damaged or of an unknown kind")]
    Unusable,
}
