//! What an ID token has to say.

use crate::secret::SecretStr;
use core::fmt;
use core::time::Duration;

/// What an ID token has to say. `Debug` shows neither nonce nor access token.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct IdTokenExpectation<'a> {
    /// The issuer that was discovered or configured.
    pub issuer: &'a str,
    /// This client.
    pub client_id: &'a str,
    /// The nonce that was sent, if one was.
    pub nonce: Option<&'a str>,
    /// Whether an ID token without a nonce is wrong when one was sent.
    pub is_nonce_required: bool,
    /// The access token that came along; its hash is compared when the ID token has one.
    pub access_token: Option<&'a str>,
    /// The present time, since 1970 began.
    pub now: Duration,
    /// How far the clocks may differ. Default: 60 seconds.
    pub leeway: Duration,
}

impl<'a> IdTokenExpectation<'a> {
    /// Expects a token of this issuer for this client, at this time since 1970 began.
    pub const fn new(issuer: &'a str, client_id: &'a str, now: Duration) -> Self {
        Self {
            issuer,
            client_id,
            nonce: None,
            is_nonce_required: true,
            access_token: None,
            now,
            leeway: Duration::from_secs(60),
        }
    }

    /// Expects this nonce, which was sent with the request, as OpenID Connect Core asks (rule 11).
    ///
    /// RFC 8628 knows no nonce, and a few servers take none in the device grant; for those there is
    /// [`nonce_if_present`](Self::nonce_if_present).
    #[must_use]
    pub const fn nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self.is_nonce_required = true;
        self
    }

    /// Expects this nonce if the ID token has one: another is wrong, none is not.
    #[must_use]
    pub const fn nonce_if_present(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self.is_nonce_required = false;
        self
    }

    /// Expects the hash of this access token, if the ID token has a hash.
    #[must_use]
    pub const fn access_token(mut self, access_token: &'a str) -> Self {
        self.access_token = Some(access_token);
        self
    }

    /// Sets how far the clocks may differ.
    #[must_use]
    pub const fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }
}

impl fmt::Debug for IdTokenExpectation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdTokenExpectation")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("nonce", &self.nonce.map(SecretStr::new))
            .field("access_token", &self.access_token.map(SecretStr::new))
            .field("now", &self.now)
            .field("leeway", &self.leeway)
            .finish()
    }
}
