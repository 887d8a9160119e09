//! From the first request to refreshing for ever: a device flow and the session that comes of it, as one machine.

use crate::config::{Config, ConfigError};
use crate::exchange::Next;
use crate::failure::Failure;
use crate::flow::{DeviceFlow, Event, Outcome};
use crate::machine::{Input, Machine, Misuse, Output};
use crate::prompt::Prompt;
use crate::session::{Session, SessionEvent};
use crate::time::Timestamp;
use crate::wire::TokenResponse;
use core::time::Duration;

/// How often a sign-in that waits for its caller asks to be woken.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// A sign-in that lasts: it gets the person's consent with a [`DeviceFlow`] and keeps the tokens fresh with a
/// [`Session`].
///
/// When a code runs out, or a refresh token is no longer taken, it offers a fresh start and waits:
/// [`Input::Resume`] asks for a new code. It ends when the person refuses, when the sign-in fails, and when it is
/// cancelled.
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
    clock: Timestamp,
    notice: Option<SignInEvent>,
    phase: Phase,
}

/// What a [`SignIn`] tells while it works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignInEvent {
    /// Something about the code and the polls.
    Flow(Event),
    /// The person said yes, and here are the tokens. Never told for anything else.
    Granted(TokenResponse),
    /// The code has run out before the person decided. [`Input::Resume`] asks for a new one.
    CodeExpired,
    /// The person said no. The end.
    Denied,
    /// It could not be done. The end.
    Failed(Failure),
    /// Something about the tokens. After [`SessionEvent::SignInNeeded`], [`Input::Resume`] asks for a new code.
    Session(SessionEvent),
}

/// Where a [`SignIn`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInStatus {
    /// No code, no tokens.
    NotAuthenticated,
    /// There is a code, and the person has not decided yet.
    CodeShown,
    /// There are tokens.
    Granted,
    /// There are tokens, and new ones are being fetched.
    Refreshing,
    /// The end.
    Ended,
}

#[derive(Debug)]
enum Phase {
    Flow(DeviceFlow),
    /// Waits for the caller to ask for a new code. Ids go on from here.
    Offering {
        last_id: u64,
    },
    Session(Session),
    Ended {
        last_id: u64,
    },
}

impl SignIn {
    /// A sign-in that has not begun.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let flow = DeviceFlow::new(config.clone())?;
        Ok(Self {
            config,
            clock: Timestamp::ZERO,
            notice: None,
            phase: Phase::Flow(flow),
        })
    }

    /// Goes on with tokens that are there already, under the session's configuration; see [`Session::resume`].
    pub fn with_session(session: Session) -> Self {
        let mut sign_in = Self {
            config: session.config().clone(),
            clock: Timestamp::ZERO,
            notice: None,
            phase: Phase::Session(session),
        };
        sign_in.leave_ended_session();
        sign_in
    }

    /// Where it stands.
    pub fn status(&self) -> SignInStatus {
        match &self.phase {
            Phase::Flow(flow) if flow.device_authorization().is_some() => SignInStatus::CodeShown,
            Phase::Flow(_) | Phase::Offering { .. } => SignInStatus::NotAuthenticated,
            Phase::Session(session) if session.is_refreshing() => SignInStatus::Refreshing,
            Phase::Session(_) => SignInStatus::Granted,
            Phase::Ended { .. } => SignInStatus::Ended,
        }
    }

    /// What the person has to be shown, while there is a code.
    pub fn prompt(&self, now: Timestamp) -> Option<Prompt> {
        match &self.phase {
            Phase::Flow(flow) => flow.prompt(now),
            _ => None,
        }
    }

    /// The tokens, when there are some.
    pub const fn tokens(&self) -> Option<&TokenResponse> {
        match &self.phase {
            Phase::Session(session) => Some(session.tokens()),
            _ => None,
        }
    }

    /// The flow, until the person has decided.
    pub const fn flow(&self) -> Option<&DeviceFlow> {
        match &self.phase {
            Phase::Flow(flow) => Some(flow),
            _ => None,
        }
    }

    /// The session, once there is one.
    pub const fn session(&self) -> Option<&Session> {
        match &self.phase {
            Phase::Session(session) => Some(session),
            _ => None,
        }
    }

    /// Refreshes on demand; see [`Session::refresh`].
    ///
    /// # Errors
    ///
    /// [`Misuse::NoRefreshToken`] without tokens or without a refresh token, [`Misuse::Finished`] after the end.
    pub fn refresh(&mut self, now: Timestamp) -> Result<(), Misuse> {
        match &mut self.phase {
            Phase::Session(session) => session.refresh(now),
            Phase::Ended { .. } => Err(Misuse::Finished),
            Phase::Flow(_) | Phase::Offering { .. } => Err(Misuse::NoRefreshToken),
        }
    }

    /// Throws away what there is and asks for a new code under this configuration, which is the place for a fresh nonce
    /// and a fresh PKCE verifier. [`Input::Resume`] goes on with the ones that there are.
    ///
    /// # Errors
    ///
    /// A [`ConfigError`] when the configuration cannot work; then everything stays as it was.
    pub fn restart(&mut self, config: Config) -> Result<(), ConfigError> {
        let mut flow = DeviceFlow::new(config.clone())?;
        self.config = config;
        flow.continue_ids(self.last_id());
        self.notice = None;
        self.phase = Phase::Flow(flow);
        Ok(())
    }

    const fn last_id(&self) -> u64 {
        match &self.phase {
            Phase::Flow(flow) => flow.last_id(),
            Phase::Session(session) => session.last_id(),
            Phase::Offering { last_id } | Phase::Ended { last_id } => *last_id,
        }
    }
}

impl Machine for SignIn {
    type Event = SignInEvent;

    fn poll_output(&mut self, now: Timestamp) -> Output<'_, SignInEvent> {
        self.clock = self.clock.max(now);
        let next = self.advance(self.clock);
        match next {
            Next::Tell(event) => Output::Event(event),
            Next::Wait(until) => Output::WaitUntil(until),
            Next::Done => Output::Done,
            Next::Send(id, timeout) => {
                let request = match &self.phase {
                    Phase::Flow(flow) => flow.request(id, timeout),
                    Phase::Session(session) => session.request(id, timeout),
                    Phase::Offering { .. } | Phase::Ended { .. } => None,
                };
                request.map_or(Output::Done, Output::Send)
            }
        }
    }

    fn handle_input(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        let clock = self.clock;
        let taken = self.take_in(now, input);
        if taken.is_err() {
            self.clock = clock;
        }
        taken
    }
}

impl SignIn {
    fn take_in(&mut self, now: Timestamp, input: Input<'_>) -> Result<(), Misuse> {
        self.clock = self.clock.max(now);
        match (&mut self.phase, input) {
            (Phase::Ended { .. }, Input::Cancel) => Ok(()),
            (_, Input::Cancel) => {
                self.end(None);
                Ok(())
            }
            (Phase::Offering { .. }, Input::Resume) => {
                // Why there has to be a new code is told all the same.
                let notice = self.notice.take();
                let restarted = self.restart(self.config.clone());
                self.notice = notice;
                restarted.map_err(|_| Misuse::Finished)
            }
            (Phase::Offering { .. }, Input::Pause) => Err(Misuse::NotPolling),
            (Phase::Ended { .. }, Input::Pause | Input::Resume) => Err(Misuse::Finished),
            (Phase::Flow(flow), input) => {
                flow.handle_input(now, input)?;
                if flow.outcome().is_some() {
                    self.go_on(self.clock);
                }
                Ok(())
            }
            (Phase::Session(session), input) => {
                session.handle_input(now, input)?;
                self.leave_ended_session();
                Ok(())
            }
            (
                Phase::Offering { last_id } | Phase::Ended { last_id },
                Input::Response(id, _) | Input::Failure(id, _),
            ) => {
                if id.as_u64() > *last_id {
                    Err(Misuse::UnknownRequest)
                } else {
                    Ok(())
                }
            }
        }
    }

    fn advance(&mut self, now: Timestamp) -> Next<SignInEvent> {
        loop {
            if let Some(event) = self.notice.take() {
                return Next::Tell(event);
            }
            let next = match &mut self.phase {
                Phase::Flow(flow) => flow.advance(now).map(SignInEvent::Flow),
                Phase::Session(session) => {
                    let next = session.advance(now);
                    if matches!(next, Next::Tell(SessionEvent::SignInNeeded(_))) {
                        // Whoever hears of it may ask for a new code at once.
                        self.go_on(now);
                    }
                    next.map(SignInEvent::Session)
                }
                Phase::Offering { .. } => Next::Wait(now.saturating_add(IDLE)),
                Phase::Ended { .. } => return Next::Done,
            };
            match next {
                Next::Done => self.go_on(now),
                other => return other,
            }
        }
    }

    /// Offers a new code as soon as a session is over; why it is may still be to tell.
    fn leave_ended_session(&mut self) {
        if let Phase::Session(session) = &mut self.phase {
            if session.is_over() {
                let notice = session.take_notice().map(SignInEvent::Session);
                self.go_on(self.clock);
                self.notice = notice;
            }
        }
    }

    /// Goes on from a part that has come to its end.
    fn go_on(&mut self, now: Timestamp) {
        let last_id = self.last_id();
        let ended = core::mem::replace(&mut self.phase, Phase::Ended { last_id });
        let outcome = match ended {
            Phase::Flow(flow) => flow.into_outcome(),
            Phase::Session(_) => {
                self.phase = Phase::Offering { last_id };
                return;
            }
            Phase::Offering { .. } | Phase::Ended { .. } => return,
        };
        match outcome {
            Some(Outcome::Authorized(tokens)) => {
                match Session::new(self.config.clone(), tokens, now) {
                    Ok(mut session) => {
                        session.continue_ids(last_id);
                        self.notice = Some(SignInEvent::Granted(session.tokens().clone()));
                        self.phase = Phase::Session(session);
                    }
                    // Cannot be: the flow was made of the same configuration.
                    Err(_) => self.end(None),
                }
            }
            Some(Outcome::Expired) => {
                self.phase = Phase::Offering { last_id };
                self.notice = Some(SignInEvent::CodeExpired);
            }
            Some(Outcome::Denied) => self.end(Some(SignInEvent::Denied)),
            Some(Outcome::Failed(failure)) => self.end(Some(SignInEvent::Failed(failure))),
            Some(Outcome::Cancelled) | None => self.end(None),
        }
    }

    fn end(&mut self, notice: Option<SignInEvent>) {
        self.notice = notice;
        self.phase = Phase::Ended {
            last_id: self.last_id(),
        };
    }
}
