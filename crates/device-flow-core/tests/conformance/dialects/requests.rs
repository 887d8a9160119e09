//! What goes out.

use std::sync::Arc;
use std::time::Duration;

use device_flow_core::{
    Call, ClientAuthentication, Config, ConfigError, DeviceFlow, Dialect, Machine, Outcome, Output, PendingFlow,
    Session, Stage, StoredSession, Timestamp,
};

use super::{client, dialect, public};
use crate::bench::{Bench, CODES, config, seconds};

const SHORT: &str =
    r#"{"device_code":"d","user_code":"U-1","verification_uri":"https://as.example/device","expires_in":600}"#;

/// The bodies of the device authorization request and of a poll.
fn bodies(config: Config, codes: &str) -> (String, String) {
    let mut bench = Bench::new(config);
    let first = bench.next_request().body;
    bench.answer(200, codes);
    (first, bench.next_request().body)
}

#[test]
fn a_dialect_may_want_the_drafts_response_type_and_the_user_code_with_each_poll() {
    let (first, poll) = bodies(public("amazon-lwa").scope("profile"), SHORT);
    assert_eq!(first, "response_type=device_code&client_id=tv&scope=profile");
    assert_eq!(poll, "grant_type=device_code&device_code=d&user_code=U-1&client_id=tv");
}

#[test]
fn a_dialect_may_want_another_grant_type_and_another_name_for_the_code() {
    let (first, poll) = bodies(public("salesforce").scope("api refresh_token"), SHORT);
    assert_eq!(first, "response_type=device_code&client_id=tv&scope=api+refresh_token");
    assert_eq!(poll, "grant_type=device&code=d&client_id=tv");
    let (first, poll) = bodies(client("trakt"), SHORT);
    assert_eq!(first, "client_id=tv&client_secret=s3cret");
    assert_eq!(poll, "code=d&client_id=tv&client_secret=s3cret");
}

#[test]
fn a_dialect_may_want_scopes_in_the_plural_and_with_each_poll() {
    let (first, poll) = bodies(public("twitch").scope("chat:read chat:edit"), SHORT);
    assert_eq!(first, "client_id=tv&scopes=chat%3Aread+chat%3Aedit");
    assert_eq!(
        poll,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d&client_id=tv&scopes=chat%3Aread+chat%3Aedit"
    );
    let (first, poll) = bodies(public("twitch"), SHORT);
    assert!(!first.contains("scope") && !poll.contains("scope"));
}

#[test]
fn a_dialect_may_want_commas_between_scopes() {
    let (first, _) = bodies(public("baidu").scope("basic netdisk"), SHORT);
    assert_eq!(first, "response_type=device_code&client_id=tv&scope=basic%2Cnetdisk");
}

#[test]
fn joined_credentials_go_in_one_parameter_with_every_request() {
    let codes =
        r#"{"code":"d","user_code":"U1","verification_uri":"https://as.example/device","expires_in":420,"interval":5}"#;
    let mut bench = Bench::new(client("facebook").scope("public_profile email"));
    let first = bench.next_request();
    assert_eq!(first.body, "access_token=tv%7Cs3cret&scope=public_profile%2Cemail");
    bench.answer(200, codes);
    assert_eq!(bench.next_request().body, "code=d&access_token=tv%7Cs3cret");
    bench.answer(200, r#"{"access_token":"EAAB","data_access_expiration_time":1,"expires_in":5183996}"#);
    let token = bench.token();
    assert_eq!(token.access_token().expose(), "EAAB");
    assert!(token.extra_member("data_access_expiration_time").is_some());
}

#[test]
fn joined_credentials_go_into_no_header_and_need_a_secret() {
    assert_eq!(DeviceFlow::new(public("facebook")).unwrap_err(), ConfigError::MissingSecret);
    let basic = ClientAuthentication::SecretBasic("s3cret".into());
    let config = public("facebook").client_authentication(basic);
    let request = Bench::new(config).next_request();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body, "access_token=tv%7Cs3cret");
}

#[test]
fn a_secret_may_go_with_polls_alone() {
    let config = client("yandex").authenticate_device_endpoint(false);
    let (first, poll) = bodies(config.scope("openid").nonce("n"), SHORT);
    assert_eq!(first, "client_id=tv&scope=openid&nonce=n");
    assert_eq!(poll, "grant_type=device_code&code=d&client_id=tv&client_secret=s3cret");
}

#[test]
fn refresh_tokens_may_be_exchanged_elsewhere_by_a_session_and_by_a_call() {
    let config = client("trakt").refresh_at("https://as.example/refresh");
    let body = "grant_type=refresh_token&refresh_token=r&client_id=tv&client_secret=s3cret";
    let mut call = Call::refresh(&config, "r").unwrap();
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else { panic!() };
    assert_eq!(request.url(), "https://as.example/refresh");
    assert_eq!(request.body(), body.as_bytes());

    let stored = StoredSession::new(&config, "a", Some("r"), Some(seconds(600))).unwrap();
    let mut session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    session.refresh(Timestamp::ZERO).unwrap();
    let Output::Send(request) = session.poll_output(Timestamp::ZERO) else { panic!() };
    assert_eq!(request.url(), "https://as.example/refresh");
    assert_eq!(request.body(), body.as_bytes());
}

#[test]
fn a_refresh_endpoint_is_checked_like_any_other() {
    let error = DeviceFlow::new(config().refresh_at("http://as.example/refresh")).unwrap_err();
    assert!(matches!(error, ConfigError::Endpoint { stage: Stage::Refresh, .. }));
}

#[test]
fn a_flow_that_was_put_aside_goes_on_in_the_same_dialect() {
    let config = public("amazon-lwa");
    let bench = Bench::with_codes(config.clone(), CODES);
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let flow = DeviceFlow::resume(config, pending, Duration::ZERO, bench.now).unwrap();
    let mut bench = Bench::of(flow);
    assert_eq!(
        bench.next_request().body,
        "grant_type=device_code&device_code=GmRhmhcxhwAzkoEqiMEg&user_code=WDJB-MJHT&client_id=tv"
    );
    bench.answer(400, r#"{"error":"invalid_code_pair"}"#);
    assert!(matches!(bench.end(), Outcome::Expired(_)));
}

#[test]
fn what_a_dialect_sets_nobody_else_may_set() {
    let reserved = |dialect: Dialect, parameter: &str| {
        let config = config().dialect(dialect);
        let config = config.client_authentication(ClientAuthentication::SecretPost("s".into()));
        matches!(
            DeviceFlow::new(config.parameter(Stage::Token, parameter, "x")),
            Err(ConfigError::ReservedParameter { .. })
        )
    };
    for parameter in ["response_type", "user_code"] {
        assert!(reserved(dialect("amazon-lwa"), parameter), "{parameter}");
    }
    assert!(reserved(dialect("salesforce"), "code"));
    assert!(reserved(dialect("twitch"), "scopes"));
    assert!(reserved(dialect("facebook"), "access_token"));
    // Elsewhere these are parameters like any other.
    for parameter in ["response_type", "user_code", "code", "scopes", "access_token"] {
        assert!(!reserved(Dialect::RFC_8628, parameter), "{parameter}");
    }
}

#[test]
fn the_plain_dialect_changes_no_request() {
    let with = Bench::new(config().scope("a b").dialect(Dialect::RFC_8628)).next_request();
    let without = Bench::new(config().scope("a b")).next_request();
    assert_eq!(with.body, without.body);
    assert_eq!(Dialect::default(), Dialect::RFC_8628);
    assert_eq!(Dialect::RFC_8628.to_string(), "none");
}

/// A dialect may come from a file, long after the program was built, and serve any number of clients.
#[test]
fn a_dialect_is_a_value_that_many_configurations_share() {
    let words = String::from("grant=device=d").split('=').map(str::to_owned).collect::<Vec<_>>();
    let [_, grant, parameter] = &words[..] else { panic!() };
    let made = Dialect::RFC_8628.grant_type(grant.clone()).device_code_parameter(parameter.clone());
    assert_eq!(made.to_string(), "grant_type=device, device code sent as d");
    let shared = Arc::new(made.clone());
    for config in [config().dialect(Arc::clone(&shared)), config().dialect(made)] {
        assert_eq!(config.spoken_dialect(), &*shared);
        let (_, poll) = bodies(config, SHORT);
        assert_eq!(poll, "grant_type=device&d=d&client_id=tv");
    }
}
