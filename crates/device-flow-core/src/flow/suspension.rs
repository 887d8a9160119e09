//! Putting a sign-in aside and taking it up again, in another process if need be.

use super::{DeviceFlow, Grant, State};
use crate::config::Config;
use crate::engine::Engine;
use crate::failure::ProtocolErrorKind;
use crate::machine::Misuse;
use crate::pending_flow::PendingFlow;
use crate::pkce::PkceVerifier;
use crate::secret::{Packed, SecretStr};
use crate::stored::{ResumeError, Stored, unless_zero};
use crate::time::{Timestamp, millis};
use crate::transport_failure::TransportFailure;
use crate::trouble::RetryReason;
use core::time::Duration;

impl DeviceFlow {
    /// Writes down all that is needed to take the sign-in up again with [`resume`](Self::resume): durations, never
    /// dates, and the device code, which is a secret.
    ///
    /// The flow itself is left as it is. Let only one of the two go on: a server may revoke what it granted when a code
    /// is used twice.
    ///
    /// # Errors
    ///
    /// [`Misuse::NotPolling`] when no code has been granted yet, [`Misuse::Finished`] after the end.
    pub fn suspend(&self, now: Timestamp) -> Result<PendingFlow, Misuse> {
        let grant = match &self.state {
            State::Polling(grant) => grant,
            State::Requesting { .. } => return Err(Misuse::NotPolling),
            State::Done(_) => return Err(Misuse::Finished),
        };
        let now = now.max(self.engine.clock());
        // An attempt in flight is written off, and nothing may come sooner than if it were given up in its time.
        let given_up_at = self.engine.give_up_at();
        let written_off = RetryReason::Transport(TransportFailure::Timeout);
        let failures = self.engine.failures.saturating_add(u32::from(given_up_at.is_some()));
        let next_poll = match given_up_at {
            None => self.engine.due_at(),
            Some(at) => {
                let deadline = grant.deadline;
                let pacing = &self.config.pacing;
                pacing.next_poll(at, deadline, grant.interval, failures, None)
            }
        };
        let remaining = grant.deadline.saturating_duration_since(now);
        // What would come after the end never comes.
        let next_poll = next_poll.unwrap_or(grant.deadline).min(grant.deadline);
        let trouble = given_up_at.map_or(grant.trouble, |_| Some(written_off));
        let nonce = self.config.sent_nonce();
        let [device_code, user_code, uri, complete, message, extra] = grant.response.parts();
        let unsigned = |it: Option<i64>| it.and_then(|it| u64::try_from(it).ok());
        Ok(PendingFlow(Stored {
            texts: Packed::new([
                Some(&self.config.client_id),
                Some(&self.config.token_endpoint),
                device_code,
                user_code,
                uri,
                complete,
                message,
                extra,
                nonce.map(SecretStr::expose),
                self.config.pkce.as_ref().map(PkceVerifier::expose),
                trouble.map(RetryReason::as_str),
                trouble.and_then(RetryReason::cause),
            ]),
            numbers: [
                Some(millis(grant.interval)),
                Some(millis(remaining)),
                unless_zero(grant.is_lifetime_known),
                Some(millis(next_poll.saturating_duration_since(now))),
                unless_zero(failures),
                unless_zero(grant.is_answer_lost || given_up_at.is_some()),
                unless_zero(grant.is_paused),
                unless_zero(grant.is_answered),
                unless_zero(!grant.is_pollable),
                trouble.map(|it| u64::from(it.number())),
                unsigned(grant.response.expires_in()),
                unsigned(grant.response.interval()),
            ],
        }))
    }

    /// Takes a sign-in up again that was put aside `away` ago; `now` is the present time on the new driver's clock.
    ///
    /// It polls never earlier than the original would have, and is paused if that was. The configuration has to name the
    /// same client and the same token endpoint, so that the device code goes nowhere else. Nonce and PKCE verifier are those that the sign-in
    /// began with, whatever the configuration has. When `away` is not known, zero is safe: the server
    /// then has the last word on whether the code still lives.
    ///
    /// ```
    /// use core::time::Duration;
    /// use device_flow_core::{Config, DeviceFlow, Input, Machine, Output, PendingFlow, Response, Timestamp};
    ///
    /// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
    /// let mut flow = DeviceFlow::new(config.clone())?;
    /// let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else { panic!() };
    /// let id = request.id();
    /// let body = br#"{"device_code":"GmRhmhcx","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","expires_in":600}"#;
    /// flow.handle_input(Timestamp::ZERO, Input::Response(id, Response::new(200, body)))?;
    ///
    /// let stored = flow.suspend(Timestamp::ZERO)?.to_json(); // keep it as you would keep a password
    /// drop(flow);
    ///
    /// let pending = PendingFlow::from_json(stored.expose())?;
    /// let mut flow = DeviceFlow::resume(config, pending, Duration::from_secs(60), Timestamp::ZERO)?;
    /// assert!(matches!(flow.poll_output(Timestamp::ZERO), Output::Send(_)), "the first poll is overdue");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`ResumeError`] when the configuration cannot work or is another one.
    #[expect(clippy::needless_pass_by_value, reason = "only one of the two may go on")]
    pub fn resume(config: Config, pending: PendingFlow, away: Duration, now: Timestamp) -> Result<Self, ResumeError> {
        // The code is bound to what was sent when it was asked for, not to what a new sign-in would send.
        let pkce = pending.pkce().ok().flatten();
        let mut config = config.of_code(pending.nonce().map(SecretStr::expose), pkce);
        config.validate_without_device_endpoint()?;
        ResumeError::check(&config, pending.client_id(), pending.token_endpoint())?;
        let missing = ProtocolErrorKind::MissingMember { name: "user_code" };
        let response = pending
            .response()
            .ok_or(missing)
            .and_then(|it| it.checked(config.is_http_allowed))
            .map_err(ResumeError::Unusable)?;
        let mut engine = Engine::starting(now);
        engine.schedule(now.saturating_add(pending.next_poll_in().saturating_sub(away)));
        engine.failures = pending.failures();
        let grant = Grant {
            poll_body: config.token_body(&response),
            response,
            interval: pending.interval(),
            deadline: now.saturating_add(pending.remaining().saturating_sub(away)),
            is_lifetime_known: pending.is_lifetime_known(),
            is_answer_lost: pending.is_answer_lost(),
            is_pollable: pending.is_pollable(),
            is_paused: pending.is_paused(),
            is_answered: pending.is_answered(),
            trouble: pending.trouble(),
        };
        Ok(Self { authorization: config.authorization(), config, engine, notice: None, state: State::Polling(grant) })
    }
}
