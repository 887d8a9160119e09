//! What a caller decides before a flow begins.

mod bodies;
mod extras;
mod validation;

pub use validation::ConfigError;

use crate::client_authentication::ClientAuthentication;
use crate::dialect::Dialect;
use crate::nonce::NonceMode;
use crate::pacing::Pacing;
use crate::pkce::PkceVerifier;
use crate::profile::Profile;
use crate::request::Stage;
use crate::secret::SecretString;
use crate::wire::ServerMetadata;
use alloc::boxed::Box;
use alloc::string::String;
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
    pub(crate) device_authorization_endpoint: Box<str>,
    pub(crate) token_endpoint: Box<str>,
    pub(crate) dialect: &'static Dialect,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) scope: String,
    pub(crate) parameters: Vec<ExtraParameter>,
    pub(crate) headers: Vec<ExtraHeader>,
    pub(crate) nonce: Option<SecretString>,
    pub(crate) pkce: Option<PkceVerifier>,
    pub(crate) limits: Limits,
    pub(crate) pacing: Pacing,
    pub(crate) nonce_mode: NonceMode,
    pub(crate) is_device_endpoint_authenticated: bool,
    pub(crate) is_http_allowed: bool,
    pub(crate) is_lifetime_required: bool,
    pub(crate) is_id_token_required: bool,
    /// Absent and elsewhere, because most callers leave it as it is and every pending flow would carry it.
    refresh: Option<Box<RefreshRules>>,
}

/// What a caller decides about refreshing.
#[derive(Clone, Debug)]
pub(crate) struct RefreshRules {
    pub(crate) endpoint: Option<Box<str>>,
    pub(crate) lead: Duration,
    pub(crate) is_automatic: bool,
}

impl RefreshRules {
    const DEFAULT: Self = Self {
        endpoint: None,
        lead: Duration::ZERO,
        is_automatic: true,
    };
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
            client_id: client_id.into().into_boxed_str(),
            device_authorization_endpoint: device_authorization_endpoint.into().into_boxed_str(),
            token_endpoint: token_endpoint.into().into_boxed_str(),
            dialect: &Dialect::RFC_8628,
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
            is_id_token_required: true,
            refresh: None,
        }
    }

    /// Like [`new`](Self::new), with the endpoints that a [`Discovery`](crate::Discovery) found.
    pub fn discovered(client_id: impl Into<String>, metadata: &ServerMetadata) -> Self {
        // A discovery yields no metadata without the endpoint; others are refused when the flow is made.
        let device_authorization_endpoint =
            metadata.device_authorization_endpoint().unwrap_or_default();
        Self::new(
            client_id,
            device_authorization_endpoint,
            metadata.token_endpoint(),
        )
    }

    /// How the server departs from RFC 8628. Default: [`Dialect::RFC_8628`], not at all.
    #[must_use]
    pub fn dialect(mut self, dialect: &'static Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// Everything that a [`Profile`] knows beside its endpoints: the dialect, whether the client authenticates at the
    /// device authorization endpoint, parameters and headers. [`Profile::config`] includes it; this is for endpoints
    /// from elsewhere, such as a discovery or a test server.
    #[must_use]
    pub fn profile(mut self, profile: &Profile) -> Self {
        self = self
            .dialect(profile.dialect())
            .authenticate_device_endpoint(profile.is_device_endpoint_authenticated());
        for &(stage, name, value) in profile.parameters() {
            self = self.parameter(stage, name, value);
        }
        for &(stage, name, value) in profile.headers() {
            self = self.header(stage, name, value);
        }
        self
    }

    /// Where refresh tokens are exchanged, for the server that has another place for it than the token endpoint
    /// (Trakt). Default: the token endpoint, as RFC 6749 section 6 has it.
    #[must_use]
    pub fn refresh_at(mut self, endpoint: impl Into<String>) -> Self {
        self.refresh_mut().endpoint = Some(endpoint.into().into_boxed_str());
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

    /// Adds a parameter to the body of the requests of `stage`. Each may stand there once, except `audience` and
    /// `resource`.
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

    /// Sends a code challenge with the device authorization request and its verifier with every poll (RFC 7636), for
    /// servers that ask for it.
    #[must_use]
    pub fn pkce(mut self, verifier: PkceVerifier) -> Self {
        self.pkce = Some(verifier);
        self
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

    /// The life of a device code whose server does not tell (Salesforce, INDIGO IAM). Default: 30 minutes; no code
    /// is believed to live longer than 24 hours.
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

    /// How long before its end a token is refreshed. Default, and when it is longer than the token lives: the greater of
    /// 10 s and 5 % of the token's life.
    #[must_use]
    pub fn refresh_lead(mut self, lead: Duration) -> Self {
        self.refresh_mut().lead = lead;
        self
    }

    /// Whether a [`Session`](crate::Session) refreshes by itself. Default: yes.
    #[must_use]
    pub fn refresh_automatically(mut self, yes: bool) -> Self {
        self.refresh_mut().is_automatic = yes;
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

    pub(crate) fn refresh(&self) -> &RefreshRules {
        self.refresh.as_deref().unwrap_or(&RefreshRules::DEFAULT)
    }

    fn refresh_mut(&mut self) -> &mut RefreshRules {
        self.refresh
            .get_or_insert_with(|| Box::new(RefreshRules::DEFAULT))
    }

    pub(crate) fn refresh_endpoint(&self) -> &str {
        let endpoint = self.refresh().endpoint.as_ref();
        endpoint.unwrap_or(&self.token_endpoint)
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
}
