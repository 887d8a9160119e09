//! Putting a sign-in aside and taking it up again, in another process if need be.

use super::{DeviceFlow, Grant, State};
use crate::config::Config;
use crate::exchange::Exchange;
use crate::machine::Misuse;
use crate::pending_flow::{PendingFlow, ResumeError};
use crate::time::Timestamp;
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
            State::Polling(grant) | State::Paused(grant) => grant,
            State::Requesting { .. } => return Err(Misuse::NotPolling),
            State::Done(_) => return Err(Misuse::Finished),
        };
        let now = now.max(self.clock);
        // An attempt in flight is written off, and nothing may come sooner than if it were given up in its time.
        let (failures, next_poll) = match self.exchange.in_flight() {
            None => (
                self.exchange.failures,
                self.exchange.due_at().unwrap_or(now),
            ),
            Some(it) => {
                let failures = self.exchange.failures.saturating_add(1);
                (
                    failures,
                    it.give_up_at.saturating_add(self.config.pacing.wait(
                        grant.interval,
                        failures,
                        None,
                    )),
                )
            }
        };
        let remaining = grant.deadline.saturating_duration_since(now);
        Ok(PendingFlow {
            client_id: self.config.client_id.clone(),
            token_endpoint: self.config.token_endpoint.clone(),
            response: grant.response.clone(),
            nonce: self.config.sent_nonce().cloned(),
            pkce: self.config.pkce.clone(),
            interval: grant.interval,
            remaining,
            is_lifetime_known: grant.is_lifetime_known,
            // What would come after the end never comes.
            next_poll_in: next_poll.saturating_duration_since(now).min(remaining),
            failures,
            is_answer_lost: grant.is_answer_lost || self.exchange.in_flight().is_some(),
        })
    }

    /// Takes a sign-in up again that was put aside `away` ago; `now` is the present time on the new driver's clock.
    ///
    /// It polls never earlier than the original would have. The configuration has to name the same client and the same
    /// token endpoint, so that the device code goes nowhere else. Nonce and PKCE verifier are those that the sign-in
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
    pub fn resume(
        mut config: Config,
        pending: PendingFlow,
        away: Duration,
        now: Timestamp,
    ) -> Result<Self, ResumeError> {
        // The code is bound to what was sent when it was asked for, not to what a new sign-in would send.
        if pending.nonce.is_some() {
            config.nonce.clone_from(&pending.nonce);
        }
        config.pkce.clone_from(&pending.pkce);
        config.validate()?;
        ResumeError::check(&config, &pending.client_id, &pending.token_endpoint)?;
        let response = pending
            .response
            .checked(config.is_http_allowed)
            .map_err(ResumeError::Unusable)?;
        let mut exchange =
            Exchange::due(now.saturating_add(pending.next_poll_in.saturating_sub(away)));
        exchange.failures = pending.failures;
        let grant = Grant {
            poll_body: config.token_body(&response),
            response,
            interval: pending.interval,
            deadline: now.saturating_add(pending.remaining.saturating_sub(away)),
            is_lifetime_known: pending.is_lifetime_known,
            is_answer_lost: pending.is_answer_lost,
            is_pollable: true,
        };
        Ok(Self {
            authorization: config.authorization(),
            config,
            clock: now,
            exchange,
            notice: None,
            state: State::Polling(grant),
        })
    }
}
