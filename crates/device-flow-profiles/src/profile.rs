//! What is known of one provider or server product: endpoints, dialect, and what it needs of its user.

mod making;

use crate::template::Filled;
use crate::{ProfileError, ProfileSecret, ProfileVariable, Word, table};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use device_flow_core::{ClientAuthentication, Config, Dialect, SecretString, Stage};

/// A provider, or a server product that many run: where its endpoints are, how it departs from RFC 8628, and what
/// only the caller knows.
///
/// ```
/// use device_flow_core::{DeviceFlow, Machine, Output, Timestamp};
/// use device_flow_profiles::Profile;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    name: Word,
    title: Word,
    addresses: Addresses,
    refresh_endpoint: Option<Word>,
    revocation_endpoint: Option<Word>,
    variables: Vec<ProfileVariable>,
    secret: ProfileSecret,
    is_secret_in_header: bool,
    is_device_endpoint_authenticated: bool,
    parameters: Vec<Extra>,
    headers: Vec<Extra>,
    dialect: Arc<Dialect>,
    notes: Word,
}

/// Where a provider is, as templates: `{name}` stands for a variable, `{client_id}` for the client's id.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Addresses {
    Known { device_authorization: Word, token: Word, issuer: Option<Word> },
    Discovered { issuer: Word },
}

/// A parameter or a header that goes along with the requests of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Extra {
    stage: Stage,
    name: Word,
    value: Word,
}

/// Finding one.
impl Profile {
    /// The built-in profile of this name, which is in lower case.
    ///
    /// ```
    /// use device_flow_profiles::Profile;
    ///
    /// assert_eq!(Profile::named("github").unwrap().title(), "GitHub");
    /// assert!(Profile::named("GitHub").is_none());
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        table::rows().find(|row| row.name == name).map(table::Row::profile)
    }

    /// All that are built in: first the services, then the products that people run themselves.
    pub fn all() -> impl Iterator<Item = Self> {
        table::rows().map(table::Row::profile)
    }
}

/// Using one.
impl Profile {
    /// A configuration for this provider: its endpoints and its issuer, with the variables filled in, and all that
    /// [`apply`](Self::apply) adds. The client's secret, scopes and the rest are the caller's.
    ///
    /// ```
    /// use device_flow_core::DeviceFlow;
    /// use device_flow_profiles::Profile;
    ///
    /// let google = Profile::named("google").unwrap();
    /// let config = google
    ///     .config("292085223830.apps.googleusercontent.com", &[])?
    ///     .client_authentication(google.authentication("s3cret"))
    ///     .scope("openid email");
    /// # let config = config.nonce("n-0S6_WzA2Mj");
    /// assert_eq!(config.expected_issuer(), Some("https://accounts.google.com"));
    /// let flow = DeviceFlow::new(config)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] that says what is missing, unknown, given twice or malformed, that the endpoints have to be
    /// discovered, or that the profile itself has an address which cannot be filled in.
    pub fn config(&self, client_id: impl Into<String>, variables: &[(&str, &str)]) -> Result<Config, ProfileError> {
        let client_id = client_id.into();
        let filled = Filled::new(self, variables, Some(&client_id))?;
        let (device_authorization, token, issuer) = match &self.addresses {
            Addresses::Known { device_authorization, token, issuer } => (device_authorization, token, issuer),
            Addresses::Discovered { issuer } => {
                return Err(ProfileError::NeedsDiscovery {
                    profile: String::from(self.name()),
                    issuer: filled.expand(issuer)?,
                });
            }
        };
        let device_authorization = filled.expand(device_authorization)?;
        let token = filled.expand(token)?;
        let refresh = filled.expand_any(self.refresh_endpoint.as_deref())?;
        let issuer = filled.expand_any(issuer.as_deref())?;
        let mut config = self.apply(Config::new(client_id, device_authorization, token));
        if let Some(refresh) = refresh {
            config = config.refresh_at(refresh);
        }
        if let Some(issuer) = issuer {
            config = config.issuer(&issuer);
        }
        Ok(config)
    }

    /// The configuration with all that this profile knows beside its addresses: the dialect, whether the client
    /// authenticates at the device authorization endpoint, parameters and headers. This is for endpoints from elsewhere,
    /// such as a discovery, a test server or a proxy; [`config`](Self::config) does it by itself.
    ///
    /// A parameter or a header of the same stage and name that the caller sets, before or after, counts in place of the
    /// profile's.
    ///
    /// ```
    /// use device_flow_core::Config;
    /// use device_flow_profiles::Profile;
    ///
    /// let trakt = Profile::named("trakt").unwrap();
    /// let config = trakt.apply(Config::new("tv", "http://127.0.0.1:8080/device", "http://127.0.0.1:8080/token"));
    /// assert_eq!(config.spoken_dialect(), trakt.dialect());
    /// ```
    #[must_use]
    pub fn apply(&self, config: Config) -> Config {
        let mut config = config
            .dialect(Arc::clone(&self.dialect))
            .authenticate_device_endpoint(self.is_device_endpoint_authenticated);
        for (stage, name, value) in self.parameters() {
            config = config.default_parameter(stage, name, value);
        }
        for (stage, name, value) in self.headers() {
            config = config.default_header(stage, name, value);
        }
        config
    }

    /// The issuer to begin a [`Discovery`](device_flow_core::Discovery) with; `None` when it is not known, or when this
    /// provider announces no device authorization endpoint. With what was found, [`Config::discovered`] and
    /// [`apply`](Self::apply) make a configuration.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] about the variables.
    pub fn issuer(&self, variables: &[(&str, &str)]) -> Result<Option<String>, ProfileError> {
        let filled = Filled::new(self, variables, None)?;
        filled.expand_any(self.template(Stage::Discovery))
    }

    /// Where tokens are revoked (RFC 7009); `None` when that is not known.
    ///
    /// # Errors
    ///
    /// A [`ProfileError`] about the variables.
    pub fn revocation_endpoint(&self, variables: &[(&str, &str)]) -> Result<Option<String>, ProfileError> {
        let filled = Filled::new(self, variables, None)?;
        filled.expand_any(self.template(Stage::Revocation))
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
    /// Its name. That of a built-in one is in lower case, unique, and the same for ever.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What people call the provider.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What only the caller knows.
    pub fn variables(&self) -> &[ProfileVariable] {
        &self.variables
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
        matches!(self.addresses, Addresses::Discovered { .. })
    }

    /// The template of a stage's address, for people to read. The issuer's is that of [`Stage::Discovery`].
    pub fn template(&self, stage: Stage) -> Option<&str> {
        let (device_authorization, token, issuer) = match &self.addresses {
            Addresses::Known { device_authorization, token, issuer } => {
                (Some(device_authorization), Some(token), issuer.as_ref())
            }
            Addresses::Discovered { issuer } => (None, None, Some(issuer)),
        };
        let template = match stage {
            Stage::DeviceAuthorization => device_authorization,
            Stage::Token => token,
            Stage::Refresh => self.refresh_endpoint.as_ref().or(token),
            Stage::Revocation => self.revocation_endpoint.as_ref(),
            Stage::Discovery => issuer,
            _ => None,
        };
        template.map(|it| &**it)
    }

    /// How it departs from RFC 8628.
    pub fn dialect(&self) -> &Dialect {
        &self.dialect
    }

    /// Parameters that go along: stage, name, value.
    pub fn parameters(&self) -> impl Iterator<Item = (Stage, &str, &str)> {
        self.parameters.iter().map(Extra::parts)
    }

    /// Headers that go along: stage, name in lower case, value.
    pub fn headers(&self) -> impl Iterator<Item = (Stage, &str, &str)> {
        self.headers.iter().map(Extra::parts)
    }

    /// What else is worth knowing, for people; may be empty.
    pub fn notes(&self) -> &str {
        &self.notes
    }
}

impl Extra {
    fn parts(&self) -> (Stage, &str, &str) {
        (self.stage, &self.name, &self.value)
    }
}
