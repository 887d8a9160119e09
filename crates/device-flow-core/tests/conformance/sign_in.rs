//! A sign-in that lasts: flow and session as one machine.

use std::collections::HashSet;
use std::time::Duration;

use device_flow_core::{
    Call, CallEvent, DeviceFlow, Discovery, Event, Failure, Input, Machine, Misuse, Output,
    PkceVerifier, RequestId, Response, Session, SessionEvent, SignIn, SignInEvent, SignInStatus,
    Stage, StoredSession, Timestamp, TransportFailure,
};

use crate::bench::{CODES, PENDING, config, seconds};

struct Driver {
    sign_in: SignIn,
    now: Timestamp,
    events: Vec<String>,
    lent: Option<(RequestId, Stage, String)>,
    ids: HashSet<RequestId>,
}

impl Driver {
    fn new() -> Self {
        Self::with(config())
    }

    fn with(config: device_flow_core::Config) -> Self {
        Self {
            sign_in: SignIn::new(config).unwrap(),
            now: Timestamp::ZERO,
            events: Vec::new(),
            lent: None,
            ids: HashSet::new(),
        }
    }

    fn request(&mut self) -> Option<Stage> {
        let limit = self.now.saturating_add(seconds(10_000));
        loop {
            match self.sign_in.poll_output(self.now) {
                Output::Send(request) => {
                    let body = String::from_utf8(request.body().to_vec()).unwrap();
                    let (id, stage) = (request.id(), request.stage());
                    assert!(self.ids.insert(id), "no id is used twice");
                    self.lent = Some((id, stage, body));
                    return Some(stage);
                }
                Output::Event(event) => self.events.push(name(&event)),
                Output::WaitUntil(until) if until > limit => return None,
                Output::WaitUntil(until) => self.now = until,
                Output::Done => return None,
            }
        }
    }

    fn answer(&mut self, status: u16, body: &str) {
        let (id, ..) = self.lent.clone().unwrap();
        self.sign_in
            .handle_input(
                self.now,
                Input::Response(id, Response::new(status, body.as_bytes())),
            )
            .unwrap();
    }

    fn exchange(&mut self, status: u16, body: &str) {
        let request = self.request();
        assert!(
            request.is_some(),
            "no request: {:?} {:?}",
            self.events,
            self.sign_in
        );
        self.answer(status, body);
    }
}

fn name(event: &SignInEvent) -> String {
    let name = match event {
        SignInEvent::Flow(Event::Prompt(_)) => "prompt",
        SignInEvent::Flow(Event::Pending { .. }) => "pending",
        SignInEvent::Granted(_) => "granted",
        SignInEvent::CodeExpired => "code expired",
        SignInEvent::Denied => "denied",
        SignInEvent::Failed(_) => "failed",
        SignInEvent::Session(SessionEvent::AboutToExpire { .. }) => "about to expire",
        SignInEvent::Session(SessionEvent::Refreshed(_)) => "refreshed",
        SignInEvent::Session(SessionEvent::SignInNeeded(_)) => "sign in",
        SignInEvent::Session(SessionEvent::RefreshFailed(_)) => "refresh failed",
        _ => "other",
    };
    name.to_owned()
}

const TOKENS: &str = r#"{"access_token":"first","refresh_token":"r1","expires_in":600}"#;

#[test]
fn it_goes_from_the_first_request_to_refreshing_for_ever() {
    let mut driver = Driver::new();
    assert_eq!(driver.sign_in.status(), SignInStatus::NotAuthenticated);
    driver.exchange(200, CODES);
    assert_eq!(driver.sign_in.status(), SignInStatus::CodeShown);
    assert_eq!(
        driver.sign_in.prompt(driver.now).unwrap().user_code(),
        "WDJB-MJHT"
    );
    driver.exchange(400, PENDING);
    driver.exchange(200, TOKENS);
    for _ in 0..3 {
        assert_eq!(driver.request(), Some(Stage::Refresh));
        assert_eq!(driver.sign_in.status(), SignInStatus::Refreshing);
        driver.answer(200, TOKENS);
        assert_eq!(driver.sign_in.status(), SignInStatus::Granted);
    }
    assert_eq!(
        driver.events.iter().filter(|it| *it == "granted").count(),
        1
    );
    assert_eq!(
        &driver.events[..4],
        ["prompt", "pending", "granted", "about to expire"]
    );
}

#[test]
fn a_fresh_code_is_offered_when_the_old_one_ran_out() {
    let mut driver = Driver::new();
    driver.exchange(200, CODES);
    driver.exchange(400, r#"{"error":"expired_token"}"#);
    assert_eq!(driver.request(), None);
    assert_eq!(driver.events.last().unwrap(), "code expired");
    assert_eq!(driver.sign_in.status(), SignInStatus::NotAuthenticated);
    let (old, ..) = driver.lent.clone().unwrap();
    driver
        .sign_in
        .handle_input(driver.now, Input::Resume)
        .unwrap();
    assert_eq!(driver.request(), Some(Stage::DeviceAuthorization));
    // A late answer to the old code's poll changes nothing.
    driver
        .sign_in
        .handle_input(
            driver.now,
            Input::Response(old, Response::new(200, TOKENS.as_bytes())),
        )
        .unwrap();
    driver.answer(200, CODES);
    driver.exchange(200, TOKENS);
    assert_eq!(
        driver.sign_in.tokens().unwrap().access_token().expose(),
        "first"
    );
}

#[test]
fn an_offer_stands_until_somebody_takes_it_and_is_looked_at_every_hour() {
    let mut driver = Driver::new();
    driver.exchange(200, CODES);
    driver.exchange(400, r#"{"error":"expired_token"}"#);
    assert_eq!(driver.request(), None);
    let next = driver.now.saturating_add(seconds(60 * 60));
    assert!(matches!(
        driver.sign_in.poll_output(driver.now),
        Output::WaitUntil(until) if until == next
    ));
}

#[test]
fn a_fresh_code_is_offered_when_the_refresh_token_is_no_longer_taken() {
    let mut driver = Driver::new();
    driver.exchange(200, CODES);
    driver.exchange(200, TOKENS);
    assert_eq!(driver.request(), Some(Stage::Refresh));
    driver.answer(400, r#"{"error":"invalid_grant"}"#);
    assert_eq!(driver.request(), None);
    assert_eq!(driver.events.last().unwrap(), "sign in");
    assert_eq!(
        driver.events.iter().filter(|it| *it == "granted").count(),
        1
    );
    driver
        .sign_in
        .handle_input(driver.now, Input::Resume)
        .unwrap();
    assert_eq!(driver.request(), Some(Stage::DeviceAuthorization));
}

#[test]
fn the_end_of_a_session_is_not_the_end_of_the_sign_in_before_it_is_told() {
    let ended = || {
        let mut driver = Driver::new();
        driver.exchange(200, CODES);
        driver.exchange(200, TOKENS);
        driver.exchange(400, r#"{"error":"invalid_grant"}"#);
        driver
    };
    let mut driver = ended();
    assert_eq!(driver.sign_in.status(), SignInStatus::NotAuthenticated);
    let refused = driver.sign_in.refresh(driver.now);
    assert_eq!(refused, Err(Misuse::NoRefreshToken));
    let refused = driver.sign_in.handle_input(driver.now, Input::Pause);
    assert_eq!(refused, Err(Misuse::NotPolling));
    assert_eq!(driver.request(), None);
    assert_eq!(driver.events.last().unwrap(), "sign in");

    let mut driver = ended();
    driver
        .sign_in
        .handle_input(driver.now, Input::Resume)
        .unwrap();
    assert_eq!(driver.request(), Some(Stage::DeviceAuthorization));
    assert_eq!(
        driver.events.last().unwrap(),
        "sign in",
        "told all the same"
    );
}

#[test]
fn a_session_that_is_over_is_no_place_to_go_on_from() {
    let config = config();
    let stored = StoredSession::new(&config, "first", Some("r1"), None).unwrap();
    let mut session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    session
        .handle_input(Timestamp::ZERO, Input::Cancel)
        .unwrap();
    let mut sign_in = SignIn::with_session(session);
    assert_eq!(sign_in.status(), SignInStatus::NotAuthenticated);
    assert_eq!(
        sign_in.refresh(Timestamp::ZERO),
        Err(Misuse::NoRefreshToken)
    );
    sign_in
        .handle_input(Timestamp::ZERO, Input::Resume)
        .unwrap();
    assert!(matches!(
        sign_in.poll_output(Timestamp::ZERO),
        Output::Send(request) if request.stage() == Stage::DeviceAuthorization
    ));
}

#[test]
fn a_failed_refresh_never_claims_to_have_granted_anything() {
    let mut driver = Driver::new();
    driver.exchange(200, CODES);
    driver.exchange(200, TOKENS);
    driver.exchange(400, r#"{"error":"invalid_client"}"#);
    assert_eq!(driver.request(), None);
    assert_eq!(
        driver.events,
        [
            "prompt",
            "granted",
            "about to expire",
            "refresh failed",
            "other"
        ]
    );
}

#[test]
fn a_refusal_and_a_failure_are_the_end() {
    for (answer, event) in [
        (r#"{"error":"access_denied"}"#, "denied"),
        (r#"{"error":"invalid_client"}"#, "failed"),
    ] {
        let mut driver = Driver::new();
        driver.exchange(200, CODES);
        driver.exchange(400, answer);
        assert_eq!(driver.request(), None);
        assert_eq!(driver.events.last().unwrap(), event);
        assert_eq!(driver.sign_in.status(), SignInStatus::Ended);
        assert!(matches!(
            driver.sign_in.poll_output(driver.now),
            Output::Done
        ));
        assert_eq!(
            driver.sign_in.handle_input(driver.now, Input::Resume),
            Err(Misuse::Finished)
        );
        assert_eq!(driver.sign_in.refresh(driver.now), Err(Misuse::Finished));
    }
}

#[test]
fn polling_can_be_stopped_and_started_and_the_whole_be_given_up() {
    let mut driver = Driver::new();
    assert_eq!(
        driver.sign_in.refresh(driver.now),
        Err(Misuse::NoRefreshToken)
    );
    driver.exchange(200, CODES);
    driver
        .sign_in
        .handle_input(driver.now, Input::Pause)
        .unwrap();
    assert!(driver.sign_in.flow().unwrap().is_paused());
    driver
        .sign_in
        .handle_input(driver.now, Input::Resume)
        .unwrap();
    driver.exchange(200, TOKENS);
    driver.request();
    assert!(driver.sign_in.session().unwrap().is_refreshing());
    driver
        .sign_in
        .handle_input(driver.now, Input::Cancel)
        .unwrap();
    assert!(matches!(
        driver.sign_in.poll_output(driver.now),
        Output::Done
    ));
    assert!(driver.sign_in.tokens().is_none());
}

#[test]
fn it_can_be_restarted_with_a_fresh_nonce() {
    let mut driver = Driver::with(config().scope("openid").nonce("n1"));
    driver.request();
    assert!(driver.lent.clone().unwrap().2.ends_with("nonce=n1"));
    driver
        .sign_in
        .restart(config().scope("openid").nonce("n2"))
        .unwrap();
    driver.request();
    assert!(driver.lent.clone().unwrap().2.ends_with("nonce=n2"));
}

#[test]
fn a_code_challenge_goes_with_the_first_request_and_its_verifier_with_every_poll() {
    let verifier = PkceVerifier::new(&[7; 32]);
    let mut driver = Driver::with(config().pkce(verifier));
    driver.request();
    let (.., body) = driver.lent.clone().unwrap();
    let challenge = body
        .split('&')
        .find_map(|it| it.strip_prefix("code_challenge="))
        .unwrap();
    assert_eq!(challenge.len(), 43);
    assert!(body.contains("code_challenge_method=S256"));
    driver.answer(200, CODES);
    let stored = driver
        .sign_in
        .flow()
        .unwrap()
        .suspend(driver.now)
        .unwrap()
        .to_json();
    assert!(stored.expose().contains("code_verifier"));
    driver.request();
    let (.., body) = driver.lent.clone().unwrap();
    assert!(body.contains("code_verifier=BwcHBwcH"), "{body}");

    // A flow that was put aside still knows its verifier.
    let pending = device_flow_core::PendingFlow::from_json(stored.expose()).unwrap();
    let mut flow =
        DeviceFlow::resume(config(), pending, Duration::from_secs(60), Timestamp::ZERO).unwrap();
    let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    assert!(
        String::from_utf8(request.body().to_vec())
            .unwrap()
            .contains("code_verifier=BwcHBwcH")
    );
}

#[test]
fn failures_tell_whose_they_are() {
    let mut driver = Driver::new();
    driver.exchange(404, "");
    let mut last = None;
    while let Output::Event(event) = driver.sign_in.poll_output(driver.now) {
        last = Some(event);
    }
    assert!(
        matches!(last, Some(SignInEvent::Failed(Failure::Protocol(error))) if error.stage() == Stage::DeviceAuthorization)
    );
}

#[test]
fn a_new_code_can_be_asked_for_as_soon_as_the_need_is_told() {
    let mut driver = Driver::new();
    driver.exchange(200, CODES);
    driver.exchange(200, TOKENS);
    driver.exchange(400, r#"{"error":"invalid_grant"}"#);
    assert!(matches!(
        driver.sign_in.poll_output(driver.now),
        Output::Event(SignInEvent::Session(SessionEvent::SignInNeeded(_)))
    ));
    assert_eq!(driver.sign_in.status(), SignInStatus::NotAuthenticated);
    driver
        .sign_in
        .handle_input(driver.now, Input::Resume)
        .unwrap();
    assert_eq!(driver.request(), Some(Stage::DeviceAuthorization));
}

#[test]
fn a_misuse_leaves_every_machine_as_it_was_its_clock_included() {
    fn check(machine: &mut (impl Machine + std::fmt::Debug), foreign: RequestId) {
        let before = format!("{machine:?}");
        let misuse = machine.handle_input(
            Timestamp::from_millis(1_000_000),
            Input::Failure(foreign, TransportFailure::Closed),
        );
        assert_eq!(misuse, Err(Misuse::UnknownRequest));
        assert_eq!(format!("{machine:?}"), before);
    }

    let mut other = Driver::new();
    other.request();
    let (foreign, ..) = other.lent.unwrap();
    let stored = StoredSession::new(&config(), "first", Some("r1"), None).unwrap();
    let mut session = Session::resume(config(), stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    check(&mut session, foreign);
    check(&mut DeviceFlow::new(config()).unwrap(), foreign);
    check(&mut SignIn::new(config()).unwrap(), foreign);
    check(&mut Discovery::new("https://as.example").unwrap(), foreign);
    let endpoint = "https://as.example/userinfo";
    let mut call = Call::userinfo(&config(), endpoint, "a").unwrap();
    let misuse = call.handle_input(
        Timestamp::from_millis(1_000_000),
        Input::Failure(foreign, TransportFailure::Closed),
    );
    assert_eq!(misuse, Err(Misuse::UnknownRequest));
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    let id = request.id();
    call.handle_input(
        Timestamp::ZERO,
        Input::Failure(id, TransportFailure::Connect),
    )
    .unwrap();
    assert!(matches!(
        call.poll_output(Timestamp::ZERO),
        Output::Event(CallEvent::Retrying { next_attempt, .. }) if next_attempt == Timestamp::from_millis(1_000)
    ));
}
