//! The error members that any answer may have (RFC 6749 section 5.2), in the dialects of real servers.

use super::members::for_each;
use super::number::Number;
use super::value::{Text, Value};
use crate::dialect::{Dialect, Spelling};
use crate::server_error::ServerError;
use crate::stage::Stage;

/// The members that tell an error.
#[derive(Default)]
pub(super) struct ErrorMembers<'t> {
    error: Option<Text<'t>>,
    error_code: Option<Text<'t>>,
    /// The member that a dialect names as the more telling one.
    detail: Option<Text<'t>>,
    message: Option<Text<'t>>,
    description: Option<Text<'t>>,
    uri: Option<Text<'t>>,
    interval: Option<Number>,
}

/// The codes of RFC 8628 section 3.5.
const POLLING_CODES: [&str; 4] = ["authorization_pending", "slow_down", "access_denied", "expired_token"];

/// An OAuth error by what it means while polling.
pub(super) enum Meaning {
    Pending,
    SlowDown {
        interval: Option<i64>,
    },
    Denied,
    Expired,
    /// An error that passes by itself, going by its code or by the status it came with.
    Passing,
    Other,
}

impl<'t> ErrorMembers<'t> {
    /// Takes the value if the name, in the protocol's spelling, is one of these; gives it back if not.
    #[inline]
    pub(super) fn take(&mut self, dialect: &Dialect, name: &str, value: Value<'t>) -> Result<(), Value<'t>> {
        if dialect.error_member.as_deref() == Some(name) {
            self.detail = code(value);
            return Ok(());
        }
        match name {
            "error" => match (&dialect.error_object, value) {
                (Some(aliases), Value::Json(object)) if object.starts_with('{') => {
                    self.take_object(dialect, aliases, object);
                }
                // Numbers stand for error codes in a few dialects; other types are other protocols.
                // Of a repeated member the last counts, but nothing takes an error back.
                (_, value) => self.error = code(value).or(self.error.take()),
            },
            "error_code" => self.error_code = code(value).or(self.error_code.take()),
            "error_description" => self.description = value.text(),
            "error_uri" => self.uri = value.text(),
            "message" => self.message = value.text(),
            "interval" => self.interval = value.number(),
            _ => return Err(value),
        }
        Ok(())
    }

    /// Takes the members of an error that is an object.
    fn take_object(&mut self, dialect: &Dialect, aliases: &[Spelling], object: &'t str) {
        // The object is a part of text that has been read, so it can be read.
        let _ = for_each(object, &mut |name, value| {
            let name = crate::dialect::canonical(aliases, name);
            // An object in the object would be yet another protocol.
            if name != "error" || !matches!(value, Value::Json(json) if json.starts_with('{')) {
                let _ = self.take(dialect, name, value);
            }
        });
    }

    /// The `message` member, which Microsoft and Twitch send for different ends.
    pub(super) fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The `interval` member: a device authorization response has it too.
    pub(super) const fn interval(&self) -> Option<Number> {
        self.interval
    }

    /// The error code in the protocol's spelling, if this is an OAuth error.
    pub(super) fn code<'s>(&'s self, dialect: &'s Dialect) -> Option<&'s str> {
        if let Some(detail) = self.detail.as_deref() {
            return Some(dialect.standard_code(detail.trim_ascii()));
        }
        // Twitch puts the HTTP reason into `error`, or nothing at all, and the code into `message`.
        if let Some(message) = self.message.as_deref().map(str::trim_ascii) {
            if POLLING_CODES.contains(&message) {
                return Some(message);
            }
        }
        self.explicit_code(dialect)
    }

    /// The error code where it belongs.
    pub(super) fn explicit_code<'s>(&'s self, dialect: &'s Dialect) -> Option<&'s str> {
        let code = self.error.as_deref().or(self.error_code.as_deref())?;
        Some(dialect.standard_code(code.trim_ascii()))
    }

    /// What the code means to somebody who polls, in the light of the status it came with.
    #[inline]
    pub(super) fn meaning(&self, code: &str, status: u16) -> Meaning {
        match code {
            "authorization_pending" => Meaning::Pending,
            "slow_down" => Meaning::SlowDown { interval: self.interval.map(Number::ceil) },
            // Microsoft's spelling second.
            "access_denied" | "authorization_declined" => Meaning::Denied,
            // Microsoft's and GitHub's spellings after the standard one.
            "expired_token" | "code_expired" | "token_expired" => Meaning::Expired,
            "temporarily_unavailable" => Meaning::Passing,
            _ if super::answer::is_passing(status) && !is_definitive(code) => Meaning::Passing,
            _ => Meaning::Other,
        }
    }

    pub(super) fn to_server_error(&self, stage: Stage, code: &str) -> ServerError {
        ServerError::new(stage, code, self.description.as_deref(), self.uri.as_deref())
    }
}

/// An error code. Zero stands for "no error" in several interfaces, and white space for nothing.
fn code(value: Value<'_>) -> Option<Text<'_>> {
    let text = value.text_or_number()?;
    (!matches!(text.trim_ascii(), "" | "0")).then_some(text)
}

/// Codes that no waiting cures, whatever the status says.
fn is_definitive(code: &str) -> bool {
    matches!(
        code,
        "invalid_client"
            | "invalid_grant"
            | "invalid_request"
            | "invalid_scope"
            | "unauthorized_client"
            | "unsupported_grant_type"
    )
}
