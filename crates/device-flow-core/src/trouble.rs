//! What can go wrong with a single request, and passes.

use core::fmt;

/// Why a request came to nothing, as far as a machine needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TransportFailure {
    /// No connection: name resolution, refused, unreachable. The server has not seen the request.
    Connect,
    /// The proxy refused to pass the request on, and will again. The server has not seen it.
    Proxy,
    /// No complete answer within the request's time limit.
    Timeout,
    /// The TLS handshake failed. The server has not seen the request.
    Tls,
    /// The connection ended before the answer was complete.
    Closed,
    /// The answer was larger than the request allows.
    BodyTooLarge,
    /// The answer came in a content coding that was not asked for and cannot be read.
    Encoding,
    /// Anything else, such as an answer that is not HTTP.
    Other,
}

impl TransportFailure {
    /// A stable name in snake case, for logs and machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Closed => "closed",
            Self::BodyTooLarge => "body_too_large",
            Self::Encoding => "encoding",
            Self::Other => "other",
        }
    }

    /// Whether the server may have acted on the request although its answer was lost (RFC 6749 section 4.1.2 lets a
    /// server revoke what it granted when a code is used twice).
    pub(crate) const fn may_have_arrived(self) -> bool {
        !matches!(self, Self::Connect | Self::Proxy | Self::Tls)
    }

    /// Whether the next attempt will fail in the same way: a certificate that is not trusted now will not be trusted
    /// in a second.
    pub(crate) const fn is_lasting(self) -> bool {
        matches!(self, Self::Tls | Self::Proxy)
    }
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection to the server",
            Self::Proxy => "the proxy refused the connection",
            Self::Timeout => "no answer in time",
            Self::Tls => "the TLS handshake failed",
            Self::Closed => "the connection was closed before the answer was complete",
            Self::BodyTooLarge => "the answer is too large",
            Self::Encoding => "the answer came in a content coding that cannot be read",
            Self::Other => "the exchange failed",
        })
    }
}

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

/// The stored spelling, in one word: a failure's name, or the status with what it stands for.
impl RetryReason {
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Transport(_) => 0,
            Self::Status(status) | Self::NotOAuth(status) => status,
        }
    }

    pub(crate) fn restored(name: &str, status: u16) -> Option<Self> {
        const FAILURES: [TransportFailure; 8] = [
            TransportFailure::Connect,
            TransportFailure::Proxy,
            TransportFailure::Timeout,
            TransportFailure::Tls,
            TransportFailure::Closed,
            TransportFailure::BodyTooLarge,
            TransportFailure::Encoding,
            TransportFailure::Other,
        ];
        match name {
            "http_status" => Some(Self::Status(status)),
            "not_oauth" => Some(Self::NotOAuth(status)),
            _ => FAILURES.into_iter().find(|it| it.as_str() == name).map(Self::Transport),
        }
    }
}
