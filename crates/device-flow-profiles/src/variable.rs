//! What only the caller knows.

use crate::Word;
use alloc::borrow::Cow;

/// Something that only the caller knows, and that the addresses of a profile need.
///
/// ```
/// use device_flow_profiles::{ProfileVariable, VariableKind};
///
/// let host = ProfileVariable::host("the host of a GitLab of one's own", "gitlab.example").with_default("gitlab.com");
/// assert_eq!((host.name(), host.kind(), host.default()), ("host", VariableKind::Host, Some("gitlab.com")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileVariable {
    name: Word,
    kind: VariableKind,
    description: Word,
    example: Word,
    default: Option<Word>,
}

/// What a variable's value may look like. It can never change anything in the address but its own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VariableKind {
    /// A host name or an IPv4 address, with a port if need be: no scheme, no path, no user name. A name in another
    /// script goes in its ASCII form. It stands in addresses in lower case and without the port 443, as servers spell
    /// themselves.
    Host,
    /// One segment of a path: 1 to 255 letters, digits, `-`, `.`, `_` and `~`, not dots alone.
    Segment,
}

/// Making one.
impl ProfileVariable {
    /// Makes a variable that has to be given. Its name is what stands between braces in addresses, and not `client_id`,
    /// which every address has; `description` is a fragment of a sentence that asks for it.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        kind: VariableKind,
        description: impl Into<Cow<'static, str>>,
        example: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { name: name.into(), kind, description: description.into(), example: example.into(), default: None }
    }

    /// Makes the variable `host`, of the kind of this name.
    pub fn host(description: impl Into<Cow<'static, str>>, example: impl Into<Word>) -> Self {
        Self::new("host", VariableKind::Host, description, example)
    }

    /// Makes a variable that is one segment of a path.
    pub fn segment(
        name: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
        example: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(name, VariableKind::Segment, description, example)
    }

    /// Sets the value that is taken when none is given.
    #[must_use]
    pub fn with_default(mut self, default: impl Into<Cow<'static, str>>) -> Self {
        self.default = Some(default.into());
        self
    }
}

/// Looking at one.
impl ProfileVariable {
    /// Its name in [`Profile::config`](crate::Profile::config).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its value may look like.
    pub const fn kind(&self) -> VariableKind {
        self.kind
    }

    /// What to ask people for: a fragment of a sentence.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// A value as it may look.
    pub fn example(&self) -> &str {
        &self.example
    }

    /// The value that is taken when none is given; `None` when one must be given.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }
}
