//! The requests' bodies and the client's credentials in them.

use super::Config;
use crate::pkce::PkceVerifier;
use crate::request::Stage;
use crate::secret::{SecretStr, SecretString};
use crate::wire::form;

/// RFC 8628 section 3.4.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

impl Config {
    /// The body of the device authorization request (RFC 8628 section 3.1).
    pub(crate) fn device_authorization_body(&self) -> SecretString {
        let is_authenticated = self.is_device_endpoint_authenticated;
        let scope = (!self.scope.is_empty()).then_some(("scope", self.scope.as_str()));
        let nonce = self.sent_nonce().map(|it| ("nonce", it.expose()));
        let challenge = self.pkce.as_ref().map(PkceVerifier::challenge);
        let challenge = challenge.as_ref().map(|it| {
            [
                ("code_challenge", it.expose()),
                ("code_challenge_method", "S256"),
            ]
        });
        let pairs = self
            .client_pairs(is_authenticated)
            .chain(scope)
            .chain(nonce);
        let pairs = pairs.chain(challenge.into_iter().flatten());
        form::body(pairs.chain(self.parameters_of(Stage::DeviceAuthorization)))
    }

    /// The body of every poll (RFC 8628 section 3.4).
    pub(crate) fn token_body(&self, device_code: SecretStr<'_>) -> SecretString {
        let grant = [
            ("grant_type", GRANT_TYPE),
            ("device_code", device_code.expose()),
        ];
        let verifier = self.pkce.as_ref().map(|it| ("code_verifier", it.expose()));
        let pairs = grant
            .into_iter()
            .chain(self.client_pairs(true))
            .chain(verifier);
        form::body(pairs.chain(self.parameters_of(Stage::Token)))
    }

    /// The body of a refresh request (RFC 6749 section 6), for a narrower scope if one is named.
    pub(crate) fn refresh_body(
        &self,
        refresh_token: SecretStr<'_>,
        scope: Option<&str>,
    ) -> SecretString {
        let grant = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
        ];
        let scope = scope.map(|it| ("scope", it));
        let pairs = grant
            .into_iter()
            .chain(self.client_pairs(true))
            .chain(scope);
        form::body(pairs.chain(self.parameters_of(Stage::Refresh)))
    }

    /// The body of a request about a token (RFC 7009 section 2.1, RFC 7662 section 2.1).
    pub(crate) fn token_body_of(
        &self,
        stage: Stage,
        token: SecretStr<'_>,
        hint: &str,
    ) -> SecretString {
        let about = [("token", token.expose()), ("token_type_hint", hint)];
        let pairs = about.into_iter().chain(self.client_pairs(true));
        form::body(pairs.chain(self.parameters_of(stage)))
    }

    /// The `Authorization` header, for methods that have one.
    pub(crate) fn authorization(&self) -> Option<SecretString> {
        self.authentication.header(&self.client_id)
    }

    /// The nonce, when one is sent.
    pub(crate) fn sent_nonce(&self) -> Option<&SecretString> {
        self.nonce.as_ref().filter(|_| self.is_nonce_sent())
    }

    /// Who the client is, unless the `Authorization` header says so already: a client uses one method a request
    /// (RFC 6749 section 2.3).
    fn client_pairs(&self, is_authenticated: bool) -> impl Iterator<Item = (&str, &str)> + Clone {
        let is_in_header = is_authenticated && self.authentication.is_header();
        let id = (!is_in_header).then_some(("client_id", self.client_id.as_str()));
        let secret = self
            .authentication
            .body_secret()
            .filter(|_| is_authenticated);
        id.into_iter()
            .chain(secret.map(|it| ("client_secret", it.expose())))
    }

    fn parameters_of(&self, stage: Stage) -> impl Iterator<Item = (&str, &str)> + Clone {
        let parameters = self.parameters.iter().filter(move |it| it.stage == stage);
        parameters.map(|it| (it.name.as_str(), it.value.expose()))
    }
}
