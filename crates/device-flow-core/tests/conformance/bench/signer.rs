//! A driver of lasting sign-ins on virtual time.

use std::collections::HashSet;
use std::time::Duration;

use device_flow_core::{
    Config, Event, Input, Machine, Misuse, Output, RequestId, Response, SignIn, SignInEvent, SignInStatus, Stage,
    Timestamp, TransportFailure,
};

use super::{CODES, Sent, config, keeper, seconds};

pub(crate) const TOKENS: &str = r#"{"access_token":"first","refresh_token":"r1","expires_in":600}"#;

pub(crate) struct Signer {
    pub(crate) sign_in: SignIn,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<SignInEvent>,
    pub(crate) sent: Option<Sent>,
    ids: HashSet<RequestId>,
    asked: u32,
}

impl Signer {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::of(SignIn::new(config).unwrap())
    }

    pub(crate) fn of(sign_in: SignIn) -> Self {
        Self { sign_in, now: Timestamp::ZERO, events: Vec::new(), sent: None, ids: HashSet::new(), asked: 0 }
    }

    /// One whose code the person sees.
    pub(crate) fn code_shown() -> Self {
        let mut signer = Self::new();
        signer.exchange(200, CODES);
        signer
    }

    /// One that has tokens of 600 s and has told so.
    pub(crate) fn granted() -> Self {
        let mut signer = Self::code_shown();
        signer.exchange(200, TOKENS);
        signer.settle();
        signer
    }

    /// One whose code has run out.
    pub(crate) fn code_expired(config: Config) -> Self {
        let mut signer = Self::with(config);
        signer.exchange(200, CODES);
        signer.exchange(400, r#"{"error":"expired_token"}"#);
        signer.settle();
        signer
    }

    /// One whose refresh was refused for good, with 30 s of the token's life left.
    pub(crate) fn sign_in_needed() -> Self {
        let mut signer = Self::granted();
        signer.exchange(400, r#"{"error":"invalid_grant"}"#);
        signer.settle();
        signer
    }

    /// Sleeps until a request is lent; `None` at the end, or when nothing comes for long.
    pub(crate) fn request(&mut self) -> Option<Stage> {
        self.request_within(seconds(10_000))
    }

    pub(crate) fn request_within(&mut self, limit: Duration) -> Option<Stage> {
        let limit = self.now.saturating_add(limit);
        loop {
            self.asked += 1;
            assert!(self.asked < 100_000, "no end in sight: {:?}", self.sign_in);
            match self.sign_in.poll_output(self.now) {
                Output::Send(request) => {
                    assert!(self.ids.insert(request.id()), "no id is used twice");
                    self.sent = Some(Sent::of(&request, self.now));
                    return Some(request.stage());
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

    /// All that was told so far, with what there is to tell now.
    pub(crate) fn settle(&mut self) -> Vec<&'static str> {
        assert_eq!(self.request_within(Duration::ZERO), None);
        self.names()
    }

    pub(crate) fn sent(&self) -> &Sent {
        self.sent.as_ref().expect("nothing was lent yet")
    }

    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        let id = self.sent().id;
        self.respond(id, status, body);
    }

    /// An answer to this request, which need not be the last one.
    pub(crate) fn respond(&mut self, id: RequestId, status: u16, body: &str) {
        self.input(Input::Response(id, Response::new(status, body.as_bytes()))).unwrap();
    }

    pub(crate) fn fail(&mut self, failure: TransportFailure) {
        let id = self.sent().id;
        self.input(Input::Failure(id, failure)).unwrap();
    }

    pub(crate) fn exchange(&mut self, status: u16, body: &str) {
        let request = self.request();
        assert!(request.is_some(), "no request: {:?} {:?}", self.names(), self.sign_in);
        self.answer(status, body);
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> Result<(), Misuse> {
        self.sign_in.handle_input(self.now, input)
    }

    pub(crate) fn sleep(&mut self, duration: Duration) {
        self.now = self.now.saturating_add(duration);
    }

    pub(crate) fn status(&self) -> SignInStatus {
        self.sign_in.status()
    }

    pub(crate) fn access_token(&self) -> Option<&str> {
        let tokens = self.sign_in.tokens();
        tokens.map(|it| it.access_token().expose())
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.events.iter().map(name).collect()
    }

    pub(crate) fn last_name(&self) -> &'static str {
        self.events.last().map_or("nothing", name)
    }

    /// When the sign-in wants to be asked again, all events told.
    pub(crate) fn wake_at(&mut self) -> Timestamp {
        match self.sign_in.poll_output(self.now) {
            Output::WaitUntil(until) => until,
            Output::Event(event) => {
                self.events.push(event);
                self.wake_at()
            }
            other => panic!("no wait but {other:?}"),
        }
    }

    pub(crate) fn is_done(&mut self) -> bool {
        matches!(self.sign_in.poll_output(self.now), Output::Done)
    }
}

pub(crate) fn name(event: &SignInEvent) -> &'static str {
    match event {
        SignInEvent::Flow(Event::Prompt(_)) => "prompt",
        SignInEvent::Flow(Event::Pending { .. }) => "pending",
        SignInEvent::Flow(Event::SlowedDown { .. }) => "slowed down",
        SignInEvent::Flow(Event::Retrying { .. }) => "retrying",
        SignInEvent::Flow(Event::IdTokenMissing) => "no identity",
        SignInEvent::Granted(_) => "granted",
        SignInEvent::CodeExpired(_) => "code expired",
        SignInEvent::Denied => "denied",
        SignInEvent::Failed(_) => "failed",
        SignInEvent::Session(event) => keeper::name(event),
        _ => "?",
    }
}
