//! Whether a configuration can work.

use super::{Config, ExtraHeader};
use crate::client_authentication::ClientAuthentication;
use crate::nonce::NonceMode;
use crate::request::Stage;
use crate::text::all_bytes;
use crate::uri::{UriError, check_endpoint};
use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::string::String;

impl Config {
    /// Checks all and brings the endpoints into the form that is sent.
    pub(crate) fn validate(&mut self) -> Result<(), ConfigError> {
        if self.client_id.is_empty() {
            return Err(ConfigError::EmptyClientId);
        }
        for (stage, endpoint) in [
            (
                Stage::DeviceAuthorization,
                &mut self.device_authorization_endpoint,
            ),
            (Stage::Token, &mut self.token_endpoint),
        ] {
            normalize(endpoint, self.is_http_allowed)
                .map_err(|source| ConfigError::Endpoint { stage, source })?;
        }
        if let Some(endpoint) = self.refresh.as_mut().and_then(|it| it.endpoint.as_mut()) {
            let stage = Stage::Refresh;
            normalize(endpoint, self.is_http_allowed)
                .map_err(|source| ConfigError::Endpoint { stage, source })?;
        }
        if self.dialect.joined_credentials.is_some() && self.authentication.secret().is_none() {
            return Err(ConfigError::MissingSecret);
        }
        // RFC 7617 section 2: the id ends at the first colon, so it cannot have one.
        if matches!(self.authentication, ClientAuthentication::SecretBasicRaw(_))
            && self.client_id.contains(':')
        {
            return Err(ConfigError::ColonInClientId);
        }
        if !all_bytes(&self.scope, is_scope_byte) {
            return Err(ConfigError::Scope);
        }
        if self.nonce_mode == NonceMode::Enabled && self.nonce.is_none() {
            return Err(ConfigError::MissingNonce);
        }
        self.validate_parameters()?;
        self.headers
            .iter()
            .try_for_each(|header| self.validate_header(header))
    }

    fn validate_parameters(&self) -> Result<(), ConfigError> {
        for (index, parameter) in self.parameters.iter().enumerate() {
            let name = parameter.name.as_str();
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
                || self.dialect.sets(name);
            if name.is_empty() || is_taken {
                return Err(ConfigError::ReservedParameter {
                    name: name.to_owned(),
                });
            }
            // RFC 6749 section 3.2: once each; RFC 8707 and RFC 8693 section 2.1 make two exceptions.
            let is_repeated = self
                .parameters
                .iter()
                .take(index)
                .any(|other| other.stage == parameter.stage && other.name == name);
            if is_repeated && !matches!(name, "resource" | "audience") {
                return Err(ConfigError::RepeatedParameter {
                    name: name.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn validate_header(&self, header: &ExtraHeader) -> Result<(), ConfigError> {
        let name = header.name.as_str();
        if name.is_empty() || !name.bytes().all(is_token_byte) {
            return Err(ConfigError::HeaderName);
        }
        let is_taken = matches!(
            name,
            "accept"
                | "accept-encoding"
                | "connection"
                | "content-length"
                | "content-type"
                | "expect"
                | "host"
                | "proxy-connection"
                | "te"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
        ) || (name == "authorization"
            && (self.authentication.is_header() || header.stage == Stage::Userinfo));
        if is_taken {
            return Err(ConfigError::ReservedHeader {
                name: name.to_owned(),
            });
        }
        let is_value = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
        if !header.value.expose().bytes().all(is_value) {
            return Err(ConfigError::HeaderValue {
                name: name.to_owned(),
            });
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
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// A configuration that cannot work. Says which part; never shows a value that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The client id is empty.
    #[error("the client id is empty")]
    EmptyClientId,
    /// An endpoint's address cannot be used.
    #[error("the address of the {} {source}", stage.endpoint_name())]
    Endpoint {
        /// The stage whose endpoint it is.
        stage: Stage,
        /// What is wrong with the address.
        source: UriError,
    },
    /// The issuer's address cannot be used.
    #[error("the issuer {source}")]
    Issuer {
        /// What is wrong with the address.
        source: UriError,
    },
    /// The issuer has a query or a fragment (RFC 8414 section 2).
    #[error("the issuer has a query or a fragment")]
    IssuerShape,
    /// The server's dialect wants the client's secret in every request, and none was given.
    #[error("this server wants the client's secret in every request, and none was given")]
    MissingSecret,
    /// Raw HTTP Basic cannot carry a client id with a colon (RFC 7617 section 2).
    #[error("a client id with a colon cannot be sent as raw HTTP Basic")]
    ColonInClientId,
    /// A scope has a character that RFC 6749 section 3.3 forbids.
    #[error("a scope has a character that no scope may have")]
    Scope,
    /// [`NonceMode::Enabled`] without a nonce.
    #[error("a nonce is to be sent and none was given")]
    MissingNonce,
    /// An extra parameter would replace one that the flow sets itself, or has no name.
    #[error("the parameter {name:?} is set by the flow itself")]
    ReservedParameter {
        /// Its name.
        name: String,
    },
    /// An extra parameter that may stand once only is there twice (RFC 6749 section 3.2).
    #[error("the parameter {name:?} is given more than once")]
    RepeatedParameter {
        /// Its name.
        name: String,
    },
    /// An extra header's name has characters that no header name may have.
    #[error("a header name is empty or has characters that no header name may have")]
    HeaderName,
    /// An extra header would replace one that the flow or the transport sets itself.
    #[error("the header {name:?} is set by the flow itself")]
    ReservedHeader {
        /// Its name.
        name: String,
    },
    /// An extra header's value has characters that no header value may have.
    #[error("the value of the header {name:?} has characters that no header value may have")]
    HeaderValue {
        /// Its name.
        name: String,
    },
}
