//! A driver on virtual time: it sleeps by moving a number, and writes down all that it was told.

pub(crate) mod keeper;
pub(crate) mod signer;

use std::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Event, Expiry, Failure, Input, Machine, Misuse, Outcome, Output, ProtocolErrorKind, Request,
    RequestId, Response, Stage, Timestamp, TokenResponse, TransportFailure,
};

pub(crate) const CODES: &str = r#"{"device_code":"GmRhmhcxhwAzkoEqiMEg","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?user_code=WDJB-MJHT","expires_in":600,"interval":5}"#;
pub(crate) const PENDING: &str = r#"{"error":"authorization_pending"}"#;
pub(crate) const SLOW_DOWN: &str = r#"{"error":"slow_down"}"#;
pub(crate) const TOKEN: &str = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}"#;

/// A public client whose waits are the interval and nothing else.
pub(crate) fn config() -> Config {
    Config::new("tv", "https://as.example/device_authorization", "https://as.example/token").interval_margin(0)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A request as it was lent, copied.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: RequestId,
    pub(crate) stage: Stage,
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) max_body: usize,
    pub(crate) timeout: Duration,
    pub(crate) at: Timestamp,
}

impl Sent {
    pub(crate) fn of(request: &Request<'_>, at: Timestamp) -> Self {
        Self {
            id: request.id(),
            stage: request.stage(),
            method: request.method().as_str(),
            url: request.url().to_owned(),
            headers: request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: String::from_utf8(request.body().to_vec()).unwrap(),
            max_body: request.max_body(),
            timeout: request.timeout(),
            at,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(it, _)| it == name);
        let first = named.next().map(|(_, value)| value.as_str());
        assert!(named.next().is_none(), "{name} is there twice");
        first
    }

    /// The body's pairs as a server reads them.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        serde_urlencoded::from_str(&self.body).unwrap()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.pairs();
        let mut named = pairs.into_iter().filter(|(it, _)| it == name);
        let first = named.next().map(|(_, value)| value);
        assert!(named.next().is_none(), "{name} is there twice");
        first
    }
}

/// An output, copied.
#[derive(Debug)]
pub(crate) enum Seen {
    Send(Sent),
    Event(Event),
    Wait(Timestamp),
    Done,
}

pub(crate) struct Bench {
    pub(crate) flow: DeviceFlow,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<Event>,
    lent: Option<RequestId>,
    asked: u32,
}

impl Bench {
    /// A flow that has not begun.
    pub(crate) fn new(config: Config) -> Self {
        Self::of(DeviceFlow::new(config).unwrap())
    }

    pub(crate) fn of(flow: DeviceFlow) -> Self {
        Self { flow, now: Timestamp::from_millis(1_000_000), events: Vec::new(), lent: None, asked: 0 }
    }

    /// A flow that has its codes, right after they arrived.
    pub(crate) fn polling(config: Config) -> Self {
        Self::with_codes(config, CODES)
    }

    pub(crate) fn with_codes(config: Config, codes: &str) -> Self {
        let mut bench = Self::new(config);
        bench.next_request();
        bench.answer(200, codes);
        bench
    }

    /// Asks once.
    pub(crate) fn ask(&mut self) -> Seen {
        self.asked += 1;
        assert!(self.asked < 1_000_000, "no end in sight: {:?}", self.flow);
        match self.flow.poll_output(self.now) {
            Output::Send(request) => Seen::Send(Sent::of(&request, self.now)),
            Output::Event(event) => Seen::Event(event),
            Output::WaitUntil(until) => {
                assert!(until > self.now, "a wait until the past");
                Seen::Wait(until)
            }
            Output::Done => Seen::Done,
        }
    }

    /// Sleeps as told until there is something to send; `None` at the end.
    pub(crate) fn try_next_request(&mut self) -> Option<Sent> {
        loop {
            match self.ask() {
                Seen::Send(request) => {
                    self.lent = Some(request.id);
                    return Some(request);
                }
                Seen::Event(event) => self.events.push(event),
                Seen::Wait(until) => self.now = until,
                Seen::Done => return None,
            }
        }
    }

    pub(crate) fn next_request(&mut self) -> Sent {
        self.try_next_request().unwrap_or_else(|| panic!("ended with {:?}", self.flow.outcome()))
    }

    /// Answers the request that was lent last.
    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        self.answer_with(Response::new(status, body.as_bytes()));
    }

    pub(crate) fn answer_with(&mut self, response: Response<'_>) {
        let id = self.last_id();
        self.flow.handle_input(self.now, Input::Response(id, response)).unwrap();
    }

    pub(crate) fn fail(&mut self, failure: TransportFailure) {
        let id = self.last_id();
        self.flow.handle_input(self.now, Input::Failure(id, failure)).unwrap();
    }

    /// An answer to this request, which need not be the last one.
    pub(crate) fn respond(&mut self, id: RequestId, status: u16, body: &str) -> Result<(), Misuse> {
        self.input(Input::Response(id, Response::new(status, body.as_bytes())))
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> Result<(), Misuse> {
        self.flow.handle_input(self.now, input)
    }

    /// Polls once with this answer; returns the wait since the last exchange ended.
    pub(crate) fn poll(&mut self, status: u16, body: &str) -> Duration {
        let wait = self.wait();
        self.answer(status, body);
        wait
    }

    /// Sleeps until the next request is lent; returns how long that was.
    pub(crate) fn wait(&mut self) -> Duration {
        let before = self.now;
        self.next_request().at.saturating_duration_since(before)
    }

    /// Tells all that there is to be told now.
    pub(crate) fn hear(&mut self) -> Vec<Event> {
        let mut told = Vec::new();
        while let Seen::Event(event) = self.ask() {
            told.push(event);
        }
        told
    }

    /// When the flow wants to be asked again, all events told.
    pub(crate) fn wake_at(&mut self) -> Timestamp {
        match self.ask() {
            Seen::Wait(until) => until,
            Seen::Event(event) => {
                self.events.push(event);
                self.wake_at()
            }
            other => panic!("no wait but {other:?}"),
        }
    }

    pub(crate) fn sleep(&mut self, duration: Duration) {
        self.now = self.now.saturating_add(duration);
    }

    /// Runs to the end, which must come without another request.
    pub(crate) fn end(&mut self) -> &Outcome {
        let request = self.try_next_request();
        assert!(request.is_none(), "another request: {request:?}");
        self.flow.outcome().unwrap()
    }

    pub(crate) fn token(&mut self) -> TokenResponse {
        match self.end() {
            Outcome::Authorized(token) => token.clone(),
            other => panic!("no token but {other:?}"),
        }
    }

    pub(crate) fn failure(&mut self) -> Failure {
        match self.end() {
            Outcome::Failed(failure) => failure.clone(),
            other => panic!("no failure but {other:?}"),
        }
    }

    pub(crate) fn expiry(&mut self) -> Expiry {
        match self.end() {
            Outcome::Expired(expiry) => *expiry,
            other => panic!("not expired but {other:?}"),
        }
    }

    /// What was wrong with an answer that ended the flow.
    pub(crate) fn protocol_error(&mut self) -> ProtocolErrorKind {
        match self.failure() {
            Failure::Protocol(error) => error.kind().clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Notes that this request was lent by somebody who asked by hand.
    pub(crate) fn lend(&mut self, id: RequestId) {
        self.lent = Some(id);
    }

    pub(crate) fn last_id(&self) -> RequestId {
        self.lent.expect("nothing was lent yet")
    }
}
