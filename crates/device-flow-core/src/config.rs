//! What a caller decides before a flow begins.

use crate::client_authentication::ClientAuthentication;
use crate::nonce::NonceMode;
use crate::pacing::Pacing;
use crate::request::Stage;
use crate::secret::{SecretStr, SecretString};
use crate::uri::{UriError, check_endpoint};
use crate::wire::form;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

/// RFC 8628 section 3.4.
const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Everything a [`DeviceFlow`](crate::DeviceFlow) has to know: the client, the server's endpoints, what to ask for, and
/// how patient to be. Set by chaining; checked as a whole when the flow is made.
///
/// ```
/// use core::time::Duration;
/// use device_flow_core::{ClientAuthentication, Config, DeviceFlow, Stage};
///
/// let config = Config::new("tv-app", "https://as.example/device_authorization", "https://as.example/token")
///     .client_authentication(ClientAuthentication::SecretBasic("s3cret".into()))
///     .scope("openid offline_access")
///     .parameter(Stage::DeviceAuthorization, "audience", "https://api.example")
///     .header(Stage::Token, "x-request-source", "living-room")
///     .request_timeout(Duration::from_secs(10));
/// let flow = DeviceFlow::new(config)?;
/// # Ok::<(), device_flow_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) client_id: String,
    pub(crate) device_authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) scope: String,
    pub(crate) parameters: Vec<ExtraParameter>,
    pub(crate) headers: Vec<ExtraHeader>,
    pub(crate) nonce: Option<SecretString>,
    pub(crate) limits: Limits,
    pub(crate) pacing: Pacing,
    pub(crate) nonce_mode: NonceMode,
    pub(crate) is_device_endpoint_authenticated: bool,
    pub(crate) is_http_allowed: bool,
    pub(crate) is_lifetime_required: bool,
    pub(crate) is_id_token_required: bool,
}

/// A parameter that a caller adds to the body of one stage.
#[derive(Clone, Debug)]
pub(crate) struct ExtraParameter {
    pub(crate) stage: Stage,
    pub(crate) name: String,
    pub(crate) value: SecretString,
}

/// A header that a caller adds to the requests of one stage.
#[derive(Clone, Debug)]
pub(crate) struct ExtraHeader {
    pub(crate) stage: Stage,
    pub(crate) name: String,
    pub(crate) value: SecretString,
}

/// What a driver must keep to for every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_body: usize,
    pub(crate) timeout: Duration,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        max_body: 1024 * 1024,
        timeout: Duration::from_secs(30),
    };
}

impl Config {
    /// A public client that asks for no scope, with default patience.
    ///
    /// `client_id` is what the authorization server calls the client; the endpoints are absolute URLs, `https` or
    /// `http` on loopback.
    pub fn new(
        client_id: impl Into<String>,
        device_authorization_endpoint: impl Into<String>,
        token_endpoint: impl Into<String>,
    ) -> Self {
        Self {
            client_id: client_id.into(),
            device_authorization_endpoint: device_authorization_endpoint.into(),
            token_endpoint: token_endpoint.into(),
            authentication: ClientAuthentication::None,
            scope: String::new(),
            parameters: Vec::new(),
            headers: Vec::new(),
            nonce: None,
            limits: Limits::DEFAULT,
            pacing: Pacing::DEFAULT,
            nonce_mode: NonceMode::Automatic,
            is_device_endpoint_authenticated: true,
            is_http_allowed: false,
            is_lifetime_required: false,
            is_id_token_required: true,
        }
    }

    /// How the client proves who it is. Default: [`ClientAuthentication::None`].
    #[must_use]
    pub fn client_authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Whether a confidential client authenticates at the device authorization endpoint too. Default: yes, as
    /// RFC 8628 section 3.1 asks and Keycloak insists; a few servers (Auth0) refuse it.
    #[must_use]
    pub fn authenticate_device_endpoint(mut self, yes: bool) -> Self {
        self.is_device_endpoint_authenticated = yes;
        self
    }

    /// Adds scopes, one or several separated by spaces. Without any the parameter is left out and the server decides.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        for token in scope.split_ascii_whitespace() {
            if !self.scope.is_empty() {
                self.scope.push(' ');
            }
            self.scope.push_str(token);
        }
        self
    }

    /// Adds a parameter to the body of the requests of `stage`, such as `audience` or `resource` (RFC 8707), which may
    /// be given more than once.
    #[must_use]
    pub fn parameter(
        mut self,
        stage: Stage,
        name: impl Into<String>,
        value: impl Into<SecretString>,
    ) -> Self {
        self.parameters.push(ExtraParameter {
            stage,
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Adds a header to the requests of `stage`.
    #[must_use]
    pub fn header(
        mut self,
        stage: Stage,
        name: impl Into<String>,
        value: impl Into<SecretString>,
    ) -> Self {
        let mut name = name.into();
        name.make_ascii_lowercase();
        self.headers.push(ExtraHeader {
            stage,
            name,
            value: value.into(),
        });
        self
    }

    /// When to send a `nonce` (OpenID Connect Core section 3.1.2.1). Default: [`NonceMode::Automatic`].
    #[must_use]
    pub fn nonce_mode(mut self, mode: NonceMode) -> Self {
        self.nonce_mode = mode;
        self
    }

    /// The nonce to send: fresh and hard to guess for every sign-in. [`nonce`](crate::nonce()) makes one of random
    /// bytes; the transports fill it in by themselves.
    #[must_use]
    pub fn nonce(mut self, nonce: impl Into<SecretString>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Whether a nonce is to be sent and none has been given yet.
    pub fn needs_nonce(&self) -> bool {
        self.nonce.is_none() && self.is_nonce_sent()
    }

    /// What is added to the server's interval, in per cent of it: 0 to 100, larger values count as 100. Default: 5.
    #[must_use]
    pub fn interval_margin(mut self, per_cent: u8) -> Self {
        self.pacing.margin_percent = per_cent.min(100);
        self
    }

    /// The longest wait that repeated failures alone lead to while polling. Default: 60 s. The server's interval and
    /// its `Retry-After` may ask for more.
    #[must_use]
    pub fn max_back_off(mut self, longest: Duration) -> Self {
        self.pacing.max_back_off = longest;
        self
    }

    /// The life of a device code whose server does not tell (Salesforce, INDIGO IAM). Default: 30 minutes.
    #[must_use]
    pub fn default_lifetime(mut self, lifetime: Duration) -> Self {
        self.pacing.default_lifetime = lifetime;
        self
    }

    /// Whether a device authorization response without `expires_in`, which RFC 8628 section 3.2 requires, is an error.
    /// Default: no.
    #[must_use]
    pub fn require_lifetime(mut self, yes: bool) -> Self {
        self.is_lifetime_required = yes;
        self
    }

    /// Whether a token response without `id_token` is an error when the scope `openid` was asked for. Default: yes, as
    /// OpenID Connect Core section 3.1.3.3 requires.
    #[must_use]
    pub fn require_id_token(mut self, yes: bool) -> Self {
        self.is_id_token_required = yes;
        self
    }

    /// Whether `http` beyond loopback is good enough, for the endpoints and for the verification URI. Default: no.
    /// Codes and tokens then travel readable for everyone on the way.
    #[must_use]
    pub fn allow_http(mut self, yes: bool) -> Self {
        self.is_http_allowed = yes;
        self
    }

    /// How long one exchange may take, connecting included. Default: 30 s. At least a millisecond.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout.max(Duration::from_millis(1));
        self
    }

    /// The largest answer that is read, in bytes of body. Default: 1 MiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.max_body = bytes;
        self
    }

    /// The scopes that are asked for.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split(' ').filter(|token| !token.is_empty())
    }

    /// The body of the device authorization request (RFC 8628 section 3.1).
    pub(crate) fn device_authorization_body(&self) -> SecretString {
        let is_authenticated = self.is_device_endpoint_authenticated;
        let scope = (!self.scope.is_empty()).then_some(("scope", self.scope.as_str()));
        let nonce = self.sent_nonce().map(|it| ("nonce", it.expose()));
        let pairs = self
            .client_pairs(is_authenticated)
            .chain(scope)
            .chain(nonce);
        form::body(pairs.chain(self.parameters_of(Stage::DeviceAuthorization)))
    }

    /// The body of every poll (RFC 8628 section 3.4).
    pub(crate) fn token_body(&self, device_code: SecretStr<'_>) -> SecretString {
        let grant = [
            ("grant_type", GRANT_TYPE),
            ("device_code", device_code.expose()),
        ];
        let pairs = grant.into_iter().chain(self.client_pairs(true));
        form::body(pairs.chain(self.parameters_of(Stage::Token)))
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

    pub(crate) fn is_openid(&self) -> bool {
        self.scopes().any(|token| token == "openid")
    }

    pub(crate) fn is_nonce_sent(&self) -> bool {
        match self.nonce_mode {
            NonceMode::Automatic => self.is_openid(),
            NonceMode::Enabled => true,
            NonceMode::Disabled => false,
        }
    }

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
            *endpoint = check_endpoint(endpoint, self.is_http_allowed)
                .map_err(|source| ConfigError::Endpoint { stage, source })?;
        }
        // RFC 7617 section 2: the id ends at the first colon, so it cannot have one.
        if matches!(self.authentication, ClientAuthentication::SecretBasicRaw(_))
            && self.client_id.contains(':')
        {
            return Err(ConfigError::ColonInClientId);
        }
        if !self.scope.bytes().all(is_scope_byte) {
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
                "client_id" | "client_secret" | "device_code" | "grant_type" | "scope"
            ) || (name == "nonce" && self.is_nonce_sent());
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
                | "connection"
                | "content-length"
                | "content-type"
                | "expect"
                | "host"
                | "te"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
        ) || (name == "authorization" && self.authentication.is_header());
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
