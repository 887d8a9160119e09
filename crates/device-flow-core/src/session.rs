//! Keeping a token fresh: lead time, refresh, rotation (rows K1 to K4 of `docs/conformance.md`).
//!
//! The rules are a table in `docs/state-machine.md`, and `tests/conformance/session_transitions.rs` goes through it cell
//! by cell.

mod event;
mod refreshing;
mod schedule;
mod suspension;

pub use event::{SessionEvent, SignInReason};
pub(crate) use refreshing::is_replayed_at_once;

use crate::config::{Config, ConfigError, add_scopes};
use crate::engine::{self, Arrival, Engine, Lent, NEVER, Order, Rules, Turn};
use crate::machine::{Input, Machine, Misuse, Output};
use crate::request::{BodyKind, Headers, Method, Request};
use crate::response::Response;
use crate::secret::SecretString;
use crate::stage::Stage;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use crate::transport_failure::TransportFailure;
use alloc::string::String;
use core::time::Duration;

/// A token set that is kept fresh.
///
/// When the token is about to expire the session says so and, unless it was told otherwise, exchanges the refresh
/// token. Trouble that passes is waited out for as long as it takes; a failed refresh never takes away an access token
/// that is still valid. The session ends only when nothing but a new sign-in can help, or when it is cancelled.
///
/// [`Input::Pause`] turns the automatic refresh off and [`Input::Resume`] on again. An answer that is outstanding is
/// never thrown away, because it may carry a rotated refresh token: a session that is cancelled meanwhile hears it out.
///
/// One session holds a token set at a time. Where several processes share one, they need a lock around it: a refresh
/// token that is used twice may be taken for stolen (RFC 9700 section 4.14).
///
/// ```
/// use core::time::Duration;
/// use device_flow_core::{Config, Input, Machine, Output, Response, Session, SessionEvent, StoredSession, Timestamp};
///
/// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
/// let stored = StoredSession::new(&config, "2YotnFZF", Some("tGzv3JOk"), Some(Duration::from_secs(600))).unwrap();
/// let mut session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO)?;
///
/// let Output::WaitUntil(now) = session.poll_output(Timestamp::ZERO) else { panic!() };
/// assert_eq!(now, Timestamp::from_millis(570_000), "30 s ahead: 5 % of the token's life");
/// assert!(matches!(session.poll_output(now), Output::Event(SessionEvent::AboutToExpire { .. })));
/// let Output::Send(request) = session.poll_output(now) else { panic!() };
/// let id = request.id();
/// session.handle_input(now, Input::Response(id, Response::new(200, br#"{"access_token":"new","expires_in":600}"#)))?;
/// assert!(matches!(session.poll_output(now), Output::Event(SessionEvent::Refreshed(_))));
/// assert_eq!(session.tokens().access_token().expose(), "new");
/// assert_eq!(session.tokens().refresh_token().unwrap().expose(), "tGzv3JOk", "the old one stays");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Session {
    config: Config,
    authorization: Option<SecretString>,
    engine: Engine,
    notice: Option<SessionEvent>,
    tokens: TokenResponse,
    /// When the present token was granted or taken up.
    held_since: Timestamp,
    told: Told,
    /// Whether an answer was lost that may have replaced the refresh token.
    is_answer_lost: bool,
    /// How many tokens in a row came back with less life than the lead time.
    hasty: u32,
    mode: Mode,
    /// The scope before it was narrowed, to which a full refresh goes back (RFC 6749 section 6).
    full_scope: Option<String>,
    phase: Phase,
}

/// What has been told of the present token's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    AboutToExpire,
    Expired,
}

/// Whether tokens are refreshed without anybody asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Automatic,
    OnDemand,
}

/// What is being done about the tokens.
#[derive(Debug)]
enum Phase {
    Resting,
    /// A refresh was refused, though not because of the refresh token: only a demand starts another one.
    Refused(Refresh),
    Refreshing(Refresh),
    /// An answer is out that is heard, and nothing more is sent for it.
    Hearing(Refresh, Then),
    Ended,
}

/// What follows when the answer has been heard, or cannot come any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The session was cancelled.
    End,
    /// An earlier attempt has brought new tokens, and this one may bring newer ones.
    Rest,
}

/// A refresh that is under way.
#[derive(Debug)]
struct Refresh {
    body: SecretString,
    /// The narrower scope that was asked for, if any.
    scope: Option<String>,
}

impl Session {
    /// Keeps the tokens of a sign-in that was just made; `now` is the present time on the same clock.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn new(mut config: Config, tokens: TokenResponse, now: Timestamp) -> Result<Self, ConfigError> {
        config.validate_without_device_endpoint()?;
        Ok(Self::holding(config, tokens, now))
    }

    fn holding(config: Config, tokens: TokenResponse, now: Timestamp) -> Self {
        let mode = if config.rare().is_refreshed_automatically { Mode::Automatic } else { Mode::OnDemand };
        Self {
            authorization: config.authorization(),
            config,
            engine: Engine::starting(now).of_one_request(),
            notice: None,
            tokens,
            held_since: now,
            told: Told::Nothing,
            is_answer_lost: false,
            hasty: 0,
            mode,
            full_scope: None,
            phase: Phase::Resting,
        }
    }

    /// The tokens as they are now.
    pub const fn tokens(&self) -> &TokenResponse {
        &self.tokens
    }

    /// When the access token expires on the driver's clock; `None` when the server did not tell.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.tokens.expires_at()
    }

    /// What is left of the access token's life; zero when it has run out, `None` when the server did not tell.
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        let now = now.max(self.engine.clock());
        self.expires_at().map(|it| it.saturating_duration_since(now))
    }

    /// Whether a refresh is under way, after a cancellation too while its answer is out.
    pub const fn is_refreshing(&self) -> bool {
        matches!(self.phase, Phase::Refreshing(_) | Phase::Hearing(..))
    }

    /// Whether the automatic refresh is off.
    pub fn is_paused(&self) -> bool {
        self.mode == Mode::OnDemand
    }

    /// The configuration, with the endpoints in the form in which they are called.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Refreshes on demand. A refresh of the same kind that is under way already is left to go on, so there is only ever
    /// one.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoRefreshToken`] without a refresh token, [`Misuse::RefreshUnderWay`] while one for fewer scopes is
    /// under way, [`Misuse::Finished`] after the end.
    pub fn refresh(&mut self, now: Timestamp) -> Result<(), Misuse> {
        self.begin_refresh(now, None)
    }

    /// Like [`refresh`](Self::refresh), and asks for fewer scopes than were granted (RFC 6749 section 6): one or several
    /// separated by spaces. None at all is like `refresh`.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoRefreshToken`] without a refresh token, [`Misuse::RefreshUnderWay`] while one for other scopes is
    /// under way, [`Misuse::Finished`] after the end.
    pub fn refresh_with_scope(&mut self, now: Timestamp, scope: &str) -> Result<(), Misuse> {
        let mut scopes = String::new();
        add_scopes(&mut scopes, scope);
        self.begin_refresh(now, Some(scopes).filter(|it| !it.is_empty()))
    }

    pub(crate) const fn engine_ref(&self) -> &Engine {
        &self.engine
    }

    /// Lets ids go on from another machine's.
    pub(crate) const fn follow(&mut self, other: &Engine) {
        self.engine = self.engine.following(other);
    }

    /// The session, to which nothing more happens but the answer to a refresh that is out.
    pub(crate) fn cancelled(mut self) -> Self {
        self.cancel();
        self
    }

    /// Whether there is something to be told.
    pub(crate) const fn has_notice(&self) -> bool {
        self.notice.is_some()
    }

    /// What there is still to be told.
    pub(crate) const fn take_notice(&mut self) -> Option<SessionEvent> {
        self.notice.take()
    }

    /// Whether everybody knows that the access token has run out.
    pub(crate) fn is_expiry_told(&self) -> bool {
        self.told == Told::Expired
    }

    /// Whether the access token has run out by the latest time that was told.
    pub(crate) fn is_expired(&self) -> bool {
        let now = self.engine.clock();
        self.expires_at().is_some_and(|it| now >= it)
    }
}

impl Machine for Session {
    type Event = SessionEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, SessionEvent> {
        engine::poll_output(self, now)
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        engine::handle_input(self, now, &input)
    }

    fn is_done(&self) -> bool {
        self.is_over()
    }
}

impl Rules for Session {
    type Event = SessionEvent;

    fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    fn turn(&mut self, now: Timestamp) -> Turn<SessionEvent> {
        if let Some(event) = self.notice.take() {
            return Turn::Tell(event);
        }
        if self.is_over() {
            return Turn::Done;
        }
        if let Some(event) = self.milestone(now) {
            return Turn::Tell(event);
        }
        let timeout = self.config.timeout_of_refresh();
        match self.phase {
            Phase::Hearing(..) => return Turn::Rest(self.wake_at(now)),
            Phase::Refreshing(_) => {
                return Turn::Ask(timeout, self.next_milestone().unwrap_or(NEVER));
            }
            Phase::Resting | Phase::Refused(_) | Phase::Ended => {}
        }
        if self.has_run_dry() {
            self.end(SignInReason::NoRefreshToken);
        } else if self.refresh_at().is_some_and(|it| now >= it) {
            // There is a refresh token, or it would have no moment.
            let _ = self.begin_refresh(now, None);
        } else {
            return Turn::Rest(self.wake_at(now));
        }
        self.turn(now)
    }

    fn request(&self, lent: Lent) -> Option<Request<'_>> {
        let Phase::Refreshing(refresh) = &self.phase else {
            return None;
        };
        let stage = Stage::Refresh;
        let authorization = self.authorization.as_ref().map(SecretString::expose);
        Some(Request {
            id: lent.id,
            stage,
            method: Method::Post,
            url: self.config.refresh_endpoint(),
            headers: Headers::new(stage, BodyKind::Form, authorization, &self.config.headers),
            body: refresh.body.expose(),
            max_body: self.config.limits.max_body,
            timeout: lent.timeout,
        })
    }

    fn on_answer(&mut self, now: Timestamp, arrival: Arrival, response: &Response<'_>) {
        self.on_tokens(now, arrival, response);
    }

    fn on_failure(&mut self, at: Timestamp, failure: TransportFailure) {
        self.on_refresh_failure(at, failure);
    }

    fn on_order(&mut self, _: Timestamp, order: Order) -> Result<(), Misuse> {
        match order {
            Order::Pause => self.mode = Mode::OnDemand,
            Order::Resume => self.mode = Mode::Automatic,
            Order::Cancel => self.cancel(),
        }
        Ok(())
    }
}

impl Session {
    /// Hears out a refresh whose answer is out, unless that was done before.
    fn cancel(&mut self) {
        // What has come so far is told all the same: it may be tokens that nobody has stored yet. But nothing is tried
        // again.
        self.notice = self.notice.take().filter(|it| !matches!(it, SessionEvent::Retrying { .. }));
        let phase = core::mem::replace(&mut self.phase, Phase::Ended);
        let is_out = self.engine.give_up_at().is_some();
        if let Phase::Refreshing(refresh) | Phase::Hearing(refresh, Then::Rest) = phase {
            if is_out {
                self.phase = Phase::Hearing(refresh, Then::End);
            }
        } else if is_out {
            // Nobody hears it any more.
            self.is_answer_lost = true;
            self.engine.schedule(self.engine.clock());
        }
    }

    fn end(&mut self, reason: SignInReason) {
        self.phase = Phase::Ended;
        self.notice = Some(SessionEvent::SignInNeeded(reason));
    }
}
