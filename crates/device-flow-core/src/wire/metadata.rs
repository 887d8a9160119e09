//! Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0).

use super::members::{Text, Value, for_each, text};
use super::{is_redirect, is_success, is_transient, unreadable};
use crate::failure::ProtocolErrorKind;
use crate::request::Response;
use crate::secret::Packed;
use crate::text::clean;
use crate::uri::{MAX_URI, check_endpoint};
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

/// What an answer to a request for metadata means.
#[derive(Debug)]
pub enum MetadataAnswer {
    /// The document, which is this issuer's.
    Found(ServerMetadata),
    /// Trouble that passes: worth another try.
    Transient,
    /// No document here, or one that is of no use.
    Invalid(ProtocolErrorKind),
}

impl MetadataAnswer {
    /// Reads an answer to the request for the metadata of `issuer`. Names of issuers are compared letter by letter
    /// (RFC 8414 section 3.3).
    ///
    /// ```
    /// use device_flow_core::Response;
    /// use device_flow_core::wire::MetadataAnswer;
    ///
    /// let body = br#"{"issuer":"https://as.example","device_authorization_endpoint":"https://as.example/device_authorization","token_endpoint":"https://as.example/token"}"#;
    /// let MetadataAnswer::Found(metadata) = MetadataAnswer::read(&Response::new(200, body), "https://as.example", false) else { panic!() };
    /// assert_eq!(metadata.token_endpoint(), "https://as.example/token");
    /// ```
    pub fn read(response: &Response<'_>, issuer: &str, allow_http: bool) -> Self {
        let status = response.status();
        if is_redirect(status) {
            return Self::Invalid(ProtocolErrorKind::Redirect { status });
        }
        if is_transient(status) {
            return Self::Transient;
        }
        let text = text(response.body());
        if !is_success(status) {
            return Self::Invalid(unreadable(response, super::Unreadable::NotOAuth));
        }
        // Metadata is JSON; a form would be some other page.
        if !text.starts_with('{') {
            return Self::Invalid(unreadable(response, super::Unreadable::NotOAuth));
        }
        match Members::read(&text) {
            Ok(members) => members
                .into_metadata(issuer, allow_http)
                .map_or_else(Self::Invalid, Self::Found),
            Err(why) => Self::Invalid(unreadable(response, why)),
        }
    }
}

/// What an authorization server says about itself. Every address is checked: `https`, or `http` as allowed.
#[derive(Clone)]
pub struct ServerMetadata {
    texts: Packed<8>,
}

// Where each text is packed.
const ISSUER: usize = 0;
const DEVICE_AUTHORIZATION_ENDPOINT: usize = 1;
const TOKEN_ENDPOINT: usize = 2;
const REVOCATION_ENDPOINT: usize = 3;
const INTROSPECTION_ENDPOINT: usize = 4;
const USERINFO_ENDPOINT: usize = 5;
const REGISTRATION_ENDPOINT: usize = 6;
const AUTHENTICATION_METHODS: usize = 7;

impl ServerMetadata {
    /// The issuer, letter by letter the one that was asked for.
    pub fn issuer(&self) -> &str {
        self.texts.get(ISSUER).unwrap_or_default()
    }

    /// The device authorization endpoint (RFC 8628 section 4); `None` when the server does not announce one. The
    /// metadata that a [`Discovery`](crate::Discovery) yields always has it.
    pub fn device_authorization_endpoint(&self) -> Option<&str> {
        self.texts.get(DEVICE_AUTHORIZATION_ENDPOINT)
    }

    /// The token endpoint.
    pub fn token_endpoint(&self) -> &str {
        self.texts.get(TOKEN_ENDPOINT).unwrap_or_default()
    }

    /// The revocation endpoint (RFC 7009).
    pub fn revocation_endpoint(&self) -> Option<&str> {
        self.texts.get(REVOCATION_ENDPOINT)
    }

    /// The introspection endpoint (RFC 7662).
    pub fn introspection_endpoint(&self) -> Option<&str> {
        self.texts.get(INTROSPECTION_ENDPOINT)
    }

    /// The userinfo endpoint (OpenID Connect Core section 5.3).
    pub fn userinfo_endpoint(&self) -> Option<&str> {
        self.texts.get(USERINFO_ENDPOINT)
    }

    /// The client registration endpoint (RFC 7591).
    pub fn registration_endpoint(&self) -> Option<&str> {
        self.texts.get(REGISTRATION_ENDPOINT)
    }

    /// How clients may authenticate at the token endpoint, such as `client_secret_basic`; `None` when the server does
    /// not tell, which by RFC 8414 section 2 means `client_secret_basic`.
    pub fn token_endpoint_auth_methods(&self) -> Option<impl Iterator<Item = &str>> {
        self.texts
            .get(AUTHENTICATION_METHODS)
            .map(|it| it.split(' '))
    }
}

impl fmt::Debug for ServerMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerMetadata")
            .field("issuer", &self.issuer())
            .field(
                "device_authorization_endpoint",
                &self.device_authorization_endpoint(),
            )
            .field("token_endpoint", &self.token_endpoint())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Members<'t> {
    issuer: Option<Text<'t>>,
    device_authorization_endpoint: Option<Text<'t>>,
    token_endpoint: Option<Text<'t>>,
    revocation_endpoint: Option<Text<'t>>,
    introspection_endpoint: Option<Text<'t>>,
    userinfo_endpoint: Option<Text<'t>>,
    registration_endpoint: Option<Text<'t>>,
    authentication_methods: Option<Value<'t>>,
}

impl<'t> Members<'t> {
    fn read(text: &'t str) -> Result<Self, super::Unreadable> {
        let mut members = Self::default();
        for_each(text, &mut |name, value| members.take(&name, value))?;
        Ok(members)
    }

    fn take(&mut self, name: &str, value: Value<'t>) {
        match name {
            "issuer" => self.issuer = value.text(),
            "device_authorization_endpoint" => self.device_authorization_endpoint = value.text(),
            "token_endpoint" => self.token_endpoint = value.text(),
            "revocation_endpoint" => self.revocation_endpoint = value.text(),
            "introspection_endpoint" => self.introspection_endpoint = value.text(),
            "userinfo_endpoint" => self.userinfo_endpoint = value.text(),
            "registration_endpoint" => self.registration_endpoint = value.text(),
            "token_endpoint_auth_methods_supported" => self.authentication_methods = Some(value),
            _ => {}
        }
    }

    fn into_metadata(
        self,
        issuer: &str,
        allow_http: bool,
    ) -> Result<ServerMetadata, ProtocolErrorKind> {
        let named = self
            .issuer
            .as_deref()
            .ok_or(ProtocolErrorKind::MissingMember { name: "issuer" })?;
        if named != issuer {
            return Err(ProtocolErrorKind::Issuer {
                expected: Box::from(issuer),
                found: shown(named),
            });
        }
        let token = self
            .token_endpoint
            .as_deref()
            .ok_or(ProtocolErrorKind::MissingMember {
                name: "token_endpoint",
            })?;
        let needed = |name, address| {
            check_endpoint(address, allow_http)
                .map_err(|source| ProtocolErrorKind::Endpoint { name, source })
        };
        let device = self
            .device_authorization_endpoint
            .as_deref()
            .map(|it| needed("device_authorization_endpoint", it))
            .transpose()?;
        let token = needed("token_endpoint", token)?;
        // What is not needed to sign in does not keep anybody from it.
        let optional = |address: Option<Text<'_>>| {
            let address = address?;
            let checked = check_endpoint(&address, allow_http).ok()?;
            Some(checked.into_owned())
        };
        let methods = self.authentication_methods.and_then(|it| methods(&it));
        Ok(ServerMetadata {
            texts: Packed::new([
                Some(issuer),
                device.as_deref(),
                Some(&token),
                optional(self.revocation_endpoint).as_deref(),
                optional(self.introspection_endpoint).as_deref(),
                optional(self.userinfo_endpoint).as_deref(),
                optional(self.registration_endpoint).as_deref(),
                methods.as_deref(),
            ]),
        })
    }
}

fn shown(issuer: &str) -> Box<str> {
    clean(issuer, MAX_URI).unwrap_or_default().into()
}

/// The names in the array, with a space between two.
fn methods(value: &Value<'_>) -> Option<String> {
    let mut joined = String::new();
    for method in value.strings()? {
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.extend(method.chars().filter(char::is_ascii_graphic));
    }
    (!joined.is_empty()).then_some(joined)
}
