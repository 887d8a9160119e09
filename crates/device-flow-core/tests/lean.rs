//! What the core costs and what it promises about itself: allocations, sizes, auto traits.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

#[path = "support/dialects.rs"]
mod dialects;

use std::mem::size_of;
use std::panic::{RefUnwindSafe, UnwindSafe};

use allocation_counter::measure;
use device_flow_core::{
    Call, ClientAuthentication, Config, DeviceFlow, Dialect, Discovery, Event, Failure, Input, Machine, Outcome,
    Output, OwnedRequest, PendingFlow, Prompt, RequestId, Response, SecretString, ServerMetadata, Session, SignIn,
    StoredSession, Timestamp, TokenResponse, TransportFailure,
};

const CODES: &[u8] = br#"{"device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","user_code":"WDJB-MJHT","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?user_code=WDJB-MJHT","expires_in":1800,"interval":5}"#;

fn config() -> Config {
    Config::new("tv", "https://as.example/device_authorization", "https://as.example/token").scope("openid profile")
}

fn polling(config: Config) -> (DeviceFlow, Timestamp) {
    let mut flow = DeviceFlow::new(config).unwrap();
    let mut now = Timestamp::ZERO;
    let id = send(&mut flow, &mut now);
    flow.handle_input(now, Input::Response(id, Response::new(200, CODES))).unwrap();
    let Output::Event(Event::Prompt(_)) = flow.poll_output(now) else { panic!() };
    (flow, now)
}

/// Sleeps until a request is lent, and drops events on the way.
fn send(flow: &mut DeviceFlow, now: &mut Timestamp) -> RequestId {
    loop {
        match flow.poll_output(*now) {
            Output::Send(request) => {
                // A driver looks at all of it.
                assert!(request.headers().count() >= 2 && !request.body().is_empty() && !request.url().is_empty());
                return request.id();
            }
            Output::WaitUntil(until) => *now = until,
            Output::Event(_) => {}
            Output::Done => panic!("{:?}", flow.outcome()),
        }
    }
}

fn allocations_of_a_poll(status: u16, body: &[u8]) -> u64 {
    allocations_of_a_poll_with(config(), status, body)
}

fn allocations_of_a_poll_with(config: Config, status: u16, body: &[u8]) -> u64 {
    let (mut flow, mut now) = polling(config);
    let counted = measure(|| {
        let id = send(&mut flow, &mut now);
        flow.handle_input(now, Input::Response(id, Response::new(status, body))).unwrap();
        let _ = flow.poll_output(now);
    });
    assert!(flow.outcome().is_none());
    counted.count_total
}

#[test]
fn a_pending_poll_allocates_nothing() {
    assert_eq!(allocations_of_a_poll(400, br#"{"error":"authorization_pending"}"#), 0);
    let talkative = br#"{"error": "authorization_pending", "error_description": "The authorization request is still pending", "interval": 5, "trace_id": "1"}"#;
    assert_eq!(allocations_of_a_poll(428, talkative), 0);
    assert_eq!(allocations_of_a_poll(400, br#"{"error":"slow_down"}"#), 0);
    assert_eq!(allocations_of_a_poll(200, b"error=authorization_pending"), 0);
    assert_eq!(allocations_of_a_poll(502, b"<html>Bad gateway</html>"), 0);
}

#[test]
fn a_pending_poll_allocates_nothing_in_any_dialect() {
    let answers: [(&str, u16, &[u8]); 5] = [
        (
            "facebook",
            400,
            br#"{"error":{"message":"Pending","type":"OAuthException","code":31,"error_subcode":1349174}}"#,
        ),
        ("huawei", 400, br#"{"sub_error":20411,"error_description":"pending","error":1101}"#),
        ("mongodb-atlas", 400, br#"{"detail":"pending","error":400,"errorCode":"DEVICE_AUTHORIZATION_PENDING"}"#),
        ("trakt", 400, b""),
        ("twitch", 400, br#"{"status":400,"message":"authorization_pending"}"#),
    ];
    for (name, status, body) in answers {
        let secret = ClientAuthentication::SecretPost("s3cret".into());
        let config = config().dialect(dialects::spoken_by(name).unwrap()).client_authentication(secret);
        assert_eq!(allocations_of_a_poll_with(config, status, body), 0, "{name}");
    }
}

/// Both request bodies, the codes, the prompt and the tokens are one allocation each; an endpoint's address or a scope
/// in an unusual spelling may cost one more.
#[test]
fn a_complete_sign_in_allocates_five_times_at_most() {
    const PENDING: &[u8] =
        br#"{"error":"authorization_pending","error_description":"The authorization request is still pending"}"#;
    let jwt = |length: usize| "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.".repeat(length / 37);
    let tokens = format!(
        r#"{{"access_token":"{}","token_type":"Bearer","expires_in":3600,"refresh_token":"{}","id_token":"{}","scope":"openid profile"}}"#,
        jwt(1_000),
        jwt(64),
        jwt(800)
    );
    let config = config().nonce("n-0S6_WzA2MjRNqL0tT5xSyEGQzkdQ7R");
    let mut outcome = None;
    let counted = measure(|| {
        let (mut flow, mut now) = polling(config);
        for (status, body) in [(400, PENDING); 3].into_iter().chain([(200, tokens.as_bytes())]) {
            let id = send(&mut flow, &mut now);
            flow.handle_input(now, Input::Response(id, Response::new(status, body))).unwrap();
        }
        outcome = flow.into_outcome().ok();
    });
    let Some(Outcome::Authorized(tokens)) = outcome else { panic!("{outcome:?}") };
    assert!(tokens.access_token().expose().len() > 900);
    assert!(counted.count_total <= 5, "{}", counted.count_total);
}

#[test]
fn a_lost_poll_allocates_nothing() {
    let (mut flow, mut now) = polling(config());
    let counted = measure(|| {
        for _ in 0..10 {
            let id = send(&mut flow, &mut now);
            flow.handle_input(now, Input::Failure(id, TransportFailure::Timeout)).unwrap();
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[test]
fn the_counter_counts() {
    assert!(measure(|| drop(std::hint::black_box(vec![1_u8; 100]))).count_total >= 1);
}

#[test]
fn types_stay_small() {
    assert!(size_of::<DeviceFlow>() <= 512, "{}", size_of::<DeviceFlow>());
    assert!(size_of::<TokenResponse>() <= 72, "{}", size_of::<TokenResponse>());
    assert!(size_of::<Prompt>() <= 64, "{}", size_of::<Prompt>());
    assert!(size_of::<Failure>() <= 96, "{}", size_of::<Failure>());
    assert!(size_of::<Event>() <= 64, "{}", size_of::<Event>());
}

#[test]
fn everything_can_cross_threads_and_panics() {
    fn check<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
    check::<Call<TokenResponse>>();
    check::<Config>();
    check::<DeviceFlow>();
    check::<Dialect>();
    check::<Discovery>();
    check::<Event>();
    check::<Failure>();
    check::<Outcome>();
    check::<OwnedRequest>();
    check::<PendingFlow>();
    check::<Prompt>();
    check::<SecretString>();
    check::<ServerMetadata>();
    check::<Session>();
    check::<SignIn>();
    check::<StoredSession>();
    check::<TokenResponse>();
}
