//! The requests' bodies and the client's credentials in them.

use super::Config;
use crate::device_authorization::DeviceAuthorizationResponse;
use crate::dialect::JoinedCredentials;
use crate::pkce::PkceVerifier;
use crate::secret::{SecretStr, SecretString};
use crate::stage::Stage;
use crate::wire::form::{self, Pair};
use alloc::borrow::Cow;

impl Config {
    /// The body of the device authorization request (RFC 8628 section 3.1).
    pub(crate) fn device_authorization_body(&self) -> SecretString {
        let dialect = self.spoken_dialect();
        let client = self.client(self.is_device_endpoint_authenticated, true);
        let response_type = dialect.is_response_type_sent;
        let response_type = response_type.then_some(Pair::new("&response_type=", "device_code"));
        let scope = self.sent_scope();
        let scope = scope.as_deref().map(|it| Pair::named(&dialect.scope_parameter, it));
        let nonce = self.sent_nonce().map(|it| Pair::new("&nonce=", it.expose()));
        let challenge = self.pkce.as_ref().map(PkceVerifier::challenge);
        let method = challenge.is_some().then_some(Pair::new("&code_challenge_method=", "S256"));
        let challenge = challenge.as_ref().map(|it| Pair::new("&code_challenge=", it.expose()));
        let [id, secret] = client.pairs();
        let pairs = [response_type, id, secret, scope, nonce, challenge, method];
        self.body(Stage::DeviceAuthorization, pairs)
    }

    /// The body of every poll (RFC 8628 section 3.4).
    pub(crate) fn token_body(&self, response: &DeviceAuthorizationResponse) -> SecretString {
        let client = self.client(true, self.is_client_id_always_sent);
        let dialect = self.spoken_dialect();
        let grant_type = dialect.grant_type.as_deref().map(Pair::grant_type);
        let device_code = response.device_code().expose();
        let device_code = Some(Pair::named(&dialect.device_code_parameter, device_code));
        let user_code = dialect.is_user_code_sent;
        let user_code = user_code.then(|| Pair::new("&user_code=", response.user_code()));
        let scope = dialect.is_scope_sent_with_polls;
        let scope = scope.then(|| self.sent_scope()).flatten();
        let scope = scope.as_deref().map(|it| Pair::named(&dialect.scope_parameter, it));
        let verifier = self.pkce.as_ref().map(|it| Pair::new("&code_verifier=", it.expose()));
        let [id, secret] = client.pairs();
        let pairs = [grant_type, device_code, user_code, id, secret, scope, verifier];
        self.body(Stage::Token, pairs)
    }

    /// The body of a refresh request (RFC 6749 section 6), for a narrower scope if one is named.
    pub(crate) fn refresh_body(&self, refresh_token: SecretStr<'_>, scope: Option<&str>) -> SecretString {
        let grant_type = Some(Pair::new("&grant_type=", "refresh_token"));
        let refresh_token = Some(Pair::new("&refresh_token=", refresh_token.expose()));
        let scope = scope.map(|it| Pair::new("&scope=", it));
        let client = self.client(true, self.is_client_id_always_sent);
        let [id, secret] = client.pairs();
        self.body(Stage::Refresh, [grant_type, refresh_token, id, secret, scope])
    }

    /// The body of a request about a token (RFC 7009 section 2.1, RFC 7662 section 2.1).
    pub(crate) fn token_body_of(&self, stage: Stage, token: SecretStr<'_>, hint: &str) -> SecretString {
        let token = Some(Pair::new("&token=", token.expose()));
        let hint = Some(Pair::new("&token_type_hint=", hint));
        let client = self.client(true, self.is_client_id_always_sent);
        let [id, secret] = client.pairs();
        self.body(stage, [token, hint, id, secret])
    }

    /// What the protocol says, and then what the caller adds.
    fn body<const N: usize>(&self, stage: Stage, pairs: [Option<Pair<'_>>; N]) -> SecretString {
        let parameters = self.parameters.iter().filter(|it| it.stage == stage);
        let parameters = parameters.map(|it| (it.name.as_str(), it.value.expose()));
        form::body(pairs, parameters)
    }

    /// The `Authorization` header, for methods that have one.
    pub(crate) fn authorization(&self) -> Option<SecretString> {
        if self.spoken_dialect().joined_credentials.is_some() {
            return None;
        }
        self.authentication.header(&self.client_id)
    }

    /// Who the client is. A client uses one method a request (RFC 6749 section 2.3), so the body need not say again what
    /// the `Authorization` header says already.
    fn client(&self, is_authenticated: bool, is_id_always_sent: bool) -> Client<'_> {
        if let Some(joined) = &self.spoken_dialect().joined_credentials {
            return Client::Joined(&joined.parameter, self.joined_secret(joined));
        }
        let is_in_header = is_authenticated && self.authentication.is_header();
        let secret = self.authentication.body_secret();
        Client::Apart {
            id: (is_id_always_sent || !is_in_header).then_some(&*self.client_id),
            secret: secret.filter(|_| is_authenticated),
        }
    }

    fn joined_secret(&self, joined: &JoinedCredentials) -> SecretString {
        let secret = self.authentication.secret();
        let mut value = SecretString::with_capacity(0);
        value.push_all([&*self.client_id, &joined.separator, secret.map(SecretString::expose).unwrap_or_default()]);
        value
    }

    /// The scopes as the server wants them; `None` when there are none.
    fn sent_scope(&self) -> Option<Cow<'_, str>> {
        let separator = &*self.spoken_dialect().scope_separator;
        (!self.scope.is_empty()).then(|| match separator {
            " " => Cow::Borrowed(self.scope.as_str()),
            _ => Cow::Owned(self.scope.replace(' ', separator)),
        })
    }
}

/// What a body says about the client.
enum Client<'c> {
    Apart { id: Option<&'c str>, secret: Option<&'c SecretString> },
    Joined(&'c str, SecretString),
}

impl Client<'_> {
    fn pairs(&self) -> [Option<Pair<'_>>; 2] {
        match self {
            Self::Apart { id, secret } => {
                [id.map(|it| Pair::new("&client_id=", it)), secret.map(|it| Pair::new("&client_secret=", it.expose()))]
            }
            Self::Joined(name, value) => [Some(Pair::named(name, value.expose())), None],
        }
    }
}
