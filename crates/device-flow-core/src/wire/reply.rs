//! Answers to requests that are made once: revocation, introspection, userinfo, registration.

use super::claims::Claims;
use super::error::{ErrorMembers, Meaning};
use super::members::{for_each, text};
use super::{is_redirect, is_success, is_transient, unreadable};
use crate::dialect::Dialect;
use crate::failure::{Failure, ProtocolError, ProtocolErrorKind, ServerError};
use crate::request::{Response, Stage};

/// What an answer means to somebody who asked once.
#[derive(Debug)]
pub(crate) enum Reply<T> {
    /// What was asked for.
    Good(T),
    /// Trouble that passes: worth another try. With the OAuth error, if one came along.
    Transient(Option<ServerError>),
    /// No use in asking again.
    Bad(Failure),
}

impl<T> Reply<T> {
    pub(crate) fn protocol(stage: Stage, kind: ProtocolErrorKind) -> Self {
        Self::Bad(ProtocolError::new(stage, kind).into())
    }

    pub(crate) fn map<U>(self, next: impl FnOnce(T) -> U) -> Reply<U> {
        self.and_then(|good| Reply::Good(next(good)))
    }

    fn and_then<U>(self, next: impl FnOnce(T) -> Reply<U>) -> Reply<U> {
        match self {
            Self::Good(good) => next(good),
            Self::Transient(error) => Reply::Transient(error),
            Self::Bad(failure) => Reply::Bad(failure),
        }
    }
}

/// RFC 7009 section 2.2: any success will do, and what stands in its body does not matter.
pub(crate) fn read_revocation(response: &Response<'_>) -> Reply<()> {
    refusal(Stage::Revocation, response).and_then(Reply::Good)
}

/// A JSON object (RFC 7662 section 2.2, OpenID Connect Core section 5.3.2).
pub(crate) fn read_claims(stage: Stage, response: &Response<'_>) -> Reply<Claims> {
    // RFC 6750 section 3.1: a resource need not say why in the body.
    let is_token_refused = stage == Stage::Userinfo && matches!(response.status(), 401 | 403);
    refusal(stage, response)
        .and_then(|()| {
            let claims = core::str::from_utf8(response.body())
                .ok()
                .and_then(Claims::from_json);
            match claims {
                Some(claims) => Reply::Good(claims),
                None => Reply::protocol(
                    stage,
                    ProtocolErrorKind::NotOAuth {
                        status: response.status(),
                    },
                ),
            }
        })
        .or_token_refused(is_token_refused, response.status())
}

impl<T> Reply<T> {
    fn or_token_refused(self, is_refused: bool, status: u16) -> Self {
        match self {
            Self::Bad(Failure::Protocol(_)) if is_refused => {
                Self::protocol(Stage::Userinfo, ProtocolErrorKind::TokenRefused { status })
            }
            other => other,
        }
    }
}

/// RFC 7591 section 3.2.1.
pub(crate) fn read_registration(response: &Response<'_>) -> Reply<Claims> {
    read_claims(Stage::Registration, response).and_then(|claims| match claims.text("client_id") {
        Some(_) => Reply::Good(claims),
        None => Reply::protocol(
            Stage::Registration,
            ProtocolErrorKind::MissingMember { name: "client_id" },
        ),
    })
}

/// Whether the answer refuses: the body decides first, the status second.
fn refusal(stage: Stage, response: &Response<'_>) -> Reply<()> {
    let status = response.status();
    if is_redirect(status) {
        return Reply::protocol(stage, ProtocolErrorKind::Redirect { status });
    }
    let text = text(response.body());
    let mut error = ErrorMembers::default();
    // These follow their RFCs at every server whose device flow does not.
    let dialect = &Dialect::RFC_8628;
    let read = for_each(&text, &mut |name, value| {
        drop(error.take(dialect, &name, value));
    });
    // A claim may be called `message`, so of a success only `error` itself counts.
    let code = if is_success(status) {
        error.explicit_code(dialect)
    } else {
        error.code(dialect)
    };
    if let Some(code) = code.filter(|_| read.is_ok()) {
        let server_error = error.to_server_error(stage, code);
        return match error.meaning(code, status) {
            Meaning::Transient | Meaning::SlowDown { .. } => Reply::Transient(Some(server_error)),
            _ => Reply::Bad(server_error.into()),
        };
    }
    if is_transient(status) {
        return Reply::Transient(None);
    }
    if !is_success(status) {
        return Reply::protocol(stage, unreadable(response, super::Unreadable::NotOAuth));
    }
    Reply::Good(())
}
