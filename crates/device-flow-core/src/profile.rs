//! What is known of one provider or server product: endpoints, dialect, and what it needs of its user.

mod dialects;
mod error;
mod products;
mod services;
mod template;

pub use error::ProfileError;

use crate::client_authentication::ClientAuthentication;
use crate::config::Config;
use crate::dialect::Dialect;
use crate::request::Stage;
use crate::secret::SecretString;
use alloc::string::String;
use template::Filled;

/// A provider, or a server product that many run: where its endpoints are, how it departs from RFC 8628, and what
/// only the caller knows.
///
/// A profile is a value without behaviour, and nothing here asks for one: a server that has none is configured with
/// [`Config::new`], or with [`Config::discovered`] when it announces its endpoints. All profiles are in
/// `docs/providers.md`.
///
/// ```
/// use device_flow_core::{DeviceFlow, Machine, Output, Profile, Timestamp};
///
/// let microsoft = Profile::named("microsoft").unwrap();
/// let config = microsoft.config("6731de76-14a6", &[("tenant", "common")])?.scope("offline_access");
/// let mut flow = DeviceFlow::new(config)?;
/// let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else { panic!() };
/// assert_eq!(request.url(), "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode");
///
/// // What is missing is said.
/// let error = microsoft.config("6731de76-14a6", &[]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "the profile microsoft needs tenant: a tenant's id or domain, or common, organizations or consumers (such as common)"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Profile {
    name: &'static str,
    title: &'static str,
    endpoints: Option<Endpoints>,
    issuer: Option<&'static str>,
    variables: &'static [ProfileVariable],
    secret: ProfileSecret,
    is_secret_in_header: bool,
    is_device_endpoint_authenticated: bool,
    parameters: &'static [Extra],
    headers: &'static [Extra],
    dialect: &'static Dialect,
    notes: &'static str,
}

/// A parameter or a header that goes along with the requests of a stage.
type Extra = (Stage, &'static str, &'static str);

/// Addresses as templates: `{name}` stands for a variable, `{client_id}` for the client's id.
#[derive(Clone, Copy, Debug)]
struct Endpoints {
    device_authorization: &'static str,
    token: &'static str,
    refresh: Option<&'static str>,
    revocation: Option<&'static str>,
}

impl Endpoints {
    const fn new(device_authorization: &'static str, token: &'static str) -> Self {
        Self {
            device_authorization,
            token,
            refresh: None,
            revocation: None,
        }
    }

    const fn refresh(mut self, template: &'static str) -> Self {
        self.refresh = Some(template);
        self
    }

    const fn revocation(mut self, template: &'static str) -> Self {
        self.revocation = Some(template);
        self
    }
}

/// Something that only the caller knows, and that the endpoints' addresses need.
#[derive(Debug, PartialEq, Eq)]
pub struct ProfileVariable {
    name: &'static str,
    kind: VariableKind,
    description: &'static str,
    example: &'static str,
    default: Option<&'static str>,
}

/// What a variable's value may look like. It can never change anything in the address but its own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VariableKind {
    /// A host name or an IPv4 address, with a port if need be: no scheme, no path, no user name. A name in another
    /// script goes in its ASCII form.
    Host,
    /// One segment of a path: 1 to 255 letters, digits, `-`, `.`, `_` and `~`, not dots alone.
    Segment,
}

/// Whether a client of a provider has a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProfileSecret {
    /// Clients that sign in devices are public.
    None,
    /// The client's registration decides.
    Optional,
    /// Every client has one, and the token endpoint insists on it.
    Required,
}

impl ProfileVariable {
    const fn host(description: &'static str, example: &'static str) -> Self {
        Self {
            name: "host",
            kind: VariableKind::Host,
            description,
            example,
            default: None,
        }
    }

    const fn segment(name: &'static str, description: &'static str, example: &'static str) -> Self {
        Self {
            name,
            kind: VariableKind::Segment,
            description,
            example,
            default: None,
        }
    }

    const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Its name in [`Profile::config`].
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What its value may look like.
    pub const fn kind(&self) -> VariableKind {
        self.kind
    }

    /// What to ask people for: a fragment of a sentence.
    pub const fn description(&self) -> &'static str {
        self.description
    }

    /// A value as it may look.
    pub const fn example(&self) -> &'static str {
        self.example
    }

    /// The value that is taken when none is given; `None` when one must be given.
    pub const fn default(&self) -> Option<&'static str> {
        self.default
    }
}

/// Finding one.
impl Profile {
    /// The profile of this name, which is in lower case.
    ///
    /// ```
    /// use device_flow_core::Profile;
    ///
    /// assert_eq!(Profile::named("github").unwrap().title(), "GitHub");
    /// assert!(Profile::named("GitHub").is_none());
    /// ```
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::all().find(|it| it.name == name)
    }

    /// All there are: first the services, then the products that people run themselves.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        services::SERVICES.iter().chain(&products::PRODUCTS)
    }
}

/// Using one.
impl Profile {
    /// A configuration for this provider: its endpoints, with the variables filled in, and all that
    /// [`Config::profile`] adds. The client's secret, scopes and the rest are the caller's.
    ///
    /// ```
    /// use device_flow_core::{DeviceFlow, Profile};
    ///
    /// let google = Profile::named("google").unwrap();
    /// let config = google
    ///     .config("292085223830.apps.googleusercontent.com", &[])?
    ///     .client_authentication(google.authentication("s3cret"))
    ///     .scope("openid email");
    /// # let config = config.nonce("n-0S6_WzA2Mj");
    /// let flow = DeviceFlow::new(config)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] that says what is missing, unknown, given twice or malformed, or that the endpoints have to
    /// be discovered.
    pub fn config(
        &self,
        client_id: impl Into<String>,
        variables: &[(&str, &str)],
    ) -> Result<Config, ProfileError> {
        let client_id = client_id.into();
        let filled = Filled::new(self, variables, &client_id)?;
        let Some(endpoints) = &self.endpoints else {
            let issuer = filled.expand(self.issuer.unwrap_or_default());
            let profile = self.name;
            return Err(ProfileError::NeedsDiscovery { profile, issuer });
        };
        let device_authorization = filled.expand(endpoints.device_authorization);
        let token = filled.expand(endpoints.token);
        let refresh = endpoints.refresh.map(|it| filled.expand(it));
        let config = Config::new(client_id, device_authorization, token).profile(self);
        Ok(match refresh {
            Some(refresh) => config.refresh_at(refresh),
            None => config,
        })
    }

    /// The issuer to begin a [`Discovery`](crate::Discovery) with; `None` when it is not known, or when this provider
    /// announces no device authorization endpoint. With what was found, [`Config::discovered`] and [`Config::profile`] make a
    /// configuration.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] about the variables.
    pub fn issuer(&self, variables: &[(&str, &str)]) -> Result<Option<String>, ProfileError> {
        let filled = Filled::new(self, variables, "")?;
        Ok(self.issuer.map(|it| filled.expand(it)))
    }

    /// Where tokens are revoked (RFC 7009); `None` when that is not known.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] about the variables.
    pub fn revocation_endpoint(
        &self,
        variables: &[(&str, &str)],
    ) -> Result<Option<String>, ProfileError> {
        let filled = Filled::new(self, variables, "")?;
        let template = self.endpoints.and_then(|it| it.revocation);
        Ok(template.map(|it| filled.expand(it)))
    }

    /// The way in which this provider wants a client's secret.
    pub fn authentication(&self, secret: impl Into<SecretString>) -> ClientAuthentication {
        if self.is_secret_in_header {
            ClientAuthentication::SecretBasic(secret.into())
        } else {
            ClientAuthentication::SecretPost(secret.into())
        }
    }
}

/// Looking at one.
impl Profile {
    /// Its name: lower case, unique, and the same for ever.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What people call the provider.
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// What only the caller knows.
    pub const fn variables(&self) -> &'static [ProfileVariable] {
        self.variables
    }

    /// Whether its clients have a secret.
    pub const fn secret(&self) -> ProfileSecret {
        self.secret
    }

    /// Whether a client with a secret proves itself at the device authorization endpoint too.
    pub const fn is_device_endpoint_authenticated(&self) -> bool {
        self.is_device_endpoint_authenticated
    }

    /// Whether the endpoints are not known and have to be discovered at the [`issuer`](Self::issuer).
    pub const fn is_discovered(&self) -> bool {
        self.endpoints.is_none()
    }

    /// The template of a stage's address, for people to read. The issuer's is that of [`Stage::Discovery`].
    pub fn template(&self, stage: Stage) -> Option<&'static str> {
        let endpoints = self.endpoints;
        match stage {
            Stage::DeviceAuthorization => endpoints.map(|it| it.device_authorization),
            Stage::Token => endpoints.map(|it| it.token),
            Stage::Refresh => endpoints.map(|it| it.refresh.unwrap_or(it.token)),
            Stage::Revocation => endpoints.and_then(|it| it.revocation),
            Stage::Discovery => self.issuer,
            Stage::Introspection | Stage::Userinfo | Stage::Registration => None,
        }
    }

    /// How it departs from RFC 8628.
    pub const fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    /// Parameters that go along: stage, name, value.
    pub const fn parameters(&self) -> &'static [(Stage, &'static str, &'static str)] {
        self.parameters
    }

    /// Headers that go along: stage, name in lower case, value.
    pub const fn headers(&self) -> &'static [(Stage, &'static str, &'static str)] {
        self.headers
    }

    /// What else is worth knowing, for people; may be empty.
    pub const fn notes(&self) -> &'static str {
        self.notes
    }
}

/// A public client at a server that speaks RFC 8628: what the tables begin with.
const PLAIN: Profile = Profile {
    name: "",
    title: "",
    endpoints: None,
    issuer: None,
    variables: &[],
    secret: ProfileSecret::Optional,
    is_secret_in_header: false,
    is_device_endpoint_authenticated: true,
    parameters: &[],
    headers: &[],
    dialect: &Dialect::RFC_8628,
    notes: "",
};
