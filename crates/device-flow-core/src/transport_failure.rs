//! How a request came to nothing.

mod cause;
mod proxy_cause;

pub use cause::{Coding, ConnectCause, HttpCause, TlsCause};
pub use proxy_cause::{ProxyCause, ProxySchemes};

use core::fmt;

/// Why a request came to nothing: what a machine needs to know, and beside it the cause, as far as the transport knows it.
///
/// ```
/// use device_flow_core::{TlsCause, TransportFailure};
///
/// let failure = TransportFailure::Tls(Some(TlsCause::Expired));
/// assert_eq!(failure.as_str(), "tls");
/// assert_eq!(failure.to_string(), "the TLS handshake failed: the server's certificate has expired");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum TransportFailure {
    /// No connection: name resolution, refused, unreachable. The server has not seen the request.
    Connect(Option<ConnectCause>),
    /// The proxy did not pass the request on. The server has not seen it.
    Proxy(Option<ProxyCause>),
    /// No complete answer within the request's time limit.
    Timeout,
    /// The TLS handshake failed. The server has not seen the request.
    Tls(Option<TlsCause>),
    /// The connection ended before the answer was complete.
    Closed,
    /// The answer was larger than the request allows.
    BodyTooLarge,
    /// The answer came in a content coding (RFC 9110 section 8.4) that was not asked for and cannot be read.
    Encoding(Option<Coding>),
    /// The answer is not HTTP, or not HTTP as it should be.
    Http(Option<HttpCause>),
    /// Anything else.
    Other,
}

impl TransportFailure {
    /// A stable name in snake case, for logs and machine-readable output. It does not depend on the cause.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Proxy(_) => "proxy",
            Self::Timeout => "timeout",
            Self::Tls(_) => "tls",
            Self::Closed => "closed",
            Self::BodyTooLarge => "body_too_large",
            Self::Encoding(_) => "encoding",
            Self::Http(_) => "http",
            Self::Other => "other",
        }
    }

    /// A stable name of the cause in snake case, if it is known and the failure has more than one.
    pub const fn cause(self) -> Option<&'static str> {
        match self {
            Self::Connect(Some(cause)) => Some(cause.as_str()),
            Self::Proxy(Some(cause)) => Some(cause.as_str()),
            Self::Tls(Some(cause)) => Some(cause.as_str()),
            Self::Encoding(Some(coding)) => Some(coding.as_str()),
            Self::Http(Some(cause)) => Some(cause.as_str()),
            _ => None,
        }
    }

    /// Whether the server may have acted on the request although its answer was lost (RFC 6749 section 4.1.2 lets a
    /// server revoke what it granted when a code is used twice).
    pub(crate) const fn may_have_arrived(self) -> bool {
        !matches!(self, Self::Connect(_) | Self::Proxy(_) | Self::Tls(_))
    }

    /// Whether the next attempt will fail in the same way: a certificate that is not trusted now will not be trusted
    /// in a second.
    pub(crate) const fn is_lasting(self) -> bool {
        match self {
            Self::Tls(_) | Self::Proxy(None) => true,
            Self::Proxy(Some(cause)) => cause.is_lasting(),
            _ => false,
        }
    }
}

impl fmt::Display for TransportFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect(_) => "no connection to the server",
            Self::Proxy(Some(cause)) => return cause.fmt(f),
            Self::Proxy(None) => "the proxy refused the connection",
            Self::Timeout => "no answer in time",
            Self::Tls(_) => "the TLS handshake failed",
            Self::Closed => "the connection was closed before the answer was complete",
            Self::BodyTooLarge => "the answer is too large",
            Self::Encoding(_) => "the answer came in a content coding that cannot be read",
            Self::Http(_) => "the answer is not proper HTTP",
            Self::Other => "the exchange failed",
        })?;
        match self {
            Self::Connect(Some(cause)) => write!(f, ": {cause}"),
            Self::Tls(Some(cause)) => write!(f, ": {cause}"),
            Self::Encoding(Some(coding)) => write!(f, ": {coding}"),
            Self::Http(Some(cause)) => write!(f, ": {cause}"),
            _ => Ok(()),
        }
    }
}

/// The stored spelling: the failure's name, that of its cause, and a number that the cause may have.
impl TransportFailure {
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Proxy(Some(cause)) => cause.number(),
            _ => 0,
        }
    }

    pub(crate) fn restored(name: &str, cause: &str, number: u32) -> Option<Self> {
        Some(match name {
            "connect" => Self::Connect(ConnectCause::named(cause)),
            "proxy" => Self::Proxy(ProxyCause::restored(cause, number)),
            "timeout" => Self::Timeout,
            "tls" => Self::Tls(TlsCause::named(cause)),
            "closed" => Self::Closed,
            "body_too_large" => Self::BodyTooLarge,
            "encoding" => Self::Encoding(Coding::named(cause)),
            "http" => Self::Http(HttpCause::named(cause)),
            "other" => Self::Other,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn what_is_stored_is_what_is_restored() {
        let schemes: ProxySchemes = ["basic", "ntlm"].into_iter().collect();
        let refused = |status| ProxyCause::Refused { status, schemes };
        for failure in [
            TransportFailure::Connect(None),
            TransportFailure::Connect(Some(ConnectCause::HostNotFound)),
            TransportFailure::Proxy(None),
            TransportFailure::Proxy(Some(ProxyCause::NotHttp)),
            TransportFailure::Proxy(Some(refused(407))),
            TransportFailure::Proxy(Some(refused(u16::MAX))),
            TransportFailure::Timeout,
            TransportFailure::Tls(None),
            TransportFailure::Tls(Some(TlsCause::ClientCertificateRefused)),
            TransportFailure::Closed,
            TransportFailure::BodyTooLarge,
            TransportFailure::Encoding(Some(Coding::Brotli)),
            TransportFailure::Http(Some(HttpCause::Head)),
            TransportFailure::Other,
        ] {
            let cause = failure.cause().unwrap_or_default();
            let restored = TransportFailure::restored(failure.as_str(), cause, failure.number());
            assert_eq!(restored, Some(failure), "{failure}");
        }
        assert_eq!(TransportFailure::restored("what", "", 0), None);
    }

    #[test]
    fn only_what_a_proxy_will_say_again_lasts() {
        for (status, lasts) in [(302, false), (400, true), (407, true), (499, true), (500, false)] {
            let cause = ProxyCause::Refused { status, schemes: ProxySchemes::default() };
            assert_eq!(TransportFailure::Proxy(Some(cause)).is_lasting(), lasts, "{status}");
        }
        assert!(!TransportFailure::Proxy(Some(ProxyCause::NoConnection)).is_lasting());
    }

    #[test]
    fn a_proxys_schemes_are_named_in_the_usual_spelling_and_others_not_at_all() {
        let schemes: ProxySchemes = ["BASIC", "hunter2", "digest", "Basic"].into_iter().collect();
        let failure = TransportFailure::Proxy(Some(ProxyCause::Refused { status: 407, schemes }));
        assert_eq!(failure.to_string(), "the proxy answered with HTTP status 407 and offers Basic, Digest");
    }
}
