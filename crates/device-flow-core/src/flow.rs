//! The device flow itself: RFC 8628 from the first request to the last poll.
//!
//! The rules are a table in `docs/state-machine.md`, and `tests/conformance/transitions.rs` goes through it cell by cell.

mod answers;
mod endings;
mod suspension;

use crate::config::{Config, ConfigError};
use crate::device_authorization::DeviceAuthorizationResponse;
use crate::engine::{self, Arrival, Engine, Lent, NEVER, Order, Rules, Turn};
use crate::machine::{Input, Machine, Misuse, Output};
use crate::outcome::{Event, Outcome};
use crate::prompt::Prompt;
use crate::request::{BodyKind, Headers, Method, Request};
use crate::response::Response;
use crate::secret::{SecretStr, SecretString};
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::transport_failure::TransportFailure;
use crate::trouble::RetryReason;
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
    engine: Engine,
    notice: Option<Notice>,
    state: State,
}

/// Data live in the state in which they are valid.
#[derive(Debug)]
enum State {
    Requesting { body: SecretString },
    Polling(Grant),
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
    /// When the code runs out: nothing is sent from then on.
    deadline: Timestamp,
    /// Whether the server told how long the code lives.
    is_lifetime_known: bool,
    /// Whether an answer to a poll was lost that may have carried the tokens.
    is_answer_lost: bool,
    /// Whether the code lives long enough for a poll.
    is_pollable: bool,
    is_paused: bool,
    /// Whether the authorization server answered any poll.
    is_answered: bool,
    /// What the last poll met with, unless it was answered.
    trouble: Option<RetryReason>,
}

/// An event that is still to be told, without what the state knows anyhow.
#[derive(Clone, Copy, Debug)]
enum Notice {
    /// The codes arrived at this moment, from which their life counts.
    Prompt {
        at: Timestamp,
    },
    Pending {
        next_poll: Timestamp,
    },
    SlowedDown {
        next_poll: Timestamp,
    },
    Retrying(Stage, RetryReason, Timestamp),
    IdTokenMissing,
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
            engine: Engine::starting(Timestamp::ZERO),
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

    /// How the sign-in ended, taken out.
    ///
    /// # Errors
    ///
    /// The flow itself, unharmed, when it has not ended.
    #[expect(clippy::result_large_err, reason = "it is what was handed in")]
    pub fn into_outcome(self) -> Result<Outcome, Self> {
        match self.state {
            State::Done(outcome) => Ok(outcome),
            _ => Err(self),
        }
    }

    /// What the person has to be shown, once it is known and until the end. Its
    /// [`expires_in`](Prompt::expires_in) counts from `now`.
    pub fn prompt(&self, now: Timestamp) -> Option<Prompt> {
        let now = now.max(self.engine.clock());
        self.grant().map(|it| it.prompt(now))
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

    /// When the next poll is due; `None` when one is in flight or nothing is being polled. A paused flow polls when it is
    /// resumed, and not before this moment.
    pub fn next_poll(&self) -> Option<Timestamp> {
        self.grant()?;
        self.engine.due_at()
    }

    /// When the code runs out on the driver's clock; `None` when there is no code. An assumption when the server did
    /// not tell its life.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.grant().map(|it| it.deadline)
    }

    /// What is left of the code's life; `None` when there is no code.
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        let now = now.max(self.engine.clock());
        self.expires_at().map(|it| it.saturating_duration_since(now))
    }

    /// Whether polling is paused.
    pub fn is_paused(&self) -> bool {
        self.grant().is_some_and(|it| it.is_paused)
    }

    /// The configuration, with the endpoints in the form in which they are called.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The nonce that was sent, which an ID token has to repeat; `None` when none was.
    pub fn nonce(&self) -> Option<SecretStr<'_>> {
        self.config.sent_nonce()
    }

    /// The code verifier (RFC 7636) that goes with every poll; `None` when there is none.
    pub fn code_verifier(&self) -> Option<SecretStr<'_>> {
        self.config.code_verifier()
    }

    const fn grant(&self) -> Option<&Grant> {
        match &self.state {
            State::Polling(grant) => Some(grant),
            State::Requesting { .. } | State::Done(_) => None,
        }
    }

    const fn grant_mut(&mut self) -> Option<&mut Grant> {
        match &mut self.state {
            State::Polling(grant) => Some(grant),
            State::Requesting { .. } | State::Done(_) => None,
        }
    }

    /// Lets ids go on from another machine's.
    pub(crate) const fn following(mut self, other: &Engine) -> Self {
        self.engine = self.engine.following(other);
        self
    }

    pub(crate) const fn engine_ref(&self) -> &Engine {
        &self.engine
    }
}

impl Machine for DeviceFlow {
    type Event = Event;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, Event> {
        engine::poll_output(self, now)
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        engine::handle_input(self, now, &input)
    }

    fn is_done(&self) -> bool {
        self.is_over()
    }
}

impl Rules for DeviceFlow {
    type Event = Event;

    fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    fn is_over(&self) -> bool {
        matches!(self.state, State::Done(_))
    }

    #[inline]
    fn turn(&mut self, now: Timestamp) -> Turn<Event> {
        if let Some(notice) = self.notice {
            self.notice = None;
            if let Some(event) = self.event(notice) {
                return Turn::Tell(event);
            }
        }
        let timeout = self.config.limits.timeout;
        let grant = match &self.state {
            State::Requesting { .. } => return Turn::Ask(timeout, NEVER),
            State::Polling(grant) => grant,
            State::Done(_) => return Turn::Done,
        };
        if let Some(give_up_at) = self.engine.give_up_at() {
            // The end of the code forbids to send, not to hear.
            return Turn::Rest(give_up_at);
        }
        if !grant.is_pollable || now >= grant.deadline {
            self.expire();
            return Turn::Done;
        }
        if grant.is_paused { Turn::Rest(grant.deadline) } else { Turn::Ask(timeout, grant.deadline) }
    }

    #[inline]
    fn request(&self, lent: Lent) -> Option<Request<'_>> {
        let config = &self.config;
        let authorization = self.authorization.as_ref().map(SecretString::expose);
        let (stage, url, body, authorization) = match &self.state {
            State::Requesting { body } => (
                Stage::DeviceAuthorization,
                config.device_authorization_endpoint()?,
                body,
                authorization.filter(|_| config.is_device_endpoint_authenticated),
            ),
            State::Polling(grant) => (Stage::Token, config.token_endpoint(), &grant.poll_body, authorization),
            State::Done(_) => return None,
        };
        Some(Request {
            id: lent.id,
            stage,
            method: Method::Post,
            url,
            headers: Headers::new(stage, BodyKind::Form, authorization, &config.headers),
            body: body.expose(),
            max_body: config.limits.max_body,
            timeout: lent.timeout,
        })
    }

    fn on_answer(&mut self, now: Timestamp, arrival: Arrival, response: &Response<'_>) {
        match (&self.state, arrival) {
            (State::Requesting { .. }, Arrival::InTime(_)) => self.on_codes(now, response),
            (State::Polling(_), arrival) => self.on_tokens(now, arrival, response),
            // Codes are granted by nobody: others can be had.
            (State::Requesting { .. }, Arrival::Late(_)) | (State::Done(_), _) => {}
        }
    }

    fn on_failure(&mut self, at: Timestamp, failure: TransportFailure) {
        match &self.state {
            State::Requesting { .. } => self.on_codes_failure(at, failure),
            State::Polling(_) => self.on_poll_failure(at, failure),
            State::Done(_) => {}
        }
    }

    fn on_order(&mut self, _: Timestamp, order: Order) -> Result<(), Misuse> {
        match (order, &mut self.state) {
            (Order::Cancel, _) => self.end(Outcome::Cancelled),
            (order, State::Polling(grant)) => grant.is_paused = order == Order::Pause,
            _ => return Err(Misuse::NotPolling),
        }
        Ok(())
    }
}

impl DeviceFlow {
    fn event(&self, notice: Notice) -> Option<Event> {
        Some(match notice {
            Notice::Prompt { at } => Event::Prompt(self.grant()?.prompt(at)),
            Notice::Pending { next_poll } => Event::Pending { next_poll },
            Notice::SlowedDown { next_poll } => Event::SlowedDown { interval: self.interval()?, next_poll },
            Notice::Retrying(stage, reason, next_attempt) => Event::Retrying { stage, reason, next_attempt },
            Notice::IdTokenMissing => Event::IdTokenMissing,
        })
    }
}

impl Grant {
    fn prompt(&self, now: Timestamp) -> Prompt {
        let left = self.deadline.saturating_duration_since(now);
        Prompt::of(&self.response, self.is_lifetime_known.then_some(left), self.interval)
    }
}
