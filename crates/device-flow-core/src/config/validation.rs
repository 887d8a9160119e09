//! Whether a configuration can work.

use super::{Config, ConfigError, Extra};
use crate::client_authentication::ClientAuthentication;
use crate::nonce::NonceMode;
use crate::request::Request;
use crate::stage::Stage;
use crate::text::all_bytes;
use crate::uri::{UriError, check_endpoint};
use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;

impl Config {
    /// Checks all and brings the endpoints into the form that is sent, for a machine that signs somebody in.
    pub(crate) fn validate(&mut self) -> Result<(), ConfigError> {
        let Some(endpoint) = &mut self.device_authorization_endpoint else {
            return Err(ConfigError::NoDeviceEndpoint);
        };
        let stage = Stage::DeviceAuthorization;
        normalize(endpoint, self.is_http_allowed).map_err(|source| ConfigError::Endpoint { stage, source })?;
        if self.nonce_mode == NonceMode::Enabled && self.nonce.is_none() {
            return Err(ConfigError::MissingNonce);
        }
        self.validate_without_device_endpoint()
    }

    /// The same for a machine that never asks for codes.
    pub(crate) fn validate_without_device_endpoint(&mut self) -> Result<(), ConfigError> {
        if self.client_id.is_empty() {
            return Err(ConfigError::EmptyClientId);
        }
        let refresh_endpoint = self.rare.as_mut().and_then(|it| it.refresh_endpoint.as_mut());
        for (stage, endpoint) in [(Stage::Token, Some(&mut self.token_endpoint)), (Stage::Refresh, refresh_endpoint)] {
            let Some(endpoint) = endpoint else { continue };
            normalize(endpoint, self.is_http_allowed).map_err(|source| ConfigError::Endpoint { stage, source })?;
        }
        let joined = &self.spoken_dialect().joined_credentials;
        if joined.is_some() && self.authentication.secret().is_none() {
            return Err(ConfigError::MissingSecret);
        }
        // RFC 7617 section 2: the id ends at the first colon, so it cannot have one.
        if matches!(self.authentication, ClientAuthentication::SecretBasicRaw(_)) && self.client_id.contains(':') {
            return Err(ConfigError::ColonInClientId);
        }
        if !all_bytes(&self.scope, is_scope_byte) {
            return Err(ConfigError::Scope);
        }
        Extra::drop_replaced(&mut self.parameters);
        Extra::drop_replaced(&mut self.headers);
        self.validate_parameters()?;
        for (index, header) in self.headers.iter().enumerate() {
            self.validate_header(header)?;
            if self.headers.iter().take(index).any(|it| it.has_name_of(header)) {
                return Err(ConfigError::RepeatedHeader { name: header.name.clone() });
            }
        }
        Ok(())
    }

    fn validate_parameters(&self) -> Result<(), ConfigError> {
        for (index, parameter) in self.parameters.iter().enumerate() {
            let name = parameter.name.as_str();
            let stage = parameter.stage;
            // These are asked without a form of the caller's.
            if matches!(stage, Stage::Discovery | Stage::Userinfo | Stage::Registration) {
                return Err(ConfigError::NeverSent { stage, name: name.to_owned() });
            }
            let is_taken = matches!(
                name,
                "client_id"
                    | "client_secret"
                    | "device_code"
                    | "grant_type"
                    | "refresh_token"
                    | "scope"
                    | "token"
                    | "token_type_hint"
            ) || (name == "nonce" && self.is_nonce_sent())
                || (name.starts_with("code_") && self.pkce.is_some())
                || self.spoken_dialect().sets(name);
            if name.is_empty() || is_taken {
                return Err(ConfigError::ReservedParameter { name: name.to_owned() });
            }
            // RFC 6749 section 3.2: once each; RFC 8707 and RFC 8693 section 2.1 make two exceptions.
            let is_repeated = self.parameters.iter().take(index).any(|it| it.has_name_of(parameter));
            if is_repeated && !matches!(name, "resource" | "audience") {
                return Err(ConfigError::RepeatedParameter { name: name.to_owned() });
            }
        }
        Ok(())
    }

    fn validate_header(&self, header: &Extra) -> Result<(), ConfigError> {
        let (name, stage) = (header.name.as_str(), header.stage);
        // These are asked without a configuration.
        if matches!(stage, Stage::Discovery | Stage::Registration) {
            return Err(ConfigError::NeverSent { stage, name: name.to_owned() });
        }
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(ConfigError::HeaderName);
        }
        let is_taken = matches!(name, "accept" | "content-type")
            || Request::TRANSPORT_HEADERS.contains(&name)
            || (name == "authorization" && (self.authentication.is_header() || stage == Stage::Userinfo));
        if is_taken {
            return Err(ConfigError::ReservedHeader { name: name.to_owned() });
        }
        let is_value = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
        if !header.value.expose().bytes().all(is_value) {
            return Err(ConfigError::HeaderValue { name: name.to_owned() });
        }
        Ok(())
    }
}

/// Brings an endpoint's address into the form that is sent.
fn normalize(endpoint: &mut Box<str>, is_http_allowed: bool) -> Result<(), UriError> {
    if let Cow::Owned(normal) = check_endpoint(endpoint, is_http_allowed)? {
        *endpoint = normal.into_boxed_str();
    }
    Ok(())
}

/// RFC 6749 section 3.3, `scope-token`, and the space between two.
const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, b' ' | 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

/// RFC 9110 section 5.6.2, `tchar`.
const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}
