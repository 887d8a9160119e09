//! Making a profile, word by word.

use super::{Addresses, Extra, Profile};
use crate::{ProfileSecret, ProfileVariable, Word};
use alloc::borrow::Cow;
use alloc::sync::Arc;
use alloc::vec::Vec;
use device_flow_core::{Dialect, Stage};

/// Making one.
///
/// Addresses are templates: `{name}` stands for the value of the [variable](Self::with_variable) of this name, and in
/// the query of an endpoint `{client_id}` for the client's id. Issuer and revocation endpoint know no client.
impl Profile {
    /// Makes the profile of a server with these endpoints that speaks RFC 8628 as it is written. Whether a client has a
    /// secret is left to its registration, and one that has proves itself in the body of every request.
    ///
    /// ```
    /// use device_flow_core::{Dialect, Stage};
    /// use device_flow_profiles::{Profile, ProfileSecret, ProfileVariable};
    ///
    /// let acme = Profile::new(
    ///     "acme",
    ///     "Acme",
    ///     "https://{host}/{tenant}/device",
    ///     "https://{host}/{tenant}/token",
    /// )
    /// .with_issuer("https://{host}/{tenant}")
    /// .with_variable(ProfileVariable::host("the host of the region", "eu.acme.example").with_default("acme.example"))
    /// .with_variable(ProfileVariable::segment("tenant", "the tenant's id", "t-42"))
    /// .with_secret(ProfileSecret::None)
    /// .with_parameter(Stage::DeviceAuthorization, "audience", "https://api.acme.example")
    /// .with_dialect(Dialect::RFC_8628.code("not_yet", "authorization_pending"));
    ///
    /// let config = acme.config("tv", &[("tenant", "t-7")])?;
    /// assert_eq!(config.token_endpoint(), "https://acme.example/t-7/token");
    /// # Ok::<(), device_flow_profiles::ProfileError>(())
    /// ```
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        device_authorization_endpoint: impl Into<Cow<'static, str>>,
        token_endpoint: impl Into<Cow<'static, str>>,
    ) -> Self {
        let addresses = Addresses::Known {
            device_authorization: device_authorization_endpoint.into(),
            token: token_endpoint.into(),
            issuer: None,
        };
        Self::at(name.into(), title.into(), addresses)
    }

    /// Makes the same for a server whose endpoints have to be discovered at this issuer.
    ///
    /// ```
    /// use device_flow_profiles::Profile;
    ///
    /// let acme = Profile::discovered("acme", "Acme", "https://acme.example");
    /// assert!(acme.is_discovered());
    /// assert_eq!(
    ///     acme.config("tv", &[]).unwrap_err().to_string(),
    ///     "the profile acme names no endpoints; discover them at https://acme.example"
    /// );
    /// ```
    pub fn discovered(
        name: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        issuer: impl Into<Cow<'static, str>>,
    ) -> Self {
        let issuer = issuer.into();
        Self::at(name.into(), title.into(), Addresses::Discovered { issuer })
    }

    fn at(name: Word, title: Word, addresses: Addresses) -> Self {
        Self {
            name,
            title,
            addresses,
            refresh_endpoint: None,
            revocation_endpoint: None,
            variables: Vec::new(),
            secret: ProfileSecret::default(),
            is_secret_in_header: false,
            is_device_endpoint_authenticated: true,
            parameters: Vec::new(),
            headers: Vec::new(),
            dialect: Arc::new(Dialect::RFC_8628),
            notes: Word::default(),
        }
    }

    /// Sets who issues ID tokens, letter by letter, and where a discovery begins.
    #[must_use]
    pub fn with_issuer(mut self, template: impl Into<Cow<'static, str>>) -> Self {
        let template = template.into();
        match &mut self.addresses {
            Addresses::Known { issuer, .. } => *issuer = Some(template),
            Addresses::Discovered { issuer } => *issuer = template,
        }
        self
    }

    /// Sets where refresh tokens are exchanged, when that is not the token endpoint.
    #[must_use]
    pub fn with_refresh_endpoint(mut self, template: impl Into<Cow<'static, str>>) -> Self {
        self.refresh_endpoint = Some(template.into());
        self
    }

    /// Sets where tokens are revoked (RFC 7009).
    #[must_use]
    pub fn with_revocation_endpoint(mut self, template: impl Into<Cow<'static, str>>) -> Self {
        self.revocation_endpoint = Some(template.into());
        self
    }

    /// Adds something that only the caller knows. It takes the place of a variable of the same name.
    #[must_use]
    pub fn with_variable(mut self, variable: ProfileVariable) -> Self {
        let mut variables = self.variables.iter_mut();
        match variables.find(|it| it.name() == variable.name()) {
            Some(known) => *known = variable,
            None => self.variables.push(variable),
        }
        self
    }

    /// Sets whether clients have a secret.
    #[must_use]
    pub const fn with_secret(mut self, secret: ProfileSecret) -> Self {
        self.secret = secret;
        self
    }

    /// Sets whether a client's secret goes into the `Authorization` header, not into the body.
    #[must_use]
    pub const fn with_secret_in_header(mut self, yes: bool) -> Self {
        self.is_secret_in_header = yes;
        self
    }

    /// Sets whether a client with a secret proves itself at the device authorization endpoint too.
    #[must_use]
    pub const fn with_device_endpoint_authentication(mut self, yes: bool) -> Self {
        self.is_device_endpoint_authenticated = yes;
        self
    }

    /// Adds a parameter to the requests of a stage. It takes the place of one of the same stage and name.
    #[must_use]
    pub fn with_parameter(
        mut self,
        stage: Stage,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        put(&mut self.parameters, stage, name.into(), value.into());
        self
    }

    /// Adds a header to the requests of a stage. It takes the place of one of the same stage and name.
    #[must_use]
    pub fn with_header(
        mut self,
        stage: Stage,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        let mut name = name.into();
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            name.to_mut().make_ascii_lowercase();
        }
        put(&mut self.headers, stage, name, value.into());
        self
    }

    /// Sets how the server departs from RFC 8628.
    #[must_use]
    pub fn with_dialect(mut self, dialect: impl Into<Arc<Dialect>>) -> Self {
        self.dialect = dialect.into();
        self
    }

    /// Sets what else is worth knowing, for people: whole sentences.
    #[must_use]
    pub fn with_notes(mut self, notes: impl Into<Cow<'static, str>>) -> Self {
        self.notes = notes.into();
        self
    }
}

fn put(extras: &mut Vec<Extra>, stage: Stage, name: Word, value: Word) {
    let mut same = extras.iter_mut();
    match same.find(|it| it.stage == stage && it.name == name) {
        Some(known) => known.value = value,
        None => extras.push(Extra { stage, name, value }),
    }
}
