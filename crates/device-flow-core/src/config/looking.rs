//! What a configuration says when it is asked.

use super::{Config, Rare};
use crate::client_authentication::ClientAuthentication;
use crate::dialect::{Dialect, RFC_8628};
use crate::failure::{ProtocolError, ProtocolErrorKind};
use crate::nonce::NonceMode;
use crate::pkce::PkceVerifier;
use crate::secret::{SecretStr, SecretString};
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use core::time::Duration;

/// Looking at one.
impl Config {
    /// What the authorization server calls the client.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Where codes are asked for; `None` when the server announces no such place.
    pub fn device_authorization_endpoint(&self) -> Option<&str> {
        self.device_authorization_endpoint.as_deref()
    }

    /// Where tokens are asked for.
    pub fn token_endpoint(&self) -> &str {
        &self.token_endpoint
    }

    /// Where refresh tokens are exchanged.
    pub fn refresh_endpoint(&self) -> &str {
        let endpoint = self.rare().refresh_endpoint.as_ref();
        endpoint.unwrap_or(&self.token_endpoint)
    }

    /// Who issues ID tokens, when that is known.
    pub fn expected_issuer(&self) -> Option<&str> {
        self.rare().issuer.as_deref()
    }

    /// How the client proves who it is.
    pub const fn authentication_method(&self) -> &ClientAuthentication {
        &self.authentication
    }

    /// How the server departs from RFC 8628.
    pub fn spoken_dialect(&self) -> &Dialect {
        self.dialect.as_deref().unwrap_or(&RFC_8628)
    }

    /// The scopes that are asked for.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split(' ').filter(|token| !token.is_empty())
    }

    /// The nonce that is sent; `None` when none is.
    pub fn sent_nonce(&self) -> Option<SecretStr<'_>> {
        let nonce = self.nonce.as_ref().filter(|_| self.is_nonce_sent());
        nonce.map(|it| SecretStr::new(it.expose()))
    }

    /// The code verifier whose challenge is sent (RFC 7636).
    pub fn code_verifier(&self) -> Option<SecretStr<'_>> {
        self.pkce.as_ref().map(|it| SecretStr::new(it.expose()))
    }

    /// How long one exchange may take, connecting included.
    pub const fn timeout(&self) -> Duration {
        self.limits.timeout
    }

    /// How long a refresh may take.
    pub fn timeout_of_refresh(&self) -> Duration {
        self.limits.timeout.min(self.rare().refresh_timeout)
    }

    /// Whether a nonce is to be sent and none has been given yet.
    pub fn needs_nonce(&self) -> bool {
        self.nonce.is_none() && self.is_nonce_sent()
    }
}

/// What the machines ask.
impl Config {
    pub(crate) fn rare(&self) -> &Rare {
        self.rare.as_deref().unwrap_or(&Rare::DEFAULT)
    }

    pub(crate) fn requested_scope(&self) -> &str {
        &self.scope
    }

    pub(crate) fn is_openid(&self) -> bool {
        self.scopes().any(|token| token == "openid")
    }

    /// Whether an ID token was asked for and is not there (OpenID Connect Core section 3.1.3.3).
    pub(crate) fn lacks_id_token(&self, tokens: &TokenResponse) -> bool {
        self.is_openid() && tokens.id_token().is_none()
    }

    /// What a person granted in answer to a request that was sent then, unless the caller insists on an ID token.
    pub(crate) fn accepted(&self, tokens: TokenResponse, sent_at: Timestamp) -> Result<TokenResponse, ProtocolError> {
        if self.is_id_token_required && self.lacks_id_token(&tokens) {
            let kind = ProtocolErrorKind::MissingIdToken;
            return Err(ProtocolError::new(Stage::Token, kind));
        }
        Ok(tokens.completed(sent_at, self.requested_scope()))
    }

    /// Whether each code needs values that no code before had.
    pub(crate) fn needs_fresh_values(&self) -> bool {
        self.sent_nonce().is_some() || self.pkce.is_some()
    }

    pub(super) fn is_nonce_sent(&self) -> bool {
        match self.nonce_mode {
            NonceMode::Automatic => self.is_openid(),
            NonceMode::Enabled => true,
            NonceMode::Disabled => false,
        }
    }

    /// The configuration with the nonce and the verifier that a code was asked for with.
    pub(crate) fn of_code(mut self, nonce: Option<&str>, pkce: Option<PkceVerifier>) -> Self {
        self.nonce = nonce.map(SecretString::from);
        self.nonce_mode = match (self.nonce_mode, nonce) {
            (_, Some(_)) => NonceMode::Enabled,
            (NonceMode::Enabled, None) => NonceMode::Automatic,
            (mode, None) => mode,
        };
        self.pkce = pkce;
        self
    }

    /// What this client sends in confidence and a server may repeat, `more` included.
    pub(crate) fn for_each_secret(
        &self,
        authorization: Option<&SecretString>,
        more: &[&str],
        redact: impl FnMut(&str),
    ) {
        let basic = authorization.and_then(|it| it.expose().split_once(' '));
        let secret = self.authentication.secret();
        let pkce = self.pkce.as_ref().map(PkceVerifier::expose);
        let parameters = self.parameters.iter().map(|it| it.value.expose());
        let headers = self.headers.iter().map(|it| it.value.expose());
        secret
            .map(SecretString::expose)
            .into_iter()
            .chain(basic.map(|(_, it)| it))
            .chain(pkce)
            .chain(self.sent_nonce().map(SecretStr::expose))
            .chain(parameters)
            .chain(headers)
            .chain(more.iter().copied())
            .for_each(redact);
    }
}
