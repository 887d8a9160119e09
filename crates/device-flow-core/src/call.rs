//! Requests that are made once: refresh, revocation, introspection, userinfo, registration.

use crate::config::{Config, ConfigError, ExtraHeader, Limits};
use crate::dialect::Dialect;
use crate::exchange::{Exchange, RetryReason, Step};
use crate::failure::{ErrorCode, Failure, NetworkError, ProtocolError, ProtocolErrorKind};
use crate::machine::{Input, Machine, Misuse, Output, TransportFailure};
use crate::pacing::retry;
use crate::request::{BodyKind, Headers, Method, Request, RequestId, Response, Stage};
use crate::secret::{SecretStr, SecretString};
use crate::time::Timestamp;
use crate::uri::check_endpoint;
use crate::wire::{
    Claims, RefreshAnswer, Reply, TokenResponse, read_claims, read_registration, read_revocation,
    registration_body, retry_after,
};
use alloc::borrow::Cow;
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

impl Call<TokenResponse> {
    /// Exchanges a refresh token for new tokens, once. [`Session`](crate::Session) does it whenever it is time.
    ///
    /// Parameters and headers of the configuration for [`Stage::Refresh`] go along. When the answer names no refresh
    /// token, the old one stays valid.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn refresh(config: &Config, refresh_token: &str) -> Result<Self, ConfigError> {
        let mut config = config.clone();
        config.validate()?;
        let body = config.refresh_body(SecretStr::new(refresh_token), None);
        let url = String::from(config.refresh_endpoint());
        Ok(Self::of_client(
            &config,
            Stage::Refresh,
            url,
            refresh_token,
            body,
            |response, sent_at, dialect| match RefreshAnswer::read_in(dialect, response) {
                RefreshAnswer::Granted(token) => Reply::Good(token.completed(sent_at, "")),
                RefreshAnswer::Error(error) => Reply::Bad(error.into()),
                RefreshAnswer::Transient => Reply::Transient(None),
                RefreshAnswer::Invalid(kind) => Reply::protocol(Stage::Refresh, kind),
            },
        ))
    }
}

/// A token is revoked, or never was valid: RFC 7009 section 2.2 makes no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revoked;

/// Which kind of token a server is told about, so that it need not look everywhere (RFC 7009 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    AccessToken,
    RefreshToken,
}

impl Call<Revoked> {
    /// Ends a refresh token, and with it at most servers every access token that came of it (RFC 7009 section 2.1).
    ///
    /// At sign-out, revoke the refresh token first and the access token second.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn revoke_refresh_token(
        config: &Config,
        endpoint: &str,
        token: &str,
    ) -> Result<Self, ConfigError> {
        Self::revoke(config, endpoint, token, Hint::RefreshToken)
    }

    /// Ends an access token (RFC 7009).
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn revoke_access_token(
        config: &Config,
        endpoint: &str,
        token: &str,
    ) -> Result<Self, ConfigError> {
        Self::revoke(config, endpoint, token, Hint::AccessToken)
    }

    fn revoke(
        config: &Config,
        endpoint: &str,
        token: &str,
        hint: Hint,
    ) -> Result<Self, ConfigError> {
        Self::about_token(
            config,
            Stage::Revocation,
            endpoint,
            token,
            hint,
            |response, _, _| match read_revocation(response) {
                Reply::Good(()) => Reply::Good(Revoked),
                Reply::Transient(error) => Reply::Transient(error),
                Reply::Bad(failure) => Reply::Bad(failure),
            },
        )
    }
}

/// What a server says about a token (RFC 7662 section 2.2).
#[derive(Clone, Debug)]
pub struct TokenStatus(Claims);

impl TokenStatus {
    /// Whether the token is valid now. Everything but a clear `true` means no.
    pub fn is_active(&self) -> bool {
        self.0.flag("active").unwrap_or_default()
    }

    /// All that the server says: `scope`, `sub`, `exp` and whatever else.
    pub const fn claims(&self) -> &Claims {
        &self.0
    }
}

impl Call<TokenStatus> {
    /// Asks about an access token's state. Servers answer confidential clients only.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work.
    pub fn introspect(config: &Config, endpoint: &str, token: &str) -> Result<Self, ConfigError> {
        Self::about_token(
            config,
            Stage::Introspection,
            endpoint,
            token,
            Hint::AccessToken,
            |response, _, _| match read_claims(Stage::Introspection, response) {
                Reply::Good(claims) => Reply::Good(TokenStatus(claims)),
                Reply::Transient(error) => Reply::Transient(error),
                Reply::Bad(failure) => Reply::Bad(failure),
            },
        )
    }
}

/// Who signed in (OpenID Connect Core section 5.3.2).
#[derive(Clone, Debug)]
pub struct UserinfoResponse(Claims);

impl UserinfoResponse {
    /// The person's identifier at this issuer. When there is an ID token, its `sub` must be the same one, or else the
    /// answer must not be used (section 5.3.2).
    pub fn subject(&self) -> Option<String> {
        self.0.text("sub")
    }

    /// All that the server says.
    pub const fn claims(&self) -> &Claims {
        &self.0
    }
}

impl Call<UserinfoResponse> {
    /// Asks who signed in, with an access token that was granted for the scope `openid`.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration or the endpoint's address cannot work, or the token fits into no header.
    pub fn userinfo(
        config: &Config,
        endpoint: &str,
        access_token: &str,
    ) -> Result<Self, ConfigError> {
        let url = address(config, Stage::Userinfo, endpoint)?;
        if access_token.is_empty() || !access_token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ConfigError::HeaderValue {
                name: String::from("authorization"),
            });
        }
        let mut authorization = SecretString::with_capacity(access_token.len().saturating_add(7));
        authorization.push_str("Bearer ");
        authorization.push_str(access_token);
        let asked = Asked {
            stage: Stage::Userinfo,
            dialect: config.dialect,
            method: Method::Get,
            kind: BodyKind::None,
            url,
            authorization: Some(authorization),
            headers: config.headers.clone(),
            body: SecretString::with_capacity(0),
            secrets: alloc::vec![SecretString::from(access_token)],
        };
        Ok(Self::new(
            config.limits,
            asked,
            |response, _, _| match read_claims(Stage::Userinfo, response) {
                Reply::Good(claims) => Reply::Good(UserinfoResponse(claims)),
                Reply::Transient(error) => Reply::Transient(error),
                Reply::Bad(failure) => Reply::Bad(failure),
            },
        ))
    }
}

/// A client that was registered (RFC 7591 section 3.2.1).
#[derive(Clone, Debug)]
pub struct RegisteredClient(Claims);

impl RegisteredClient {
    /// The identifier that the server gave the client.
    pub fn client_id(&self) -> String {
        self.0.text("client_id").unwrap_or_default()
    }

    /// The secret, if the server insists on one.
    pub fn client_secret(&self) -> Option<SecretString> {
        self.0
            .member("client_secret")
            .filter(|it| !matches!(it.expose(), "" | "null"))
    }

    /// All that the server says, such as `registration_access_token`.
    pub const fn claims(&self) -> &Claims {
        &self.0
    }
}

impl Call<RegisteredClient> {
    /// Registers a public client for the device grant (RFC 7591): `client_name` is what people are shown at approval,
    /// `scope` what the client may ask for. `allow_http` is as in [`Config::allow_http`].
    ///
    /// A registration is made once and kept; do not register at every start.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the endpoint's address cannot work.
    pub fn register(
        endpoint: &str,
        client_name: Option<&str>,
        scope: Option<&str>,
        allow_http: bool,
    ) -> Result<Self, ConfigError> {
        let stage = Stage::Registration;
        let url = check_endpoint(endpoint, allow_http)
            .map_err(|source| ConfigError::Endpoint { stage, source })?
            .into_owned();
        let asked = Asked {
            stage,
            dialect: &Dialect::RFC_8628,
            method: Method::Post,
            kind: BodyKind::Json,
            url,
            authorization: None,
            headers: Vec::new(),
            body: registration_body(client_name, scope, crate::dialect::GRANT_TYPE),
            secrets: Vec::new(),
        };
        Ok(Self::new(
            Limits::DEFAULT,
            asked,
            |response, _, _| match read_registration(response) {
                Reply::Good(claims) => Reply::Good(RegisteredClient(claims)),
                Reply::Transient(error) => Reply::Transient(error),
                Reply::Bad(failure) => Reply::Bad(failure),
            },
        ))
    }
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
    pub fn into_outcome(self) -> Option<Result<T, Failure>> {
        match self.state {
            State::Done(outcome) => Some(outcome),
            State::Asking | State::Cancelled => None,
        }
    }

    /// A request about a token: revocation and introspection are asked alike.
    fn about_token(
        config: &Config,
        stage: Stage,
        endpoint: &str,
        token: &str,
        hint: Hint,
        read: Reader<T>,
    ) -> Result<Self, ConfigError> {
        let hint = match hint {
            Hint::AccessToken => "access_token",
            Hint::RefreshToken => "refresh_token",
        };
        let url = address(config, stage, endpoint)?;
        let body = config.token_body_of(stage, SecretStr::new(token), hint);
        Ok(Self::of_client(config, stage, url, token, body, read))
    }

    /// A form sent in the client's name, with this token in its body.
    fn of_client(
        config: &Config,
        stage: Stage,
        url: String,
        token: &str,
        body: SecretString,
        read: Reader<T>,
    ) -> Self {
        let secret = config.authentication.secret().cloned();
        let asked = Asked {
            stage,
            dialect: config.dialect,
            method: Method::Post,
            kind: BodyKind::Form,
            url,
            authorization: config.authorization(),
            headers: config.headers.clone(),
            body,
            secrets: secret
                .into_iter()
                .chain([SecretString::from(token)])
                .collect(),
        };
        Self::new(config.limits, asked, read)
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

/// An endpoint that the configuration itself does not name, checked under its rules.
fn address(config: &Config, stage: Stage, endpoint: &str) -> Result<String, ConfigError> {
    config.clone().validate()?;
    check_endpoint(endpoint, config.is_http_allowed)
        .map(Cow::into_owned)
        .map_err(|source| ConfigError::Endpoint { stage, source })
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
