//! What is to be true of a [`DeviceFlow`] alone.

use std::time::Duration;

use device_flow_core::{DeviceFlow, Event, Outcome, PendingFlow, Stage, Timestamp};

use super::config;
use super::promise::{Consequence, Promise};
use super::subject::Subject;

impl Subject for DeviceFlow {
    fn start(_: Timestamp) -> Self {
        Self::new(config()).unwrap()
    }

    fn ending(&self) -> Option<String> {
        self.outcome().map(|outcome| match outcome {
            Outcome::Failed(failure) => format!("{failure:?} {failure}"),
            other => format!("{other:?}"),
        })
    }

    /// A code runs out, unless nobody asks for one; the first request is given up after some attempts.
    fn ends_by_itself(&self, _: &Promise) -> bool {
        true
    }

    fn after_answer(&self, promise: &Promise, consequence: Consequence) {
        let outcome = self.outcome();
        match consequence {
            Consequence::GoesOn => assert!(outcome.is_none(), "{outcome:?}"),
            Consequence::Ends => assert!(
                matches!(outcome, Some(Outcome::Denied | Outcome::Expired(_) | Outcome::Failed(_))),
                "{outcome:?}"
            ),
            Consequence::Tokens => assert!(matches!(outcome, Some(Outcome::Authorized(_))), "{outcome:?}"),
            Consequence::Codes => match outcome {
                None => assert_eq!(self.expires_at(), promise.grant.map(|it| it.deadline)),
                Some(Outcome::Expired(_)) => assert!(promise.is_expired()),
                other => assert!(matches!(other, Some(Outcome::Failed(_))), "{other:?}"),
            },
            Consequence::NotPolling => {}
        }
    }

    fn check(&self, promise: &Promise) {
        if let Some(interval) = self.interval() {
            let grant = promise.grant.expect("an interval without a code");
            assert_eq!(interval, grant.interval);
            assert_eq!(self.expires_at(), Some(grant.deadline));
        }
    }

    fn check_event(&self, event: &Event, promise: &Promise) {
        let deadline = promise.grant.map(|it| it.deadline);
        let is_true = |moment: Timestamp| {
            assert!(moment >= promise.earliest_announcement(), "{event:?}");
            assert!(deadline.is_some_and(|it| moment <= it), "{event:?}");
        };
        match event {
            Event::Pending { next_poll, .. } => is_true(*next_poll),
            Event::SlowedDown { interval, next_poll, .. } => {
                assert_eq!(Some(*interval), promise.grant.map(|it| it.interval));
                is_true(*next_poll);
            }
            Event::Retrying { stage: Stage::Token, next_attempt, .. } => is_true(*next_attempt),
            Event::Prompt(prompt) => assert_eq!(Some(prompt.interval()), self.interval()),
            _ => {}
        }
    }

    fn moved(&self, now: Timestamp, away: Duration) -> Option<Self> {
        let pending = self.suspend(now).ok()?;
        super::hiding::hides_secrets(&format!("{pending:?}"));
        let stored = pending.to_json();
        let read = PendingFlow::from_json(stored.expose()).unwrap();
        assert_eq!(read.to_json().expose(), stored.expose());
        Some(Self::resume(config(), read, away, now.saturating_add(away)).unwrap())
    }
}
