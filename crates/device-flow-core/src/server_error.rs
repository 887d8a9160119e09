//! The refusals of a server, in its own words as far as they are fit to be shown.

mod redaction;

pub(crate) use redaction::redact;

use crate::stage::Stage;
use crate::text::{self, MAX_ERROR_CODE, MAX_MESSAGE};
use crate::uri::check_verification_uri;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// An OAuth error response (RFC 6749 section 5.2), cleaned of everything that could harm a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError {
    stage: Stage,
    code: ErrorCode,
    description: Option<Box<str>>,
    uri: Option<Box<str>>,
    /// Whether the description may have been cut.
    is_cut: bool,
    is_answer_lost: bool,
}

impl ServerError {
    /// A refusal of a request of this stage, as a server might word it.
    ///
    /// ```
    /// use device_flow_core::{ErrorCode, ServerError, Stage};
    ///
    /// let error = ServerError::new(Stage::Token, "invalid_client", Some("no such client"), None);
    /// assert_eq!(error.code(), &ErrorCode::INVALID_CLIENT);
    /// assert_eq!(error.to_string(), "the token endpoint refused with invalid_client (no such client)");
    /// ```
    pub fn new(stage: Stage, code: &str, description: Option<&str>, uri: Option<&str>) -> Self {
        let description = description.and_then(|it| text::clean(it, MAX_MESSAGE));
        let is_cut = |it: &Cow<'_, str>| redaction::is_as_long_as(it, MAX_MESSAGE);
        Self {
            stage,
            code: ErrorCode::new(code),
            is_cut: description.as_ref().is_some_and(is_cut),
            description: description.map(boxed),
            // A page for people: only what is safe to open is kept.
            uri: uri.and_then(|it| check_verification_uri(it, true).ok()).map(boxed),
            is_answer_lost: false,
        }
    }

    /// Marks an error that follows a request whose answer was lost.
    pub(crate) fn after_lost_answer(mut self) -> Self {
        self.is_answer_lost = true;
        self
    }

    /// Whether a refresh that was refused so leaves nothing but a new sign-in: `invalid_grant` (RFC 6749 section 5.2),
    /// what OpenID Connect Core section 3.1.2.6 asks the person for, and what servers in use say instead. A dialect
    /// turns codes of its own into `invalid_grant`.
    pub(crate) fn asks_for_sign_in(&self) -> bool {
        const CODES: [&str; 15] = [
            "invalid_grant",
            "interaction_required",
            "login_required",
            "consent_required",
            "account_selection_required",
            "invalid_token",
            "invalid_refresh_token",
            "bad_refresh_token",
            "refresh_token_expired",
            "refresh_token_reused",
            "refresh_token_revoked",
            "expired_token",
            "token_expired",
            "token_revoked",
            "reauth_required",
        ];
        CODES.contains(&self.code.as_str())
    }

    /// Which request was refused.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// The `error` member.
    pub const fn code(&self) -> &ErrorCode {
        &self.code
    }

    /// The `error_description` member: text for people, at most 1000 characters beside what is said in
    /// place of a secret.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The `error_uri` member, when it is an `http` or `https` address.
    pub fn uri(&self) -> Option<&str> {
        self.uri.as_deref()
    }

    /// Whether the answer to an earlier poll or refresh was lost and the code or the refresh token may therefore be used
    /// up: the only cure is to sign in again.
    pub const fn is_answer_lost(&self) -> bool {
        self.is_answer_lost
    }
}

/// The text in memory of just its size. To make a larger block smaller would leave a copy of what may be a secret behind.
fn boxed(text: Cow<'_, str>) -> Box<str> {
    let boxed = Box::from(&*text);
    if let Cow::Owned(text) = text {
        drop(Zeroizing::new(text));
    }
    boxed
}

/// A server may have repeated what it was told in confidence, in an error that nobody will see.
impl Drop for ServerError {
    fn drop(&mut self) {
        self.description.zeroize();
        self.uri.zeroize();
        self.code.wipe();
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} refused with {}", self.stage.endpoint_name(), self.code)?;
        if let Some(description) = &self.description {
            write!(f, " ({description})")?;
        }
        if self.is_answer_lost {
            f.write_str(
                "; the answer to an earlier request was lost and may have carried the tokens, so sign in again",
            )?;
        }
        Ok(())
    }
}

impl core::error::Error for ServerError {}

/// The `error` member of an OAuth error response: visible characters only, at most 100. Compared as it is spelt.
///
/// ```
/// use device_flow_core::ErrorCode;
///
/// assert_eq!(ErrorCode::INVALID_GRANT.as_str(), "invalid_grant");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct ErrorCode(Cow<'static, str>);

impl ErrorCode {
    /// `invalid_request` (RFC 6749 section 5.2).
    pub const INVALID_REQUEST: Self = Self(Cow::Borrowed("invalid_request"));
    /// `invalid_client` (RFC 6749 section 5.2).
    pub const INVALID_CLIENT: Self = Self(Cow::Borrowed("invalid_client"));
    /// `invalid_grant` (RFC 6749 section 5.2).
    pub const INVALID_GRANT: Self = Self(Cow::Borrowed("invalid_grant"));
    /// `unauthorized_client` (RFC 6749 section 5.2).
    pub const UNAUTHORIZED_CLIENT: Self = Self(Cow::Borrowed("unauthorized_client"));
    /// `unsupported_grant_type` (RFC 6749 section 5.2).
    pub const UNSUPPORTED_GRANT_TYPE: Self = Self(Cow::Borrowed("unsupported_grant_type"));
    /// `invalid_scope` (RFC 6749 section 5.2).
    pub const INVALID_SCOPE: Self = Self(Cow::Borrowed("invalid_scope"));
    /// `access_denied` (RFC 8628 section 3.5).
    pub const ACCESS_DENIED: Self = Self(Cow::Borrowed("access_denied"));
    /// `server_error` (RFC 6749 section 4.1.2.1).
    pub const SERVER_ERROR: Self = Self(Cow::Borrowed("server_error"));
    /// `temporarily_unavailable` (RFC 6749 section 4.1.2.1).
    pub const TEMPORARILY_UNAVAILABLE: Self = Self(Cow::Borrowed("temporarily_unavailable"));
    /// `invalid_target` (RFC 8707 section 2).
    pub const INVALID_TARGET: Self = Self(Cow::Borrowed("invalid_target"));

    const KNOWN: [Self; 10] = [
        Self::INVALID_REQUEST,
        Self::INVALID_CLIENT,
        Self::INVALID_GRANT,
        Self::UNAUTHORIZED_CLIENT,
        Self::UNSUPPORTED_GRANT_TYPE,
        Self::INVALID_SCOPE,
        Self::ACCESS_DENIED,
        Self::SERVER_ERROR,
        Self::TEMPORARILY_UNAVAILABLE,
        Self::INVALID_TARGET,
    ];

    /// The code that a server spells so, cleaned.
    pub fn new(code: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|it| it.as_str() == code);
        known.unwrap_or_else(|| {
            let cleaned = text::clean(code, MAX_ERROR_CODE).unwrap_or(Cow::Borrowed("unknown"));
            Self(Cow::Owned(String::from(boxed(cleaned))))
        })
    }

    /// The code as the server spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn wipe(&mut self) {
        if let Cow::Owned(code) = &mut self.0 {
            code.zeroize();
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
