//! What sign-ins and sessions are written down as: texts and numbers, each with a name in a table.

use crate::config::{Config, ConfigError};
use crate::failure::ProtocolErrorKind;
use crate::secret::Packed;
use core::fmt;
use core::num::NonZeroU64;
use core::time::Duration;

/// The texts and the numbers of one stored form.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Stored<const T: usize, const N: usize> {
    pub(crate) texts: Packed<T>,
    pub(crate) numbers: [Option<u64>; N],
}

/// The members of a stored form, in the order in which they are packed and written.
pub(crate) struct Table<const T: usize, const N: usize> {
    pub(crate) version: u32,
    pub(crate) texts: [Member; T],
    pub(crate) numbers: [&'static str; N],
}

/// A member that is a text.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    /// Whether `Debug` says no more than that it is there.
    is_silent: bool,
}

impl Member {
    pub(crate) const fn shown(name: &'static str) -> Self {
        Self { name, is_silent: false }
    }

    pub(crate) const fn silent(name: &'static str) -> Self {
        Self { name, is_silent: true }
    }
}

impl<const T: usize, const N: usize> Table<T, N> {
    pub(crate) fn check_version(&self, found: Option<i64>) -> Result<(), StoredFormError> {
        let known = i64::from(self.version);
        match found.ok_or(StoredFormError::Damaged)? {
            found if found == known => Ok(()),
            found if found > known => Err(StoredFormError::Version { found: u32::try_from(found).unwrap_or(u32::MAX) }),
            _ => Err(StoredFormError::Damaged),
        }
    }
}

impl<const T: usize, const N: usize> Stored<T, N> {
    pub(crate) fn text(&self, index: usize) -> Option<&str> {
        self.texts.get(index)
    }

    pub(crate) fn number(&self, index: usize) -> Option<u64> {
        self.numbers.get(index).copied().flatten()
    }

    pub(crate) fn flag(&self, index: usize) -> bool {
        self.number(index).is_some_and(|it| it != 0)
    }

    pub(crate) fn count(&self, index: usize) -> u32 {
        let count = self.number(index).unwrap_or_default();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub(crate) fn millis(&self, index: usize) -> Option<Duration> {
        self.number(index).map(Duration::from_millis)
    }

    /// Shows what is no secret.
    pub(crate) fn show(&self, table: &Table<T, N>, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct(name);
        for (index, member) in table.texts.iter().enumerate() {
            match self.text(index) {
                Some(_) if member.is_silent => {
                    shown.field(member.name, &format_args!("[redacted]"));
                }
                Some(text) => {
                    shown.field(member.name, &text);
                }
                None => {}
            }
        }
        for (name, number) in table.numbers.iter().zip(self.numbers) {
            if let Some(number) = number {
                shown.field(name, &number);
            }
        }
        shown.finish()
    }
}

/// A number as it is stored: what is as it is in the beginning is left out.
pub(crate) fn unless_zero(number: impl Into<u64>) -> Option<u64> {
    NonZeroU64::new(number.into()).map(NonZeroU64::get)
}

/// A stored form that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoredFormError {
    /// It is not what `to_json` writes, or was damaged.
    #[error("the stored sign-in is damaged; start a new one")]
    Damaged,
    /// It was written by a newer version.
    #[error("the stored sign-in has format version {found}, which this program does not know")]
    #[non_exhaustive]
    Version {
        /// The version it names.
        found: u32,
    },
}

/// A stored form that cannot be taken up again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It belongs to another client.
    #[error("the stored sign-in belongs to another client")]
    OtherClient,
    /// It belongs to another server.
    #[error("the stored sign-in belongs to another token endpoint")]
    OtherTokenEndpoint,
    /// What people would be shown is not fit to be shown under this configuration.
    #[error("the stored sign-in cannot be shown to anybody: the server {0}")]
    Unusable(ProtocolErrorKind),
}

impl ResumeError {
    /// Whether what was stored for this client and this token endpoint may be used under a configuration.
    pub(crate) fn check(config: &Config, client_id: &str, token_endpoint: &str) -> Result<(), Self> {
        if &*config.client_id != client_id {
            Err(Self::OtherClient)
        } else if &*config.token_endpoint != token_endpoint {
            Err(Self::OtherTokenEndpoint)
        } else {
            Ok(())
        }
    }
}
