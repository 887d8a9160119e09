//! Reading answers to requests that are made once: revocation, introspection, userinfo, registration. They follow their
//! RFCs at every server whose device flow does not.

use super::answer::{self, Answer};
use super::claims::Claims;
use super::error::ErrorMembers;
use super::members::text;
use super::value::Value;
use crate::dialect::{Dialect, RFC_8628};
use crate::failure::ProtocolErrorKind;
use crate::response::Response;
use crate::stage::Stage;

/// RFC 7009 section 2.2: any success will do, and what stands in its body does not matter.
pub(crate) fn read_revocation(response: &Response<'_>) -> Answer<()> {
    match read(Stage::Revocation, response) {
        Answer::Invalid(_) if answer::is_success(response.status()) => Answer::Granted(()),
        other => other.map(|_| ()),
    }
}

/// A JSON object (RFC 7662 section 2.2, OpenID Connect Core section 5.3.2).
pub(crate) fn read_claims(stage: Stage, response: &Response<'_>) -> Answer<Claims> {
    let status = response.status();
    match read(stage, response) {
        // RFC 6750 section 3.1: a resource need not say why in the body.
        Answer::Invalid(_) if stage == Stage::Userinfo && matches!(status, 401 | 403) => {
            Answer::Invalid(ProtocolErrorKind::TokenRefused { status })
        }
        other => other,
    }
}

/// RFC 7591 section 3.2.1.
pub(crate) fn read_registration(response: &Response<'_>) -> Answer<Claims> {
    let name = "client_id";
    read(Stage::Registration, response).and_then(|claims| match claims.text(name) {
        Some(_) => Answer::Granted(claims),
        None => Answer::Invalid(ProtocolErrorKind::MissingMember { name }),
    })
}

fn read(stage: Stage, response: &Response<'_>) -> Answer<Claims> {
    let text = text(response.body());
    let status = response.status();
    Answer::read(stage, &RFC_8628, response, &text, |_: ErrorsOnly<'_>| {
        Claims::from_json(&text).ok_or(ProtocolErrorKind::NotOAuth { status })
    })
}

#[derive(Default)]
struct ErrorsOnly<'t>(ErrorMembers<'t>);

impl<'t> answer::Members<'t> for ErrorsOnly<'t> {
    fn error(&self) -> &ErrorMembers<'t> {
        &self.0
    }

    fn take(&mut self, dialect: &Dialect, name: &str, value: Value<'t>) {
        drop(self.0.take(dialect, name, value));
    }
}
