//! What a caller adds: row D10.

use device_flow_core::{Config, ConfigError, DeviceFlow, NonceMode, PkceVerifier, Stage};

use super::first_request;
use crate::bench::{Bench, CODES, config};

#[test]
fn d10_parameters_and_headers_are_added_to_their_stage_only() {
    let config = config()
        .parameter(Stage::DeviceAuthorization, "resource", "https://a.example")
        .parameter(Stage::DeviceAuthorization, "resource", "https://b.example")
        .parameter(Stage::Token, "code_verifier", "dBjftJ")
        .header(Stage::DeviceAuthorization, "X-One", "1")
        .header(Stage::Token, "X-Two", "2");
    let mut bench = Bench::new(config);
    let request = bench.next_request();
    assert_eq!(request.body, "client_id=tv&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example");
    assert_eq!((request.header("x-one"), request.header("x-two")), (Some("1"), None));
    bench.answer(200, CODES);
    let poll = bench.next_request();
    assert_eq!(
        poll.body,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=GmRhmhcxhwAzkoEqiMEg&client_id=tv&code_verifier=dBjftJ"
    );
    assert_eq!((poll.header("x-one"), poll.header("x-two")), (None, Some("2")));
}

#[test]
fn d10_headers_that_could_break_a_request_are_refused() {
    let with = |name: &str, value: &str| DeviceFlow::new(config().header(Stage::Token, name, value)).err();
    assert_eq!(with("x-ok", "fine"), None);
    assert_eq!(with("", "x"), Some(ConfigError::HeaderName));
    assert_eq!(with("x y", "x"), Some(ConfigError::HeaderName));
    for value in ["a\r\nEvil: 1", "a\n", "\u{e9}", "\0"] {
        assert!(matches!(with("x", value), Some(ConfigError::HeaderValue { .. })), "{value:?}");
    }
    for taken in ["Content-Length", "host", "Accept", "Accept-Encoding", "Transfer-Encoding", "proxy-authorization"] {
        assert!(matches!(with(taken, "x"), Some(ConfigError::ReservedHeader { .. })), "{taken}");
    }
}

/// What would be lost without a word is refused instead.
#[test]
fn d10_a_parameter_or_header_for_requests_that_never_carry_it_is_refused() {
    for stage in [Stage::Discovery, Stage::Userinfo, Stage::Registration] {
        let refused = DeviceFlow::new(config().parameter(stage, "x", "y"));
        assert!(
            matches!(refused.unwrap_err(), ConfigError::NeverSent { stage: it, name, .. } if it == stage && name == "x")
        );
    }
    for stage in [Stage::Discovery, Stage::Registration] {
        let refused = DeviceFlow::new(config().header(stage, "X-Y", "z")).unwrap_err();
        assert!(matches!(&refused, ConfigError::NeverSent { name, .. } if name == "x-y"), "{refused}");
    }
    let carried = [Stage::DeviceAuthorization, Stage::Token, Stage::Refresh, Stage::Revocation, Stage::Introspection];
    for stage in carried {
        assert!(DeviceFlow::new(config().parameter(stage, "x", "y").header(stage, "x", "y")).is_ok());
    }
    assert!(DeviceFlow::new(config().header(Stage::Userinfo, "x", "y")).is_ok());
}

/// What a provider wants unless the caller knows better must be there once, whichever of the two came first.
#[test]
fn d10_a_default_gives_way_to_what_the_caller_says() {
    let stage = Stage::DeviceAuthorization;
    let default = |config: Config| {
        config.default_parameter(stage, "audience", "https://default.example").default_header(
            stage,
            "User-Agent",
            "default/1",
        )
    };
    let own = |config: Config| config.audience("https://own.example").header(stage, "user-agent", "own/1");
    let seen = |config: Config| {
        let request = first_request(config);
        let agent = request.header("user-agent").map(str::to_owned);
        (request.parameter("audience"), agent)
    };
    let pair = |audience: &str, agent: &str| (Some(audience.to_owned()), Some(agent.to_owned()));
    assert_eq!(seen(default(config())), pair("https://default.example", "default/1"));
    for config in [own(default(config())), default(own(config()))] {
        assert_eq!(seen(config), pair("https://own.example", "own/1"));
    }
    // Of another stage or name it is another one.
    let apart = default(config()).parameter(Stage::Token, "audience", "https://own.example").header(
        Stage::Token,
        "user-agent",
        "own/1",
    );
    assert_eq!(seen(apart), pair("https://default.example", "default/1"));
}

#[test]
fn d10_a_nonce_goes_with_openid_or_when_it_is_asked_for() {
    let nonce = |config: Config| first_request(config.nonce("n1")).parameter("nonce");
    assert_eq!(nonce(config()), None);
    assert_eq!(nonce(config().scope("openid")).as_deref(), Some("n1"));
    assert_eq!(nonce(config().scope("openid").nonce_mode(NonceMode::Disabled)), None);
    assert_eq!(nonce(config().nonce_mode(NonceMode::Enabled)).as_deref(), Some("n1"));
    assert!(config().scope("openid").needs_nonce());
    assert!(!config().needs_nonce());
    let without = config().nonce_mode(NonceMode::Enabled);
    assert_eq!(DeviceFlow::new(without).unwrap_err(), ConfigError::MissingNonce);
}

/// What is sent and can be had nowhere can never be checked.
#[test]
fn d10_the_nonce_and_the_verifier_that_were_sent_can_be_had_from_the_flow() {
    let config = config().scope("openid").nonce("n1").pkce(PkceVerifier::new(&[7; 32]));
    let mut bench = Bench::polling(config);
    let poll = bench.next_request();
    let verifier = bench.flow.code_verifier().unwrap().expose().to_owned();
    assert_eq!(poll.parameter("code_verifier"), Some(verifier));
    bench.answer(400, r#"{"error":"access_denied"}"#);
    assert_eq!(bench.flow.nonce().unwrap().expose(), "n1", "after the end too");
    assert_eq!(bench.flow.config().sent_nonce().unwrap().expose(), "n1");
    assert!(bench.flow.config().code_verifier().is_some());

    let silent = Bench::new(super::config().nonce("n1"));
    assert!(silent.flow.nonce().is_none(), "it is not sent");
    assert!(silent.flow.code_verifier().is_none());
}

#[test]
fn d10_what_has_a_name_of_its_own_goes_where_its_specification_says() {
    let config = config()
        .resource("https://a.example/")
        .resource("https://b.example/")
        .audience("https://api.example")
        .acr_values("gold silver")
        .login_hint("ada@example.com");
    let mut bench = Bench::new(config);
    let request = bench.next_request();
    let value = |name: &str| request.parameter(name);
    assert_eq!(value("audience").as_deref(), Some("https://api.example"));
    assert_eq!(value("acr_values").as_deref(), Some("gold silver"));
    assert_eq!(value("login_hint").as_deref(), Some("ada@example.com"));
    bench.answer(200, CODES);
    let poll = bench.next_request();
    assert!(
        poll.body.ends_with("&client_id=tv&resource=https%3A%2F%2Fa.example%2F&resource=https%3A%2F%2Fb.example%2F")
    );
}
