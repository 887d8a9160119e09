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
            Consequence::Tokens => assert!(matches!(self.status(), SignInStatus::Granted | SignInStatus::Expired)),
            Consequence::Codes if !promise.is_expired() => {
                assert!(matches!(self.status(), SignInStatus::CodeShown | SignInStatus::Ended));
            }
            Consequence::Ends => {
                assert!(self.session().is_none() || self.status() == SignInStatus::Ended);
            }
            _ => {}
        }
    }

    fn check(&self, promise: &Promise) {
        let status = self.status();
        assert_eq!(
            matches!(status, SignInStatus::CodeShown | SignInStatus::Paused),
            self.prompt(promise.clock).is_some()
        );
        let has_session = matches!(status, SignInStatus::Granted | SignInStatus::Refreshing | SignInStatus::Expired);
        // After the end it is there to be suspended, if there was one.
        assert!(status == SignInStatus::Ended || has_session == self.session().is_some());
        assert!(!has_session || self.tokens().is_some());
        if let Some(interval) = self.flow().and_then(device_flow_core::DeviceFlow::interval) {
            assert_eq!(Some(interval), promise.grant.map(|it| it.interval));
        }
    }

    fn check_event(&self, event: &SignInEvent, promise: &Promise) {
        let is_status = |status| assert_eq!(self.status(), status, "{event:?}");
        match event {
            // Those that have run out are left behind when a new code is asked for.
            SignInEvent::Granted(tokens) => {
                assert!(self.tokens().is_some() || tokens.expires_at().is_some_and(|it| promise.clock >= it));
            }
            // Unless a new code was asked for before this was told.
            SignInEvent::CodeExpired(_) | SignInEvent::Session(SessionEvent::SignInNeeded(_)) => {
                let status = self.status();
                assert!(self.offers_a_code() || status == SignInStatus::NotAuthenticated, "{status:?}");
            }
            SignInEvent::Denied => is_status(SignInStatus::Ended),
            SignInEvent::Failed(failure) => {
                super::hiding::hides_secrets(&failure.to_string());
                is_status(SignInStatus::Ended);
            }
            _ => {}
        }
    }

    fn refresh(&mut self, now: Timestamp, _: bool) -> Option<Result<(), Misuse>> {
        Some(Self::refresh(self, now))
    }

    fn offers_a_code(&self) -> bool {
        matches!(self.status(), SignInStatus::CodeExpired | SignInStatus::SignInNeeded)
    }

    fn restart(&mut self) -> bool {
        Self::restart(self, config()).unwrap();
        true
    }
}
