//! From the first request to refreshing for ever: a device flow and the session that comes of it, as one machine.
//!
//! The rules are a table in `docs/state-machine.md`, and `tests/conformance/sign_in_transitions.rs` goes through it cell
//! by cell.

mod course;
mod event;
mod seed;

pub use event::{SignInEvent, SignInStatus};

use crate::config::{Config, ConfigError};
use crate::engine::{Engine, Next, Rules as _};
use crate::flow::DeviceFlow;
use crate::machine::{Input, Machine, Misuse, Output};
use crate::prompt::Prompt;
use crate::session::Session;
use crate::time::Timestamp;
use crate::token_response::TokenResponse;
use seed::Seed;

/// A sign-in that lasts: it gets the person's consent with a [`DeviceFlow`] and keeps the tokens fresh with a
/// [`Session`].
///
/// When a code runs out, or a refresh token is no longer taken, it offers a fresh start and waits:
/// [`Input::Resume`] asks for a new code. An access token that is still good stays in [`tokens`](Self::tokens) until it
/// expires. It ends when the person refuses, when the sign-in fails, and when it is cancelled.
///
/// A nonce and a PKCE verifier are good for one code. Who uses them gives the sign-in a secret to make new ones of
/// ([`fresh_from`](Self::fresh_from)), or asks for a new code with [`restart`](Self::restart); `Input::Resume` is refused
/// otherwise ([`Misuse::NotFresh`]).
///
/// While a code is being polled, [`Input::Pause`] and [`Input::Resume`] stop and start polling; later they turn the
/// automatic refresh off and on.
///
/// ```
/// use device_flow_core::{Config, Event, Input, Machine, Output, Response, SignIn, SignInEvent, SignInStatus, Timestamp};
///
/// let config = Config::new("tv", "https://as.example/device_authorization", "https://as.example/token");
/// let mut sign_in = SignIn::new(config)?;
/// let mut now = Timestamp::ZERO;
/// let answers = [
///     r#"{"device_code":"GmRh","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","expires_in":600}"#,
///     r#"{"access_token":"first","refresh_token":"r1","expires_in":100}"#,
///     r#"{"access_token":"second","refresh_token":"r2","expires_in":100}"#,
/// ];
/// for answer in answers {
///     let id = loop {
///         match sign_in.poll_output(now) {
///             Output::Send(request) => break request.id(),
///             Output::WaitUntil(until) => now = until,
///             Output::Event(SignInEvent::Flow(Event::Prompt(prompt))) => println!("{}", prompt.verification_uri()),
///             Output::Event(_) => {}
///             Output::Done => panic!(),
///         }
///     };
///     sign_in.handle_input(now, Input::Response(id, Response::new(200, answer.as_bytes())))?;
/// }
/// assert!(matches!(sign_in.poll_output(now), Output::Event(_)));
/// assert_eq!(sign_in.status(), SignInStatus::Granted);
/// assert_eq!(sign_in.tokens().unwrap().access_token().expose(), "second");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SignIn {
    config: Config,
    seed: Option<Seed>,
    /// What time it is, and where ids go on from, while neither flow nor session is at work.
    engine: Engine,
    notice: Option<SignInEvent>,
    /// A session that was left, whose access token may still be good and whose last refresh may still be out.
    kept: Option<Session>,
    /// Whether the caller gave up.
    is_cancelled: bool,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Flow(DeviceFlow),
    Session(Session),
    /// Cancelled while the answer to a refresh is out.
    Closing(Session),
    /// Waits for the caller to ask for a new code.
    Offering(Offer),
    Ended,
}

/// Why a new code is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    CodeExpired,
    SignInNeeded,
}

impl SignIn {
    /// A sign-in that has not begun.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self::with_flow(DeviceFlow::new(config)?))
    }

    /// Goes on with a flow that is there already; see [`DeviceFlow::resume`].
    pub fn with_flow(flow: DeviceFlow) -> Self {
        let mut sign_in = Self::starting(flow.config().clone(), Phase::Flow(flow));
        sign_in.leave_ended_part();
        sign_in
    }

    /// Goes on with tokens that are there already, under the session's configuration; see [`Session::resume`].
    pub fn with_session(session: Session) -> Self {
        let mut sign_in = Self::starting(session.config().clone(), Phase::Session(session));
        sign_in.leave_ended_part();
        sign_in
    }

    const fn starting(config: Config, phase: Phase) -> Self {
        Self {
            config,
            seed: None,
            engine: Engine::starting(Timestamp::ZERO),
            notice: None,
            kept: None,
            is_cancelled: false,
            phase,
        }
    }

    /// Makes the nonce and the PKCE verifier of every code after this one of a secret: 32 bytes from a cryptographic
    /// generator, used for nothing else. With it, [`Input::Resume`] asks for a new code whatever the configuration has.
    #[must_use]
    pub fn fresh_from(mut self, secret: &[u8; 32]) -> Self {
        self.seed = Some(Seed::new(secret));
        self
    }

    /// Where it stands.
    pub fn status(&self) -> SignInStatus {
        match &self.phase {
            Phase::Flow(flow) if flow.is_paused() => SignInStatus::Paused,
            Phase::Flow(flow) if flow.device_authorization().is_some() => SignInStatus::CodeShown,
            Phase::Flow(_) => SignInStatus::NotAuthenticated,
            Phase::Offering(Offer::CodeExpired) => SignInStatus::CodeExpired,
            Phase::Offering(Offer::SignInNeeded) => SignInStatus::SignInNeeded,
            Phase::Closing(_) => SignInStatus::Refreshing,
            Phase::Session(session) if session.is_refreshing() => SignInStatus::Refreshing,
            Phase::Session(session) if session.is_expired() => SignInStatus::Expired,
            Phase::Session(_) => SignInStatus::Granted,
            Phase::Ended => SignInStatus::Ended,
        }
    }

    /// What the person has to be shown, while there is a code.
    pub fn prompt(&self, now: Timestamp) -> Option<Prompt> {
        self.flow().and_then(|it| it.prompt(now))
    }

    /// The tokens, when there are some: those of the session, after a cancellation too, or those that are left of the one
    /// before until their access token expires.
    pub fn tokens(&self) -> Option<&TokenResponse> {
        self.session().or(self.kept.as_ref()).map(Session::tokens)
    }

    /// The flow, until the person has decided.
    pub const fn flow(&self) -> Option<&DeviceFlow> {
        match &self.phase {
            Phase::Flow(flow) => Some(flow),
            _ => None,
        }
    }

    /// The session, while there is one, and after the end, to be suspended.
    pub const fn session(&self) -> Option<&Session> {
        match &self.phase {
            Phase::Session(session) | Phase::Closing(session) => Some(session),
            Phase::Ended => self.kept.as_ref(),
            Phase::Flow(_) | Phase::Offering(_) => None,
        }
    }

    /// Refreshes on demand; see [`Session::refresh`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoRefreshToken`] without tokens or without a refresh token, [`Misuse::RefreshUnderWay`] while one for
    /// fewer scopes is under way, [`Misuse::Finished`] after the end.
    pub fn refresh(&mut self, now: Timestamp) -> Result<(), Misuse> {
        match &mut self.phase {
            Phase::Session(session) => session.refresh(now),
            Phase::Closing(_) | Phase::Ended => Err(Misuse::Finished),
            Phase::Flow(_) | Phase::Offering(_) => Err(Misuse::NoRefreshToken),
        }
    }

    /// Asks for a new code under this configuration, which is the place for a fresh nonce and a fresh PKCE verifier, and
    /// drops the code that there is. Tokens that there are stay until new ones come or they expire; when they are being
    /// refreshed, the answer is heard and told until then. A sign-in that has ended begins anew.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work; then everything stays as it was.
    pub fn restart(&mut self, config: Config) -> Result<(), ConfigError> {
        let flow = DeviceFlow::new(config.clone())?;
        self.note_part();
        self.config = config;
        self.is_cancelled = false;
        // What came of the code before is of no interest any more, but for tokens that nobody has stored yet.
        self.notice = self.notice.take().filter(SignInEvent::brings_tokens);
        let flow = flow.following(&self.engine);
        match core::mem::replace(&mut self.phase, Phase::Flow(flow)) {
            Phase::Session(session) => self.keep(session.cancelled()),
            Phase::Closing(session) => self.keep(session),
            Phase::Flow(_) | Phase::Offering(_) | Phase::Ended => {}
        }
        Ok(())
    }
}

impl Machine for SignIn {
    type Event = SignInEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, SignInEvent> {
        match self.advance(now) {
            Next::Tell(event) => Output::Event(event),
            Next::Wait(until) => Output::WaitUntil(until),
            Next::Done => Output::Done,
            Next::Send(lent) => {
                let request = match &self.phase {
                    Phase::Flow(flow) => flow.request(lent),
                    Phase::Session(session) => session.request(lent),
                    Phase::Closing(_) | Phase::Offering(_) | Phase::Ended => None,
                };
                request.map_or(Output::Done, Output::Send)
            }
        }
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        let before = self.engine;
        let taken = self.take_in(now, input);
        if taken.is_err() {
            self.engine = before;
        } else {
            self.tick(now);
        }
        taken
    }

    fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Ended) && !self.is_kept_refreshing()
    }
}
