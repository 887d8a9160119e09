//! What good answers bring.

use crate::secret::SecretString;
use crate::wire::Claims;
use alloc::string::String;

/// A token is revoked, or never was valid: RFC 7009 section 2.2 makes no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revoked;

/// What a server says about a token (RFC 7662 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenStatus(pub(super) Claims);

impl TokenStatus {
    /// Whether the token is valid now. Everything but a clear `true` means no.
    pub fn is_active(&self) -> bool {
        self.0.flag("active").unwrap_or_default()
    }

    /// All that the server says: `scope`, `sub`, `exp` and whatever else.
    pub const fn claims(&self) -> &Claims {
        &self.0
    }
}

/// Who signed in (OpenID Connect Core section 5.3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserinfoResponse(pub(super) Claims);

impl UserinfoResponse {
    /// The person's identifier at this issuer. When there is an ID token, its `sub` must be the same one, or else the
    /// answer must not be used (section 5.3.2).
    pub fn subject(&self) -> Option<String> {
        self.0.text("sub")
    }

    /// All that the server says.
    pub const fn claims(&self) -> &Claims {
        &self.0
    }
}

/// A client that was registered (RFC 7591 section 3.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredClient(pub(super) Claims);

impl RegisteredClient {
    /// The identifier that the server gave the client.
    pub fn client_id(&self) -> String {
        self.0.text("client_id").unwrap_or_default()
    }

    /// The secret, if the server insists on one.
    pub fn client_secret(&self) -> Option<SecretString> {
        self.0.member("client_secret").filter(|it| !matches!(it.expose(), "" | "null"))
    }

    /// All that the server says, such as `registration_access_token`.
    pub const fn claims(&self) -> &Claims {
        &self.0
    }
}
