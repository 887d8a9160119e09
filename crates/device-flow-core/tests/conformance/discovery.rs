//! Finding endpoints: row K6.

mod addresses;
mod documents;

use device_flow_core::{
    CallEvent, ConfigError, Discovery, Failure, Input, Machine, Misuse, Output, ProtocolErrorKind, Response,
    ServerMetadata, Stage, Timestamp, TransportFailure,
};

use crate::bench::seconds;

const ISSUER: &str = "https://as.example/tenant";
/// The four addresses, in the order in which they are tried.
const ADDRESSES: [&str; 4] = [OAUTH, OPENID, OAUTH_BEHIND, OPENID_BEFORE];
const OAUTH: &str = "https://as.example/.well-known/oauth-authorization-server/tenant";
const OPENID: &str = "https://as.example/tenant/.well-known/openid-configuration";
const OAUTH_BEHIND: &str = "https://as.example/tenant/.well-known/oauth-authorization-server";
const OPENID_BEFORE: &str = "https://as.example/.well-known/openid-configuration/tenant";

/// What a server says at an address: a status, a document, and where else to look.
struct Said {
    status: u16,
    body: String,
    location: Option<String>,
}

impl Said {
    fn status(status: u16) -> Self {
        Self { status, body: String::new(), location: None }
    }

    fn document(body: impl Into<String>) -> Self {
        Self { body: body.into(), ..Self::status(200) }
    }

    fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self { location: Some(location.into()), ..Self::status(status) }
    }
}

fn document(issuer: &str) -> String {
    format!(
        r#"{{"issuer":"{issuer}","device_authorization_endpoint":"https://as.example/da","token_endpoint":"https://as.example/t",
        "revocation_endpoint":"https://as.example/r","userinfo_endpoint":"javascript:x",
        "token_endpoint_auth_methods_supported":["none","client_secret_basic"]}}"#
    )
}

/// Runs a discovery against a server that answers by address.
fn discover(server: impl Fn(&str) -> Result<Said, TransportFailure>) -> (Vec<String>, Result<ServerMetadata, Failure>) {
    discover_as(ISSUER, server)
}

fn discover_as(
    issuer: &str,
    server: impl Fn(&str) -> Result<Said, TransportFailure>,
) -> (Vec<String>, Result<ServerMetadata, Failure>) {
    let mut discovery = Discovery::new(issuer).unwrap();
    let mut now = Timestamp::ZERO;
    let mut urls = Vec::new();
    for _ in 0..10_000 {
        match discovery.poll_output(now) {
            Output::Send(request) => {
                assert_eq!(
                    (request.method().as_str(), request.stage(), request.body()),
                    ("GET", Stage::Discovery, &b""[..])
                );
                assert_eq!(request.headers().collect::<Vec<_>>(), [("accept", "application/json")]);
                let (id, url) = (request.id(), request.url().to_owned());
                let said = server(&url);
                urls.push(url);
                let input = match &said {
                    Ok(said) => {
                        let response = Response::new(said.status, said.body.as_bytes());
                        let response = match &said.location {
                            Some(location) => response.header("location", location.as_bytes()),
                            None => response,
                        };
                        Input::Response(id, response)
                    }
                    Err(failure) => Input::Failure(id, *failure),
                };
                discovery.handle_input(now, input).unwrap();
            }
            Output::Event(CallEvent::Retrying { .. }) => {}
            Output::WaitUntil(until) => now = until,
            Output::Done => break,
            Output::Event(other) => panic!("{other:?}"),
        }
    }
    assert!(discovery.is_done());
    (urls, discovery.into_outcome().unwrap())
}

fn kind(outcome: Result<ServerMetadata, Failure>) -> ProtocolErrorKind {
    match outcome {
        Err(Failure::Protocol(error)) => error.kind().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn passing_trouble_is_retried_and_then_told() {
    let (urls, outcome) = discover(|_| Err(TransportFailure::Connect(None)));
    assert_eq!(urls, [OAUTH; 4]);
    assert!(matches!(outcome, Err(Failure::Network(error)) if error.stage() == Stage::Discovery));
    let (urls, outcome) = discover(|_| Ok(Said::status(503)));
    assert_eq!(urls[..4], [OAUTH; 4]);
    assert_eq!(urls[4..], ADDRESSES[1..], "the others once each");
    assert_eq!(kind(outcome), ProtocolErrorKind::Unavailable { status: 503 });
    let (urls, _) = discover(|_| Err(TransportFailure::Tls(None)));
    assert_eq!(urls.len(), 1);
    let (urls, outcome) = discover(|_| Err(TransportFailure::BodyTooLarge));
    assert_eq!(urls, ADDRESSES);
    assert_eq!(kind(outcome), ProtocolErrorKind::TooLarge);
}

#[test]
fn an_issuer_must_be_a_url_that_can_be_one() {
    let refused = |issuer: &str| Discovery::new(issuer).unwrap_err();
    assert!(matches!(refused("as.example"), ConfigError::Issuer { .. }));
    assert!(matches!(refused("http://as.example"), ConfigError::Issuer { .. }));
    assert!(Discovery::allowing_http("http://as.example").is_ok());
    assert_eq!(refused("https://as.example/?a=b"), ConfigError::IssuerShape);
    assert!(matches!(refused("https://as.example/#a"), ConfigError::Issuer { .. } | ConfigError::IssuerShape));
}

#[test]
fn a_search_that_is_given_up_ends_as_cancelled() {
    let mut discovery = Discovery::new(ISSUER).unwrap();
    let now = Timestamp::ZERO;
    let Output::Send(request) = discovery.poll_output(now) else { panic!() };
    let id = request.id();
    for input in [Input::Pause, Input::Resume] {
        assert_eq!(discovery.handle_input(now, input), Err(Misuse::NotPolling));
    }
    let mut discovery = discovery.into_outcome().unwrap_err();
    discovery.handle_input(now, Input::Cancel).unwrap();
    assert_eq!(discovery.outcome(), Some(&Err(Failure::Cancelled)));
    assert!(discovery.is_done());
    let document = document(ISSUER);
    let answer = Response::new(200, document.as_bytes());
    discovery.handle_input(now, Input::Response(id, answer)).unwrap();
    discovery.handle_input(now, Input::Cancel).unwrap();
    for input in [Input::Pause, Input::Resume] {
        assert_eq!(discovery.handle_input(now, input), Err(Misuse::Finished));
    }
    assert!(matches!(discovery.poll_output(now), Output::Done));
    assert_eq!(discovery.into_outcome().unwrap().err(), Some(Failure::Cancelled));
}

#[test]
fn a_search_has_the_limits_that_it_was_given_and_its_timer_runs_by_itself() {
    let mut discovery = Discovery::new(ISSUER).unwrap().request_timeout(seconds(3)).max_body(9);
    let Output::Send(request) = discovery.poll_output(Timestamp::ZERO) else { panic!() };
    assert_eq!((request.timeout(), request.max_body()), (seconds(3), 9));
    let now = Timestamp::from_millis(3_000);
    assert!(matches!(discovery.poll_output(now), Output::Event(CallEvent::Retrying { .. })));
    let Output::WaitUntil(next) = discovery.poll_output(now) else { panic!() };
    assert_eq!(next, Timestamp::from_millis(4_000));
    let Output::Send(request) = discovery.poll_output(next) else { panic!() };
    assert_eq!((request.timeout(), request.max_body()), (seconds(3), 9));
}

/// What was found counts, though the machine's own timer was quicker by a moment.
#[test]
fn p10_a_late_document_counts() {
    for is_asked in [false, true] {
        let mut discovery = Discovery::new(ISSUER).unwrap();
        let Output::Send(request) = discovery.poll_output(Timestamp::ZERO) else { panic!() };
        let id = request.id();
        let late = Timestamp::from_millis(30_001);
        if is_asked {
            assert!(matches!(discovery.poll_output(late), Output::Event(_)));
            assert!(matches!(discovery.poll_output(late), Output::WaitUntil(_)));
        }
        let document = document(ISSUER);
        let answer = Response::new(200, document.as_bytes());
        discovery.handle_input(late, Input::Response(id, answer)).unwrap();
        assert!(matches!(discovery.outcome(), Some(Ok(_))), "{is_asked}");
    }
}
