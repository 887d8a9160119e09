//! What is to be true of a [`SignIn`] alone.

use device_flow_core::{Misuse, SessionEvent, SignIn, SignInEvent, SignInStatus, Timestamp};

use super::config;
use super::promise::{Consequence, Promise};
use super::subject::Subject;

impl Subject for SignIn {
    fn start(_: Timestamp) -> Self {
        Self::new(config()).unwrap()
    }

    fn ending(&self) -> Option<String> {
        (self.status() == SignInStatus::Ended).then(|| "ended".to_owned())
    }

    /// It offers a new code for ever.
    fn ends_by_itself(&self, _: &Promise) -> bool {
        false
    }

    fn after_answer(&self, promise: &Promise, consequence: Consequence) {
        match consequence {
            Consequence::Tokens => assert_eq!(self.status(), SignInStatus::Granted),
            Consequence::Codes if !promise.is_expired() => assert!(matches!(
                self.status(),
                SignInStatus::CodeShown | SignInStatus::Ended
            )),
            Consequence::Ends => assert!(self.tokens().is_none()),
            _ => {}
        }
    }

    fn check(&self, promise: &Promise) {
        assert_eq!(
            self.status() == SignInStatus::CodeShown,
            self.prompt(promise.clock).is_some()
        );
        let has_tokens = matches!(
            self.status(),
            SignInStatus::Granted | SignInStatus::Refreshing
        );
        assert_eq!(has_tokens, self.tokens().is_some());
        if let Some(interval) = self.flow().and_then(device_flow_core::DeviceFlow::interval) {
            assert_eq!(Some(interval), promise.grant.map(|it| it.interval));
        }
    }

    fn check_event(&self, event: &SignInEvent, _: &Promise) {
        let is_status = |status| assert_eq!(self.status(), status, "{event:?}");
        match event {
            SignInEvent::Granted(_) => assert!(self.tokens().is_some()),
            SignInEvent::CodeExpired | SignInEvent::Session(SessionEvent::SignInNeeded(_)) => {
                is_status(SignInStatus::NotAuthenticated);
            }
            SignInEvent::Denied => is_status(SignInStatus::Ended),
            SignInEvent::Failed(failure) => {
                super::subject::hides_secrets(&failure.to_string());
                is_status(SignInStatus::Ended);
            }
            _ => {}
        }
    }

    fn refresh(&mut self, now: Timestamp, _: bool) -> Option<Result<(), Misuse>> {
        Some(Self::refresh(self, now))
    }

    fn restart(&mut self) -> bool {
        Self::restart(self, config()).unwrap();
        true
    }
}
