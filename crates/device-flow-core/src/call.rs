//! Requests that are made once: refresh, revocation, introspection, userinfo, registration.

mod makers;
mod registering;
mod results;

pub use results::{RegisteredClient, Revoked, TokenStatus, UserinfoResponse};

use crate::config::{Config, Extra, Limits};
use crate::dialect::{Dialect, RFC_8628};
use crate::engine::{self, Arrival, Engine, Lent, NEVER, Next, Order, Rules, Turn};
use crate::failure::{Failure, NetworkError, ProtocolError, ProtocolErrorKind};
use crate::machine::{Input, Machine, Misuse, Output};
use crate::pacing::MAX_RETRIES;
use crate::request::{BodyKind, Headers, Method, Request};
use crate::response::Response;
use crate::secret::SecretString;
use crate::server_error::ErrorCode;
use crate::session::is_replayed_at_once;
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use crate::transport_failure::TransportFailure;
use crate::trouble::RetryReason;
use crate::wire::{Answer, retry_after};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

/// One request and its answer, with the retries that passing trouble deserves: at most three, after 1, 2 and 4
/// seconds or as `Retry-After` says.
///
/// `T` is what a good answer brings. The makers are [`Call::refresh`], [`Call::revoke_refresh_token`],
/// [`Call::introspect`], [`Call::userinfo`] and [`Call::register`].
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
    pub(crate) asked: Asked,
    read: Reader<T>,
    limits: Limits,
    /// How often trouble that passes is met with another attempt.
    retries: u32,
    engine: Engine,
    notice: Option<CallEvent>,
    /// How many answers were lost after the server may have acted.
    lost_answers: u32,
    /// What an earlier attempt of a refresh was granted, while the answer to a later one is out: that may be newer.
    granted: Option<T>,
    outcome: Option<Result<T, Failure>>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallEvent {
    /// The request brought nothing and will be made again.
    #[non_exhaustive]
    Retrying {
        /// What happened.
        reason: RetryReason,
        /// When it will be made again.
        next_attempt: Timestamp,
    },
}

/// Reads an answer to what was asked, sent at this moment.
pub(crate) type Reader<T> = fn(&Response<'_>, &Asked, Timestamp, Option<&T>) -> Answer<T>;

/// The request, rendered once.
pub(crate) struct Asked {
    pub(crate) stage: Stage,
    pub(crate) method: Method,
    pub(crate) kind: BodyKind,
    pub(crate) url: String,
    pub(crate) authorization: Option<SecretString>,
    pub(crate) headers: Vec<Extra>,
    pub(crate) body: SecretString,
    /// In whose name, and what else is sent in confidence; the server may repeat it in an error.
    pub(crate) client: Option<Box<(Config, SecretString)>>,
    /// Whose metadata is asked for.
    pub(crate) issuer: Box<str>,
    pub(crate) is_http_allowed: bool,
}

impl Asked {
    fn dialect(&self) -> &Dialect {
        self.client.as_ref().map_or(&RFC_8628, |it| it.0.spoken_dialect())
    }
}

impl<T> Call<T> {
    /// What came of it; `None` until the end.
    pub const fn outcome(&self) -> Option<&Result<T, Failure>> {
        self.outcome.as_ref()
    }

    /// What came of it, taken out.
    ///
    /// # Errors
    ///
    /// The call itself, unharmed, when it has not ended.
    #[expect(clippy::result_large_err, reason = "it is what was handed in")]
    pub fn into_outcome(mut self) -> Result<Result<T, Failure>, Self> {
        self.outcome.take().ok_or(self)
    }

    /// How often trouble that passes is met with another attempt, 0 to 3. Default: 3. With 0 the request is made once,
    /// whatever comes of it: for a refresh token that must not be used twice.
    #[must_use]
    pub fn retries(mut self, most: u32) -> Self {
        self.retries = most.min(MAX_RETRIES);
        self
    }

    pub(crate) const fn new(limits: Limits, asked: Asked, read: Reader<T>) -> Self {
        let engine = Engine::starting(Timestamp::ZERO);
        Self {
            // A refresh token stands for the same refresh as often as it is sent.
            engine: match asked.stage {
                Stage::Refresh => engine.of_one_request(),
                _ => engine,
            },
            asked,
            read,
            limits,
            retries: MAX_RETRIES,
            notice: None,
            lost_answers: 0,
            granted: None,
            outcome: None,
        }
    }

    /// The same, asked anew: with the ids, the clock and the event to tell of the call before.
    pub(crate) fn following(mut self, before: &mut Self) -> Self {
        self.engine = Engine::starting(before.engine.clock()).following(&before.engine);
        self.notice = before.notice.take();
        self.limits = before.limits;
        self.retries = before.retries;
        self
    }

    pub(crate) const fn take_outcome(&mut self) -> Option<Result<T, Failure>> {
        self.outcome.take()
    }

    /// Asks for nothing any more.
    pub(crate) fn close(&mut self) {
        self.end(Err(Failure::Cancelled));
    }

    pub(crate) const fn limits_mut(&mut self) -> &mut Limits {
        &mut self.limits
    }

    pub(crate) fn advance(&mut self, now: Timestamp) -> Next<CallEvent> {
        engine::advance(self, now)
    }
}

impl<T> Machine for Call<T> {
    type Event = CallEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, CallEvent> {
        engine::poll_output(self, now)
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        engine::handle_input(self, now, &input)
    }

    fn is_done(&self) -> bool {
        self.is_over()
    }
}

impl<T> Rules for Call<T> {
    type Event = CallEvent;

    fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    fn is_over(&self) -> bool {
        self.outcome.is_some()
    }

    fn turn(&mut self, _: Timestamp) -> Turn<CallEvent> {
        match self.notice.take() {
            Some(event) => Turn::Tell(event),
            None if self.is_over() => Turn::Done,
            None => Turn::Ask(self.limits.timeout, NEVER),
        }
    }

    fn request(&self, lent: Lent) -> Option<Request<'_>> {
        let asked = &self.asked;
        let authorization = asked.authorization.as_ref().map(SecretString::expose);
        Some(Request {
            id: lent.id,
            stage: asked.stage,
            method: asked.method,
            url: &asked.url,
            headers: Headers::new(asked.stage, asked.kind, authorization, &asked.headers),
            body: asked.body.expose(),
            max_body: self.limits.max_body,
            timeout: lent.timeout,
        })
    }

    fn on_answer(&mut self, now: Timestamp, arrival: Arrival, response: &Response<'_>) {
        let (Arrival::InTime(sent_at) | Arrival::Late(sent_at)) = arrival;
        let answer = (self.read)(response, &self.asked, sent_at, self.granted.as_ref());
        let stage = self.asked.stage;
        let status = response.status();
        match (answer, arrival) {
            (Answer::Granted(granted), _) if self.engine.give_up_at().is_some_and(|it| now < it) => {
                self.engine.close_before_last();
                self.granted = Some(granted);
            }
            (Answer::Granted(granted), _) => self.end(Ok(granted)),
            // Whatever else comes late changes nothing.
            (_, Arrival::Late(_)) => {}
            (Answer::Refused(error), _) => self.fail(error.into()),
            (Answer::Invalid(kind), _) => self.fail(ProtocolError::new(stage, kind).into()),
            (other, _) => {
                let unavailable = || {
                    let kind = ProtocolErrorKind::Unavailable { status };
                    ProtocolError::new(stage, kind).into()
                };
                let lasting = match other {
                    Answer::Passing(Some(error)) => error.into(),
                    _ => unavailable(),
                };
                let reason = RetryReason::Status(status);
                self.try_again(now, reason, retry_after(response), lasting);
            }
        }
    }

    fn on_failure(&mut self, at: Timestamp, failure: TransportFailure) {
        let stage = self.asked.stage;
        if failure == TransportFailure::BodyTooLarge {
            self.fail(ProtocolError::new(stage, ProtocolErrorKind::TooLarge).into());
            return;
        }
        let reason = RetryReason::Transport(failure);
        let lasting = NetworkError::new(stage, failure).into();
        self.try_again(at, reason, None, lasting);
    }

    fn on_order(&mut self, _: Timestamp, order: Order) -> Result<(), Misuse> {
        if order != Order::Cancel {
            return Err(Misuse::NotPolling);
        }
        self.end(Err(Failure::Cancelled));
        Ok(())
    }
}

impl<T> Call<T> {
    fn try_again(&mut self, at: Timestamp, reason: RetryReason, retry_after: Option<Duration>, lasting: Failure) {
        let is_lost = reason.may_hide_a_grant();
        self.lost_answers = self.lost_answers.saturating_add(u32::from(is_lost));
        let most = match (self.asked.stage, reason) {
            _ if self.granted.is_some() => 0,
            // To ask again might register a second client.
            (Stage::Registration, RetryReason::Transport(_)) if is_lost => 0,
            // A refresh token is replayed once, at once: servers that forgive that do so for a short time.
            (Stage::Refresh, _) if self.lost_answers > 1 => 0,
            _ => self.retries,
        };
        if self.asked.stage == Stage::Refresh && most > 0 && is_replayed_at_once(self.lost_answers <= 1, reason) {
            self.engine.count_failure();
            self.engine.schedule(at);
            self.notice = Some(CallEvent::Retrying { reason, next_attempt: at });
            return;
        }
        match self.engine.try_again(at, reason, retry_after, most) {
            Some(next_attempt) => {
                self.notice = Some(CallEvent::Retrying { reason, next_attempt });
            }
            None => self.fail(lasting),
        }
    }

    fn fail(&mut self, mut failure: Failure) {
        if failure.has_words_of_a_server() {
            let authorization = self.asked.authorization.as_ref();
            if let Some(client) = &self.asked.client {
                let (config, token) = &**client;
                config.for_each_secret(authorization, &[token.expose()], |it| failure.redact(it));
            } else if let Some((_, token)) = authorization.and_then(|it| it.expose().split_once(' ')) {
                failure.redact(token);
            }
        }
        self.end(Err(match failure {
            // The lost answer may have carried a new refresh token, and the old one is used up.
            Failure::Server(error) if self.lost_answers > 0 && error.code() == &ErrorCode::INVALID_GRANT => {
                error.after_lost_answer().into()
            }
            other => other,
        }));
    }

    fn end(&mut self, outcome: Result<T, Failure>) {
        self.notice = None;
        self.outcome = Some(outcome.or_else(|failure| self.granted.take().ok_or(failure)));
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("stage", &self.asked.stage)
            .field("url", &self.asked.url)
            .field("dialect", self.asked.dialect())
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}
