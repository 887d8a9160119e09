//! Endings and pauses.

use super::{DeviceFlow, Grant, Outcome, State};
use crate::exchange::{Exchange, InFlight};
use crate::failure::{ErrorCode, Failure, ProtocolError, ProtocolErrorKind, ServerError};
use crate::machine::Misuse;
use crate::request::Stage;
use crate::wire::TokenResponse;

impl DeviceFlow {
    pub(super) fn finish(&mut self, sent: InFlight, token: TokenResponse) {
        if self.config.is_id_token_required && self.config.is_openid() && token.id_token().is_none()
        {
            self.fail(ProtocolError::new(
                Stage::Token,
                ProtocolErrorKind::MissingIdToken,
            ));
            return;
        }
        self.end(Outcome::Authorized(
            token.completed(sent.sent_at, &self.config.scope),
        ));
    }

    /// Ends with the server's error. A code that is used up after an answer was lost has a likely reason.
    pub(super) fn refuse(&mut self, error: ServerError) {
        let is_answer_lost = self.grant().is_some_and(|it| it.is_answer_lost);
        self.fail(
            if is_answer_lost && error.code() == &ErrorCode::InvalidGrant {
                error.after_lost_answer()
            } else {
                error
            },
        );
    }

    pub(super) fn fail_too_large(&mut self, stage: Stage) {
        self.fail(ProtocolError::new(stage, ProtocolErrorKind::TooLarge));
    }

    pub(super) fn fail(&mut self, failure: impl Into<Failure>) {
        let mut failure = failure.into();
        if let Failure::Server(error) = &mut failure {
            if let Some(secret) = self.config.authentication.secret() {
                error.redact(secret.expose());
            }
            if let Some(verifier) = &self.config.pkce {
                error.redact(verifier.expose());
            }
            if let Some(grant) = self.grant() {
                error.redact(grant.response.device_code().expose());
            }
        }
        self.end(Outcome::Failed(failure));
    }

    /// The end: the codes and what was rendered of secrets are dropped, and so wiped; the configuration stays.
    pub(super) fn end(&mut self, outcome: Outcome) {
        self.notice = None;
        self.authorization = None;
        self.state = State::Done(outcome);
    }

    pub(super) fn pause(&mut self) -> Result<(), Misuse> {
        self.change_polling(|grant, exchange| {
            exchange.discard();
            let is_answer_lost = grant.is_answer_lost || exchange.in_flight().is_some();
            State::Paused(Grant {
                is_answer_lost,
                ..grant
            })
        })
    }

    pub(super) fn unpause(&mut self) -> Result<(), Misuse> {
        self.change_polling(|grant, _| State::Polling(grant))
    }

    pub(super) fn change_polling(
        &mut self,
        change: impl FnOnce(Grant, &mut Exchange) -> State,
    ) -> Result<(), Misuse> {
        match &self.state {
            State::Requesting { .. } => return Err(Misuse::NotPolling),
            State::Done(_) => return Err(Misuse::Finished),
            State::Polling(_) | State::Paused(_) => {}
        }
        if let State::Polling(grant) | State::Paused(grant) =
            core::mem::replace(&mut self.state, State::Done(Outcome::Cancelled))
        {
            self.state = change(grant, &mut self.exchange);
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self) {
        if !matches!(self.state, State::Done(_)) {
            self.end(Outcome::Cancelled);
        }
    }
}
