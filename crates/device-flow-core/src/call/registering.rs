//! Registering a client.

use super::{Asked, Call, RegisteredClient};
use crate::config::{ConfigError, Limits};
use crate::request::{BodyKind, Method};
use crate::secret::SecretString;
use crate::stage::Stage;
use crate::uri::check_endpoint;
use crate::wire::{ClientMetadata, read_registration};
use alloc::boxed::Box;
use alloc::vec::Vec;

impl Call<RegisteredClient> {
    /// Registers a client (RFC 7591). `allow_http` is as in [`Config::allow_http`](crate::Config::allow_http).
    ///
    /// A registration is made once and kept; do not register at every start.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the endpoint's address cannot work, or the initial access token fits into no header.
    pub fn register(endpoint: &str, metadata: &ClientMetadata, allow_http: bool) -> Result<Self, ConfigError> {
        let stage = Stage::Registration;
        let url = check_endpoint(endpoint, allow_http)
            .map_err(|source| ConfigError::Endpoint { stage, source })?
            .into_owned();
        let token = metadata.initial_access_token.as_ref();
        let authorization = token.map(|it| bearer(it.expose())).transpose()?;
        let asked = Asked {
            stage,
            method: Method::Post,
            kind: BodyKind::Json,
            url,
            authorization,
            headers: Vec::new(),
            body: metadata.body(),
            client: None,
            issuer: Box::from(""),
            is_http_allowed: allow_http,
        };
        Ok(Self::new(Limits::DEFAULT, asked, |response, _, _, _| read_registration(response).map(RegisteredClient)))
    }
}

/// The header that presents a token (RFC 6750 section 2.1).
pub(super) fn bearer(token: &str) -> Result<SecretString, ConfigError> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::HeaderValue { name: "authorization".into() });
    }
    let mut header = SecretString::with_capacity(token.len().saturating_add(7));
    header.push_all(["Bearer ", token]);
    Ok(header)
}
