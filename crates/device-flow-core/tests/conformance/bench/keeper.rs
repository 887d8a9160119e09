//! A driver of sessions on virtual time.

use std::time::Duration;

use device_flow_core::{
    Config, Input, Machine, Misuse, Output, RequestId, Response, Session, SessionEvent, StoredSession, Timestamp,
    TransportFailure,
};

use super::{Sent, config, seconds};

pub(crate) const RENEWED: &str = r#"{"access_token":"second","token_type":"Bearer","expires_in":600}"#;
pub(crate) const ROTATED: &str = r#"{"access_token":"second","refresh_token":"r2","expires_in":600}"#;

pub(crate) struct Keeper {
    pub(crate) session: Session,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<SessionEvent>,
    pub(crate) sent: Option<Sent>,
    /// The ids of all that was lent.
    pub(crate) ids: Vec<RequestId>,
    asked: u32,
}

impl Keeper {
    pub(crate) fn new(config: Config, refresh_token: Option<&str>, life: Option<Duration>) -> Self {
        let stored = StoredSession::new(&config, "first", refresh_token, life).unwrap();
        let now = Timestamp::from_millis(1_000_000);
        Self::of(Session::resume(config, stored, Duration::ZERO, now).unwrap(), now)
    }

    pub(crate) fn of(session: Session, now: Timestamp) -> Self {
        Self { session, now, events: Vec::new(), sent: None, ids: Vec::new(), asked: 0 }
    }

    /// With a token of 600 s, so that the lead time is 30 s.
    pub(crate) fn usual() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::new(config, Some("r1"), Some(seconds(600)))
    }

    /// A usual one with a refresh under way.
    pub(crate) fn refreshing() -> Self {
        let mut keeper = Self::usual();
        keeper.request();
        keeper
    }

    /// Put aside as text, and taken up again on another clock after `away`.
    pub(crate) fn moved(&self, config: Config, away: Duration) -> Self {
        let stored = self.session.suspend(self.now).to_json();
        let stored = StoredSession::from_json(stored.expose()).unwrap();
        let now = Timestamp::from_millis(10_000_007);
        Self::of(Session::resume(config, stored, away, now).unwrap(), now)
    }

    /// Sleeps until a request is lent; `None` at the end, or when nothing comes before `limit`.
    pub(crate) fn try_request(&mut self, limit: Duration) -> Option<Timestamp> {
        let limit = self.now.saturating_add(limit);
        loop {
            self.asked += 1;
            assert!(self.asked < 100_000, "no end in sight: {:?}", self.session);
            match self.session.poll_output(self.now) {
                Output::Send(request) => {
                    self.ids.push(request.id());
                    self.sent = Some(Sent::of(&request, self.now));
                    return Some(self.now);
                }
                Output::Event(event) => self.events.push(event),
                Output::WaitUntil(until) if until > limit => {
                    self.now = limit;
                    return None;
                }
                Output::WaitUntil(until) => {
                    assert!(until > self.now, "a wait until the past");
                    self.now = until;
                }
                Output::Done => return None,
            }
        }
    }

    /// Sleeps until the next request is lent, and says how long that was.
    pub(crate) fn request(&mut self) -> Duration {
        let before = self.now;
        self.try_request(seconds(100_000))
            .unwrap_or_else(|| panic!("no request: {:?}", self.names()))
            .saturating_duration_since(before)
    }

    pub(crate) fn sent(&self) -> &Sent {
        self.sent.as_ref().expect("nothing was lent yet")
    }

    pub(crate) fn body(&self) -> &str {
        &self.sent().body
    }

    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        self.answer_with(Response::new(status, body.as_bytes()));
    }

    pub(crate) fn answer_with(&mut self, response: Response<'_>) {
        let id = self.sent().id;
        self.input(Input::Response(id, response)).unwrap();
    }

    /// An answer to this request, which need not be the last one.
    pub(crate) fn respond(&mut self, id: RequestId, status: u16, body: &str) {
        self.input(Input::Response(id, Response::new(status, body.as_bytes()))).unwrap();
    }

    pub(crate) fn fail(&mut self, failure: TransportFailure) {
        let id = self.sent().id;
        self.input(Input::Failure(id, failure)).unwrap();
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> Result<(), Misuse> {
        self.session.handle_input(self.now, input)
    }

    pub(crate) fn refresh(&mut self) -> Result<(), Misuse> {
        self.session.refresh(self.now)
    }

    pub(crate) fn sleep(&mut self, duration: Duration) {
        self.now = self.now.saturating_add(duration);
    }

    pub(crate) fn access_token(&self) -> &str {
        self.session.tokens().access_token().expose()
    }

    pub(crate) fn refresh_token(&self) -> &str {
        self.session.tokens().refresh_token().unwrap().expose()
    }

    pub(crate) fn scopes(&self) -> Vec<String> {
        let scopes = self.session.tokens().scopes().unwrap();
        scopes.map(str::to_owned).collect()
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.events.iter().map(name).collect()
    }

    /// All that was told so far, with what there is to tell now.
    pub(crate) fn settle(&mut self) -> Vec<&'static str> {
        assert!(self.try_request(Duration::ZERO).is_none());
        self.names()
    }

    /// When the session wants to be asked again, all events told.
    pub(crate) fn wake_at(&mut self) -> Timestamp {
        match self.session.poll_output(self.now) {
            Output::WaitUntil(until) => until,
            Output::Event(event) => {
                self.events.push(event);
                self.wake_at()
            }
            other => panic!("no wait but {other:?}"),
        }
    }

    pub(crate) fn is_done(&mut self) -> bool {
        matches!(self.session.poll_output(self.now), Output::Done)
    }
}

pub(crate) fn name(event: &SessionEvent) -> &'static str {
    match event {
        SessionEvent::AboutToExpire { .. } => "about to expire",
        SessionEvent::Refreshed(_) => "refreshed",
        SessionEvent::Retrying { .. } => "retrying",
        SessionEvent::RefreshFailed(_) => "failed",
        SessionEvent::Expired => "expired",
        SessionEvent::SignInNeeded(_) => "sign in",
        _ => "?",
    }
}
