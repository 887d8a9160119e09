//! What is sent: rows D1 to D3.

use device_flow_core::{ClientAuthentication, Config, ConfigError, DeviceFlow, Machine, Output, Stage, Timestamp};

use super::first_request;
use crate::bench::{Bench, CODES, Sent, config, seconds};

fn basic() -> Config {
    config().client_authentication(ClientAuthentication::SecretBasic("s3cret".into()))
}

#[test]
fn d1_the_request_is_a_form_post_that_asks_for_json() {
    let request = first_request(config().scope("openid profile").nonce("n-0S6"));
    assert_eq!((request.method, request.stage), ("POST", Stage::DeviceAuthorization));
    assert_eq!(request.url, "https://as.example/device_authorization");
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.body, "client_id=tv&scope=openid+profile&nonce=n-0S6");
}

#[test]
fn d1_a_missing_scope_is_left_out() {
    assert_eq!(first_request(config()).body, "client_id=tv");
    assert_eq!(first_request(config().scope("  ")).body, "client_id=tv");
}

#[test]
fn d1_a_parameter_that_is_set_by_the_flow_cannot_be_sent_twice() {
    for name in ["client_id", "scope", "client_secret", "device_code", "grant_type", ""] {
        let config = config().parameter(Stage::DeviceAuthorization, name, "x");
        let name = name.to_owned();
        assert_eq!(DeviceFlow::new(config).unwrap_err(), ConfigError::ReservedParameter { name });
    }
    let twice = config().parameter(Stage::DeviceAuthorization, "acr_values", "a").parameter(
        Stage::DeviceAuthorization,
        "acr_values",
        "b",
    );
    assert!(matches!(DeviceFlow::new(twice).unwrap_err(), ConfigError::RepeatedParameter { .. }));
}

#[test]
fn d2_a_confidential_client_authenticates_here_too_unless_told_otherwise() {
    let request = first_request(basic());
    assert_eq!(request.header("authorization"), Some("Basic dHY6czNjcmV0"));
    let request = first_request(basic().authenticate_device_endpoint(false));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body, "client_id=tv");

    let post = || config().client_authentication(ClientAuthentication::SecretPost("s+ c".into()));
    assert_eq!(first_request(post()).body, "client_id=tv&client_secret=s%2B+c");
    assert_eq!(first_request(post().authenticate_device_endpoint(false)).body, "client_id=tv");
}

/// A server that looks for the client in the body alone refused whoever said it in the header.
#[test]
fn d2_the_client_id_is_in_the_body_of_the_first_request_whatever_the_header_says() {
    let raw = ClientAuthentication::SecretBasicRaw("s3cret".into());
    for config in [config(), basic(), config().client_authentication(raw)] {
        let mut bench = Bench::new(config);
        let request = bench.next_request();
        assert_eq!(request.parameter("client_id").as_deref(), Some("tv"));
        let is_in_header = request.header("authorization").is_some();
        bench.answer(200, CODES);
        let poll = bench.next_request();
        assert_eq!(poll.parameter("client_id").is_none(), is_in_header, "one method a request (RFC 6749 section 2.3)");
    }
}

#[test]
fn d2_the_client_id_can_be_had_in_the_body_of_every_request() {
    let mut bench = Bench::new(basic().always_send_client_id(true));
    for _ in 0..2 {
        let request = bench.next_request();
        assert_eq!(request.parameter("client_id").as_deref(), Some("tv"));
        assert!(request.header("authorization").is_some());
        if request.stage == Stage::DeviceAuthorization {
            bench.answer(200, CODES);
        }
    }
    let mut call = device_flow_core::Call::refresh(&basic().always_send_client_id(true), "r1");
    let Ok(Output::Send(request)) = call.as_mut().map(|it| it.poll_output(Timestamp::ZERO)) else { panic!() };
    let sent = Sent::of(&request, Timestamp::ZERO);
    assert_eq!(sent.parameter("client_id").as_deref(), Some("tv"));
}

#[test]
fn whoever_has_a_secret_is_confidential() {
    let secret = || "s".into();
    assert!(!ClientAuthentication::None.is_confidential());
    for method in [
        ClientAuthentication::SecretBasic(secret()),
        ClientAuthentication::SecretBasicRaw(secret()),
        ClientAuthentication::SecretPost(secret()),
    ] {
        assert!(method.is_confidential(), "{method:?}");
    }
}

#[test]
fn d3_secret_basic_encodes_before_base64_and_the_raw_variant_does_not() {
    let with = |authentication| {
        let config = Config::new("a:b", "https://as.example/d", "https://as.example/t");
        DeviceFlow::new(config.client_authentication(authentication))
    };
    let flow = with(ClientAuthentication::SecretBasic("p ä".into())).unwrap();
    let request = Bench::of(flow).next_request();
    // a%3Ab:p+%C3%A4
    assert_eq!(request.header("authorization"), Some("Basic YSUzQWI6cCslQzMlQTQ="));
    assert_eq!(with(ClientAuthentication::SecretBasicRaw("p".into())).unwrap_err(), ConfigError::ColonInClientId);
    let raw = config().client_authentication(ClientAuthentication::SecretBasicRaw("p+/".into()));
    // tv:p+/
    assert_eq!(first_request(raw).header("authorization"), Some("Basic dHY6cCsv"));
}

#[test]
fn the_limits_of_an_answer_go_with_the_request() {
    let request = first_request(config());
    assert_eq!((request.max_body, request.timeout), (1024 * 1024, seconds(30)));
    let request = first_request(config().max_body(10).request_timeout(seconds(3)));
    assert_eq!((request.max_body, request.timeout), (10, seconds(3)));
}

/// A loop that hands requests to another thread needs all that the lent one says, and none of its secrets in a log.
#[test]
fn a_detached_request_says_what_the_lent_one_says() {
    let config = basic().parameter(Stage::DeviceAuthorization, "otp", "one-time-secret");
    let mut flow = DeviceFlow::new(config).unwrap();
    let Output::Send(request) = flow.poll_output(Timestamp::ZERO) else { panic!() };
    let owned = request.to_owned_request();
    assert_eq!(
        (owned.id(), owned.stage(), owned.method(), owned.url()),
        (request.id(), request.stage(), request.method(), request.url())
    );
    assert_eq!(
        (owned.body(), owned.max_body(), owned.timeout()),
        (request.body(), request.max_body(), request.timeout())
    );
    assert!(owned.headers().eq(request.headers()));
    assert_eq!(owned.headers().count(), 3);
    let shown = format!("{owned:?}");
    assert!(shown.contains("https://as.example/device_authorization"), "{shown}");
    for secret in ["one-time-secret", "dHY6czNjcmV0"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
