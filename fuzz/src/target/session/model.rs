//! A kept token set as RFC 6749 section 6 and the documentation promise it.

use core::time::Duration;

use device_flow_core::wire::{RefreshAnswer, retry_after};
use device_flow_core::{
    Dialect, ErrorCode, Misuse, Response, Session, SessionEvent, SignInReason, Stage, Timestamp,
    TransportFailure,
};

use crate::check::{self, planted};
use crate::config;
use crate::drive::Sent;

/// The least wait before a refresh that met with passing trouble is tried again.
const LEAST_WAIT: Duration = Duration::from_secs(5);

#[expect(clippy::struct_excessive_bools, reason = "each is one promise")]
pub(super) struct Model {
    /// The latest reading of the driver's clock.
    clock: Timestamp,
    /// How many requests this machine has made.
    requests: usize,
    in_flight: Option<InFlight>,
    /// The moment before which a refresh that met with trouble is not tried again.
    not_before: Timestamp,
    access_token: String,
    refresh_token: Option<String>,
    expires_at: Option<Timestamp>,
    is_announced: bool,
    is_expiry_told: bool,
    is_automatic: bool,
    /// What a new machine begins with.
    is_configured_automatic: bool,
    /// The last refresh was refused for good.
    is_refused: bool,
    phase: Phase,
    /// What an answer brought and has to be told next.
    due: Option<Due>,
}

struct InFlight {
    number: usize,
    sent_at: Timestamp,
    give_up_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resting,
    Refreshing,
    Ended,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Refreshed,
    Retrying,
    RefreshFailed,
    Refused,
}

impl Model {
    pub(super) fn new(session: &Session, now: Timestamp, is_automatic: bool) -> Self {
        let tokens = session.tokens();
        Self {
            clock: now,
            requests: 0,
            in_flight: None,
            not_before: Timestamp::ZERO,
            access_token: tokens.access_token().expose().to_owned(),
            refresh_token: tokens.refresh_token().map(|it| it.expose().to_owned()),
            expires_at: session.expires_at(),
            is_announced: false,
            is_expiry_told: false,
            is_automatic,
            is_configured_automatic: is_automatic,
            is_refused: false,
            phase: Phase::Resting,
            due: None,
        }
    }

    /// Goes on in a new machine with the tokens as they are.
    pub(super) fn resume(&mut self, session: &Session, now: Timestamp) {
        let new = Self::new(session, now, self.is_configured_automatic);
        assert_eq!(new.access_token, self.access_token);
        assert_eq!(new.refresh_token, self.refresh_token);
        *self = new;
    }

    pub(super) const fn requests(&self) -> usize {
        self.requests
    }

    /// Whether time has passed since the last reading.
    pub(super) fn look_at_clock(&mut self, now: Timestamp) -> bool {
        let is_later = now > self.clock;
        self.clock = self.clock.max(now);
        is_later
    }

    /// What the server has been told in confidence.
    pub(super) fn confided(&self) -> Vec<&str> {
        let mut all = vec![planted::CLIENT_SECRET];
        all.extend(self.refresh_token.as_deref());
        all
    }

    pub(super) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    pub(super) fn is_refreshing(&self) -> bool {
        self.phase == Phase::Refreshing
    }

    pub(super) fn misuse_of_demanding(&self) -> Option<Misuse> {
        match self.phase {
            Phase::Ended => Some(Misuse::Finished),
            Phase::Refreshing => None,
            Phase::Resting => self
                .refresh_token
                .is_none()
                .then_some(Misuse::NoRefreshToken),
        }
    }

    /// What can be looked at agrees.
    pub(super) fn agree(&self, session: &Session, now: Timestamp) {
        let tokens = session.tokens();
        assert_eq!(tokens.access_token().expose(), self.access_token);
        let refresh_token = tokens.refresh_token().map(|it| it.expose().to_owned());
        assert_eq!(refresh_token, self.refresh_token);
        assert_eq!(session.expires_at(), self.expires_at);
        assert_eq!(session.is_refreshing(), self.is_refreshing());
        let now = now.max(self.clock);
        let remaining = self.expires_at.map(|it| it.saturating_duration_since(now));
        assert_eq!(session.remaining(now), remaining);
    }
}

/// Outputs.
impl Model {
    pub(super) fn send(&mut self, request: &Sent) {
        assert_eq!(self.due, None, "what happened is told first");
        assert!(self.in_flight.is_none(), "one refresh at a time");
        if self.phase == Phase::Resting {
            // By itself only in the lead time, and not again when it was refused.
            assert!(self.is_announced && self.is_automatic && !self.is_refused);
            self.phase = Phase::Refreshing;
            self.not_before = Timestamp::ZERO;
        }
        assert!(self.is_refreshing(), "nothing is sent after the end");
        assert!(self.clock >= self.not_before, "tried again too early");
        assert_eq!(request.stage, Stage::Refresh);
        assert_eq!(request.url, config::TOKEN_ENDPOINT);
        assert_eq!(request.parameter("refresh_token"), self.refresh_token);
        self.requests += 1;
        self.in_flight = Some(InFlight {
            number: self.requests,
            sent_at: self.clock,
            give_up_at: self.clock.saturating_add(request.timeout),
        });
    }

    pub(super) fn event(&mut self, event: &SessionEvent, session: &Session, secrets: &[&str]) {
        assert!(!self.has_ended() || matches!(event, SessionEvent::SignInNeeded(_)));
        match event {
            SessionEvent::AboutToExpire { expires_at } => {
                assert!(!self.is_announced, "told once a token");
                assert!(!self.is_expiry_told, "it has expired already");
                assert_eq!(Some(*expires_at), self.expires_at);
                self.is_announced = true;
            }
            SessionEvent::Expired => {
                assert!(!self.is_expiry_told, "told once a token");
                assert!(self.expires_at.is_some_and(|it| self.clock >= it));
                self.is_expiry_told = true;
            }
            SessionEvent::Refreshed(tokens) => {
                assert_eq!(self.due.take(), Some(Due::Refreshed));
                assert_eq!(tokens.access_token().expose(), self.access_token);
                let kept = tokens.refresh_token().map(|it| it.expose().to_owned());
                assert_eq!(kept, self.refresh_token);
            }
            SessionEvent::Retrying { next_attempt, .. } => {
                if self.due.take() != Some(Due::Retrying) {
                    let lost = self.in_flight.take().expect("a refresh is under way");
                    assert!(self.clock >= lost.give_up_at, "it still has time");
                    self.not_before = lost.give_up_at.saturating_add(LEAST_WAIT);
                }
                assert!(*next_attempt >= self.not_before);
            }
            SessionEvent::RefreshFailed(failure) => {
                assert_eq!(self.due.take(), Some(Due::RefreshFailed));
                check::failure_is_fit(failure, secrets);
            }
            SessionEvent::SignInNeeded(SignInReason::Refused(error)) => {
                assert_eq!(self.due.take(), Some(Due::Refused));
                check::server_error_is_fit(error, secrets);
            }
            SessionEvent::SignInNeeded(reason) => {
                assert_eq!(*reason, SignInReason::NoRefreshToken);
                assert!(self.refresh_token.is_none() && self.is_expiry_told);
                self.phase = Phase::Ended;
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(session.tokens().access_token().expose(), self.access_token);
    }

    pub(super) fn wait(&mut self, until: Timestamp) {
        assert_eq!(self.due, None, "what happened is told first");
        assert!(!self.has_ended());
        // Asking may have begun a refresh, and then sends it at once: so it is not waited with.
        if let Some(expires_at) = self.expires_at.filter(|_| !self.is_expiry_told) {
            assert!(self.clock < expires_at, "an expiry is told when it is due");
            let is_near = until <= expires_at;
            assert!(
                is_near || !self.is_announced,
                "the expiry is not slept over"
            );
        }
    }

    pub(super) fn done(&self) {
        assert_eq!(self.due, None, "what happened is told first");
        assert!(self.has_ended());
    }
}

/// Inputs.
impl Model {
    pub(super) fn is_awaited(&self, number: usize) -> bool {
        let is_in_flight = self
            .in_flight
            .as_ref()
            .is_some_and(|it| it.number == number);
        is_in_flight && self.is_refreshing()
    }

    pub(super) fn fail(&mut self, failure: TransportFailure) {
        self.in_flight = None;
        if failure == TransportFailure::BodyTooLarge {
            self.give_up();
        } else {
            self.try_again(Duration::ZERO);
        }
    }

    pub(super) fn respond(&mut self, dialect: &'static Dialect, response: &Response<'_>) {
        let sent = self.in_flight.take().expect("a request is under way");
        match RefreshAnswer::read_in(dialect, response) {
            RefreshAnswer::Granted(new) => {
                new.access_token()
                    .expose()
                    .clone_into(&mut self.access_token);
                if let Some(refresh_token) = new.refresh_token() {
                    self.refresh_token = Some(refresh_token.expose().to_owned());
                }
                self.expires_at = new.expires_in().map(|it| sent.sent_at.saturating_add(it));
                self.is_announced = false;
                self.is_expiry_told = false;
                self.phase = Phase::Resting;
                self.due = Some(Due::Refreshed);
            }
            RefreshAnswer::Error(error) if error.code() == &ErrorCode::InvalidGrant => {
                self.phase = Phase::Ended;
                self.due = Some(Due::Refused);
            }
            RefreshAnswer::Error(_) | RefreshAnswer::Invalid(_) => self.give_up(),
            RefreshAnswer::Transient => {
                self.try_again(retry_after(response).unwrap_or_default());
            }
        }
    }

    fn give_up(&mut self) {
        self.phase = Phase::Resting;
        self.is_refused = true;
        self.due = Some(Due::RefreshFailed);
    }

    fn try_again(&mut self, retry_after: Duration) {
        // A server can keep a session waiting for so long, and for no longer.
        let wait = retry_after
            .min(Duration::from_secs(60 * 60))
            .max(LEAST_WAIT);
        self.not_before = self.clock.saturating_add(wait);
        self.due = Some(Due::Retrying);
    }

    pub(super) const fn set_automatic(&mut self, is_automatic: bool) {
        self.is_automatic = is_automatic;
    }

    pub(super) fn demand(&mut self) {
        if self.phase == Phase::Resting {
            self.phase = Phase::Refreshing;
            self.is_refused = false;
            self.not_before = Timestamp::ZERO;
        }
    }

    pub(super) fn cancel(&mut self) {
        self.phase = Phase::Ended;
        self.due = None;
    }
}
