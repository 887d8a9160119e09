//! Keeping a token fresh: lead time, refresh, rotation (rows K1 to K4 of `docs/conformance.md`).

use crate::config::{Config, ConfigError};
use crate::exchange::{Exchange, InFlight, Next, RetryReason, Step};
use crate::failure::{ErrorCode, Failure, ProtocolError, ProtocolErrorKind, ServerError};
use crate::machine::{Input, Machine, Misuse, Output, TransportFailure};
use crate::pacing::{DEFAULT_INTERVAL, lead_time};
use crate::pending_flow::ResumeError;
use crate::request::{BodyKind, Headers, Method, Request, RequestId, Response, Stage};
use crate::secret::{SecretStr, SecretString};
use crate::stored_session::StoredSession;
use crate::time::Timestamp;
use crate::wire::{RefreshAnswer, TokenResponse, retry_after};
use alloc::string::String;
use core::time::Duration;

/// The shortest time between two tokens, so that a server whose tokens are shorter-lived than the lead time is not
/// asked without pause.
const MIN_LIFE: Duration = Duration::from_secs(2);
/// The longest life that a [`Timestamp`] can tell the end of. A share of more (`expires_in` of 2^63 - 1 is some servers'
/// "never") would be longer than all the time until that end.
const MAX_LIFE: Duration = Duration::from_millis(u64::MAX);
/// The longest `Retry-After` that is obeyed: no date ends a session's waiting, as the end of a code ends a flow's.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);
/// How often a session with nothing to do asks to be woken: it waits for its caller, not for a moment.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// A token set that is kept fresh.
///
/// When the token is about to expire the session says so and, unless it was told otherwise, exchanges the refresh
/// token. Passing trouble is retried with back-off for as long as it takes; a failed refresh never takes away an access
/// token that is still valid. The session ends only when nothing but a new sign-in can help, or when it is cancelled.
///
/// [`Input::Pause`] turns the automatic refresh off and [`Input::Resume`] on again. An answer that is outstanding is
/// never discarded: it may carry a rotated refresh token.
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
    clock: Timestamp,
    exchange: Exchange,
    notice: Option<SessionEvent>,
    tokens: TokenResponse,
    /// When the present token was granted or taken up, and when it ends.
    held_since: Timestamp,
    expires_at: Option<Timestamp>,
    is_announced: bool,
    is_expiry_told: bool,
    is_automatic: bool,
    /// A refresh was refused for good, so only a demand starts another one.
    is_refused: bool,
    /// The scope before it was narrowed, to which a full refresh goes back (RFC 6749 section 6).
    full_scope: Option<String>,
    phase: Phase,
}

/// What a [`Session`] tells while it works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SessionEvent {
    /// The lead time has begun. Told once a token.
    AboutToExpire {
        /// When the token expires.
        expires_at: Timestamp,
    },
    /// There are new tokens; store them now, because the old refresh token may have stopped working.
    Refreshed(TokenResponse),
    /// A refresh met with passing trouble and will be tried again.
    Retrying {
        /// What happened.
        reason: RetryReason,
        /// When it will be tried again.
        next_attempt: Timestamp,
    },
    /// A refresh was refused, though not because of the refresh token. Told once; the tokens stay as they are.
    RefreshFailed(Failure),
    /// The access token has run out. Told once a token.
    Expired,
    /// Only a new sign-in brings new tokens. The last thing that is told.
    SignInNeeded(SignInReason),
}

/// Why a new sign-in is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInReason {
    /// The server no longer takes the refresh token (`invalid_grant`, RFC 6749 section 5.2).
    Refused(ServerError),
    /// The access token has run out and there is no refresh token.
    NoRefreshToken,
}

#[derive(Debug)]
enum Phase {
    Resting,
    Refreshing {
        body: SecretString,
        /// The narrower scope that was asked for, if any.
        scope: Option<String>,
        /// Whether an answer was lost that may have carried new tokens.
        is_answer_lost: bool,
    },
    Ended,
}

impl Session {
    /// Keeps the tokens of a sign-in that was just made; `now` is the present time on the same clock.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn new(
        mut config: Config,
        tokens: TokenResponse,
        now: Timestamp,
    ) -> Result<Self, ConfigError> {
        config.validate()?;
        let expires_at = tokens.expires_at();
        Ok(Self::holding(config, tokens, expires_at, now))
    }

    fn holding(
        config: Config,
        tokens: TokenResponse,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self {
            authorization: config.authorization(),
            is_automatic: config.refresh().is_automatic,
            config,
            clock: now,
            exchange: Exchange::due(now),
            notice: None,
            tokens,
            held_since: now,
            expires_at,
            is_announced: false,
            is_expiry_told: false,
            is_refused: false,
            full_scope: None,
            phase: Phase::Resting,
        }
    }

    /// The tokens as they are now. `expires_at` of the session counts, not theirs.
    pub const fn tokens(&self) -> &TokenResponse {
        &self.tokens
    }

    /// When the access token expires on the driver's clock; `None` when the server did not tell.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// What is left of the access token's life; zero when it has run out, `None` when the server did not tell.
    pub fn remaining(&self, now: Timestamp) -> Option<Duration> {
        self.expires_at
            .map(|it| it.saturating_duration_since(now.max(self.clock)))
    }

    /// Whether a refresh is under way.
    pub const fn is_refreshing(&self) -> bool {
        matches!(self.phase, Phase::Refreshing { .. })
    }

    /// Refreshes on demand. A refresh that is under way already is left to go on, so there is only ever one.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoRefreshToken`] without a refresh token, [`Misuse::Finished`] after the end.
    pub fn refresh(&mut self, now: Timestamp) -> Result<(), Misuse> {
        self.begin_refresh(now, None)
    }

    /// Like [`refresh`](Self::refresh), and asks for fewer scopes than were granted (RFC 6749 section 6): one or several
    /// separated by spaces. None at all is like `refresh`.
    ///
    /// # Errors
    ///
    /// [`Misuse::NoRefreshToken`] without a refresh token, [`Misuse::Finished`] after the end.
    pub fn refresh_with_scope(&mut self, now: Timestamp, scope: &str) -> Result<(), Misuse> {
        let mut scopes = String::new();
        for token in scope.split_ascii_whitespace() {
            if !scopes.is_empty() {
                scopes.push(' ');
            }
            scopes.push_str(token);
        }
        self.begin_refresh(now, Some(scopes).filter(|it| !it.is_empty()))
    }

    /// Writes down the tokens to take them up again with [`resume`](Self::resume). A refresh that is under way is not
    /// waited for; better wait, because its answer may carry a rotated refresh token.
    pub fn suspend(&self, now: Timestamp) -> StoredSession {
        StoredSession {
            client_id: self.config.client_id.clone(),
            token_endpoint: self.config.token_endpoint.clone(),
            tokens: self.tokens.clone(),
            remaining: self.remaining(now),
        }
    }

    /// Takes tokens up again that were stored `away` ago; `now` is the present time on the new driver's clock.
    ///
    /// # Errors
    ///
    /// A [`ResumeError`] when the configuration cannot work, or is another client's or another server's: the refresh
    /// token goes nowhere else.
    pub fn resume(
        mut config: Config,
        stored: StoredSession,
        away: Duration,
        now: Timestamp,
    ) -> Result<Self, ResumeError> {
        config.validate()?;
        ResumeError::check(&config, &stored.client_id, &stored.token_endpoint)?;
        let expires_at = stored
            .remaining
            .map(|it| now.saturating_add(it.saturating_sub(away)));
        Ok(Self::holding(config, stored.tokens, expires_at, now))
    }
}

impl Machine for Session {
    type Event = SessionEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, SessionEvent> {
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
impl Session {
    fn take_in(&mut self, now: Timestamp, input: &Input<'_>) -> Result<(), Misuse> {
        let now = self.tick(now);
        match *input {
            Input::Response(id, response) => {
                if let Some(sent) = self.awaited(id)? {
                    self.on_response(now, sent, &response);
                }
            }
            Input::Failure(id, failure) => {
                if self.awaited(id)?.is_some() {
                    self.on_failure(now, failure);
                }
            }
            Input::Pause => self.set_automatic(false)?,
            Input::Resume => self.set_automatic(true)?,
            Input::Cancel => {
                self.notice = None;
                self.phase = Phase::Ended;
            }
        }
        Ok(())
    }

    fn tick(&mut self, now: Timestamp) -> Timestamp {
        self.clock = self.clock.max(now);
        self.clock
    }

    pub(crate) fn advance(&mut self, now: Timestamp) -> Next<SessionEvent> {
        let now = self.tick(now);
        loop {
            if let Some(event) = self.notice.take() {
                return Next::Tell(event);
            }
            if matches!(self.phase, Phase::Ended) {
                return Next::Done;
            }
            if let Some(event) = self.milestone(now) {
                return Next::Tell(event);
            }
            if self.has_run_dry() {
                self.end(SignInReason::NoRefreshToken);
                continue;
            }
            if !self.is_refreshing() {
                let refresh_at = self.refresh_at();
                if refresh_at.is_some_and(|it| now >= it) && self.begin_refresh(now, None).is_ok() {
                    continue;
                }
                let wake_at = [refresh_at, self.next_milestone()];
                return Next::Wait(
                    wake_at
                        .into_iter()
                        .flatten()
                        .filter(|it| *it > now)
                        .min()
                        .unwrap_or_else(|| now.saturating_add(IDLE)),
                );
            }
            match self.exchange.step(now, self.config.limits.timeout, None) {
                Step::Send(id, timeout) => return Next::Send(id, timeout),
                Step::Wait(until) => {
                    return Next::Wait(self.next_milestone().map_or(until, |it| it.min(until)));
                }
                Step::GivenUp(it) => self.on_failure(it.give_up_at, TransportFailure::Timeout),
            }
        }
    }

    /// What the passing of time alone brings about.
    fn milestone(&mut self, now: Timestamp) -> Option<SessionEvent> {
        let expires_at = self.expires_at?;
        if !self.is_announced && self.announce_at().is_some_and(|it| now >= it) {
            self.is_announced = true;
            return Some(SessionEvent::AboutToExpire { expires_at });
        }
        if !self.is_expiry_told && now >= expires_at {
            self.is_expiry_told = true;
            return Some(SessionEvent::Expired);
        }
        None
    }

    fn next_milestone(&self) -> Option<Timestamp> {
        if self.is_announced {
            self.expires_at.filter(|_| !self.is_expiry_told)
        } else {
            self.announce_at()
        }
    }

    /// When the lead time begins. A token without a known end is never about to expire.
    fn announce_at(&self) -> Option<Timestamp> {
        let expires_at = self.expires_at?;
        let life = self
            .tokens
            .expires_in()
            .unwrap_or_else(|| expires_at.saturating_duration_since(self.held_since))
            .min(MAX_LIFE);
        let lead = lead_time(self.config.refresh().lead, life);
        let shortest = self.held_since.saturating_add(MIN_LIFE);
        Some(
            expires_at
                .saturating_sub(lead)
                .max(shortest)
                .min(expires_at),
        )
    }

    /// When a token that is about to expire is refreshed without anybody asking; `None` when it is not.
    fn refresh_at(&self) -> Option<Timestamp> {
        let is_wanted = self.is_announced && self.is_automatic && !self.is_refused;
        is_wanted.then(|| self.held_since.saturating_add(MIN_LIFE))
    }

    fn has_run_dry(&self) -> bool {
        self.is_announced && self.is_expiry_told && self.tokens.refresh_token().is_none()
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    /// What there is still to be told.
    pub(crate) const fn take_notice(&mut self) -> Option<SessionEvent> {
        self.notice.take()
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) const fn last_id(&self) -> u64 {
        self.exchange.last_id()
    }

    pub(crate) const fn continue_ids(&mut self, last_id: u64) {
        self.exchange.continue_ids(last_id);
    }

    pub(crate) fn request(&self, id: RequestId, timeout: Duration) -> Option<Request<'_>> {
        let Phase::Refreshing { body, .. } = &self.phase else {
            return None;
        };
        let authorization = self.authorization.as_ref().map(SecretString::expose);
        Some(Request {
            id,
            stage: Stage::Refresh,
            method: Method::Post,
            url: self.config.refresh_endpoint(),
            headers: Headers::new(
                Stage::Refresh,
                BodyKind::Form,
                authorization,
                &self.config.headers,
            ),
            body: body.expose(),
            max_body: self.config.limits.max_body,
            timeout,
        })
    }
}

/// What an answer, or its absence, changes.
impl Session {
    fn begin_refresh(&mut self, now: Timestamp, scope: Option<String>) -> Result<(), Misuse> {
        match self.phase {
            Phase::Ended => return Err(Misuse::Finished),
            Phase::Refreshing { .. } => return Ok(()),
            Phase::Resting => {}
        }
        let refresh_token = self.tokens.refresh_token().ok_or(Misuse::NoRefreshToken)?;
        let body = self.config.refresh_body(refresh_token, scope.as_deref());
        let now = self.tick(now);
        self.is_refused = false;
        self.exchange.failures = 0;
        self.exchange.schedule(now);
        self.phase = Phase::Refreshing {
            body,
            scope,
            is_answer_lost: false,
        };
        Ok(())
    }

    fn awaited(&self, id: RequestId) -> Result<Option<InFlight>, Misuse> {
        let sent = self.exchange.receive(id)?;
        Ok(sent.filter(|_| self.is_refreshing()))
    }

    fn on_response(&mut self, now: Timestamp, sent: InFlight, response: &Response<'_>) {
        match RefreshAnswer::read_in(self.config.dialect, response) {
            RefreshAnswer::Granted(new) => self.renew(now, sent, &new),
            RefreshAnswer::Error(error) => self.refuse(error),
            RefreshAnswer::Invalid(kind) => {
                self.give_up(ProtocolError::new(Stage::Refresh, kind).into());
            }
            RefreshAnswer::Transient => {
                let status = response.status();
                self.retry(
                    now,
                    RetryReason::Status(status),
                    retry_after(response),
                    status >= 500,
                );
            }
        }
    }

    fn on_failure(&mut self, now: Timestamp, failure: TransportFailure) {
        if failure == TransportFailure::BodyTooLarge {
            self.give_up(ProtocolError::new(Stage::Refresh, ProtocolErrorKind::TooLarge).into());
        } else {
            self.retry(
                now,
                RetryReason::Transport(failure),
                None,
                failure.may_have_arrived(),
            );
        }
    }

    fn renew(&mut self, now: Timestamp, sent: InFlight, new: &TokenResponse) {
        let Phase::Refreshing { scope, .. } = &mut self.phase else {
            return;
        };
        let narrow = scope.take();
        let full = self.full_scope.take();
        let requested = narrow.as_deref().or(full.as_deref());
        let renewed = self.tokens.renewed(new, sent.sent_at, requested);
        if narrow.is_some() {
            self.full_scope = full.or_else(|| self.tokens.scope().map(String::from));
        }
        self.tokens = renewed;
        self.expires_at = self.tokens.expires_at();
        self.held_since = now;
        self.is_announced = false;
        self.is_expiry_told = false;
        self.rest();
        self.notice = Some(SessionEvent::Refreshed(self.tokens.clone()));
    }

    fn refuse(&mut self, mut error: ServerError) {
        if let Some(refresh_token) = self.tokens.refresh_token().map(SecretStr::expose) {
            error.redact(refresh_token);
        }
        if let Some(secret) = self.config.authentication.secret() {
            error.redact(secret.expose());
        }
        if error.code() != &ErrorCode::InvalidGrant {
            self.give_up(error.into());
            return;
        }
        let is_answer_lost = matches!(
            self.phase,
            Phase::Refreshing {
                is_answer_lost: true,
                ..
            }
        );
        self.end(SignInReason::Refused(if is_answer_lost {
            error.after_lost_answer()
        } else {
            error
        }));
    }

    /// Ends this refresh, not the session: what is valid stays so.
    fn give_up(&mut self, failure: Failure) {
        self.rest();
        self.is_refused = true;
        self.notice = Some(SessionEvent::RefreshFailed(failure));
    }

    fn retry(
        &mut self,
        now: Timestamp,
        reason: RetryReason,
        retry_after: Option<Duration>,
        may_have_arrived: bool,
    ) {
        if let Phase::Refreshing { is_answer_lost, .. } = &mut self.phase {
            *is_answer_lost |= may_have_arrived;
        }
        let retry_after = retry_after.map(|it| it.min(MAX_RETRY_AFTER));
        let wait = self
            .config
            .pacing
            .wait(DEFAULT_INTERVAL, self.exchange.failures, retry_after);
        let next_attempt = now.saturating_add(wait);
        self.exchange.count_failure();
        self.exchange.schedule(next_attempt);
        self.notice = Some(SessionEvent::Retrying {
            reason,
            next_attempt,
        });
    }

    fn rest(&mut self) {
        self.exchange.schedule(self.clock);
        self.phase = Phase::Resting;
    }

    fn end(&mut self, reason: SignInReason) {
        self.phase = Phase::Ended;
        self.notice = Some(SessionEvent::SignInNeeded(reason));
    }

    fn set_automatic(&mut self, is_automatic: bool) -> Result<(), Misuse> {
        if matches!(self.phase, Phase::Ended) {
            return Err(Misuse::Finished);
        }
        self.is_automatic = is_automatic;
        Ok(())
    }
}
