//! A driver on virtual time: it sleeps by moving a number, and writes down all that it was told.

use device_flow_core::{
    Call, Config, DeviceFlow, Event, Failure, Input, Machine as _, Outcome, Output, Request, RequestId, Response,
    Timestamp, TokenResponse,
};
use device_flow_profiles::{Profile, ProfileSecret};
use std::time::Duration;

/// Codes under every name that a profile knows for them.
pub(crate) const CODES: &str = r#"{"device_code":"d","code":"d","user_code":"U-1","verification_uri":"https://as.example/device","expires_in":600}"#;
pub(crate) const PENDING: &str = r#"{"error":"authorization_pending"}"#;
pub(crate) const TOKEN: &str = r#"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#;

pub(crate) fn profile(name: &str) -> Profile {
    Profile::named(name).unwrap()
}

/// A client of a provider, with a secret if all clients there have one.
pub(crate) fn client(name: &str, variables: &[(&str, &str)]) -> Config {
    let profile = profile(name);
    let config = profile.config("tv", variables).unwrap();
    with_secret(&profile, config.interval_margin(0))
}

/// The same at a server of another address.
pub(crate) fn client_elsewhere(profile: &Profile) -> Config {
    let config = Config::new("tv", "https://as.example/device", "https://as.example/token");
    with_secret(profile, profile.apply(config.interval_margin(0)))
}

pub(crate) fn with_secret(profile: &Profile, config: Config) -> Config {
    match profile.secret() {
        ProfileSecret::Required => config.client_authentication(profile.authentication("s3cret")),
        _ => config,
    }
}

/// All variables with their examples.
pub(crate) fn examples(profile: &Profile) -> Vec<(&str, &str)> {
    let variables = profile.variables().iter();
    variables.map(|it| (it.name(), it.example())).collect()
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A request as it was lent, copied.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: RequestId,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Sent {
    fn of(request: &Request<'_>) -> Self {
        let headers = request.headers();
        Self {
            id: request.id(),
            url: request.url().to_owned(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: String::from_utf8(request.body().to_vec()).unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(it, _)| it == name);
        let first = named.next().map(|(_, value)| value.as_str());
        assert!(named.next().is_none(), "{name} is there twice");
        first
    }

    /// All values of a parameter.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&self.body).unwrap();
        let named = pairs.into_iter().filter(|(it, _)| it == name);
        named.map(|(_, value)| value).collect()
    }
}

pub(crate) struct Bench {
    pub(crate) flow: DeviceFlow,
    pub(crate) now: Timestamp,
    pub(crate) events: Vec<Event>,
    lent: Option<RequestId>,
}

impl Bench {
    /// A flow that has not begun.
    pub(crate) fn new(config: Config) -> Self {
        Self::of(DeviceFlow::new(config).unwrap())
    }

    pub(crate) fn of(flow: DeviceFlow) -> Self {
        Self { flow, now: Timestamp::from_millis(1_000_000), events: Vec::new(), lent: None }
    }

    /// A flow that has its codes, right after they arrived.
    pub(crate) fn with_codes(config: Config, codes: &str) -> Self {
        let mut bench = Self::new(config);
        bench.next_request();
        bench.answer(200, codes);
        bench
    }

    /// Sleeps as told until there is something to send; `None` at the end.
    pub(crate) fn try_next_request(&mut self) -> Option<Sent> {
        loop {
            match self.flow.poll_output(self.now) {
                Output::Send(request) => {
                    let sent = Sent::of(&request);
                    self.lent = Some(sent.id);
                    return Some(sent);
                }
                Output::Event(event) => self.events.push(event),
                Output::WaitUntil(until) => self.now = until,
                Output::Done => return None,
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
        let id = self.lent.expect("nothing was lent yet");
        self.flow.handle_input(self.now, Input::Response(id, response)).unwrap();
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
        self.next_request();
        self.now.saturating_duration_since(before)
    }

    /// What the answer that came last makes the flow tell; `None` when it ended the flow.
    pub(crate) fn told(&mut self) -> Option<Event> {
        match self.flow.poll_output(self.now) {
            Output::Event(event) => Some(event),
            Output::Done => None,
            other => panic!("nothing was told, but {other:?}"),
        }
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
}

/// The bodies of the device authorization request and of a poll.
pub(crate) fn bodies(config: Config) -> (String, String) {
    let mut bench = Bench::new(config);
    let first = bench.next_request().body;
    bench.answer(200, CODES);
    (first, bench.next_request().body)
}

/// Where the first request goes, and where the first poll does.
pub(crate) fn addresses(config: Config) -> [String; 2] {
    let mut bench = Bench::new(config);
    let first = bench.next_request().url;
    bench.answer(200, CODES);
    [first, bench.next_request().url]
}

/// What a call asks.
pub(crate) fn asked<T: std::fmt::Debug>(call: &mut Call<T>) -> Sent {
    match call.poll_output(Timestamp::ZERO) {
        Output::Send(request) => Sent::of(&request),
        other => panic!("nothing to send, but {other:?}"),
    }
}

/// What comes of one answer to a refresh; `None` when it will be asked for again.
pub(crate) fn refreshed(config: &Config, response: Response<'_>) -> Option<Result<TokenResponse, Failure>> {
    let mut call = Call::refresh(config, "r").unwrap();
    let id = asked(&mut call).id;
    call.handle_input(Timestamp::ZERO, Input::Response(id, response)).unwrap();
    call.into_outcome().ok()
}
