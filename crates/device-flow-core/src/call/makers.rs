//! The kinds of calls that are made in a client's name: how each is asked, and what a good answer brings.

use super::registering::bearer;
use super::{Asked, Call, Reader, Revoked, TokenStatus, UserinfoResponse};
use crate::config::{Config, ConfigError, Limits};
use crate::request::{BodyKind, Method};
use crate::secret::{SecretStr, SecretString};
use crate::stage::Stage;
use crate::token_response::TokenResponse;
use crate::uri::check_endpoint;
use crate::wire::{read_claims, read_revocation, read_tokens};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;

impl Call<TokenResponse> {
    /// Exchanges a refresh token for new tokens, once. [`Session`](crate::Session) does it whenever it is time.
    ///
    /// Parameters and headers of the configuration for [`Stage::Refresh`] go along. When the answer names no refresh
    /// token, the old one stays valid ([`StoredSession::refreshed`](crate::StoredSession::refreshed) merges the two). An
    /// answer that is lost on the way is asked for once more, at once, unless [`retries`](Self::retries) are 0 or
    /// [`Config::replay_refresh`] is off. [`Input::Cancel`](crate::Input::Cancel) drops an answer that is out, which may
    /// carry a new refresh token: better wait for it.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn refresh(config: &Config, refresh_token: &str) -> Result<Self, ConfigError> {
        let mut config = config.clone();
        config.validate_without_device_endpoint()?;
        let body = config.refresh_body(SecretStr::new(refresh_token), None);
        let url = String::from(config.refresh_endpoint());
        let limits = Limits { timeout: config.timeout_of_refresh(), ..config.limits };
        let is_replayed = config.rare().is_refresh_replayed;
        let asked = of_client(config, Stage::Refresh, url, refresh_token, body);
        let call = Self::new(limits, asked, |response, asked, sent_at, before| {
            read_tokens(Stage::Refresh, asked.dialect(), response).map(|tokens| match before {
                Some(before) => before.renewed(&tokens, sent_at, None),
                None => tokens.completed(sent_at, ""),
            })
        });
        Ok(if is_replayed { call } else { call.retries(0) })
    }
}

/// Which kind of token a server is told about, so that it need not look everywhere (RFC 7009 section 2.1).
const ACCESS_TOKEN: &str = "access_token";
const REFRESH_TOKEN: &str = "refresh_token";

impl Call<Revoked> {
    /// Ends a refresh token, and with it at most servers every access token that came of it (RFC 7009 section 2.1).
    ///
    /// At sign-out, revoke the refresh token first and the access token second.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn revoke_refresh_token(config: &Config, endpoint: &str, token: &str) -> Result<Self, ConfigError> {
        Self::revoke(config, endpoint, token, REFRESH_TOKEN)
    }

    /// Ends an access token (RFC 7009).
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn revoke_access_token(config: &Config, endpoint: &str, token: &str) -> Result<Self, ConfigError> {
        Self::revoke(config, endpoint, token, ACCESS_TOKEN)
    }

    fn revoke(config: &Config, endpoint: &str, token: &str, hint: &str) -> Result<Self, ConfigError> {
        let stage = Stage::Revocation;
        about_token(config, stage, endpoint, token, hint, |response, _, _, _| {
            read_revocation(response).map(|()| Revoked)
        })
    }
}

impl Call<TokenStatus> {
    /// Asks about an access token's state. Servers answer confidential clients only.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn introspect(config: &Config, endpoint: &str, token: &str) -> Result<Self, ConfigError> {
        let stage = Stage::Introspection;
        about_token(config, stage, endpoint, token, ACCESS_TOKEN, |response, _, _, _| {
            read_claims(Stage::Introspection, response).map(TokenStatus)
        })
    }
}

impl Call<UserinfoResponse> {
    /// Asks who signed in, with an access token that was granted for the scope `openid`.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work, or the token fits into no header.
    pub fn userinfo(config: &Config, endpoint: &str, access_token: &str) -> Result<Self, ConfigError> {
        let (config, url) = addressed(config, Stage::Userinfo, endpoint)?;
        let authorization = bearer(access_token)?;
        let limits = config.limits;
        let body = SecretString::with_capacity(0);
        let asked = Asked {
            method: Method::Get,
            kind: BodyKind::None,
            authorization: Some(authorization),
            ..of_client(config, Stage::Userinfo, url, access_token, body)
        };
        Ok(Self::new(limits, asked, |response, _, _, _| read_claims(Stage::Userinfo, response).map(UserinfoResponse)))
    }
}

/// A request about a token: revocation and introspection are asked alike.
fn about_token<T>(
    config: &Config,
    stage: Stage,
    endpoint: &str,
    token: &str,
    hint: &str,
    read: Reader<T>,
) -> Result<Call<T>, ConfigError> {
    let (config, url) = addressed(config, stage, endpoint)?;
    let body = config.token_body_of(stage, SecretStr::new(token), hint);
    let limits = config.limits;
    Ok(Call::new(limits, of_client(config, stage, url, token, body), read))
}

/// A form sent in the client's name, with this token in it.
fn of_client(config: Config, stage: Stage, url: String, token: &str, body: SecretString) -> Asked {
    Asked {
        stage,
        method: Method::Post,
        kind: BodyKind::Form,
        url,
        authorization: config.authorization(),
        headers: config.headers.clone(),
        body,
        issuer: Box::from(""),
        is_http_allowed: config.is_http_allowed,
        client: Some(Box::new((config, SecretString::from(token)))),
    }
}

/// The configuration, checked, and an endpoint that it does not name, checked under its rules.
fn addressed(config: &Config, stage: Stage, endpoint: &str) -> Result<(Config, String), ConfigError> {
    let mut config = config.clone();
    config.validate_without_device_endpoint()?;
    let url = check_endpoint(endpoint, config.is_http_allowed)
        .map(Cow::into_owned)
        .map_err(|source| ConfigError::Endpoint { stage, source })?;
    Ok((config, url))
}
