//! A refresh, from its beginning to what comes of it.

use super::{Phase, Refresh, Session, SessionEvent, SignInReason, Then, Told};
use crate::engine::Arrival;
use crate::failure::{Failure, NetworkError, ProtocolError, ProtocolErrorKind};
use crate::machine::Misuse;
use crate::pacing::{DEFAULT_INTERVAL, MAX_PATIENCE};
use crate::response::Response;
use crate::secret::SecretStr;
use crate::server_error::ServerError;
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use crate::transport_failure::TransportFailure;
use crate::trouble::RetryReason;
use crate::wire::{Answer, read_tokens, retry_after};
use alloc::string::String;
use core::time::Duration;

impl Session {
    pub(super) fn begin_refresh(&mut self, now: Timestamp, scope: Option<String>) -> Result<(), Misuse> {
        match &self.phase {
            Phase::Ended | Phase::Hearing(_, Then::End) => return Err(Misuse::Finished),
            Phase::Refreshing(it) | Phase::Hearing(it, Then::Rest) if it.scope == scope => {
                return Ok(());
            }
            Phase::Refreshing(_) | Phase::Hearing(_, Then::Rest) => {
                return Err(Misuse::RefreshUnderWay);
            }
            Phase::Resting | Phase::Refused(_) => {}
        }
        let refresh = self.new_refresh(scope)?;
        let now = self.engine.tick(now);
        if matches!(self.phase, Phase::Resting) {
            self.engine.close();
        }
        // One that was refused went out with the same token, so what it brings late still counts.
        self.engine.failures = 0;
        self.engine.schedule(now);
        self.phase = Phase::Refreshing(refresh);
        Ok(())
    }

    pub(super) fn new_refresh(&self, scope: Option<String>) -> Result<Refresh, Misuse> {
        let refresh_token = self.tokens.refresh_token().ok_or(Misuse::NoRefreshToken)?;
        Ok(Refresh { body: self.config.refresh_body(refresh_token, scope.as_deref()), scope })
    }

    pub(super) fn on_tokens(&mut self, now: Timestamp, arrival: Arrival, response: &Response<'_>) {
        let answer = read_tokens(Stage::Refresh, self.config.spoken_dialect(), response);
        let sent_at = match (&answer, arrival) {
            (_, Arrival::InTime(sent_at)) | (Answer::Granted(_), Arrival::Late(sent_at)) => sent_at,
            // Whatever else comes late changes nothing.
            (_, Arrival::Late(_)) => return,
        };
        let status = response.status();
        match answer {
            Answer::Granted(new) => self.renew(now, sent_at, &new),
            // It was the server's own, or another's under its address, so nothing is on its way any more.
            _ if self.stop_hearing(false) => {}
            Answer::Refused(error) => self.refuse(error),
            // Somebody else answered: a captive portal, a firewall, a server that is being replaced.
            Answer::Invalid(_) => {
                let reason = RetryReason::NotOAuth(status);
                self.retry(now, reason, retry_after(response));
            }
            _ => self.retry(now, RetryReason::Status(status), retry_after(response)),
        }
    }

    pub(super) fn on_refresh_failure(&mut self, at: Timestamp, failure: TransportFailure) {
        if !self.stop_hearing(failure.may_have_arrived()) {
            self.retry(at, RetryReason::Transport(failure), None);
        }
    }

    /// Ends the wait for an answer for which nothing more is sent; whether there was one.
    fn stop_hearing(&mut self, is_lost: bool) -> bool {
        self.phase = match self.phase {
            Phase::Hearing(_, Then::End) => Phase::Ended,
            Phase::Hearing(_, Then::Rest) => Phase::Resting,
            _ => return false,
        };
        self.is_answer_lost |= is_lost;
        self.engine.failures = 0;
        true
    }

    fn renew(&mut self, now: Timestamp, sent_at: Timestamp, new: &TokenResponse) {
        let (refresh, then) = match core::mem::replace(&mut self.phase, Phase::Resting) {
            // The second may be one that was given up.
            Phase::Refreshing(refresh) | Phase::Refused(refresh) => (Some(refresh), Then::Rest),
            Phase::Hearing(refresh, then) => (Some(refresh), then),
            Phase::Resting => (None, Then::Rest),
            Phase::Ended => {
                self.phase = Phase::Ended;
                return;
            }
        };
        let scope = refresh.as_ref().and_then(|it| it.scope.clone());
        let is_out = self.engine.give_up_at().is_some_and(|it| now < it);
        if let Some(refresh) = refresh.filter(|_| is_out) {
            // These are tokens for an earlier attempt: the one that is out may bring newer ones.
            self.engine.close_before_last();
            self.phase = Phase::Hearing(refresh, then);
        } else {
            self.engine.close();
            self.engine.schedule(now);
            if then == Then::End {
                self.phase = Phase::Ended;
            }
        }
        let full = self.full_scope.take();
        let requested = scope.as_deref().or(full.as_deref());
        let renewed = self.tokens.renewed(new, sent_at, requested);
        if scope.is_some() {
            self.full_scope = full.or_else(|| self.tokens.scope().map(String::from));
        }
        self.tokens = renewed;
        self.engine.failures = 0;
        self.is_answer_lost = false;
        self.held_since = now;
        self.told = Told::Nothing;
        let is_hasty = self.lead_begins_at().is_some_and(|it| it <= now);
        self.hasty = if is_hasty { self.hasty.saturating_add(1) } else { 0 };
        self.notice = Some(SessionEvent::Refreshed(self.tokens.clone()));
    }

    fn refuse(&mut self, mut error: ServerError) {
        let refresh_token = self.tokens.refresh_token().map(SecretStr::expose);
        self.config
            .for_each_secret(self.authorization.as_ref(), &[refresh_token.unwrap_or_default()], |it| error.redact(it));
        if !error.asks_for_sign_in() {
            self.give_up(error.into());
            return;
        }
        self.end(SignInReason::Refused(if self.is_answer_lost { error.after_lost_answer() } else { error }));
    }

    /// Ends this refresh, not the session: what is valid stays so.
    fn give_up(&mut self, failure: Failure) {
        self.engine.failures = 0;
        if let Phase::Refreshing(refresh) = core::mem::replace(&mut self.phase, Phase::Resting) {
            self.phase = Phase::Refused(refresh);
        }
        self.notice = Some(SessionEvent::RefreshFailed(failure));
    }

    /// Tries again when it is time: trouble that passes never ends a session.
    fn retry(&mut self, at: Timestamp, reason: RetryReason, retry_after: Option<Duration>) {
        if !matches!(self.phase, Phase::Refreshing(_)) {
            return;
        }
        let is_lost = reason.may_hide_a_grant();
        let is_first_loss = is_lost && !self.is_answer_lost;
        self.is_answer_lost |= is_lost;
        if is_lost && !self.config.rare().is_refresh_replayed {
            self.give_up(lost(reason));
            return;
        }
        let next_attempt = at.saturating_add(self.wait(is_first_loss, reason, retry_after));
        self.engine.count_failure();
        self.engine.schedule(next_attempt);
        self.notice = Some(SessionEvent::Retrying { reason, next_attempt });
    }

    pub(super) fn wait(&self, is_first_loss: bool, reason: RetryReason, retry_after: Option<Duration>) -> Duration {
        // Servers that forgive a refresh token that is used again do so for a short time.
        if is_replayed_at_once(is_first_loss, reason) {
            return Duration::ZERO;
        }
        let longest = match reason {
            RetryReason::NotOAuth(_) => MAX_PATIENCE,
            _ => self.config.pacing.max_back_off,
        };
        let mut pacing = self.config.pacing;
        pacing.max_back_off = longest;
        let retry_after = retry_after.map(|it| it.min(MAX_PATIENCE));
        pacing.wait(DEFAULT_INTERVAL, self.engine.failures, retry_after)
    }
}

/// Whether a refresh is made again without a wait: when its first answer that was lost was lost on the way.
pub(crate) const fn is_replayed_at_once(is_first_loss: bool, reason: RetryReason) -> bool {
    is_first_loss && matches!(reason, RetryReason::Transport(it) if it.may_have_arrived())
}

/// What is told of a refresh that must not be made again.
fn lost(reason: RetryReason) -> Failure {
    let stage = Stage::Refresh;
    match reason {
        RetryReason::Transport(failure) => NetworkError::new(stage, failure).into(),
        RetryReason::Status(status) => ProtocolError::new(stage, ProtocolErrorKind::Unavailable { status }).into(),
        RetryReason::NotOAuth(status) => ProtocolError::new(stage, ProtocolErrorKind::NotOAuth { status }).into(),
    }
}
