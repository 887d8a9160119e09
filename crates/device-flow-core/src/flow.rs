//! The device flow itself: RFC 8628 from the first request to the last poll.
//!
//! The rules are a table in `docs/state-machine.md`, and `tests/transitions.rs` goes through it cell by cell.

use crate::config::{Config, ConfigError};
use crate::exchange::{Exchange, InFlight, RetryReason, Step};
use crate::failure::{
    ErrorCode, Failure, NetworkError, ProtocolError, ProtocolErrorKind, ServerError,
};
use crate::machine::{Input, Machine, Misuse, Output, TransportFailure};
use crate::pacing::{first_interval, retry, slow_down};
use crate::pending_flow::{PendingFlow, ResumeError};
use crate::prompt::Prompt;
use crate::request::{Headers, Method, Request, RequestId, Response, Stage};
use crate::secret::SecretString;
use crate::time::Timestamp;
use crate::wire::{
    DeviceAuthorizationAnswer, DeviceAuthorizationResponse, TokenAnswer, TokenResponse, retry_after,
};
use core::time::Duration;

/// A sign-in with the device authorization grant.
///
/// It asks for codes, tells the [`Prompt`], and polls until the person has decided, the code has run out or the caller
/// gives up. Passing trouble while polling never ends it.
///
/// See the [crate's front page](crate) for a sign-in step by step.
#[derive(Debug)]
pub struct DeviceFlow {
    config: Config,
    /// The `Authorization` header, for methods that have one.
    authorization: Option<SecretString>,
    /// The latest time that was told.
    clock: Timestamp,
    exchange: Exchange,
    notice: Option<Notice>,
    state: State,
}

/// What a [`DeviceFlow`] tells while it works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The codes have arrived: show this to the person. Told once.
    Prompt(Prompt),
    /// The person has not decided yet (`authorization_pending`).
    Pending {
        /// When the next poll is due.
        next_poll: Timestamp,
    },
    /// The person has not decided yet, and the server wants fewer polls (`slow_down`).
    SlowedDown {
        /// The new interval, without the margin.
        interval: Duration,
        /// When the next poll is due.
        next_poll: Timestamp,
    },
    /// A request brought nothing and will be made again.
    Retrying {
        /// Which request.
        stage: Stage,
        /// What happened.
        reason: RetryReason,
        /// When it will be made again.
        next_attempt: Timestamp,
    },
}

/// How a sign-in ends. Exhaustive: these are the protocol's endings.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The person said yes.
    Authorized(TokenResponse),
    /// The person said no.
    Denied,
    /// The code ran out before the person decided.
    Expired,
    /// The caller gave up.
    Cancelled,
    /// It could not be done.
    Failed(Failure),
}

/// Data live in the state in which they are valid.
#[derive(Debug)]
enum State {
    Requesting { body: SecretString },
    Polling(Grant),
    Paused(Grant),
    Done(Outcome),
}

/// The codes and what belongs to them.
#[derive(Debug)]
struct Grant {
    response: DeviceAuthorizationResponse,
    /// Rendered once, sent at every poll.
    poll_body: SecretString,
    /// The server's interval with all that `slow_down` added, without the margin.
    interval: Duration,
    /// When the code runs out.
    deadline: Timestamp,
    /// Whether the server told how long the code lives.
    is_lifetime_known: bool,
    /// Whether an answer to a poll was lost that may have carried the tokens.
    is_answer_lost: bool,
    /// Whether the code lives long enough for a first poll.
    is_pollable: bool,
}

/// An event that is still to be told, without what the state knows anyhow.
#[derive(Clone, Copy, Debug)]
enum Notice {
    Prompt,
    Pending {
        next_poll: Timestamp,
    },
    SlowedDown {
        interval: Duration,
        next_poll: Timestamp,
    },
    Retrying {
        stage: Stage,
        reason: RetryReason,
        next_attempt: Timestamp,
    },
}

/// What `poll_output` is to lend or to tell.
enum Next {
    Tell(Event),
    Send(RequestId, Duration),
    Wait(Timestamp),
    Done,
}

impl DeviceFlow {
    /// A sign-in that has not begun: the first [`poll_output`](Machine::poll_output) lends its first request.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn new(mut config: Config) -> Result<Self, ConfigError> {
        config.validate()?;
        let body = config.device_authorization_body();
        Ok(Self {
            authorization: config.authorization(),
            config,
            clock: Timestamp::ZERO,
            exchange: Exchange::due(Timestamp::ZERO),
            notice: None,
            state: State::Requesting { body },
        })
    }

    /// How the sign-in ended; `None` until it has.
    pub const fn outcome(&self) -> Option<&Outcome> {
        match &self.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// How the sign-in ended, taken out; `None` when it has not.
    pub fn into_outcome(self) -> Option<Outcome> {
        match self.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// What the person has to be shown, once it is known and until the end. Its
    /// [`expires_in`](Prompt::expires_in) counts from `now`.
    pub fn prompt(&self, now: Timestamp) -> Option<Prompt> {
        self.grant().map(|it| it.prompt(now.max(self.clock)))
    }

    /// The device authorization response as the server sent it, with its addresses checked; known as long as the
    /// prompt is.
    pub fn device_authorization(&self) -> Option<&DeviceAuthorizationResponse> {
        self.grant().map(|it| &it.response)
    }

    /// The time between two polls as it stands now, without the margin; `None` when nothing is being polled.
    pub fn interval(&self) -> Option<Duration> {
        self.grant().map(|it| it.interval)
    }

    /// When the code runs out on the driver's clock; `None` when there is no code. An assumption when the server did
    /// not tell its life.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.grant().map(|it| it.deadline)
    }

    /// Whether polling is paused.
    pub const fn is_paused(&self) -> bool {
        matches!(self.state, State::Paused(_))
    }

    const fn grant(&self) -> Option<&Grant> {
        match &self.state {
            State::Polling(grant) | State::Paused(grant) => Some(grant),
            State::Requesting { .. } | State::Done(_) => None,
        }
    }
}

/// Putting a sign-in aside and taking it up again, in another process if need be.
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
        Ok(PendingFlow {
            client_id: self.config.client_id.clone(),
            token_endpoint: self.config.token_endpoint.clone(),
            response: grant.response.clone(),
            nonce: self.config.sent_nonce().cloned(),
            interval: grant.interval,
            remaining: grant.deadline.saturating_duration_since(now),
            is_lifetime_known: grant.is_lifetime_known,
            next_poll_in: next_poll.saturating_duration_since(now),
            failures,
            is_answer_lost: grant.is_answer_lost || self.exchange.in_flight().is_some(),
        })
    }

    /// Takes a sign-in up again that was put aside `away` ago; `now` is the present time on the new driver's clock.
    ///
    /// It polls never earlier than the original would have. The configuration has to name the same client and the same
    /// token endpoint, so that the device code goes nowhere else. When `away` is not known, zero is safe: the server
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
        if config.nonce.is_none() {
            config.nonce.clone_from(&pending.nonce);
        }
        config.validate()?;
        if config.client_id != pending.client_id {
            return Err(ResumeError::OtherClient);
        }
        if config.token_endpoint != pending.token_endpoint {
            return Err(ResumeError::OtherTokenEndpoint);
        }
        let response = pending
            .response
            .checked(config.is_http_allowed)
            .map_err(ResumeError::Unusable)?;
        let mut exchange =
            Exchange::due(now.saturating_add(pending.next_poll_in.saturating_sub(away)));
        exchange.failures = pending.failures;
        let grant = Grant {
            poll_body: config.token_body(response.device_code()),
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

impl Machine for DeviceFlow {
    type Event = Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Event> {
        match self.advance(now) {
            Next::Tell(event) => Output::Event(event),
            Next::Send(id, timeout) => self.request(id, timeout).map_or(Output::Done, Output::Send),
            Next::Wait(until) => Output::WaitUntil(until),
            Next::Done => Output::Done,
        }
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        let now = self.tick(now);
        match input {
            Input::Response(id, response) => {
                self.receive(now, id, |flow, sent| flow.on_response(now, sent, &response))
            }
            Input::Failure(id, failure) => {
                self.receive(now, id, |flow, _| flow.on_failure(now, failure))
            }
            Input::Pause => self.pause(),
            Input::Resume => self.unpause(),
            Input::Cancel => {
                self.cancel();
                Ok(())
            }
        }
    }
}

/// Deciding what comes next.
impl DeviceFlow {
    /// Time never goes back: an earlier `now` counts as the latest one.
    fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.clock = self.clock.max(now);
        self.clock
    }

    fn advance(&mut self, now: Timestamp) -> Next {
        let now = self.tick(now);
        loop {
            if let Some(event) = self.notice.take().and_then(|it| self.event(it)) {
                return Next::Tell(event);
            }
            let deadline = match &self.state {
                State::Requesting { .. } => None,
                State::Polling(grant) | State::Paused(grant)
                    if !grant.is_pollable || now >= grant.deadline =>
                {
                    self.end(Outcome::Expired);
                    return Next::Done;
                }
                State::Polling(grant) => Some(grant.deadline),
                State::Paused(grant) => return Next::Wait(grant.deadline),
                State::Done(_) => return Next::Done,
            };
            match self
                .exchange
                .step(now, self.config.limits.timeout, deadline)
            {
                Step::Send(id, timeout) => return Next::Send(id, timeout),
                Step::Wait(until) => return Next::Wait(deadline.map_or(until, |it| it.min(until))),
                Step::GivenUp(it) if it.is_discarded => {
                    self.reschedule(it.give_up_at, None);
                }
                // The wait counts from the moment the attempt was given up, however late somebody asks.
                Step::GivenUp(it) => self.on_failure(it.give_up_at, TransportFailure::Timeout),
            }
        }
    }

    fn event(&self, notice: Notice) -> Option<Event> {
        Some(match notice {
            Notice::Prompt => Event::Prompt(self.grant()?.prompt(self.clock)),
            Notice::Pending { next_poll } => Event::Pending { next_poll },
            Notice::SlowedDown {
                interval,
                next_poll,
            } => Event::SlowedDown {
                interval,
                next_poll,
            },
            Notice::Retrying {
                stage,
                reason,
                next_attempt,
            } => Event::Retrying {
                stage,
                reason,
                next_attempt,
            },
        })
    }

    fn request(&self, id: RequestId, timeout: Duration) -> Option<Request<'_>> {
        let config = &self.config;
        let authorization = self.authorization.as_ref().map(SecretString::expose);
        let (stage, url, body, authorization) = match &self.state {
            State::Requesting { body } => {
                let authorization =
                    authorization.filter(|_| config.is_device_endpoint_authenticated);
                (
                    Stage::DeviceAuthorization,
                    &config.device_authorization_endpoint,
                    body,
                    authorization,
                )
            }
            State::Polling(grant) => (
                Stage::Token,
                &config.token_endpoint,
                &grant.poll_body,
                authorization,
            ),
            State::Paused(_) | State::Done(_) => return None,
        };
        Some(Request {
            id,
            stage,
            method: Method::Post,
            url,
            headers: Headers::of_form(stage, authorization, &config.headers),
            body: body.expose(),
            max_body: config.limits.max_body,
            timeout,
        })
    }
}

/// What an answer, or its absence, changes.
impl DeviceFlow {
    fn receive(
        &mut self,
        now: Timestamp,
        id: RequestId,
        apply: impl FnOnce(&mut Self, InFlight),
    ) -> Result<(), Misuse> {
        let Some(sent) = self.exchange.receive(id)? else {
            return Ok(());
        };
        if matches!(self.state, State::Done(_)) {
            return Ok(());
        }
        if sent.is_discarded {
            self.reschedule(now, None);
        } else {
            apply(self, sent);
        }
        Ok(())
    }

    fn on_response(&mut self, now: Timestamp, sent: InFlight, response: &Response<'_>) {
        match self.state {
            State::Requesting { .. } => self.on_device_authorization(now, response),
            State::Polling(_) => self.on_token(now, sent, response),
            State::Paused(_) | State::Done(_) => {}
        }
    }

    fn on_device_authorization(&mut self, now: Timestamp, response: &Response<'_>) {
        match DeviceAuthorizationAnswer::read(response) {
            DeviceAuthorizationAnswer::Granted(granted) => match self.accept(now, granted) {
                Ok(grant) => {
                    let first_poll =
                        now.saturating_add(self.config.pacing.wait(grant.interval, 0, None));
                    self.begin_polling(now, first_poll, grant);
                }
                Err(kind) => self.fail(ProtocolError::new(Stage::DeviceAuthorization, kind)),
            },
            DeviceAuthorizationAnswer::Error(error) => self.fail(error),
            DeviceAuthorizationAnswer::Invalid(kind) => {
                self.fail(ProtocolError::new(Stage::DeviceAuthorization, kind));
            }
            DeviceAuthorizationAnswer::Transient(error) => {
                let status = response.status();
                let failure = error.map_or_else(
                    || {
                        ProtocolError::new(
                            Stage::DeviceAuthorization,
                            ProtocolErrorKind::Unavailable { status },
                        )
                        .into()
                    },
                    Failure::from,
                );
                self.retry_first_request(
                    now,
                    RetryReason::Status(status),
                    retry_after(response),
                    failure,
                );
            }
        }
    }

    fn accept(
        &self,
        now: Timestamp,
        granted: DeviceAuthorizationResponse,
    ) -> Result<Grant, ProtocolErrorKind> {
        if self.config.is_lifetime_required && granted.expires_in().is_none() {
            return Err(ProtocolErrorKind::MissingMember { name: "expires_in" });
        }
        let response = granted.checked(self.config.is_http_allowed)?;
        Ok(Grant {
            poll_body: self.config.token_body(response.device_code()),
            interval: first_interval(response.interval()),
            deadline: now.saturating_add(self.config.pacing.lifetime(response.expires_in())),
            is_lifetime_known: response.expires_in().is_some(),
            is_answer_lost: false,
            is_pollable: true,
            response,
        })
    }

    fn begin_polling(&mut self, now: Timestamp, first_poll: Timestamp, mut grant: Grant) {
        if now >= grant.deadline {
            self.end(Outcome::Expired);
            return;
        }
        self.exchange.failures = 0;
        self.exchange.schedule(first_poll);
        self.notice = Some(Notice::Prompt);
        // When no poll is allowed before the code runs out, waiting for that would change nothing.
        grant.is_pollable = first_poll < grant.deadline;
        self.state = State::Polling(grant);
    }

    fn on_token(&mut self, now: Timestamp, sent: InFlight, response: &Response<'_>) {
        match TokenAnswer::read(response) {
            TokenAnswer::Pending => {
                self.note_good_answer();
                let next_poll = self.reschedule(now, None);
                self.notice = Some(Notice::Pending { next_poll });
            }
            TokenAnswer::SlowDown { interval } => {
                self.note_good_answer();
                let interval = self.slow_down(interval);
                let next_poll = self.reschedule(now, retry_after(response));
                self.notice = Some(Notice::SlowedDown {
                    interval,
                    next_poll,
                });
            }
            TokenAnswer::Granted(token) => self.finish(sent, token),
            TokenAnswer::Denied => self.end(Outcome::Denied),
            TokenAnswer::Expired => self.end(Outcome::Expired),
            TokenAnswer::Error(error) => self.refuse(error),
            TokenAnswer::Invalid(kind) => self.fail(ProtocolError::new(Stage::Token, kind)),
            TokenAnswer::Transient => {
                // A gateway that gave up may stand before a server that did not.
                self.note_lost_answer(response.status() >= 500);
                self.exchange.count_failure();
                let next_attempt = self.reschedule(now, retry_after(response));
                let reason = RetryReason::Status(response.status());
                self.notice = Some(Notice::Retrying {
                    stage: Stage::Token,
                    reason,
                    next_attempt,
                });
            }
        }
    }

    fn on_failure(&mut self, now: Timestamp, failure: TransportFailure) {
        match &self.state {
            State::Requesting { .. } if failure == TransportFailure::BodyTooLarge => {
                self.fail_too_large(Stage::DeviceAuthorization);
            }
            State::Requesting { .. } => {
                let lasting = NetworkError::new(Stage::DeviceAuthorization, failure).into();
                self.retry_first_request(now, RetryReason::Transport(failure), None, lasting);
            }
            State::Polling(_) if failure == TransportFailure::BodyTooLarge => {
                self.fail_too_large(Stage::Token);
            }
            State::Polling(_) => {
                self.note_lost_answer(failure.may_have_arrived());
                // A connection that the server closed while it was idle says nothing about the server's health, but
                // only a first one can be of that kind: the next attempt connects anew.
                let is_stale_connection =
                    failure == TransportFailure::Closed && self.exchange.failures == 0;
                let next_attempt = if is_stale_connection {
                    let next_attempt = self.reschedule(now, None);
                    self.exchange.count_failure();
                    next_attempt
                } else {
                    self.exchange.count_failure();
                    self.reschedule(now, None)
                };
                let reason = RetryReason::Transport(failure);
                self.notice = Some(Notice::Retrying {
                    stage: Stage::Token,
                    reason,
                    next_attempt,
                });
            }
            State::Paused(_) | State::Done(_) => {}
        }
    }

    /// Makes the next poll due after the interval, back-off and `Retry-After`, counted from the end of the last
    /// exchange.
    fn reschedule(&mut self, exchange_end: Timestamp, retry_after: Option<Duration>) -> Timestamp {
        let interval = self.grant().map(|it| it.interval).unwrap_or_default();
        let wait = self
            .config
            .pacing
            .wait(interval, self.exchange.failures, retry_after);
        let next = exchange_end.saturating_add(wait);
        self.exchange.schedule(next);
        next
    }

    /// Tries the first request again, or ends with `lasting` when that was done often enough.
    fn retry_first_request(
        &mut self,
        now: Timestamp,
        reason: RetryReason,
        retry_after: Option<Duration>,
        lasting: Failure,
    ) {
        // A certificate that is not trusted now will not be trusted in a second.
        let is_lasting = reason == RetryReason::Transport(TransportFailure::Tls);
        match retry(self.exchange.failures, retry_after).filter(|_| !is_lasting) {
            Some(wait) => {
                let next_attempt = now.saturating_add(wait);
                self.exchange.count_failure();
                self.exchange.schedule(next_attempt);
                self.notice = Some(Notice::Retrying {
                    stage: Stage::DeviceAuthorization,
                    reason,
                    next_attempt,
                });
            }
            None => self.fail(lasting),
        }
    }

    fn note_good_answer(&mut self) {
        self.exchange.failures = 0;
        if let State::Polling(grant) = &mut self.state {
            grant.is_answer_lost = false;
        }
    }

    const fn note_lost_answer(&mut self, is_lost: bool) {
        if let State::Polling(grant) | State::Paused(grant) = &mut self.state {
            grant.is_answer_lost |= is_lost;
        }
    }

    fn slow_down(&mut self, server: Option<i64>) -> Duration {
        match &mut self.state {
            State::Polling(grant) => {
                grant.interval = slow_down(grant.interval, server);
                grant.interval
            }
            _ => Duration::ZERO,
        }
    }
}

/// Endings and pauses.
impl DeviceFlow {
    fn finish(&mut self, sent: InFlight, token: TokenResponse) {
        if self.config.is_id_token_required && self.config.is_openid() && token.id_token().is_none()
        {
            self.fail(ProtocolError::new(
                Stage::Token,
                ProtocolErrorKind::MissingIdToken,
            ));
            return;
        }
        self.end(Outcome::Authorized(
            token.completed(sent.sent_at, &self.config.scope),
        ));
    }

    /// Ends with the server's error. A code that is used up after an answer was lost has a likely reason.
    fn refuse(&mut self, error: ServerError) {
        let is_answer_lost = self.grant().is_some_and(|it| it.is_answer_lost);
        self.fail(
            if is_answer_lost && error.code() == &ErrorCode::InvalidGrant {
                error.after_lost_answer()
            } else {
                error
            },
        );
    }

    fn fail_too_large(&mut self, stage: Stage) {
        self.fail(ProtocolError::new(stage, ProtocolErrorKind::TooLarge));
    }

    fn fail(&mut self, failure: impl Into<Failure>) {
        let mut failure = failure.into();
        if let Failure::Server(error) = &mut failure {
            if let Some(secret) = self.config.authentication.secret() {
                error.redact(secret.expose());
            }
            if let Some(grant) = self.grant() {
                error.redact(grant.response.device_code().expose());
            }
        }
        self.end(Outcome::Failed(failure));
    }

    /// The end: secrets that are not part of the outcome are dropped, and so wiped.
    fn end(&mut self, outcome: Outcome) {
        self.notice = None;
        self.authorization = None;
        self.state = State::Done(outcome);
    }

    fn pause(&mut self) -> Result<(), Misuse> {
        self.change_polling(|grant, exchange| {
            exchange.discard();
            let is_answer_lost = grant.is_answer_lost || exchange.in_flight().is_some();
            State::Paused(Grant {
                is_answer_lost,
                ..grant
            })
        })
    }

    fn unpause(&mut self) -> Result<(), Misuse> {
        self.change_polling(|grant, _| State::Polling(grant))
    }

    fn change_polling(
        &mut self,
        change: impl FnOnce(Grant, &mut Exchange) -> State,
    ) -> Result<(), Misuse> {
        match &self.state {
            State::Requesting { .. } => return Err(Misuse::NotPolling),
            State::Done(_) => return Err(Misuse::Finished),
            State::Polling(_) | State::Paused(_) => {}
        }
        if let State::Polling(grant) | State::Paused(grant) =
            core::mem::replace(&mut self.state, State::Done(Outcome::Cancelled))
        {
            self.state = change(grant, &mut self.exchange);
        }
        Ok(())
    }

    fn cancel(&mut self) {
        if !matches!(self.state, State::Done(_)) {
            self.end(Outcome::Cancelled);
        }
    }
}

impl Grant {
    fn prompt(&self, now: Timestamp) -> Prompt {
        let left = self.deadline.saturating_duration_since(now);
        Prompt::new(
            &self.response,
            self.is_lifetime_known.then_some(left),
            self.interval,
        )
    }
}
