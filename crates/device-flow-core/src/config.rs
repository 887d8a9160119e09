//! What a caller decides before a flow begins.

mod bodies;
mod error;
mod extras;
mod looking;
mod patience;
mod validation;

pub use error::ConfigError;

use crate::client_authentication::ClientAuthentication;
use crate::dialect::Dialect;
use crate::metadata::ServerMetadata;
use crate::nonce::NonceMode;
use crate::pacing::Pacing;
use crate::pkce::PkceVerifier;
use crate::secret::SecretString;
use crate::stage::Stage;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

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
    pub(crate) client_id: Box<str>,
    device_authorization_endpoint: Option<Box<str>>,
    pub(crate) token_endpoint: Box<str>,
    dialect: Option<Arc<Dialect>>,
    pub(crate) authentication: ClientAuthentication,
    scope: String,
    parameters: Vec<Extra>,
    pub(crate) headers: Vec<Extra>,
    nonce: Option<SecretString>,
    pub(crate) pkce: Option<PkceVerifier>,
    pub(crate) limits: Limits,
    pub(crate) pacing: Pacing,
    nonce_mode: NonceMode,
    pub(crate) is_device_endpoint_authenticated: bool,
    pub(crate) is_http_allowed: bool,
    pub(crate) is_lifetime_required: bool,
    pub(crate) is_id_token_required: bool,
    is_client_id_always_sent: bool,
    /// Absent and elsewhere, because most callers leave it as it is and every pending flow would carry it.
    rare: Option<Box<Rare>>,
}

/// What a caller decides about refreshing, and what only an identity's check needs.
#[derive(Clone, Debug)]
pub(crate) struct Rare {
    issuer: Option<Box<str>>,
    refresh_endpoint: Option<Box<str>>,
    pub(crate) lead: Duration,
    refresh_timeout: Duration,
    pub(crate) is_refreshed_automatically: bool,
    pub(crate) is_refresh_replayed: bool,
}

impl Rare {
    const DEFAULT: Self = Self {
        issuer: None,
        refresh_endpoint: None,
        lead: Duration::ZERO,
        refresh_timeout: Duration::from_secs(10),
        is_refreshed_automatically: true,
        is_refresh_replayed: true,
    };
}

/// A parameter or a header that a caller adds to the requests of one stage.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub(crate) stage: Stage,
    pub(crate) name: String,
    pub(crate) value: SecretString,
    /// Whether it gives way to another of its name.
    is_default: bool,
}

impl Extra {
    fn has_name_of(&self, other: &Self) -> bool {
        self.stage == other.stage && self.name == other.name
    }

    /// Of several defaults of one name the last counts.
    fn add_to(self, all: &mut Vec<Self>) {
        if self.is_default {
            all.retain(|it| !(it.is_default && it.has_name_of(&self)));
        }
        all.push(self);
    }

    /// A default gives way to what the caller says under the same name.
    fn drop_replaced(all: &mut Vec<Self>) {
        if all.iter().any(|it| it.is_default) {
            let own: Vec<Self> = all.iter().filter(|it| !it.is_default).cloned().collect();
            all.retain(|it| !it.is_default || !own.iter().any(|other| other.has_name_of(it)));
        }
    }
}

/// What a driver must keep to for every request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_body: usize,
    pub(crate) timeout: Duration,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self { max_body: 1024 * 1024, timeout: Duration::from_secs(30) };
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
            client_id: client_id.into().into_boxed_str(),
            device_authorization_endpoint: Some(device_authorization_endpoint.into().into_boxed_str()),
            token_endpoint: token_endpoint.into().into_boxed_str(),
            dialect: None,
            authentication: ClientAuthentication::None,
            scope: String::new(),
            parameters: Vec::new(),
            headers: Vec::new(),
            nonce: None,
            pkce: None,
            limits: Limits::DEFAULT,
            pacing: Pacing::DEFAULT,
            nonce_mode: NonceMode::Automatic,
            is_device_endpoint_authenticated: true,
            is_http_allowed: false,
            is_lifetime_required: false,
            is_id_token_required: false,
            is_client_id_always_sent: false,
            rare: None,
        }
    }

    /// Like [`new`](Self::new), with the issuer and the endpoints that a [`Discovery`](crate::Discovery) found. Where the
    /// server announces no device authorization endpoint, nobody can sign in, but tokens can be refreshed and revoked.
    pub fn discovered(client_id: impl Into<String>, metadata: &ServerMetadata) -> Self {
        let mut config = Self::new(client_id, "", metadata.token_endpoint());
        let device = metadata.device_authorization_endpoint();
        config.device_authorization_endpoint = device.map(Box::from);
        config.issuer(metadata.issuer())
    }

    /// Who issues ID tokens, letter by letter, for [`Config::identity`]. A discovery knows it.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.rare_mut().issuer = Some(Box::from(issuer));
        self
    }

    /// How the server departs from RFC 8628. Default: [`Dialect::RFC_8628`], not at all. An `Arc` of one is shared by all
    /// the configurations that it is given to.
    #[must_use]
    pub fn dialect(mut self, dialect: impl Into<Arc<Dialect>>) -> Self {
        self.dialect = Some(dialect.into());
        self
    }

    /// Where refresh tokens are exchanged, for the server that has another place for it than the token endpoint
    /// (Trakt). Default: the token endpoint, as RFC 6749 section 6 has it.
    #[must_use]
    pub fn refresh_at(mut self, endpoint: impl Into<String>) -> Self {
        self.rare_mut().refresh_endpoint = Some(endpoint.into().into_boxed_str());
        self
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

    /// Whether requests to the token endpoint name the `client_id` in the body even when the `Authorization` header says
    /// who the client is. Default: no. The device authorization request always does (RFC 8628 section 3.1).
    #[must_use]
    pub fn always_send_client_id(mut self, yes: bool) -> Self {
        self.is_client_id_always_sent = yes;
        self
    }

    /// Adds scopes, one or several separated by spaces. Without any the parameter is left out and the server decides.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        add_scopes(&mut self.scope, scope);
        self
    }

    /// Adds a parameter to the body of the requests of `stage`. Each may stand there once, except `audience` and
    /// `resource`.
    #[must_use]
    pub fn parameter(self, stage: Stage, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.extra_parameter(stage, name.into(), value.into(), false)
    }

    /// Adds a parameter that gives way to one of the same name from [`parameter`](Self::parameter), whichever comes
    /// first: what a provider wants unless the caller knows better. Of several defaults the last counts.
    #[must_use]
    pub fn default_parameter(self, stage: Stage, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.extra_parameter(stage, name.into(), value.into(), true)
    }

    fn extra_parameter(mut self, stage: Stage, name: String, value: SecretString, is_default: bool) -> Self {
        Extra { stage, name, value, is_default }.add_to(&mut self.parameters);
        self
    }

    /// Adds a header to the requests of `stage`.
    #[must_use]
    pub fn header(self, stage: Stage, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.extra_header(stage, name.into(), value.into(), false)
    }

    /// Adds a header that gives way to one of the same name from [`header`](Self::header), whichever comes first. Of
    /// several defaults the last counts.
    #[must_use]
    pub fn default_header(self, stage: Stage, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.extra_header(stage, name.into(), value.into(), true)
    }

    fn extra_header(mut self, stage: Stage, mut name: String, value: SecretString, is_default: bool) -> Self {
        name.make_ascii_lowercase();
        Extra { stage, name, value, is_default }.add_to(&mut self.headers);
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

    /// Sends a code challenge with the device authorization request and its verifier with every poll (RFC 7636), for
    /// servers that ask for it.
    #[must_use]
    pub fn pkce(mut self, verifier: PkceVerifier) -> Self {
        self.pkce = Some(verifier);
        self
    }

    fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_with(|| Box::new(Rare::DEFAULT))
    }
}

/// Adds scopes to others, with one space between two (RFC 6749 section 3.3).
pub(crate) fn add_scopes(all: &mut String, scopes: &str) {
    for scope in scopes.split_ascii_whitespace() {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(scope);
    }
}
