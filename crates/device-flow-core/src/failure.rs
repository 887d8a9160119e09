//! How a machine fails: who is to blame, in the server's own words where it has some.

use crate::server_error::{ServerError, redact};
use crate::stage::Stage;
use crate::text::MAX_TARGET;
use crate::transport_failure::TransportFailure;
use crate::uri::UriError;
use alloc::boxed::Box;
use core::fmt;

/// Why a machine could not reach its goal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The server refused with an OAuth error.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Somebody answered, and not as the protocol asks.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// Nobody answered.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The caller gave up.
    #[error("cancelled")]
    Cancelled,
}

impl Failure {
    /// Whether it repeats anything that a server said.
    pub(crate) fn has_words_of_a_server(&self) -> bool {
        match self {
            Self::Server(_) => true,
            Self::Protocol(error) => matches!(error.kind, ProtocolErrorKind::Redirect { .. }),
            Self::Network(_) | Self::Cancelled => false,
        }
    }

    /// Takes a secret out of what a server said.
    pub(crate) fn redact(&mut self, secret: &str) {
        match self {
            Self::Server(error) => error.redact(secret),
            Self::Protocol(error) => {
                if let ProtocolErrorKind::Redirect { target: Some(target), .. } = &mut error.kind {
                    redact(target, MAX_TARGET, secret);
                }
            }
            Self::Network(_) | Self::Cancelled => {}
        }
    }
}

/// An answer that is neither what was asked for nor an OAuth error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {} {kind}", stage.endpoint_name())]
pub struct ProtocolError {
    stage: Stage,
    kind: ProtocolErrorKind,
}

impl ProtocolError {
    /// An answer of this kind to a request of this stage.
    pub const fn new(stage: Stage, kind: ProtocolErrorKind) -> Self {
        Self { stage, kind }
    }

    /// Which request was answered so.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// What is wrong with the answer.
    pub const fn kind(&self) -> &ProtocolErrorKind {
        &self.kind
    }
}

/// What is wrong with an answer. Reads on from "the … endpoint".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// The body is neither a JSON object nor a form, or says nothing that OAuth knows.
    #[error("answered with HTTP status {status} and no OAuth response; is it the right address?")]
    NotOAuth {
        /// The HTTP status code.
        status: u16,
    },
    /// The body is a web page.
    #[error(
        "answered with HTTP status {status} and a web page; is it the right address, or does the network ask for a sign-in of its own?"
    )]
    WebPage {
        /// The HTTP status code.
        status: u16,
    },
    /// A redirect, which is never followed: it could carry the secrets elsewhere (RFC 9700 section 4.12).
    #[error(
        "answered with a redirect{} (HTTP status {status}), which is not followed; is it the right address?",
        Target(.target.as_deref())
    )]
    Redirect {
        /// The HTTP status code.
        status: u16,
        /// Where it leads, cleaned and without its query; at most 200 characters.
        target: Option<Box<str>>,
    },
    /// "Not now", as often as it was asked (a status such as 429 or 503 without an OAuth error).
    #[error("is not available (HTTP status {status}); try again later")]
    Unavailable {
        /// The HTTP status code.
        status: u16,
    },
    /// The access token is not accepted (RFC 6750 section 3.1).
    #[error("does not accept the access token (HTTP status {status})")]
    TokenRefused {
        /// The HTTP status code.
        status: u16,
    },
    /// A member that must be there is absent, null, empty or of the wrong type.
    #[error("left out {name:?}")]
    MissingMember {
        /// The member's name.
        name: &'static str,
    },
    /// A member is too long, or has characters that it must not have.
    #[error("sent a {name:?} that is too long or has characters that it must not have")]
    MalformedMember {
        /// The member's name.
        name: &'static str,
    },
    /// The address to send people to cannot be shown to anyone.
    #[error("sent a verification_uri that {0}")]
    VerificationUri(UriError),
    /// `openid` was asked for and no ID token came (OpenID Connect Core section 3.1.3.3).
    #[error("sent no id_token although the scope openid was asked for")]
    MissingIdToken,
    /// The body is larger than the limit.
    #[error("sent an answer that is larger than the limit")]
    TooLarge,
    /// The body is nested deeper than 32 levels.
    #[error("sent an answer that is nested too deeply")]
    TooDeep,
    /// The metadata belongs to another issuer (RFC 8414 section 3.3).
    #[error(
        "describes the issuer {found:?}, not the {expected:?} that was asked for; use that name if it is the right one"
    )]
    Issuer {
        /// The issuer that was asked for.
        expected: Box<str>,
        /// The issuer that the metadata names, cleaned.
        found: Box<str>,
    },
    /// The metadata names an endpoint that cannot be called.
    #[error("names a {name} that {source}")]
    Endpoint {
        /// The member's name.
        name: &'static str,
        /// What is wrong with the address.
        source: UriError,
    },
}

/// " to" where a redirect leads.
struct Target<'a>(Option<&'a str>);

impl fmt::Display for Target<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |it| write!(f, " to {it}"))
    }
}

/// A request that got no answer, as often as it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not reach the {}: {failure}", stage.endpoint_name())]
pub struct NetworkError {
    stage: Stage,
    failure: TransportFailure,
}

impl NetworkError {
    /// A request of this stage that came to nothing in this way.
    pub const fn new(stage: Stage, failure: TransportFailure) -> Self {
        Self { stage, failure }
    }

    /// Which request got no answer.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// How the last attempt failed.
    pub const fn failure(&self) -> TransportFailure {
        self.failure
    }
}
