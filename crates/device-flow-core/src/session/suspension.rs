//! Putting tokens aside and taking them up again, in another process if need be.

use super::{Mode, Phase, Session, Then, Told};
use crate::config::Config;
use crate::pacing::MAX_LIFETIME;
use crate::stored::ResumeError;
use crate::stored_session::{Standing, StoredSession};
use crate::time::Timestamp;
use crate::transport_failure::TransportFailure;
use crate::trouble::RetryReason;
use alloc::string::String;
use core::time::Duration;

// How the phases and what was told are stored.
const REFUSED: u64 = 1;
const REFRESHING: u64 = 2;
const ABOUT_TO_EXPIRE: u64 = 1;
const EXPIRED: u64 = 2;

impl Session {
    /// Writes down the tokens, and where their refresh stands, to take them up again with [`resume`](Self::resume).
    ///
    /// A refresh whose answer is out is written off, as if it were given up in its time; that it was out shows in
    /// [`StoredSession::is_answer_lost`]. Better wait for the answer while [`is_refreshing`](Self::is_refreshing), or
    /// cancel and drive the session to its end: the answer may carry a rotated refresh token.
    pub fn suspend(&self, now: Timestamp) -> StoredSession {
        let now = now.max(self.engine.clock());
        let given_up_at = self.engine.give_up_at();
        let is_out = given_up_at.is_some();
        let (phase, refresh) = match &self.phase {
            // Whoever takes up the tokens of an ended session wants to know whether the server still takes them.
            Phase::Resting | Phase::Ended | Phase::Hearing(_, Then::Rest) => (0, None),
            Phase::Refused(refresh) => (REFUSED, Some(refresh)),
            Phase::Refreshing(refresh) | Phase::Hearing(refresh, Then::End)
                if is_out && !self.config.rare().is_refresh_replayed =>
            {
                (REFUSED, Some(refresh))
            }
            Phase::Refreshing(refresh) | Phase::Hearing(refresh, Then::End) => (REFRESHING, Some(refresh)),
        };
        let written_off = RetryReason::Transport(TransportFailure::Timeout);
        let next_attempt = match (phase, given_up_at) {
            (REFRESHING, Some(at)) => Some(at.saturating_add(self.wait(!self.is_answer_lost, written_off, None))),
            (REFRESHING, None) => self.engine.due_at(),
            _ => None,
        };
        let standing = Standing {
            full_scope: self.full_scope.as_deref(),
            narrower_scope: refresh.and_then(|it| it.scope.as_deref()),
            held: now.saturating_duration_since(self.held_since),
            told: match self.told {
                Told::Nothing => 0,
                Told::AboutToExpire => ABOUT_TO_EXPIRE,
                Told::Expired => EXPIRED,
            },
            phase,
            next_attempt_in: next_attempt.map_or(Duration::ZERO, |it| it.saturating_duration_since(now)),
            failures: match phase {
                REFRESHING => self.engine.failures.saturating_add(u32::from(is_out)),
                _ => 0,
            },
            is_answer_lost: is_out || self.is_answer_lost,
            is_paused: self.mode == Mode::OnDemand,
            hasty: self.hasty,
        };
        StoredSession::packed(
            &self.config.client_id,
            &self.config.token_endpoint,
            self.tokens.clone(),
            self.remaining(now),
            standing,
        )
    }

    /// Takes tokens up again that were stored `away` ago; `now` is the present time on the new driver's clock. What was
    /// suspended is what is resumed: the pause, the back-off, the scope before it was narrowed.
    ///
    /// # Errors
    ///
    /// A [`ResumeError`] when the configuration cannot work, or names another client or another token endpoint than that
    /// which granted the tokens.
    #[expect(clippy::needless_pass_by_value, reason = "only one of the two may go on")]
    pub fn resume(
        mut config: Config,
        stored: StoredSession,
        away: Duration,
        now: Timestamp,
    ) -> Result<Self, ResumeError> {
        config.validate_without_device_endpoint()?;
        ResumeError::check(&config, stored.client_id(), stored.token_endpoint())?;
        let left = stored.remaining();
        let expires_at = left.map(|it| now.saturating_add(it.saturating_sub(away)));
        let tokens = stored.tokens().clone().expiring(expires_at);
        let standing = stored.standing();
        let mut session = Self::holding(config, tokens, now);
        session.held_since = now.saturating_sub(standing.held.saturating_add(away));
        session.told = match standing.told {
            0 => Told::Nothing,
            ABOUT_TO_EXPIRE => Told::AboutToExpire,
            _ => Told::Expired,
        };
        session.hasty = standing.hasty;
        session.is_answer_lost = standing.is_answer_lost;
        session.full_scope = standing.full_scope.map(String::from);
        if standing.is_paused {
            session.mode = Mode::OnDemand;
        }
        if let REFUSED | REFRESHING = standing.phase {
            let scope = standing.narrower_scope.map(String::from);
            // Without a refresh token there is nothing to go on with.
            if let Ok(refresh) = session.new_refresh(scope) {
                session.phase = if standing.phase == REFUSED {
                    Phase::Refused(refresh)
                } else {
                    // Nobody was told to wait longer, and whoever holds the text could write anything.
                    let wait = standing.next_attempt_in.min(MAX_LIFETIME).saturating_sub(away);
                    session.engine.schedule(now.saturating_add(wait));
                    session.engine.failures = standing.failures;
                    Phase::Refreshing(refresh)
                };
            }
        }
        Ok(session)
    }
}
