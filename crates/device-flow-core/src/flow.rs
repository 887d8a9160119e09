//! The device flow itself: RFC 8628 from the first request to the last poll.
//!
//! The rules are a table in `docs/state-machine.md`, and `tests/conformance/transitions.rs` goes through it cell by cell.

mod answers;
mod endings;
mod suspension;

use crate::config::{Config, ConfigError};
use crate::exchange::{Exchange, Next, RetryReason, Step};
use crate::failure::Failure;
use crate::machine::{Input, Machine, Misuse, Output, TransportFailure};
use crate::prompt::Prompt;
use crate::request::{BodyKind, Headers, Method, Request, RequestId, Stage};
use crate::secret::SecretString;
use crate::time::Timestamp;
use crate::wire::{DeviceAuthorizationResponse, TokenResponse};
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
    Retrying {
        stage: Stage,
        reason: RetryReason,
        next_attempt: Timestamp,
    },
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
    #[must_use = "it is the only place where the outcome goes"]
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
        let clock = self.clock;
        let taken = self.take_in(now, &input);
        if taken.is_err() {
            self.clock = clock;
        }
        taken
    }
}

/// Deciding what comes next.
impl DeviceFlow {
    fn take_in(&mut self, now: Timestamp, input: &Input<'_>) -> Result<(), Misuse> {
        let now = self.tick(now);
        match *input {
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

    /// Time never goes back: an earlier `now` counts as the latest one.
    fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.clock = self.clock.max(now);
        self.clock
    }

    pub(crate) fn advance(&mut self, now: Timestamp) -> Next<Event> {
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
            Notice::Prompt { at } => Event::Prompt(self.grant()?.prompt(at)),
            Notice::Pending { next_poll } => Event::Pending { next_poll },
            Notice::SlowedDown { next_poll } => Event::SlowedDown {
                interval: self.interval()?,
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

    pub(crate) const fn last_id(&self) -> u64 {
        self.exchange.last_id()
    }

    pub(crate) const fn continue_ids(&mut self, last_id: u64) {
        self.exchange.continue_ids(last_id);
    }

    pub(crate) fn request(&self, id: RequestId, timeout: Duration) -> Option<Request<'_>> {
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
            headers: Headers::new(stage, BodyKind::Form, authorization, &config.headers),
            body: body.expose(),
            max_body: config.limits.max_body,
            timeout,
        })
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
