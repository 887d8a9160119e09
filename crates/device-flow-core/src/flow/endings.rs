//! Endings.

use super::{DeviceFlow, Notice, State};
use crate::failure::Failure;
use crate::outcome::{Expiry, Outcome};
use crate::server_error::{ErrorCode, ServerError};
use crate::time::Timestamp;
use crate::token_response::TokenResponse;

impl DeviceFlow {
    pub(super) fn finish(&mut self, sent_at: Timestamp, token: TokenResponse) {
        match self.config.accepted(token, sent_at) {
            Ok(token) => {
                let is_missing = self.config.lacks_id_token(&token);
                self.end(Outcome::Authorized(token));
                self.notice = is_missing.then_some(Notice::IdTokenMissing);
            }
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn expire(&mut self) {
        let expiry = self.grant().map(|grant| Expiry {
            last_trouble: grant.trouble,
            unanswered: self.engine.failures,
            is_answered: grant.is_answered,
        });
        self.end(Outcome::Expired(expiry.unwrap_or_default()));
    }

    /// Ends with the server's error. A code that is used up after an answer was lost has a likely reason.
    pub(super) fn refuse(&mut self, error: ServerError) {
        let is_answer_lost = self.grant().is_some_and(|it| it.is_answer_lost);
        let is_used_up = error.code() == &ErrorCode::INVALID_GRANT;
        self.fail(if is_answer_lost && is_used_up { error.after_lost_answer() } else { error });
    }

    pub(super) fn fail(&mut self, failure: impl Into<Failure>) {
        let mut failure = failure.into();
        if failure.has_words_of_a_server() {
            let codes = self.grant().map(|it| {
                let response = &it.response;
                [response.device_code().expose(), response.user_code()]
            });
            let codes = codes.unwrap_or_default();
            let authorization = self.authorization.as_ref();
            self.config.for_each_secret(authorization, &codes, |it| failure.redact(it));
        }
        self.end(Outcome::Failed(failure));
    }

    /// The end: the codes and what was rendered of secrets are dropped, and so wiped; the configuration stays.
    pub(super) fn end(&mut self, outcome: Outcome) {
        self.notice = None;
        self.authorization = None;
        self.state = State::Done(outcome);
    }
}
