//! The steps of the protocol.

/// Which step of the protocol a request belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Stage {
    /// The device authorization request (RFC 8628 section 3.1).
    DeviceAuthorization,
    /// The device access token request, sent at every poll (RFC 8628 section 3.4).
    Token,
    /// The request for authorization server metadata (RFC 8414, OpenID Connect Discovery).
    Discovery,
    /// The exchange of a refresh token (RFC 6749 section 6).
    Refresh,
    /// The revocation of a token (RFC 7009).
    Revocation,
    /// The question about a token's state (RFC 7662).
    Introspection,
    /// The question who signed in (OpenID Connect Core section 5.3).
    Userinfo,
    /// The registration of a client (RFC 7591).
    Registration,
}

impl Stage {
    /// What people call the place that such a request goes to.
    pub const fn endpoint_name(self) -> &'static str {
        match self {
            Self::DeviceAuthorization => "device authorization endpoint",
            Self::Token | Self::Refresh => "token endpoint",
            Self::Discovery => "metadata endpoint",
            Self::Revocation => "revocation endpoint",
            Self::Introspection => "introspection endpoint",
            Self::Userinfo => "userinfo endpoint",
            Self::Registration => "client registration endpoint",
        }
    }
}
