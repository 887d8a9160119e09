//! What an answer, or its absence, changes.

use super::{DeviceFlow, Grant, Notice, Outcome, State};
use crate::exchange::{InFlight, RetryReason};
use crate::failure::{Failure, NetworkError, ProtocolError, ProtocolErrorKind};
use crate::machine::{Misuse, TransportFailure};
use crate::pacing::{first_interval, retry, slow_down};
use crate::request::{RequestId, Response, Stage};
use crate::time::Timestamp;
use crate::wire::{
    DeviceAuthorizationAnswer, DeviceAuthorizationResponse, TokenAnswer, retry_after,
};
use core::time::Duration;

impl DeviceFlow {
    pub(super) fn receive(
        &mut self,
        now: Timestamp,
        id: RequestId,
        apply: impl FnOnce(&mut Self, InFlight),
    ) -> Result<(), Misuse> {
        let Some(sent) = self.exchange.receive(id)? else {
            return Ok(());
        };
        if matches!(self.state, State::Done(_)) {
            return Ok(());
        }
        if sent.is_discarded {
            self.reschedule(now, None);
        } else {
            apply(self, sent);
        }
        Ok(())
    }

    pub(super) fn on_response(&mut self, now: Timestamp, sent: InFlight, response: &Response<'_>) {
        match self.state {
            State::Requesting { .. } => self.on_device_authorization(now, response),
            State::Polling(_) => self.on_token(now, sent, response),
            State::Paused(_) | State::Done(_) => {}
        }
    }

    pub(super) fn on_device_authorization(&mut self, now: Timestamp, response: &Response<'_>) {
        match DeviceAuthorizationAnswer::read_in(self.config.dialect, response) {
            DeviceAuthorizationAnswer::Granted(granted) => match self.accept(now, granted) {
                Ok(grant) => {
                    let first_poll =
                        now.saturating_add(self.config.pacing.wait(grant.interval, 0, None));
                    self.begin_polling(now, first_poll, grant);
                }
                Err(kind) => self.fail(ProtocolError::new(Stage::DeviceAuthorization, kind)),
            },
            DeviceAuthorizationAnswer::Error(error) => self.fail(error),
            DeviceAuthorizationAnswer::Invalid(kind) => {
                self.fail(ProtocolError::new(Stage::DeviceAuthorization, kind));
            }
            DeviceAuthorizationAnswer::Transient(error) => {
                let status = response.status();
                let failure = error.map_or_else(
                    || {
                        ProtocolError::new(
                            Stage::DeviceAuthorization,
                            ProtocolErrorKind::Unavailable { status },
                        )
                        .into()
                    },
                    Failure::from,
                );
                self.retry_first_request(
                    now,
                    RetryReason::Status(status),
                    retry_after(response),
                    failure,
                );
            }
        }
    }

    pub(super) fn accept(
        &self,
        now: Timestamp,
        granted: DeviceAuthorizationResponse,
    ) -> Result<Grant, ProtocolErrorKind> {
        if self.config.is_lifetime_required && granted.expires_in().is_none() {
            return Err(ProtocolErrorKind::MissingMember { name: "expires_in" });
        }
        let response = granted.checked(self.config.is_http_allowed)?;
        Ok(Grant {
            poll_body: self.config.token_body(&response),
            interval: first_interval(response.interval()),
            deadline: now.saturating_add(self.config.pacing.lifetime(response.expires_in())),
            is_lifetime_known: response.expires_in().is_some(),
            is_answer_lost: false,
            is_pollable: true,
            response,
        })
    }

    pub(super) fn begin_polling(
        &mut self,
        now: Timestamp,
        first_poll: Timestamp,
        mut grant: Grant,
    ) {
        if now >= grant.deadline {
            self.end(Outcome::Expired);
            return;
        }
        self.exchange.failures = 0;
        self.exchange.schedule(first_poll);
        self.notice = Some(Notice::Prompt { at: now });
        // When no poll is allowed before the code runs out, waiting for that would change nothing.
        grant.is_pollable = first_poll < grant.deadline;
        self.state = State::Polling(grant);
    }

    pub(super) fn on_token(&mut self, now: Timestamp, sent: InFlight, response: &Response<'_>) {
        match TokenAnswer::read_in(self.config.dialect, response) {
            TokenAnswer::Pending => {
                self.note_good_answer();
                let next_poll = self.reschedule(now, None);
                self.notice = Some(Notice::Pending { next_poll });
            }
            TokenAnswer::SlowDown { interval } => {
                self.note_good_answer();
                self.slow_down(interval);
                let next_poll = self.reschedule(now, retry_after(response));
                self.notice = Some(Notice::SlowedDown { next_poll });
            }
            TokenAnswer::Granted(token) => self.finish(sent, token),
            TokenAnswer::Denied => self.end(Outcome::Denied),
            TokenAnswer::Expired => self.end(Outcome::Expired),
            TokenAnswer::Error(error) => self.refuse(error),
            TokenAnswer::Invalid(kind) => self.fail(ProtocolError::new(Stage::Token, kind)),
            TokenAnswer::Transient => {
                // A gateway that gave up may stand before a server that did not.
                self.note_lost_answer(response.status() >= 500);
                self.exchange.count_failure();
                let next_attempt = self.reschedule(now, retry_after(response));
                let reason = RetryReason::Status(response.status());
                self.notice = Some(Notice::Retrying {
                    stage: Stage::Token,
                    reason,
                    next_attempt,
                });
            }
        }
    }

    pub(super) fn on_failure(&mut self, now: Timestamp, failure: TransportFailure) {
        match &self.state {
            State::Requesting { .. } if failure == TransportFailure::BodyTooLarge => {
                self.fail_too_large(Stage::DeviceAuthorization);
            }
            State::Requesting { .. } => {
                let lasting = NetworkError::new(Stage::DeviceAuthorization, failure).into();
                self.retry_first_request(now, RetryReason::Transport(failure), None, lasting);
            }
            State::Polling(_) if failure == TransportFailure::BodyTooLarge => {
                self.fail_too_large(Stage::Token);
            }
            State::Polling(_) => {
                self.note_lost_answer(failure.may_have_arrived());
                // A connection that the server closed while it was idle says nothing about the server's health, but
                // only a first one can be of that kind: the next attempt connects anew.
                let is_stale_connection =
                    failure == TransportFailure::Closed && self.exchange.failures == 0;
                let next_attempt = if is_stale_connection {
                    let next_attempt = self.reschedule(now, None);
                    self.exchange.count_failure();
                    next_attempt
                } else {
                    self.exchange.count_failure();
                    self.reschedule(now, None)
                };
                let reason = RetryReason::Transport(failure);
                self.notice = Some(Notice::Retrying {
                    stage: Stage::Token,
                    reason,
                    next_attempt,
                });
            }
            State::Paused(_) | State::Done(_) => {}
        }
    }

    /// Makes the next poll due after the interval, back-off and `Retry-After`, counted from the end of the last
    /// exchange.
    pub(super) fn reschedule(
        &mut self,
        exchange_end: Timestamp,
        retry_after: Option<Duration>,
    ) -> Timestamp {
        let interval = self.grant().map(|it| it.interval).unwrap_or_default();
        let wait = self
            .config
            .pacing
            .wait(interval, self.exchange.failures, retry_after);
        let next = exchange_end.saturating_add(wait);
        self.exchange.schedule(next);
        next
    }

    /// Tries the first request again, or ends with `lasting` when that was done often enough.
    pub(super) fn retry_first_request(
        &mut self,
        now: Timestamp,
        reason: RetryReason,
        retry_after: Option<Duration>,
        lasting: Failure,
    ) {
        match retry(self.exchange.failures, reason, retry_after) {
            Some(wait) => {
                let next_attempt = now.saturating_add(wait);
                self.exchange.count_failure();
                self.exchange.schedule(next_attempt);
                self.notice = Some(Notice::Retrying {
                    stage: Stage::DeviceAuthorization,
                    reason,
                    next_attempt,
                });
            }
            None => self.fail(lasting),
        }
    }

    pub(super) fn note_good_answer(&mut self) {
        self.exchange.failures = 0;
        if let State::Polling(grant) = &mut self.state {
            grant.is_answer_lost = false;
        }
    }

    pub(super) const fn note_lost_answer(&mut self, is_lost: bool) {
        if let State::Polling(grant) | State::Paused(grant) = &mut self.state {
            grant.is_answer_lost |= is_lost;
        }
    }

    pub(super) fn slow_down(&mut self, server: Option<i64>) {
        if let State::Polling(grant) = &mut self.state {
            grant.interval = slow_down(grant.interval, server);
        }
    }
}
