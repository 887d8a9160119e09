//! What goes out, in each dialect.

use crate::bench::{Bench, CODES, asked, bodies, client, client_elsewhere, profile, seconds};
use device_flow_core::{
    Call, ClientAuthentication, Config, ConfigError, DeviceFlow, Machine as _, Outcome, Output, PendingFlow, Session,
    Stage, StoredSession, Timestamp,
};
use std::time::Duration;

#[test]
fn amazon_wants_the_drafts_response_type_and_the_user_code_with_each_poll() {
    let (first, poll) = bodies(client("amazon", &[]).scope("profile"));
    assert_eq!(first, "response_type=device_code&client_id=tv&scope=profile");
    assert_eq!(poll, "grant_type=device_code&device_code=d&user_code=U-1&client_id=tv");
}

#[test]
fn salesforce_wants_other_names_and_one_endpoint_for_both() {
    let mut bench = Bench::new(client("salesforce", &[]).scope("api refresh_token"));
    let first = bench.next_request();
    assert_eq!(first.body, "response_type=device_code&client_id=tv&scope=api+refresh_token");
    bench.answer(200, CODES);
    let poll = bench.next_request();
    assert_eq!(poll.body, "grant_type=device&code=d&client_id=tv");
    assert_eq!(poll.url, first.url);
    assert_eq!(poll.url, "https://login.salesforce.com/services/oauth2/token");
}

#[test]
fn twitch_wants_scopes_in_the_plural_and_with_each_poll() {
    let (first, poll) = bodies(client("twitch", &[]).scope("chat:read chat:edit"));
    assert_eq!(first, "client_id=tv&scopes=chat%3Aread+chat%3Aedit");
    assert_eq!(
        poll,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d&client_id=tv&scopes=chat%3Aread+chat%3Aedit"
    );
    let (first, poll) = bodies(client("twitch", &[]));
    assert!(!first.contains("scope") && !poll.contains("scope"));
}

#[test]
fn facebook_wants_app_id_and_client_token_in_one_parameter() {
    let codes = r#"{"code":"d","user_code":"U1","verification_uri":"https://www.facebook.com/device","expires_in":420,"interval":5}"#;
    let config = client("facebook", &[("version", "v23.0")]).scope("public_profile email");
    let mut bench = Bench::new(config);
    let first = bench.next_request();
    assert_eq!(first.url, "https://graph.facebook.com/v23.0/device/login");
    assert_eq!(first.body, "access_token=tv%7Cs3cret&scope=public_profile%2Cemail");
    bench.answer(200, codes);
    let poll = bench.next_request();
    assert_eq!(poll.url, "https://graph.facebook.com/v23.0/device/login_status");
    assert_eq!(poll.body, "code=d&access_token=tv%7Cs3cret");
    bench.answer(200, r#"{"access_token":"EAAB","data_access_expiration_time":1,"expires_in":5183996}"#);
    let token = bench.token();
    assert_eq!(token.access_token().expose(), "EAAB");
    assert!(token.extra_member("data_access_expiration_time").is_some());
}

#[test]
fn joined_credentials_go_into_no_header_and_need_a_secret() {
    let config = Config::new("tv", "https://as.example/device", "https://as.example/token");
    let config = profile("facebook").apply(config);
    assert_eq!(DeviceFlow::new(config.clone()).unwrap_err(), ConfigError::MissingSecret);
    let config = config.client_authentication(ClientAuthentication::SecretBasic("s3cret".into()));
    let request = Bench::new(config).next_request();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body, "access_token=tv%7Cs3cret");
}

#[test]
fn huawei_and_yandex_want_the_code_under_its_old_name_and_a_secret_in_polls_alone() {
    for name in ["huawei", "yandex"] {
        let (first, poll) = bodies(client(name, &[]).scope("openid").nonce("n"));
        assert_eq!(first, "client_id=tv&scope=openid&nonce=n", "{name}");
        assert_eq!(poll, "grant_type=device_code&code=d&client_id=tv&client_secret=s3cret", "{name}");
    }
}

#[test]
fn baidu_wants_a_grant_type_of_its_own_commas_and_a_user_agent() {
    let mut bench = Bench::new(client("baidu", &[]).scope("basic netdisk"));
    let first = bench.next_request();
    assert_eq!(first.body, "response_type=device_code&client_id=tv&scope=basic%2Cnetdisk");
    assert_eq!(first.header("user-agent"), Some("pan.baidu.com"));
    bench.answer(200, CODES);
    let poll = bench.next_request();
    assert_eq!(poll.body, "grant_type=device_token&code=d&client_id=tv&client_secret=s3cret");
    assert_eq!(poll.header("user-agent"), Some("pan.baidu.com"));
    let refresh = asked(&mut Call::refresh(&client("baidu", &[]), "r").unwrap());
    assert_eq!(refresh.header("user-agent"), Some("pan.baidu.com"));
}

#[test]
fn zoom_wants_the_client_in_the_query_and_its_secret_in_the_header_of_both() {
    let profile = profile("zoom");
    let config = profile.config("t v&", &[]).unwrap();
    let mut bench = Bench::new(config.client_authentication(profile.authentication("s3cret")));
    let first = bench.next_request();
    assert_eq!(first.url, "https://zoom.us/oauth/devicecode?client_id=t+v%26");
    // RFC 8628 section 3.1 has it in the body too.
    assert_eq!(first.values("client_id"), ["t v&"]);
    assert!(first.header("authorization").unwrap().starts_with("Basic "));
    bench.answer(200, CODES);
    assert!(bench.next_request().header("authorization").is_some());
}

#[test]
fn google_and_docker_and_microsoft_speak_the_rfc() {
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d&client_id=tv";
    let (first, poll) = bodies(client("google", &[]));
    assert_eq!(first, "client_id=tv");
    assert_eq!(poll, format!("{grant}&client_secret=s3cret"));
    let (first, poll) = bodies(client("docker", &[]));
    assert_eq!(first, "client_id=tv&audience=https%3A%2F%2Fhub.docker.com");
    assert_eq!(poll, grant);
    let (first, poll) = bodies(client("microsoft", &[("tenant", "common")]));
    assert_eq!((first.as_str(), poll.as_str()), ("client_id=tv", grant));
}

#[test]
fn trakt_refreshes_elsewhere_in_a_session_and_in_a_call() {
    let config = client("trakt", &[]);
    let url = "https://api.trakt.tv/oauth/token";
    let body = "grant_type=refresh_token&refresh_token=r&client_id=tv&client_secret=s3cret&redirect_uri=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob";
    let sent = asked(&mut Call::refresh(&config, "r").unwrap());
    assert_eq!((sent.url.as_str(), sent.body.as_str()), (url, body));

    let stored = StoredSession::new(&config, "a", Some("r"), Some(seconds(600))).unwrap();
    let mut session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    session.refresh(Timestamp::ZERO).unwrap();
    let Output::Send(request) = session.poll_output(Timestamp::ZERO) else { panic!() };
    assert_eq!((request.url(), request.body()), (url, body.as_bytes()));
}

#[test]
fn a_flow_that_was_put_aside_goes_on_in_the_same_dialect() {
    let config = client("amazon", &[]);
    let bench = Bench::with_codes(config.clone(), CODES);
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let flow = DeviceFlow::resume(config, pending, Duration::ZERO, bench.now).unwrap();
    let mut bench = Bench::of(flow);
    assert_eq!(bench.next_request().body, "grant_type=device_code&device_code=d&user_code=U-1&client_id=tv");
    bench.answer(400, r#"{"error":"invalid_code_pair"}"#);
    assert!(matches!(bench.end(), Outcome::Expired(_)));
}

#[test]
fn what_a_dialect_sets_nobody_else_may_set() {
    let reserved = |name: &str, parameter: &str| {
        let config = client_elsewhere(&profile(name));
        matches!(
            DeviceFlow::new(config.parameter(Stage::Token, parameter, "x")),
            Err(ConfigError::ReservedParameter { .. })
        )
    };
    assert!(reserved("amazon", "response_type") && reserved("amazon", "user_code"));
    assert!(reserved("salesforce", "code") && reserved("twitch", "scopes"));
    assert!(reserved("facebook", "access_token"));
    // Elsewhere these are parameters like any other.
    for parameter in ["response_type", "user_code", "code", "scopes", "access_token"] {
        assert!(!reserved("github", parameter), "{parameter}");
    }
}
