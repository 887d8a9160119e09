//! The error members that any answer may have (RFC 6749 section 5.2), in the dialects of real servers.

use super::members::{Number, Text, Value};
use crate::failure::ServerError;
use crate::request::Stage;

/// The members that tell an error.
#[derive(Default)]
pub(super) struct ErrorMembers<'t> {
    error: Option<Text<'t>>,
    error_code: Option<Text<'t>>,
    message: Option<Text<'t>>,
    description: Option<Text<'t>>,
    uri: Option<Text<'t>>,
    interval: Option<Number>,
}

/// The codes of RFC 8628 section 3.5.
const POLLING_CODES: [&str; 4] = [
    "authorization_pending",
    "slow_down",
    "access_denied",
    "expired_token",
];

/// An OAuth error by what it means while polling.
pub(super) enum Meaning {
    Pending,
    SlowDown {
        interval: Option<i64>,
    },
    Denied,
    Expired,
    /// An error that passes by itself, going by its code or by the status it came with.
    Transient,
    Other,
}

impl<'t> ErrorMembers<'t> {
    /// Takes the value if the name is one of these; gives it back if not.
    pub(super) fn take(&mut self, name: &str, value: Value<'t>) -> Result<(), Value<'t>> {
        match name {
            // Numbers stand for error codes in a few dialects; objects and booleans are other protocols.
            "error" => self.error = value.text_or_number(),
            "error_code" => self.error_code = value.text_or_number(),
            "error_description" => self.description = value.text(),
            "error_uri" => self.uri = value.text(),
            "message" => self.message = value.text(),
            "interval" => self.interval = value.number(),
            _ => return Err(value),
        }
        Ok(())
    }

    /// The `message` member, which Microsoft and Twitch send for different ends.
    pub(super) fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The `interval` member: a device authorization response has it too.
    pub(super) const fn interval(&self) -> Option<Number> {
        self.interval
    }

    /// The error code, if this is an OAuth error.
    pub(super) fn code(&self) -> Option<&str> {
        // Twitch puts the HTTP reason into `error`, or nothing at all, and the code into `message`.
        if let Some(message) = self.message.as_deref().map(str::trim) {
            if POLLING_CODES.contains(&message) {
                return Some(message);
            }
        }
        self.explicit_code()
    }

    /// The error code where it belongs.
    pub(super) fn explicit_code(&self) -> Option<&str> {
        let code = self.error.as_deref().or(self.error_code.as_deref())?.trim();
        (!code.is_empty()).then_some(code)
    }

    /// What the code means to somebody who polls, in the light of the status it came with.
    pub(super) fn meaning(&self, code: &str, status: u16) -> Meaning {
        match code {
            "authorization_pending" => Meaning::Pending,
            "slow_down" => Meaning::SlowDown {
                interval: self.interval.map(Number::ceil),
            },
            // Microsoft's spelling second.
            "access_denied" | "authorization_declined" => Meaning::Denied,
            // Microsoft's and GitHub's spellings after the standard one.
            "expired_token" | "code_expired" | "token_expired" => Meaning::Expired,
            "temporarily_unavailable" => Meaning::Transient,
            _ if super::is_transient(status) && !is_definitive(code) => Meaning::Transient,
            _ => Meaning::Other,
        }
    }

    pub(super) fn to_server_error(&self, stage: Stage, code: &str) -> ServerError {
        ServerError::new(
            stage,
            code,
            self.description.as_deref(),
            self.uri.as_deref(),
        )
    }
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
