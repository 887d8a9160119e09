//! What can go wrong with a single request, and passes.

use crate::transport_failure::TransportFailure;
use core::fmt;

/// Why a request is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RetryReason {
    /// No complete answer arrived.
    Transport(TransportFailure),
    /// An answer arrived that says "not now": a gateway's page, a rate limit, a server that restarts.
    Status(u16),
    /// An answer with this HTTP status arrived that is not an authorization server's: the page of a captive portal, say.
    NotOAuth(u16),
}

impl RetryReason {
    /// A stable name in snake case: that of the [`TransportFailure`], `http_status` or `not_oauth`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transport(failure) => failure.as_str(),
            Self::Status(_) => "http_status",
            Self::NotOAuth(_) => "not_oauth",
        }
    }

    /// A stable name of the [cause](TransportFailure::cause) in snake case, where there is one.
    pub const fn cause(self) -> Option<&'static str> {
        match self {
            Self::Transport(failure) => failure.cause(),
            Self::Status(_) | Self::NotOAuth(_) => None,
        }
    }

    pub(crate) const fn is_lasting(self) -> bool {
        matches!(self, Self::Transport(failure) if failure.is_lasting())
    }

    /// Whether what was asked for may have been granted in an answer that never arrived. A gateway that gave up may
    /// stand before a server that did not.
    pub(crate) const fn may_hide_a_grant(self) -> bool {
        match self {
            Self::Transport(failure) => failure.may_have_arrived(),
            Self::Status(status) => status >= 500,
            Self::NotOAuth(status) => status < 300,
        }
    }
}

impl fmt::Display for RetryReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(failure) => failure.fmt(f),
            Self::Status(status) => write!(f, "the server answered with HTTP status {status}"),
            Self::NotOAuth(status) => {
                write!(f, "somebody answered with HTTP status {status}, and not as an authorization server does")
            }
        }
    }
}

/// The stored spelling: a name, that of the cause, and a number: the HTTP status, or what the failure's cause has.
impl RetryReason {
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Transport(failure) => failure.number(),
            Self::Status(status) | Self::NotOAuth(status) => u32::from(status),
        }
    }

    pub(crate) fn restored(name: &str, cause: &str, number: u32) -> Option<Self> {
        let status = || u16::try_from(number).unwrap_or_default();
        match name {
            "http_status" => Some(Self::Status(status())),
            "not_oauth" => Some(Self::NotOAuth(status())),
            _ => TransportFailure::restored(name, cause, number).map(Self::Transport),
        }
    }
}
