//! What an answer, or its absence, changes.

use super::{DeviceFlow, Grant, Notice, State};
use crate::device_authorization::DeviceAuthorizationResponse;
use crate::engine::Arrival;
use crate::failure::{Failure, NetworkError, ProtocolError, ProtocolErrorKind};
use crate::outcome::{Expiry, Outcome};
use crate::pacing::{MAX_RETRIES, first_interval, slow_down};
use crate::response::Response;
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::transport_failure::TransportFailure;
use crate::trouble::RetryReason;
use crate::wire::{Answer, read_codes, read_tokens, retry_after};
use core::time::Duration;

/// Before there is a code.
impl DeviceFlow {
    pub(super) fn on_codes(&mut self, now: Timestamp, response: &Response<'_>) {
        let stage = Stage::DeviceAuthorization;
        match read_codes(self.config.spoken_dialect(), response) {
            Answer::Granted(granted) => match self.accept(now, granted) {
                Ok(grant) => self.begin_polling(now, grant),
                Err(kind) => self.fail(ProtocolError::new(stage, kind)),
            },
            Answer::Refused(error) => self.fail(error),
            Answer::Invalid(kind) => self.fail(ProtocolError::new(stage, kind)),
            Answer::Passing(error) => {
                let status = response.status();
                let unavailable = || {
                    let kind = ProtocolErrorKind::Unavailable { status };
                    ProtocolError::new(stage, kind).into()
                };
                let lasting = error.map_or_else(unavailable, Failure::from);
                let reason = RetryReason::Status(status);
                self.ask_again(now, reason, retry_after(response), lasting);
            }
            // These are answers to polls.
            Answer::Pending | Answer::SlowDown { .. } | Answer::Denied | Answer::Expired => {}
        }
    }

    pub(super) fn on_codes_failure(&mut self, at: Timestamp, failure: TransportFailure) {
        let stage = Stage::DeviceAuthorization;
        if failure == TransportFailure::BodyTooLarge {
            self.fail(ProtocolError::new(stage, ProtocolErrorKind::TooLarge));
        } else {
            let lasting = NetworkError::new(stage, failure).into();
            self.ask_again(at, RetryReason::Transport(failure), None, lasting);
        }
    }

    /// Asks for codes again, or ends with `lasting` when that was done often enough.
    fn ask_again(&mut self, at: Timestamp, reason: RetryReason, retry_after: Option<Duration>, lasting: Failure) {
        match self.engine.try_again(at, reason, retry_after, MAX_RETRIES) {
            Some(next_attempt) => {
                let stage = Stage::DeviceAuthorization;
                self.notice = Some(Notice::Retrying(stage, reason, next_attempt));
            }
            None => self.fail(lasting),
        }
    }

    fn accept(&self, now: Timestamp, granted: DeviceAuthorizationResponse) -> Result<Grant, ProtocolErrorKind> {
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
            is_paused: false,
            is_answered: false,
            trouble: None,
            response,
        })
    }

    fn begin_polling(&mut self, now: Timestamp, grant: Grant) {
        // The codes are here: nothing that comes for the request for them is news any more.
        self.engine.close();
        if now >= grant.deadline {
            self.end(Outcome::Expired(Expiry::default()));
            return;
        }
        self.engine.failures = 0;
        self.notice = Some(Notice::Prompt { at: now });
        self.state = State::Polling(grant);
        let first_poll = self.next_poll_after(now, None);
        if let Some(grant) = self.grant_mut() {
            // When no poll is allowed before the code runs out, waiting for that would change nothing.
            grant.is_pollable = first_poll < grant.deadline;
        }
    }
}

/// While polling, paused or not.
impl DeviceFlow {
    pub(super) fn on_tokens(&mut self, now: Timestamp, arrival: Arrival, response: &Response<'_>) {
        let answer = read_tokens(Stage::Token, self.config.spoken_dialect(), response);
        let sent_at = match (&answer, arrival) {
            (_, Arrival::InTime(sent_at)) | (Answer::Granted(_), Arrival::Late(sent_at)) => sent_at,
            // Whatever else comes late changes nothing.
            (_, Arrival::Late(_)) => return,
        };
        match answer {
            Answer::Granted(token) => self.finish(sent_at, token),
            Answer::Pending => {
                self.note_answer();
                let next_poll = self.next_poll_after(now, retry_after(response));
                self.notice = Some(Notice::Pending { next_poll });
            }
            Answer::SlowDown { interval } => {
                self.note_answer();
                if let Some(grant) = self.grant_mut() {
                    grant.interval = slow_down(grant.interval, interval);
                }
                let next_poll = self.next_poll_after(now, retry_after(response));
                self.notice = Some(Notice::SlowedDown { next_poll });
            }
            Answer::Denied => self.end(Outcome::Denied),
            Answer::Expired => {
                self.note_answer();
                self.expire();
            }
            Answer::Refused(error) => self.refuse(error),
            Answer::Invalid(kind) => self.fail(ProtocolError::new(Stage::Token, kind)),
            Answer::Passing(_) => {
                self.engine.count_failure();
                let reason = RetryReason::Status(response.status());
                self.poll_again(now, reason, retry_after(response));
            }
        }
    }

    pub(super) fn on_poll_failure(&mut self, at: Timestamp, failure: TransportFailure) {
        if failure == TransportFailure::BodyTooLarge {
            self.fail(ProtocolError::new(Stage::Token, ProtocolErrorKind::TooLarge));
            return;
        }
        // A connection that the server closed while it was idle says nothing about the server's health, but only a first
        // one can be of that kind: the next attempt connects anew.
        let is_stale_connection = failure == TransportFailure::Closed && self.engine.failures == 0;
        if !is_stale_connection {
            self.engine.count_failure();
        }
        self.poll_again(at, RetryReason::Transport(failure), None);
        if is_stale_connection {
            self.engine.count_failure();
        }
    }

    fn poll_again(&mut self, at: Timestamp, reason: RetryReason, retry_after: Option<Duration>) {
        if let Some(grant) = self.grant_mut() {
            grant.is_answer_lost |= reason.may_hide_a_grant();
            grant.trouble = Some(reason);
        }
        let next_attempt = self.next_poll_after(at, retry_after);
        // After the end of the code nothing is tried again.
        let is_announced = next_attempt > at;
        self.notice = is_announced.then_some(Notice::Retrying(Stage::Token, reason, next_attempt));
    }

    /// Makes the next poll due, counted from the end of the last exchange, and says when: at the end of the code when
    /// none is allowed before.
    fn next_poll_after(&mut self, exchange_end: Timestamp, retry_after: Option<Duration>) -> Timestamp {
        let Some(grant) = self.grant() else {
            return exchange_end;
        };
        let allowed = self.config.pacing.next_poll(
            exchange_end,
            grant.deadline,
            grant.interval,
            self.engine.failures,
            retry_after,
        );
        let due = allowed.unwrap_or(grant.deadline);
        self.engine.schedule(due);
        due
    }

    /// The authorization server itself has answered.
    #[inline]
    fn note_answer(&mut self) {
        self.engine.failures = 0;
        if let Some(grant) = self.grant_mut() {
            grant.is_answer_lost = false;
            grant.is_answered = true;
            grant.trouble = None;
        }
    }
}
