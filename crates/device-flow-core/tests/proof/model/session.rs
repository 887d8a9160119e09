//! What is to be true of a [`Session`] alone.

use std::time::Duration;

use device_flow_core::{Misuse, Session, SessionEvent, StoredSession, Timestamp};

use super::config;
use super::hiding::hides_secrets;
use super::promise::Promise;
use super::subject::Subject;
use crate::answer::{ACCESS_TOKEN, REFRESH_TOKEN};

/// The life of the token that a session begins with.
const LIFE: Duration = Duration::from_secs(600);

impl Subject for Session {
    fn start(now: Timestamp) -> Self {
        let stored = StoredSession::new(&config(), ACCESS_TOKEN, Some(REFRESH_TOKEN), Some(LIFE));
        Self::resume(config(), stored.unwrap(), Duration::ZERO, now).unwrap()
    }

    fn first_clock(start: Timestamp) -> Timestamp {
        start
    }

    fn ending(&self) -> Option<String> {
        // A session has no outcome; that it has ended shows in what it refuses.
        let is_ended = format!("{self:?}").contains("phase: Ended");
        is_ended.then(|| "ended".to_owned())
    }

    /// It goes on for ever while there is a refresh token.
    fn ends_by_itself(&self, _: &Promise) -> bool {
        self.tokens().refresh_token().is_none() && self.expires_at().is_some()
    }

    fn check(&self, _: &Promise) {
        assert!(!self.tokens().access_token().expose().is_empty());
    }

    fn check_event(&self, event: &SessionEvent, promise: &Promise) {
        match event {
            SessionEvent::Refreshed(tokens) => {
                assert_eq!(tokens.access_token().expose(), self.tokens().access_token().expose());
            }
            SessionEvent::Expired => {
                assert!(self.expires_at().is_some_and(|it| promise.clock >= it), "expired too early");
            }
            SessionEvent::Retrying { next_attempt, .. } => {
                let patience = next_attempt.saturating_duration_since(promise.clock);
                assert!(patience <= Duration::from_secs(86_400), "no patience is that long: {patience:?}");
            }
            _ => {}
        }
    }

    fn moved(&self, now: Timestamp, away: Duration) -> Option<Self> {
        let stored = self.suspend(now);
        hides_secrets(&format!("{stored:?}"));
        let json = stored.to_json();
        let read = StoredSession::from_json(json.expose()).unwrap();
        assert_eq!(read.to_json().expose(), json.expose());
        Some(Self::resume(config(), read, away, now.saturating_add(away)).unwrap())
    }

    fn refresh(&mut self, now: Timestamp, is_narrower: bool) -> Option<Result<(), Misuse>> {
        Some(if is_narrower { self.refresh_with_scope(now, "read") } else { Self::refresh(self, now) })
    }
}
