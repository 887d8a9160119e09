//! When there is something to tell of a token's life, and when it is refreshed.

use super::{Mode, Phase, Session, SessionEvent, Told};
use crate::engine::idle;
use crate::pacing::{DEFAULT_INTERVAL, lead_time};
use crate::time::Timestamp;
use core::time::Duration;

/// The shortest time between two tokens, so that a server whose tokens are shorter-lived than the lead time is not
/// asked without pause.
const MIN_LIFE: Duration = Duration::from_secs(2);
/// The longest life that a [`Timestamp`] can tell the end of. A share of more (`expires_in` of 2^63 - 1 is some servers'
/// "never") would be longer than all the time until that end.
const MAX_LIFE: Duration = Duration::from_millis(u64::MAX);

impl Session {
    /// What the passing of time alone brings about.
    pub(super) fn milestone(&mut self, now: Timestamp) -> Option<SessionEvent> {
        let expires_at = self.expires_at()?;
        if self.next_milestone().is_none_or(|it| now < it) {
            return None;
        }
        let (told, event) = match self.told {
            Told::Nothing => (Told::AboutToExpire, SessionEvent::AboutToExpire { expires_at }),
            Told::AboutToExpire | Told::Expired => (Told::Expired, SessionEvent::Expired),
        };
        self.told = told;
        Some(event)
    }

    /// When there is something to tell next. A token without a known end is never about to expire.
    pub(super) fn next_milestone(&self) -> Option<Timestamp> {
        match self.told {
            Told::Nothing => self.announce_at(),
            Told::AboutToExpire => self.expires_at(),
            Told::Expired => None,
        }
    }

    /// When the lead time begins.
    fn announce_at(&self) -> Option<Timestamp> {
        let expires_at = self.expires_at()?;
        let shortest = self.held_since.saturating_add(MIN_LIFE);
        Some(self.lead_begins_at()?.max(shortest).min(expires_at))
    }

    /// The same, however soon that is.
    pub(super) fn lead_begins_at(&self) -> Option<Timestamp> {
        let expires_at = self.expires_at()?;
        let life = self
            .tokens
            .expires_in()
            .unwrap_or_else(|| expires_at.saturating_duration_since(self.held_since))
            .min(MAX_LIFE);
        Some(expires_at.saturating_sub(lead_time(self.config.rare().lead, life)))
    }

    /// When a token that is about to expire is refreshed without anybody asking; `None` when it is not. Tokens that come
    /// back with less life than the lead time make the pauses grow, as trouble does.
    pub(super) fn refresh_at(&self) -> Option<Timestamp> {
        self.tokens.refresh_token()?;
        let is_wanted =
            self.told != Told::Nothing && self.mode == Mode::Automatic && matches!(self.phase, Phase::Resting);
        let pause = match self.hasty {
            0 => MIN_LIFE,
            hasty => self.config.pacing.wait(DEFAULT_INTERVAL, hasty, None),
        };
        is_wanted.then(|| self.held_since.saturating_add(pause))
    }

    pub(super) fn has_run_dry(&self) -> bool {
        self.told == Told::Expired && self.tokens.refresh_token().is_none()
    }

    /// When there may be something to do again.
    pub(super) fn wake_at(&self, now: Timestamp) -> Timestamp {
        [self.refresh_at(), self.next_milestone()].into_iter().flatten().min().unwrap_or_else(|| idle(now))
    }
}
