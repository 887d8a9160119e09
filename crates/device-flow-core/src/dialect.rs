//! How a server departs from RFC 8628, as data.

mod display;

use alloc::borrow::Cow;
use alloc::vec::Vec;

/// A word that is written down in a program or comes from a file.
type Word = Cow<'static, str>;
/// A foreign spelling and the protocol's.
pub(crate) type Spelling = (Word, Word);

/// How a server departs from RFC 8628: what its requests are called and what its answers mean.
///
/// A dialect is a value that the machines look things up in; there is no provider's name in their code. The crate
/// `device-flow-profiles` has those of the providers in use. One of one's own starts from
/// [`RFC_8628`](Self::RFC_8628), which says nothing and costs nothing:
///
/// ```
/// use device_flow_core::{Config, DeviceFlow, Dialect, Machine, Output, Timestamp};
///
/// let draft = Dialect::RFC_8628
///     .grant_type("device_code")
///     .device_code_parameter("code")
///     .response_type()
///     .code("not_yet", "authorization_pending");
///
/// let config = Config::new("tv", "https://as.example/device", "https://as.example/token").dialect(draft);
/// let mut flow = DeviceFlow::new(config)?;
/// let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else { panic!() };
/// assert_eq!(request.body(), b"response_type=device_code&client_id=tv");
/// # Ok::<(), device_flow_core::ConfigError>(())
/// ```
///
/// `Display` lists the departures, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    pub(crate) grant_type: Option<Word>,
    pub(crate) device_code_parameter: Word,
    pub(crate) scope_parameter: Word,
    pub(crate) scope_separator: Word,
    pub(crate) is_response_type_sent: bool,
    pub(crate) is_user_code_sent: bool,
    pub(crate) is_scope_sent_with_polls: bool,
    pub(crate) joined_credentials: Option<JoinedCredentials>,
    pub(crate) aliases: Vec<Spelling>,
    pub(crate) error_member: Option<Word>,
    pub(crate) error_object: Option<Vec<Spelling>>,
    pub(crate) codes: Vec<Spelling>,
    pub(crate) statuses: Vec<(u16, Word)>,
    pub(crate) user_code_query: Option<Word>,
}

/// One parameter that holds both the client's id and its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinedCredentials {
    pub(crate) parameter: Word,
    pub(crate) separator: Word,
}

/// RFC 8628 section 3.4.
pub(crate) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(crate) static RFC_8628: Dialect = Dialect::RFC_8628;

/// The protocol as it is written.
impl Dialect {
    /// No departure at all.
    pub const RFC_8628: Self = Self {
        grant_type: Some(Cow::Borrowed(GRANT_TYPE)),
        device_code_parameter: Cow::Borrowed("device_code"),
        scope_parameter: Cow::Borrowed("scope"),
        scope_separator: Cow::Borrowed(" "),
        is_response_type_sent: false,
        is_user_code_sent: false,
        is_scope_sent_with_polls: false,
        joined_credentials: None,
        aliases: Vec::new(),
        error_member: None,
        error_object: None,
        codes: Vec::new(),
        statuses: Vec::new(),
        user_code_query: None,
    };
}

/// What requests look like.
impl Dialect {
    /// The `grant_type` of a poll.
    #[must_use]
    pub fn grant_type(mut self, grant_type: impl Into<Cow<'static, str>>) -> Self {
        self.grant_type = Some(grant_type.into());
        self
    }

    /// Leaves the `grant_type` of a poll out.
    #[must_use]
    pub fn no_grant_type(mut self) -> Self {
        self.grant_type = None;
        self
    }

    /// The name of the parameter that carries the device code.
    #[must_use]
    pub fn device_code_parameter(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.device_code_parameter = name.into();
        self
    }

    /// The name of the parameter that carries the scopes in the device authorization request and in polls.
    #[must_use]
    pub fn scope_parameter(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.scope_parameter = name.into();
        self
    }

    /// What stands between two scopes there.
    #[must_use]
    pub fn scope_separator(mut self, separator: impl Into<Cow<'static, str>>) -> Self {
        self.scope_separator = separator.into();
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
    pub fn joined_credentials(
        mut self,
        parameter: impl Into<Cow<'static, str>>,
        separator: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.joined_credentials = Some(JoinedCredentials { parameter: parameter.into(), separator: separator.into() });
        self
    }

    /// Whether this dialect sets a parameter beside those that every request sets.
    pub(crate) fn sets(&self, name: &str) -> bool {
        let joined = self.joined_credentials.as_ref();
        name == self.device_code_parameter
            || name == self.scope_parameter
            || (self.is_response_type_sent && name == "response_type")
            || (self.is_user_code_sent && name == "user_code")
            || joined.is_some_and(|it| name == it.parameter)
    }
}

/// What answers mean.
impl Dialect {
    /// A foreign name of a member, with the protocol's name for it.
    #[must_use]
    pub fn alias(mut self, foreign: impl Into<Cow<'static, str>>, ours: impl Into<Cow<'static, str>>) -> Self {
        self.aliases.push((foreign.into(), ours.into()));
        self
    }

    /// A member that tells the error code better than `error` does. Where it stands, the answer is an error.
    #[must_use]
    pub fn error_member(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.error_member = Some(name.into());
        self
    }

    /// Reads an `error` that is an object: its members under their own names, and those that
    /// [`error_object_alias`](Self::error_object_alias) names as the protocol's.
    #[must_use]
    pub fn error_object(mut self) -> Self {
        self.error_object.get_or_insert_default();
        self
    }

    /// A foreign name of a member of an `error` that is an object, with the protocol's name for it.
    #[must_use]
    pub fn error_object_alias(
        mut self,
        foreign: impl Into<Cow<'static, str>>,
        ours: impl Into<Cow<'static, str>>,
    ) -> Self {
        let spelling = (foreign.into(), ours.into());
        self.error_object.get_or_insert_default().push(spelling);
        self
    }

    /// A foreign error code, with the protocol's code for it. Numbers are spelt in decimal. A code that means "sign in
    /// again" in answer to a refresh is one for `invalid_grant`.
    #[must_use]
    pub fn code(mut self, foreign: impl Into<Cow<'static, str>>, ours: impl Into<Cow<'static, str>>) -> Self {
        self.codes.push((foreign.into(), ours.into()));
        self
    }

    /// An HTTP status of answers to polls that stands for an error code when the body tells none.
    #[must_use]
    pub fn status(mut self, status: u16, code: impl Into<Cow<'static, str>>) -> Self {
        self.statuses.push((status, code.into()));
        self
    }

    /// Adds the user code to the verification URI under this name: the bare address is an error page there.
    #[must_use]
    pub fn user_code_query(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.user_code_query = Some(name.into());
        self
    }

    /// The protocol's name of a member.
    pub(crate) fn canonical<'n>(&'n self, name: &'n str) -> &'n str {
        canonical(&self.aliases, name)
    }

    /// The protocol's code for a code.
    pub(crate) fn standard_code<'c>(&'c self, code: &'c str) -> &'c str {
        canonical(&self.codes, code)
    }

    /// The protocol's code for a bare status.
    pub(crate) fn status_code(&self, status: u16) -> Option<&str> {
        let found = self.statuses.iter().find(|(it, _)| *it == status);
        found.map(|(_, code)| &**code)
    }
}

/// The protocol's spelling of a word.
pub(crate) fn canonical<'n>(spellings: &'n [Spelling], word: &'n str) -> &'n str {
    let found = spellings.iter().find(|(foreign, _)| foreign == word);
    found.map_or(word, |(_, ours)| ours)
}

impl Default for Dialect {
    fn default() -> Self {
        Self::RFC_8628
    }
}
