//! Requests that are made once: refresh, revocation, introspection, userinfo, registration.

mod makers;

pub use makers::{RegisteredClient, Revoked, TokenStatus, UserinfoResponse};

use crate::config::{ExtraHeader, Limits};
use crate::dialect::Dialect;
use crate::exchange::{Exchange, RetryReason, Step};
use crate::failure::{ErrorCode, Failure, NetworkError, ProtocolError, ProtocolErrorKind};
use crate::machine::{Input, Machine, Misuse, Output, TransportFailure};
use crate::pacing::retry;
use crate::request::{BodyKind, Headers, Method, Request, RequestId, Response, Stage};
use crate::secret::SecretString;
use crate::time::Timestamp;
use crate::wire::{Reply, TokenResponse, retry_after};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

/// One request and its answer, with the retries that passing trouble deserves: at most three, after 1, 2 and 4
/// seconds or as `Retry-After` says.
///
/// `T` is what a good answer brings. The makers are [`Call::refresh`], [`Call::revoke_refresh_token`], [`Call::introspect`],
/// [`Call::userinfo`] and [`Call::register`].
///
/// ```
/// use device_flow_core::{Call, Config, Input, Machine, Output, Response, Timestamp};
///
/// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
/// let mut refresh = Call::refresh(&config, "tGzv3JOkF0XG5Qx2TlKWIA")?;
/// let Output::Send(request) = refresh.poll_output(Timestamp::ZERO) else { panic!() };
/// assert_eq!(request.body(), b"grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&client_id=tv");
/// let id = request.id();
/// let answer = Response::new(200, br#"{"access_token":"new","token_type":"Bearer"}"#);
/// refresh.handle_input(Timestamp::ZERO, Input::Response(id, answer))?;
/// assert!(matches!(refresh.poll_output(Timestamp::ZERO), Output::Done));
/// let tokens = refresh.into_outcome().unwrap()?;
/// assert_eq!(tokens.access_token().expose(), "new");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Call<T> {
    asked: Asked,
    read: Reader<T>,
    limits: Limits,
    clock: Timestamp,
    exchange: Exchange,
    notice: Option<CallEvent>,
    /// Whether an answer was lost after the server may have acted.
    is_answer_lost: bool,
    state: State<T>,
}

/// The exchange of a refresh token (RFC 6749 section 6).
pub type Refresh = Call<TokenResponse>;
/// The revocation of a token (RFC 7009).
pub type Revocation = Call<Revoked>;
/// The question about a token's state (RFC 7662).
pub type Introspection = Call<TokenStatus>;
/// The question who signed in (OpenID Connect Core section 5.3).
pub type Userinfo = Call<UserinfoResponse>;
/// The registration of a client (RFC 7591).
pub type Registration = Call<RegisteredClient>;

/// What a [`Call`] or a [`Discovery`](crate::Discovery) tells while it works.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum CallEvent {
    /// The request brought nothing and will be made again.
    Retrying {
        /// What happened.
        reason: RetryReason,
        /// When it will be made again.
        next_attempt: Timestamp,
    },
}

type Reader<T> = fn(&Response<'_>, Timestamp, &Dialect) -> Reply<T>;

/// The request, rendered once.
struct Asked {
    stage: Stage,
    dialect: &'static Dialect,
    method: Method,
    kind: BodyKind,
    url: String,
    authorization: Option<SecretString>,
    headers: Vec<ExtraHeader>,
    body: SecretString,
    /// What is sent in confidence, in case the server repeats it in an error.
    secrets: Vec<SecretString>,
}

enum State<T> {
    Asking,
    Done(Result<T, Failure>),
    Cancelled,
}

impl<T> Call<T> {
    /// What came of it; `None` until the end, and after [`Input::Cancel`].
    pub const fn outcome(&self) -> Option<&Result<T, Failure>> {
        match &self.state {
            State::Done(outcome) => Some(outcome),
            State::Asking | State::Cancelled => None,
        }
    }

    /// What came of it, taken out; `None` before the end, and after [`Input::Cancel`].
    #[must_use = "it is the only place where the outcome goes"]
    pub fn into_outcome(self) -> Option<Result<T, Failure>> {
        match self.state {
            State::Done(outcome) => Some(outcome),
            State::Asking | State::Cancelled => None,
        }
    }

    fn new(limits: Limits, asked: Asked, read: Reader<T>) -> Self {
        Self {
            asked,
            read,
            limits,
            clock: Timestamp::ZERO,
            exchange: Exchange::due(Timestamp::ZERO),
            notice: None,
            is_answer_lost: false,
            state: State::Asking,
        }
    }
}

impl<T> Machine for Call<T> {
    type Event = CallEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, CallEvent> {
        self.clock = self.clock.max(now);
        loop {
            if let Some(event) = self.notice.take() {
                return Output::Event(event);
            }
            if !matches!(self.state, State::Asking) {
                return Output::Done;
            }
            match self.exchange.step(self.clock, self.limits.timeout, None) {
                Step::Send(id, timeout) => {
                    return Output::Send(self.asked.request(id, self.limits.max_body, timeout));
                }
                Step::Wait(until) => return Output::WaitUntil(until),
                Step::GivenUp(it) => self.on_failure(it.give_up_at, TransportFailure::Timeout),
            }
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

impl<T> Call<T> {
    fn take_in(&mut self, now: Timestamp, input: &Input<'_>) -> Result<(), Misuse> {
        self.clock = self.clock.max(now);
        let now = self.clock;
        match *input {
            Input::Response(id, response) => {
                if let Some(sent_at) = self.awaited(id)? {
                    self.on_response(now, sent_at, &response);
                }
                Ok(())
            }
            Input::Failure(id, failure) => {
                if self.awaited(id)?.is_some() {
                    self.on_failure(now, failure);
                }
                Ok(())
            }
            Input::Pause | Input::Resume => Err(Misuse::NotPolling),
            Input::Cancel => {
                if matches!(self.state, State::Asking) {
                    self.notice = None;
                    self.state = State::Cancelled;
                }
                Ok(())
            }
        }
    }

    /// When the request with this id was sent, if its answer is still of interest.
    fn awaited(&self, id: RequestId) -> Result<Option<Timestamp>, Misuse> {
        let sent = self.exchange.receive(id)?;
        Ok(sent
            .filter(|_| matches!(self.state, State::Asking))
            .map(|it| it.sent_at))
    }

    fn on_response(&mut self, now: Timestamp, sent_at: Timestamp, response: &Response<'_>) {
        let stage = self.asked.stage;
        match (self.read)(response, sent_at, self.asked.dialect) {
            Reply::Good(good) => self.state = State::Done(Ok(good)),
            Reply::Bad(failure) => self.fail(failure),
            Reply::Transient(error) => {
                let status = response.status();
                let lasting = error.map_or_else(
                    || ProtocolError::new(stage, ProtocolErrorKind::Unavailable { status }).into(),
                    Failure::from,
                );
                self.try_again(
                    now,
                    RetryReason::Status(status),
                    retry_after(response),
                    lasting,
                );
            }
        }
    }

    fn on_failure(&mut self, now: Timestamp, failure: TransportFailure) {
        let stage = self.asked.stage;
        if failure == TransportFailure::BodyTooLarge {
            self.fail(ProtocolError::new(stage, ProtocolErrorKind::TooLarge).into());
            return;
        }
        let lasting = NetworkError::new(stage, failure).into();
        self.is_answer_lost |= failure.may_have_arrived();
        if stage == Stage::Registration && failure.may_have_arrived() {
            // To ask again might register a second client.
            self.fail(lasting);
        } else {
            self.try_again(now, RetryReason::Transport(failure), None, lasting);
        }
    }

    fn try_again(
        &mut self,
        now: Timestamp,
        reason: RetryReason,
        retry_after: Option<Duration>,
        lasting: Failure,
    ) {
        match retry(self.exchange.failures, reason, retry_after) {
            Some(wait) => {
                let next_attempt = now.saturating_add(wait);
                self.exchange.count_failure();
                self.exchange.schedule(next_attempt);
                self.notice = Some(CallEvent::Retrying {
                    reason,
                    next_attempt,
                });
            }
            None => self.fail(lasting),
        }
    }

    fn fail(&mut self, mut failure: Failure) {
        if let Failure::Server(error) = &mut failure {
            for secret in &self.asked.secrets {
                error.redact(secret.expose());
            }
        }
        self.state = State::Done(Err(match failure {
            // The lost answer may have carried a new refresh token, and the old one is used up.
            Failure::Server(error)
                if self.is_answer_lost && error.code() == &ErrorCode::InvalidGrant =>
            {
                error.after_lost_answer().into()
            }
            other => other,
        }));
    }
}

impl Asked {
    fn request(&self, id: RequestId, max_body: usize, timeout: Duration) -> Request<'_> {
        let authorization = self.authorization.as_ref().map(SecretString::expose);
        Request {
            id,
            stage: self.stage,
            method: self.method,
            url: &self.url,
            headers: Headers::new(self.stage, self.kind, authorization, &self.headers),
            body: self.body.expose(),
            max_body,
            timeout,
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("stage", &self.asked.stage)
            .field("url", &self.asked.url)
            .field("exchange", &self.exchange)
            .finish_non_exhaustive()
    }
}
