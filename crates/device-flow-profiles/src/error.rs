//! What is wrong with a profile or its variables.

use crate::{ProfileVariable, VariableKind};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Why a profile gives no configuration. Says what is needed, and never shows a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A variable that has no default was not given.
    #[error("the profile {profile} needs {}", Wanted(.variable))]
    Missing {
        /// The profile's name.
        profile: String,
        /// What is missing.
        variable: Box<ProfileVariable>,
    },
    /// A variable that the profile does not know.
    #[error("the profile {profile} knows no {name:?}; {}", Known(.known))]
    Unknown {
        /// The profile's name.
        profile: String,
        /// The name that was given.
        name: String,
        /// What it does know.
        known: Vec<ProfileVariable>,
    },
    /// A variable that was given twice.
    #[error("the profile {profile} was given {} more than once", .variable.name())]
    Repeated {
        /// The profile's name.
        profile: String,
        /// What was given twice.
        variable: Box<ProfileVariable>,
    },
    /// A value that would change more of the address than its own place, or is none at all.
    #[error("the {} for the profile {profile} {}", .variable.name(), shape(.variable.kind()))]
    Malformed {
        /// The profile's name.
        profile: String,
        /// Whose value it is.
        variable: Box<ProfileVariable>,
    },
    /// The provider's endpoints have to be discovered.
    #[error("the profile {profile} names no endpoints; discover them at {issuer}")]
    NeedsDiscovery {
        /// The profile's name.
        profile: String,
        /// Where to begin.
        issuer: String,
    },
    /// A mistake in the profile itself: one of its addresses has a variable that it does not, or a brace without its
    /// like.
    #[error("the profile {profile} has an address that cannot be filled in: {template}")]
    Template {
        /// The profile's name.
        profile: String,
        /// The address as it stands in the profile.
        template: String,
    },
}

struct Wanted<'v>(&'v ProfileVariable);

impl fmt::Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(it) = self;
        write!(f, "{}: {} (such as {})", it.name(), it.description(), it.example())
    }
}

struct Known<'v>(&'v [ProfileVariable]);

impl fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("it needs nothing");
        }
        f.write_str("it knows ")?;
        for (index, variable) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(variable.name())?;
        }
        Ok(())
    }
}

const fn shape(kind: VariableKind) -> &'static str {
    match kind {
        VariableKind::Host => "has to be a host name with a port if need be, without scheme, path or user name",
        VariableKind::Segment => "has to be 1 to 255 letters, digits, '-', '.', '_' and '~', and not dots alone",
    }
}
