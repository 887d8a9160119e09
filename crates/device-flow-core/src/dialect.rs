//! How a server departs from RFC 8628, as data.

use core::fmt;

/// A foreign spelling and the protocol's.
type Spelling = (&'static str, &'static str);

/// How a server departs from RFC 8628: what its requests are called and what its answers mean.
///
/// A dialect is a value that the machines look things up in; there is no provider's name in their code. The shipped
/// ones come with a [`Profile`](crate::Profile). One of one's own starts from [`RFC_8628`](Self::RFC_8628), which says
/// nothing and costs nothing:
///
/// ```
/// use device_flow_core::{Config, DeviceFlow, Dialect, Machine, Output, Timestamp};
///
/// static DRAFT: Dialect = Dialect::RFC_8628
///     .grant_type(Some("device_code"))
///     .device_code_parameter("code")
///     .response_type()
///     .codes(&[("not_yet", "authorization_pending")]);
///
/// let config = Config::new("tv", "https://as.example/device", "https://as.example/token").dialect(&DRAFT);
/// let mut flow = DeviceFlow::new(config)?;
/// let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else { panic!() };
/// assert_eq!(request.body(), b"response_type=device_code&client_id=tv");
/// # Ok::<(), device_flow_core::ConfigError>(())
/// ```
///
/// `Display` lists the departures, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub(crate) grant_type: Option<&'static str>,
    pub(crate) device_code_parameter: &'static str,
    pub(crate) scope_parameter: &'static str,
    pub(crate) scope_separator: &'static str,
    pub(crate) is_response_type_sent: bool,
    pub(crate) is_user_code_sent: bool,
    pub(crate) is_scope_sent_with_polls: bool,
    pub(crate) joined_credentials: Option<JoinedCredentials>,
    pub(crate) aliases: &'static [Spelling],
    pub(crate) error_member: Option<&'static str>,
    pub(crate) error_object: Option<&'static [Spelling]>,
    pub(crate) codes: &'static [Spelling],
    pub(crate) statuses: &'static [(u16, &'static str)],
    pub(crate) user_code_query: Option<&'static str>,
}

/// One parameter that holds both the client's id and its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JoinedCredentials {
    pub(crate) parameter: &'static str,
    pub(crate) separator: &'static str,
}

/// RFC 8628 section 3.4.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The protocol as it is written.
impl Dialect {
    /// No departure at all.
    pub const RFC_8628: Self = Self {
        grant_type: Some(GRANT_TYPE),
        device_code_parameter: "device_code",
        scope_parameter: "scope",
        scope_separator: " ",
        is_response_type_sent: false,
        is_user_code_sent: false,
        is_scope_sent_with_polls: false,
        joined_credentials: None,
        aliases: &[],
        error_member: None,
        error_object: None,
        codes: &[],
        statuses: &[],
        user_code_query: None,
    };
}

/// What requests look like.
impl Dialect {
    /// The `grant_type` of a poll; `None` leaves the parameter out.
    #[must_use]
    pub const fn grant_type(mut self, grant_type: Option<&'static str>) -> Self {
        self.grant_type = grant_type;
        self
    }

    /// The name of the parameter that carries the device code.
    #[must_use]
    pub const fn device_code_parameter(mut self, name: &'static str) -> Self {
        self.device_code_parameter = name;
        self
    }

    /// The name of the parameter that carries the scopes in the device authorization request and in polls.
    #[must_use]
    pub const fn scope_parameter(mut self, name: &'static str) -> Self {
        self.scope_parameter = name;
        self
    }

    /// What stands between two scopes there.
    #[must_use]
    pub const fn scope_separator(mut self, separator: &'static str) -> Self {
        self.scope_separator = separator;
        self
    }

    /// Sends `response_type=device_code` with the device authorization request, as the early drafts did.
    #[must_use]
    pub const fn response_type(mut self) -> Self {
        self.is_response_type_sent = true;
        self
    }

    /// Sends the `user_code` with every poll.
    #[must_use]
    pub const fn user_code_with_polls(mut self) -> Self {
        self.is_user_code_sent = true;
        self
    }

    /// Sends the scopes with every poll.
    #[must_use]
    pub const fn scope_with_polls(mut self) -> Self {
        self.is_scope_sent_with_polls = true;
        self
    }

    /// Sends the client's id and secret as one parameter, joined by `separator`, in every request and in place of
    /// anything else that says who the client is. The client then needs a secret.
    #[must_use]
    pub const fn joined_credentials(
        mut self,
        parameter: &'static str,
        separator: &'static str,
    ) -> Self {
        self.joined_credentials = Some(JoinedCredentials {
            parameter,
            separator,
        });
        self
    }

    /// Whether this dialect sets a parameter beside those that every request sets.
    pub(crate) fn sets(&self, name: &str) -> bool {
        name == self.device_code_parameter
            || name == self.scope_parameter
            || (self.is_response_type_sent && name == "response_type")
            || (self.is_user_code_sent && name == "user_code")
            || self
                .joined_credentials
                .is_some_and(|it| name == it.parameter)
    }
}

/// What answers mean.
impl Dialect {
    /// Foreign names of members, each with the protocol's name for it.
    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [(&'static str, &'static str)]) -> Self {
        self.aliases = aliases;
        self
    }

    /// A member that tells the error code better than `error` does. Where it stands, the answer is an error.
    #[must_use]
    pub const fn error_member(mut self, name: &'static str) -> Self {
        self.error_member = Some(name);
        self
    }

    /// Reads an `error` that is an object: its members under their own names, and those named here as the protocol's.
    #[must_use]
    pub const fn error_object(mut self, aliases: &'static [(&'static str, &'static str)]) -> Self {
        self.error_object = Some(aliases);
        self
    }

    /// Foreign error codes, each with the protocol's code for it. Numbers are spelt in decimal.
    #[must_use]
    pub const fn codes(mut self, codes: &'static [(&'static str, &'static str)]) -> Self {
        self.codes = codes;
        self
    }

    /// HTTP statuses of answers to polls that stand for an error code when the body tells none.
    #[must_use]
    pub const fn statuses(mut self, statuses: &'static [(u16, &'static str)]) -> Self {
        self.statuses = statuses;
        self
    }

    /// Adds the user code to the verification URI under this name: the bare address is an error page there.
    #[must_use]
    pub const fn user_code_query(mut self, name: &'static str) -> Self {
        self.user_code_query = Some(name);
        self
    }

    /// The protocol's name of a member.
    pub(crate) fn canonical<'n>(&self, name: &'n str) -> &'n str {
        canonical(self.aliases, name)
    }

    /// The protocol's code for a code.
    pub(crate) fn standard_code<'c>(&self, code: &'c str) -> &'c str {
        canonical(self.codes, code)
    }

    /// The protocol's code for a bare status.
    pub(crate) fn status_code(&self, status: u16) -> Option<&'static str> {
        let found = self.statuses.iter().find(|(it, _)| *it == status);
        found.map(|(_, code)| *code)
    }
}

/// The protocol's spelling of a word.
pub(crate) fn canonical<'n>(spellings: &[Spelling], word: &'n str) -> &'n str {
    let found = spellings.iter().find(|(foreign, _)| *foreign == word);
    found.map_or(word, |(_, ours)| ours)
}

impl Default for Dialect {
    fn default() -> Self {
        Self::RFC_8628
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::RFC_8628;
        let mut list = List { f, is_empty: true };
        if self.is_response_type_sent {
            list.item(format_args!("response_type=device_code"))?;
        }
        if self.grant_type != plain.grant_type {
            match self.grant_type {
                Some(it) => list.item(format_args!("grant_type={it}"))?,
                None => list.item(format_args!("no grant_type"))?,
            }
        }
        if self.device_code_parameter != plain.device_code_parameter {
            list.item(format_args!(
                "device code sent as {}",
                self.device_code_parameter
            ))?;
        }
        if self.scope_parameter != plain.scope_parameter {
            list.item(format_args!("scopes sent as {}", self.scope_parameter))?;
        }
        if self.scope_separator != plain.scope_separator {
            list.item(format_args!("scopes joined by {:?}", self.scope_separator))?;
        }
        if self.is_user_code_sent {
            list.item(format_args!("user_code in polls"))?;
        }
        if self.is_scope_sent_with_polls {
            list.item(format_args!("{} in polls", self.scope_parameter))?;
        }
        if let Some(it) = self.joined_credentials {
            list.item(format_args!("{}=id{}secret", it.parameter, it.separator))?;
        }
        for (foreign, ours) in self.aliases {
            list.item(format_args!("{foreign} is {ours}"))?;
        }
        if self.error_object.is_some() {
            list.item(format_args!("errors as objects"))?;
        }
        if let Some(it) = self.error_member {
            list.item(format_args!("error code in {it}"))?;
        }
        for (foreign, ours) in self.codes {
            list.item(format_args!("{foreign} is {ours}"))?;
        }
        for (status, ours) in self.statuses {
            list.item(format_args!("HTTP {status} is {ours}"))?;
        }
        if let Some(it) = self.user_code_query {
            list.item(format_args!("?{it}= added to the verification URI"))?;
        }
        if list.is_empty {
            f.write_str("none")?;
        }
        Ok(())
    }
}

/// Items with commas between.
struct List<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    is_empty: bool,
}

impl List<'_, '_> {
    fn item(&mut self, item: fmt::Arguments<'_>) -> fmt::Result {
        if !self.is_empty {
            self.f.write_str(", ")?;
        }
        self.is_empty = false;
        self.f.write_fmt(item)
    }
}
