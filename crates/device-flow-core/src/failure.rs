//! How a machine fails: who is to blame, in the server's own words where it has some.

use crate::machine::TransportFailure;
use crate::request::Stage;
use crate::text::{self, MAX_ERROR_CODE, MAX_MESSAGE};
use crate::uri::{UriError, check_verification_uri};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use core::fmt;

/// Why a machine could not reach its goal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The server refused with an OAuth error.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// Somebody answered, and not as the protocol asks.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// Nobody answered.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

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
    pub(crate) fn new(
        stage: Stage,
        code: &str,
        description: Option<&str>,
        uri: Option<&str>,
    ) -> Self {
        let description = description.and_then(|it| text::clean(it, MAX_MESSAGE));
        Self {
            stage,
            code: ErrorCode::new(code),
            is_cut: description
                .as_ref()
                .is_some_and(|it| is_as_long_as(it, MAX_MESSAGE)),
            description: description.map(Box::from),
            // A page for people: only what is safe to open is kept.
            uri: uri
                .and_then(|it| check_verification_uri(it, true).ok())
                .map(Box::from),
            is_answer_lost: false,
        }
    }

    /// Marks an error that follows a request whose answer was lost.
    pub(crate) fn after_lost_answer(mut self) -> Self {
        self.is_answer_lost = true;
        self
    }

    /// Takes out what this client sent in confidence, in case the server repeats it (INDIGO IAM does).
    pub(crate) fn redact(&mut self, secret: &str) {
        // Shorter ones would turn up in innocent words.
        if secret.len() < 4 {
            return;
        }
        if let Some(description) = &mut self.description {
            if description.contains(secret) {
                *description = description.replace(secret, "[redacted]").into_boxed_str();
            }
            let before = before_beginning_of(secret, description).filter(|_| self.is_cut);
            if let Some(before) = before {
                *description = [before, "[redacted]"].concat().into_boxed_str();
            }
        }
        if self.uri.as_ref().is_some_and(|it| it.contains(secret)) {
            self.uri = None;
        }
        // The protocol's own codes are nobody's secret, whatever words are in them.
        if let ErrorCode::Other(code) = &mut self.code {
            let is_cut = is_as_long_as(code, MAX_ERROR_CODE);
            if code.contains(secret) || is_cut && before_beginning_of(secret, code).is_some() {
                *code = Box::from("[redacted]");
            }
        }
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

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the {} refused with {}",
            self.stage.endpoint_name(),
            self.code
        )?;
        if let Some(description) = &self.description {
            write!(f, " ({description})")?;
        }
        if self.is_answer_lost {
            f.write_str("; the answer to an earlier request was lost and may have carried the tokens, so sign in again")?;
        }
        Ok(())
    }
}

impl core::error::Error for ServerError {}

/// Whether a text is so long that it may have been cut: the last character that fits may have been two.
fn is_as_long_as(text: &str, max: usize) -> bool {
    text.chars().count().saturating_add(1) >= max
}

/// What stands before the beginning of a secret with which a text that was cut ends.
fn before_beginning_of<'t>(secret: &str, text: &'t str) -> Option<&'t str> {
    // Shorter ones tell little.
    (4..secret.len())
        .rev()
        .filter_map(|length| secret.get(..length))
        .find_map(|beginning| text.strip_suffix(beginning))
}

/// The `error` member of an OAuth error response.
///
/// ```
/// use device_flow_core::ErrorCode;
///
/// assert_eq!(ErrorCode::InvalidGrant.as_str(), "invalid_grant");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `invalid_request` (RFC 6749 section 5.2).
    InvalidRequest,
    /// `invalid_client` (RFC 6749 section 5.2).
    InvalidClient,
    /// `invalid_grant` (RFC 6749 section 5.2).
    InvalidGrant,
    /// `unauthorized_client` (RFC 6749 section 5.2).
    UnauthorizedClient,
    /// `unsupported_grant_type` (RFC 6749 section 5.2).
    UnsupportedGrantType,
    /// `invalid_scope` (RFC 6749 section 5.2).
    InvalidScope,
    /// `access_denied` (RFC 8628 section 3.5).
    AccessDenied,
    /// `server_error` (RFC 6749 section 4.1.2.1).
    ServerError,
    /// `temporarily_unavailable` (RFC 6749 section 4.1.2.1).
    TemporarilyUnavailable,
    /// `invalid_target` (RFC 8707 section 2).
    InvalidTarget,
    /// Any other code: visible characters only, at most 100.
    Other(Box<str>),
}

impl ErrorCode {
    fn new(code: &str) -> Self {
        match code {
            "invalid_request" => Self::InvalidRequest,
            "invalid_client" => Self::InvalidClient,
            "invalid_grant" => Self::InvalidGrant,
            "unauthorized_client" => Self::UnauthorizedClient,
            "unsupported_grant_type" => Self::UnsupportedGrantType,
            "invalid_scope" => Self::InvalidScope,
            "access_denied" => Self::AccessDenied,
            "server_error" => Self::ServerError,
            "temporarily_unavailable" => Self::TemporarilyUnavailable,
            "invalid_target" => Self::InvalidTarget,
            other => Self::Other(
                text::clean(other, MAX_ERROR_CODE)
                    .unwrap_or(Cow::Borrowed("unknown"))
                    .into(),
            ),
        }
    }

    /// The code as the server spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::Other(code) => code,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An answer that is neither what was asked for nor an OAuth error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {} {kind}", stage.endpoint_name())]
pub struct ProtocolError {
    stage: Stage,
    kind: ProtocolErrorKind,
}

impl ProtocolError {
    pub(crate) const fn new(stage: Stage, kind: ProtocolErrorKind) -> Self {
        Self { stage, kind }
    }

    /// Which request was answered so.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// What is wrong with the answer.
    pub const fn kind(&self) -> &ProtocolErrorKind {
        &self.kind
    }
}

/// What is wrong with an answer. Reads on from "the … endpoint".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// The body is neither a JSON object nor a form, or says nothing that OAuth knows.
    #[error("answered with HTTP status {status} and no OAuth response; is it the right address?")]
    NotOAuth {
        /// The HTTP status code.
        status: u16,
    },
    /// The body is a web page.
    #[error(
        "answered with HTTP status {status} and a web page; is it the right address, or does the network ask for a sign-in of its own?"
    )]
    WebPage {
        /// The HTTP status code.
        status: u16,
    },
    /// A redirect, which is never followed: it could carry the secrets elsewhere (RFC 9700 section 4.12).
    #[error(
        "answered with a redirect (HTTP status {status}), which is not followed; is it the right address?"
    )]
    Redirect {
        /// The HTTP status code.
        status: u16,
    },
    /// "Not now", as often as it was asked (a status such as 429 or 503 without an OAuth error).
    #[error("is not available (HTTP status {status}); try again later")]
    Unavailable {
        /// The HTTP status code.
        status: u16,
    },
    /// The access token is not accepted (RFC 6750 section 3.1).
    #[error("does not accept the access token (HTTP status {status})")]
    TokenRefused {
        /// The HTTP status code.
        status: u16,
    },
    /// A member that must be there is absent, null, empty or of the wrong type.
    #[error("left out {name:?}")]
    MissingMember {
        /// The member's name.
        name: &'static str,
    },
    /// A member is too long, or has characters that it must not have.
    #[error("sent a {name:?} that is too long or has characters that it must not have")]
    MalformedMember {
        /// The member's name.
        name: &'static str,
    },
    /// The address to send people to cannot be shown to anyone.
    #[error("sent a verification_uri that {0}")]
    VerificationUri(UriError),
    /// `openid` was asked for and no ID token came (OpenID Connect Core section 3.1.3.3).
    #[error("sent no id_token although the scope openid was asked for")]
    MissingIdToken,
    /// The body is larger than the limit.
    #[error("sent an answer that is larger than the limit")]
    TooLarge,
    /// The body is nested deeper than 32 levels.
    #[error("sent an answer that is nested too deeply")]
    TooDeep,
    /// The metadata belongs to another issuer (RFC 8414 section 3.3).
    #[error(
        "describes the issuer {found:?}, not the {expected:?} that was asked for; use that name if it is the right one"
    )]
    Issuer {
        /// The issuer that was asked for.
        expected: Box<str>,
        /// The issuer that the metadata names, cleaned.
        found: Box<str>,
    },
    /// The metadata names no device authorization endpoint (RFC 8628 section 4).
    #[error(
        "names no device_authorization_endpoint: this server does not offer device sign-in, or its address must be given by hand"
    )]
    NoDeviceEndpoint,
    /// The metadata names an endpoint that cannot be called.
    #[error("names a {name} that {source}")]
    Endpoint {
        /// The member's name.
        name: &'static str,
        /// What is wrong with the address.
        source: UriError,
    },
}

/// A request that got no answer, as often as it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not reach the {}: {failure}", stage.endpoint_name())]
pub struct NetworkError {
    stage: Stage,
    failure: TransportFailure,
}

impl NetworkError {
    pub(crate) const fn new(stage: Stage, failure: TransportFailure) -> Self {
        Self { stage, failure }
    }

    /// Which request got no answer.
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// How the last attempt failed.
    pub const fn failure(&self) -> TransportFailure {
        self.failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn k7_a_secret_does_not_show_its_beginning_where_a_text_is_cut() {
        let secret = "s3cr3t-s3cr3t-s3cr3t";
        for shown in 4..=secret.len() {
            let before = "x".repeat(MAX_MESSAGE.saturating_sub(shown));
            let description = format!("{before}{secret}{secret}");
            let code = format!(
                "{}{secret}",
                "x".repeat(MAX_ERROR_CODE.saturating_sub(shown))
            );
            let mut error = ServerError::new(Stage::Token, &code, Some(&description), None);
            error.redact("another secret");
            error.redact(secret);
            assert_eq!(error.description(), Some(&*format!("{before}[redacted]")));
            assert_eq!(error.code().as_str(), "[redacted]");
        }
        // The gap before it counts too.
        let before = "x".repeat(MAX_MESSAGE.saturating_sub(6));
        let description = format!("{before} s3cr {secret}");
        let mut error = ServerError::new(Stage::Token, "x", Some(&description), None);
        error.redact(secret);
        assert_eq!(error.description(), Some(&*format!("{before} [redacted]")));
    }

    #[test]
    fn k7_words_that_a_secret_has_too_stay_where_they_are_the_servers_own() {
        for secret in [
            "client",
            "clientsecret",
            "grant",
            "grant-12",
            "invalid_grant",
        ] {
            for code in ["invalid_client", "unauthorized_client", "invalid_grant"] {
                let mut error = ServerError::new(Stage::Token, code, Some("no grant"), None);
                error.redact(secret);
                assert_eq!(error.code().as_str(), code, "{secret}");
            }
        }
        let mut error = ServerError::new(Stage::Token, "my_s3cr3t", Some("no such s3cr3t"), None);
        error.redact("s3cr3t-s3cr3t-s3cr3t");
        assert_eq!(error.description(), Some("no such s3cr3t"));
        assert_eq!(error.code().as_str(), "my_s3cr3t");
        error.redact("s3cr3t");
        assert_eq!(error.code().as_str(), "[redacted]");
        assert_eq!(error.description(), Some("no such [redacted]"));
        error.redact("no");
        error.redact("suc");
        assert_eq!(error.description(), Some("no such [redacted]"));
        error.redact("such");
        assert_eq!(error.description(), Some("no [redacted] [redacted]"));
    }
}
