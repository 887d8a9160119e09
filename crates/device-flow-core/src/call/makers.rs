//! The kinds of calls: how each is asked, and what a good answer brings.

use super::{Asked, Call, Reader};
use crate::config::{Config, ConfigError, Limits};
use crate::dialect::Dialect;
use crate::request::{BodyKind, Method, Stage};
use crate::secret::{SecretStr, SecretString};
use crate::uri::check_endpoint;
use crate::wire::{
    Claims, RefreshAnswer, Reply, TokenResponse, read_claims, read_registration, read_revocation,
    registration_body,
};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

impl Call<TokenResponse> {
    /// Exchanges a refresh token for new tokens, once. [`Session`](crate::Session) does it whenever it is time.
    ///
    /// Parameters and headers of the configuration for [`Stage::Refresh`] go along. When the answer names no refresh
    /// token, the old one stays valid.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn refresh(config: &Config, refresh_token: &str) -> Result<Self, ConfigError> {
        let mut config = config.clone();
        config.validate()?;
        let body = config.refresh_body(SecretStr::new(refresh_token), None);
        let url = String::from(config.refresh_endpoint());
        Ok(Self::of_client(
            &config,
            Stage::Refresh,
            url,
            refresh_token,
            body,
            |response, sent_at, dialect| match RefreshAnswer::read_in(dialect, response) {
                RefreshAnswer::Granted(token) => Reply::Good(token.completed(sent_at, "")),
                RefreshAnswer::Error(error) => Reply::Bad(error.into()),
                RefreshAnswer::Transient => Reply::Transient(None),
                RefreshAnswer::Invalid(kind) => Reply::protocol(Stage::Refresh, kind),
            },
        ))
    }
}

/// A token is revoked, or never was valid: RFC 7009 section 2.2 makes no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revoked;

/// Which kind of token a server is told about, so that it need not look everywhere (RFC 7009 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    AccessToken,
    RefreshToken,
}

impl Call<Revoked> {
    /// Ends a refresh token, and with it at most servers every access token that came of it (RFC 7009 section 2.1).
    ///
    /// At sign-out, revoke the refresh token first and the access token second.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn revoke_refresh_token(
        config: &Config,
        endpoint: &str,
        token: &str,
    ) -> Result<Self, ConfigError> {
        Self::revoke(config, endpoint, token, Hint::RefreshToken)
    }

    /// Ends an access token (RFC 7009).
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn revoke_access_token(
        config: &Config,
        endpoint: &str,
        token: &str,
    ) -> Result<Self, ConfigError> {
        Self::revoke(config, endpoint, token, Hint::AccessToken)
    }

    fn revoke(
        config: &Config,
        endpoint: &str,
        token: &str,
        hint: Hint,
    ) -> Result<Self, ConfigError> {
        Self::about_token(
            config,
            Stage::Revocation,
            endpoint,
            token,
            hint,
            |response, _, _| read_revocation(response).map(|()| Revoked),
        )
    }
}

/// What a server says about a token (RFC 7662 section 2.2).
#[derive(Clone, Debug)]
pub struct TokenStatus(Claims);

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

impl Call<TokenStatus> {
    /// Asks about an access token's state. Servers answer confidential clients only.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn introspect(config: &Config, endpoint: &str, token: &str) -> Result<Self, ConfigError> {
        Self::about_token(
            config,
            Stage::Introspection,
            endpoint,
            token,
            Hint::AccessToken,
            |response, _, _| read_claims(Stage::Introspection, response).map(TokenStatus),
        )
    }
}

/// Who signed in (OpenID Connect Core section 5.3.2).
#[derive(Clone, Debug)]
pub struct UserinfoResponse(Claims);

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

impl Call<UserinfoResponse> {
    /// Asks who signed in, with an access token that was granted for the scope `openid`.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work, or the token fits into no header.
    pub fn userinfo(
        config: &Config,
        endpoint: &str,
        access_token: &str,
    ) -> Result<Self, ConfigError> {
        let url = address(config, Stage::Userinfo, endpoint)?;
        if access_token.is_empty() || !access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::HeaderValue {
                name: String::from("authorization"),
            });
        }
        let mut authorization = SecretString::with_capacity(access_token.len().saturating_add(7));
        authorization.push_all(["Bearer ", access_token]);
        let asked = Asked {
            stage: Stage::Userinfo,
            dialect: config.dialect,
            method: Method::Get,
            kind: BodyKind::None,
            url,
            authorization: Some(authorization),
            headers: config.headers.clone(),
            body: SecretString::with_capacity(0),
            secrets: alloc::vec![SecretString::from(access_token)],
        };
        Ok(Self::new(config.limits, asked, |response, _, _| {
            read_claims(Stage::Userinfo, response).map(UserinfoResponse)
        }))
    }
}

/// A client that was registered (RFC 7591 section 3.2.1).
#[derive(Clone, Debug)]
pub struct RegisteredClient(Claims);

impl RegisteredClient {
    /// The identifier that the server gave the client.
    pub fn client_id(&self) -> String {
        self.0.text("client_id").unwrap_or_default()
    }

    /// The secret, if the server insists on one.
    pub fn client_secret(&self) -> Option<SecretString> {
        self.0
            .member("client_secret")
            .filter(|it| !matches!(it.expose(), "" | "null"))
    }

    /// All that the server says, such as `registration_access_token`.
    pub const fn claims(&self) -> &Claims {
        &self.0
    }
}

impl Call<RegisteredClient> {
    /// Registers a public client for the device grant (RFC 7591): `client_name` is what people are shown at approval,
    /// `scope` what the client may ask for. `allow_http` is as in [`Config::allow_http`].
    ///
    /// A registration is made once and kept; do not register at every start.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the endpoint's address cannot work.
    pub fn register(
        endpoint: &str,
        client_name: Option<&str>,
        scope: Option<&str>,
        allow_http: bool,
    ) -> Result<Self, ConfigError> {
        let stage = Stage::Registration;
        let url = check_endpoint(endpoint, allow_http)
            .map_err(|source| ConfigError::Endpoint { stage, source })?
            .into_owned();
        let asked = Asked {
            stage,
            dialect: &Dialect::RFC_8628,
            method: Method::Post,
            kind: BodyKind::Json,
            url,
            authorization: None,
            headers: Vec::new(),
            body: registration_body(client_name, scope, crate::dialect::GRANT_TYPE),
            secrets: Vec::new(),
        };
        Ok(Self::new(Limits::DEFAULT, asked, |response, _, _| {
            read_registration(response).map(RegisteredClient)
        }))
    }
}

impl<T> Call<T> {
    /// A request about a token: revocation and introspection are asked alike.
    fn about_token(
        config: &Config,
        stage: Stage,
        endpoint: &str,
        token: &str,
        hint: Hint,
        read: Reader<T>,
    ) -> Result<Self, ConfigError> {
        let hint = match hint {
            Hint::AccessToken => "access_token",
            Hint::RefreshToken => "refresh_token",
        };
        let url = address(config, stage, endpoint)?;
        let body = config.token_body_of(stage, SecretStr::new(token), hint);
        Ok(Self::of_client(config, stage, url, token, body, read))
    }

    /// A form sent in the client's name, with this token in its body.
    fn of_client(
        config: &Config,
        stage: Stage,
        url: String,
        token: &str,
        body: SecretString,
        read: Reader<T>,
    ) -> Self {
        let secret = config.authentication.secret().cloned();
        let asked = Asked {
            stage,
            dialect: config.dialect,
            method: Method::Post,
            kind: BodyKind::Form,
            url,
            authorization: config.authorization(),
            headers: config.headers.clone(),
            body,
            secrets: secret
                .into_iter()
                .chain([SecretString::from(token)])
                .collect(),
        };
        Self::new(config.limits, asked, read)
    }
}

/// An endpoint that the configuration itself does not name, checked under its rules.
fn address(config: &Config, stage: Stage, endpoint: &str) -> Result<String, ConfigError> {
    config.clone().validate()?;
    check_endpoint(endpoint, config.is_http_allowed)
        .map(Cow::into_owned)
        .map_err(|source| ConfigError::Endpoint { stage, source })
}
