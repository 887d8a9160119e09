//! Servers that depart from RFC 8628: what goes out and what an answer means, in each dialect.

use crate::bench::{Bench, CODES, PENDING, TOKEN, config, seconds};
use device_flow_core::wire::{DeviceAuthorizationAnswer, RefreshAnswer, TokenAnswer};
use device_flow_core::{
    Call, ClientAuthentication, Config, ConfigError, DeviceFlow, Dialect, ErrorCode, Event,
    Machine, Outcome, Output, PendingFlow, Profile, Response, Session, Stage, StoredSession,
    Timestamp,
};
use std::time::Duration;

fn profile(name: &str) -> &'static Profile {
    Profile::named(name).unwrap()
}

/// A client of a provider, with a secret if clients there have one.
fn client(name: &str, variables: &[(&str, &str)]) -> Config {
    let profile = profile(name);
    let config = profile.config("tv", variables).unwrap().interval_margin(0);
    match profile.secret() {
        device_flow_core::ProfileSecret::Required => {
            config.client_authentication(profile.authentication("s3cret"))
        }
        _ => config,
    }
}

/// The bodies of the device authorization request and of a poll.
fn bodies(config: Config, codes: &str) -> (String, String) {
    let mut bench = Bench::new(config);
    let first = bench.next_request().body;
    bench.answer(200, codes);
    (first, bench.next_request().body)
}

const SHORT: &str = r#"{"device_code":"d","user_code":"U-1","verification_uri":"https://as.example/device","expires_in":600}"#;

#[test]
fn amazon_wants_the_drafts_response_type_and_the_user_code_with_each_poll() {
    let (first, poll) = bodies(client("amazon", &[]).scope("profile"), SHORT);
    assert_eq!(
        first,
        "response_type=device_code&client_id=tv&scope=profile"
    );
    assert_eq!(
        poll,
        "grant_type=device_code&device_code=d&user_code=U-1&client_id=tv"
    );
}

#[test]
fn salesforce_wants_other_names_and_one_endpoint_for_both() {
    let mut bench = Bench::new(client("salesforce", &[]).scope("api refresh_token"));
    let first = bench.next_request();
    assert_eq!(
        first.body,
        "response_type=device_code&client_id=tv&scope=api+refresh_token"
    );
    bench.answer(200, SHORT);
    let poll = bench.next_request();
    assert_eq!(poll.body, "grant_type=device&code=d&client_id=tv");
    assert_eq!(poll.url, first.url);
    assert_eq!(
        poll.url,
        "https://login.salesforce.com/services/oauth2/token"
    );
}

#[test]
fn twitch_wants_scopes_in_the_plural_and_with_each_poll() {
    let (first, poll) = bodies(client("twitch", &[]).scope("chat:read chat:edit"), SHORT);
    assert_eq!(first, "client_id=tv&scopes=chat%3Aread+chat%3Aedit");
    assert_eq!(
        poll,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d&client_id=tv&scopes=chat%3Aread+chat%3Aedit"
    );
    let (first, poll) = bodies(client("twitch", &[]), SHORT);
    assert!(!first.contains("scope") && !poll.contains("scope"));
}

#[test]
fn facebook_wants_app_id_and_client_token_in_one_parameter() {
    let codes = r#"{"code":"d","user_code":"U1","verification_uri":"https://www.facebook.com/device","expires_in":420,"interval":5}"#;
    let config = client("facebook", &[("version", "v23.0")]).scope("public_profile email");
    let mut bench = Bench::new(config);
    let first = bench.next_request();
    assert_eq!(first.url, "https://graph.facebook.com/v23.0/device/login");
    assert_eq!(
        first.body,
        "access_token=tv%7Cs3cret&scope=public_profile%2Cemail"
    );
    bench.answer(200, codes);
    let poll = bench.next_request();
    assert_eq!(
        poll.url,
        "https://graph.facebook.com/v23.0/device/login_status"
    );
    assert_eq!(poll.body, "code=d&access_token=tv%7Cs3cret");
    bench.answer(
        200,
        r#"{"access_token":"EAAB","data_access_expiration_time":1,"expires_in":5183996}"#,
    );
    let token = bench.token();
    assert_eq!(token.access_token().expose(), "EAAB");
    assert!(token.extra_member("data_access_expiration_time").is_some());
}

#[test]
fn joined_credentials_go_into_no_header_and_need_a_secret() {
    let config = config().dialect(profile("facebook").dialect());
    assert_eq!(
        DeviceFlow::new(config.clone()).unwrap_err(),
        ConfigError::MissingSecret
    );
    let config = config.client_authentication(ClientAuthentication::SecretBasic("s3cret".into()));
    let request = Bench::new(config).next_request();
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body, "access_token=tv%7Cs3cret");
}

#[test]
fn huawei_and_yandex_want_the_code_under_its_old_name_and_a_secret_in_polls_alone() {
    for name in ["huawei", "yandex"] {
        let (first, poll) = bodies(client(name, &[]).scope("openid").nonce("n"), SHORT);
        assert_eq!(first, "client_id=tv&scope=openid&nonce=n", "{name}");
        assert_eq!(
            poll, "grant_type=device_code&code=d&client_id=tv&client_secret=s3cret",
            "{name}"
        );
    }
}

#[test]
fn baidu_wants_a_grant_type_of_its_own_commas_and_a_user_agent() {
    let mut bench = Bench::new(client("baidu", &[]).scope("basic netdisk"));
    let first = bench.next_request();
    assert_eq!(
        first.body,
        "response_type=device_code&client_id=tv&scope=basic%2Cnetdisk"
    );
    assert_eq!(first.header("user-agent"), Some("pan.baidu.com"));
    bench.answer(200, SHORT);
    let poll = bench.next_request();
    assert_eq!(
        poll.body,
        "grant_type=device_token&code=d&client_id=tv&client_secret=s3cret"
    );
    assert_eq!(poll.header("user-agent"), Some("pan.baidu.com"));
}

#[test]
fn zoom_wants_the_client_in_the_query_and_its_secret_in_the_header_of_both() {
    let profile = profile("zoom");
    let config = profile.config("t v&", &[]).unwrap();
    let mut bench = Bench::new(config.client_authentication(profile.authentication("s3cret")));
    let first = bench.next_request();
    assert_eq!(
        first.url,
        "https://zoom.us/oauth/devicecode?client_id=t+v%26"
    );
    assert_eq!(first.body, "");
    assert!(first.header("authorization").unwrap().starts_with("Basic "));
    bench.answer(200, SHORT);
    assert!(bench.next_request().header("authorization").is_some());
}

#[test]
fn google_and_docker_and_microsoft_speak_the_rfc() {
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d&client_id=tv";
    let (first, poll) = bodies(client("google", &[]), SHORT);
    assert_eq!(first, "client_id=tv");
    assert_eq!(poll, format!("{grant}&client_secret=s3cret"));
    let (first, poll) = bodies(client("docker", &[]), SHORT);
    assert_eq!(first, "client_id=tv&audience=https%3A%2F%2Fhub.docker.com");
    assert_eq!(poll, grant);
    let (first, poll) = bodies(client("microsoft", &[("tenant", "common")]), SHORT);
    assert_eq!((first.as_str(), poll.as_str()), ("client_id=tv", grant));
}

#[test]
fn trakt_answers_polls_with_bare_statuses() {
    let config = client("trakt", &[]);
    let mut bench = Bench::new(config.clone());
    assert_eq!(bench.next_request().body, "client_id=tv");
    bench.answer(200, SHORT);
    let poll = bench.next_request();
    assert_eq!(poll.url, "https://api.trakt.tv/oauth/device/token");
    assert_eq!(poll.body, "code=d&client_id=tv&client_secret=s3cret");
    bench.answer(400, "");
    assert_eq!(bench.poll(429, ""), seconds(5));
    assert_eq!(bench.poll(400, ""), seconds(10), "slowed down");
    bench.wait();
    let slow = Response::new(429, b"").header("retry-after", b"30");
    bench.answer_with(slow);
    assert_eq!(bench.wait(), seconds(30));
    bench.answer(410, "");
    assert!(matches!(bench.end(), Outcome::Expired));
    let seen = |event: &Event| match event {
        Event::Prompt(_) => "prompt",
        Event::Pending { .. } => "pending",
        Event::SlowedDown { .. } => "slowed down",
        _ => "else",
    };
    let seen: Vec<_> = bench.events.iter().map(seen).collect();
    assert_eq!(
        seen,
        ["prompt", "pending", "slowed down", "pending", "slowed down"]
    );

    let mut bench = Bench::with_codes(config.clone(), SHORT);
    bench.poll(418, "");
    assert!(matches!(bench.end(), Outcome::Denied));
    for status in [404, 409] {
        let mut bench = Bench::with_codes(config.clone(), SHORT);
        bench.poll(status, "");
        let device_flow_core::Failure::Server(error) = bench.failure() else {
            panic!("{status}")
        };
        assert_eq!(error.code(), &ErrorCode::InvalidGrant);
    }
}

#[test]
fn a_bare_status_means_nothing_where_the_body_or_somebody_else_speaks() {
    let dialect = profile("trakt").dialect();
    let read =
        |status, body: &str| TokenAnswer::read_in(dialect, &Response::new(status, body.as_bytes()));
    let own_words = r#"{"error":"invalid_client"}"#;
    assert!(
        matches!(read(400, own_words), TokenAnswer::Error(error) if error.code() == &ErrorCode::InvalidClient)
    );
    let page = "<html>Bad request</html>";
    assert!(matches!(read(400, page), TokenAnswer::Invalid(_)));
    assert!(matches!(read(410, page), TokenAnswer::Invalid(_)));
    assert!(matches!(read(503, ""), TokenAnswer::Transient));
    assert!(matches!(read(401, ""), TokenAnswer::Invalid(_)));
    assert!(matches!(read(200, TOKEN), TokenAnswer::Granted(_)));
    // Only polls are answered so: a refresh or a first request that is refused is no pending sign-in.
    let bare = Response::new(400, b"");
    assert!(matches!(
        RefreshAnswer::read_in(dialect, &bare),
        RefreshAnswer::Invalid(_)
    ));
    assert!(matches!(
        DeviceAuthorizationAnswer::read_in(dialect, &bare),
        DeviceAuthorizationAnswer::Invalid(_)
    ));
}

#[test]
fn trakt_refreshes_elsewhere_in_a_session_and_in_a_call() {
    let config = client("trakt", &[]);
    let body = "grant_type=refresh_token&refresh_token=r&client_id=tv&client_secret=s3cret&redirect_uri=urn%3Aietf%3Awg%3Aoauth%3A2.0%3Aoob";
    let mut call = Call::refresh(&config, "r").unwrap();
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    assert_eq!(request.url(), "https://api.trakt.tv/oauth/token");
    assert_eq!(request.body(), body.as_bytes());

    let stored = StoredSession::new(&config, "a", Some("r"), Some(seconds(600))).unwrap();
    let mut session = Session::resume(config, stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    session.refresh(Timestamp::ZERO).unwrap();
    let Output::Send(request) = session.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    assert_eq!(request.url(), "https://api.trakt.tv/oauth/token");
    assert_eq!(request.body(), body.as_bytes());
}

#[test]
fn a_refresh_endpoint_is_checked_like_any_other() {
    let error = DeviceFlow::new(config().refresh_at("http://as.example/refresh")).unwrap_err();
    assert!(matches!(
        error,
        ConfigError::Endpoint {
            stage: Stage::Refresh,
            ..
        }
    ));
}

#[test]
fn foreign_error_codes_are_understood_wherever_the_server_puts_them() {
    let cases = [
        (
            "facebook",
            r#"{"error":{"code":31,"error_subcode":1349174}}"#,
            "pending",
        ),
        (
            "facebook",
            r#"{"error":{"error_subcode":1349172,"code":17}}"#,
            "slow down",
        ),
        (
            "facebook",
            r#"{"error":{"error_subcode":"1349173"}}"#,
            "denied",
        ),
        (
            "facebook",
            r#"{"error":{"error_subcode":1349152}}"#,
            "expired",
        ),
        ("huawei", r#"{"error":1101,"sub_error":20411}"#, "pending"),
        ("huawei", r#"{"sub_error":20412,"error":1101}"#, "pending"),
        ("huawei", r#"{"sub_error":"20414","error":1101}"#, "denied"),
        ("huawei", r#"{"sub_error":20404,"error":1101}"#, "expired"),
        (
            "mongodb-atlas",
            r#"{"error":400,"errorCode":"DEVICE_AUTHORIZATION_PENDING"}"#,
            "pending",
        ),
        (
            "mongodb-atlas",
            r#"{"error":401,"errorCode":"DEVICE_AUTHORIZATION_EXPIRED"}"#,
            "expired",
        ),
        ("amazon", r#"{"error":"invalid_code_pair"}"#, "expired"),
        ("amazon", PENDING, "pending"),
        (
            "twitch",
            r#"{"status":400,"message":"authorization_pending"}"#,
            "pending",
        ),
        (
            "twitch",
            r#"{"error":"Bad Request","message":"slow_down"}"#,
            "slow down",
        ),
    ];
    for (name, body, wanted) in cases {
        let answer = TokenAnswer::read_in(
            profile(name).dialect(),
            &Response::new(400, body.as_bytes()),
        );
        let found = match answer {
            TokenAnswer::Pending => "pending",
            TokenAnswer::SlowDown { interval: None } => "slow down",
            TokenAnswer::Denied => "denied",
            TokenAnswer::Expired => "expired",
            other => panic!("{name} {body}: {other:?}"),
        };
        assert_eq!(found, wanted, "{name} {body}");
    }
}

#[test]
fn an_unknown_error_keeps_the_servers_words() {
    let cases = [
        (
            "facebook",
            r#"{"error":{"message":"Invalid OAuth access token.","type":"OAuthException","code":190}}"#,
            "OAuthException",
            Some("Invalid OAuth access token."),
        ),
        (
            "facebook",
            r#"{"error":{"message":"No.","type":"OAuthException","error_subcode":1349999}}"#,
            "1349999",
            Some("No."),
        ),
        (
            "huawei",
            r#"{"error":1101,"error_description":"client missing"}"#,
            "1101",
            Some("client missing"),
        ),
        (
            "mongodb-atlas",
            r#"{"error":404,"errorCode":"NOT_FOUND","detail":"gone"}"#,
            "NOT_FOUND",
            Some("gone"),
        ),
        (
            "twitch",
            r#"{"error":"Bad Request","status":400,"message":"invalid client"}"#,
            "invalid client",
            None,
        ),
    ];
    for (name, body, code, description) in cases {
        let response = Response::new(400, body.as_bytes());
        let dialect = profile(name).dialect();
        let TokenAnswer::Error(error) = TokenAnswer::read_in(dialect, &response) else {
            panic!("{name}")
        };
        assert_eq!(
            (error.code().as_str(), error.description()),
            (code, description),
            "{name}"
        );
        let DeviceAuthorizationAnswer::Error(error) =
            DeviceAuthorizationAnswer::read_in(dialect, &response)
        else {
            panic!("{name}")
        };
        assert_eq!(error.code().as_str(), code, "{name}");
    }
}

#[test]
fn an_error_that_is_no_object_counts_where_objects_are_usual() {
    let dialect = profile("facebook").dialect();
    for (body, code) in [
        (r#"{"error":"invalid_client"}"#, "invalid_client"),
        (r#"{"error":190}"#, "190"),
        (r#"{"error":"in\u0076alid_client"}"#, "invalid_client"),
    ] {
        let answer = TokenAnswer::read_in(dialect, &Response::new(400, body.as_bytes()));
        assert!(
            matches!(&answer, TokenAnswer::Error(error) if error.code().as_str() == code),
            "{body}: {answer:?}"
        );
    }
}

#[test]
fn an_error_object_that_says_nothing_is_refused_and_ends() {
    let dialect = profile("facebook").dialect();
    let nested = format!(
        r#"{{"error":{{"error":{}1{}}}}}"#,
        r#"{"error":"#.repeat(20),
        "}".repeat(20)
    );
    for body in [
        "{\"error\":{}}",
        "{\"error\":[]}",
        "{\"error\":{\"error\":{}}}",
        &nested,
    ] {
        let answer = TokenAnswer::read_in(dialect, &Response::new(400, body.as_bytes()));
        assert!(
            matches!(answer, TokenAnswer::Invalid(_)),
            "{body}: {answer:?}"
        );
    }
}

#[test]
fn a_plain_client_refuses_what_only_a_dialect_understands() {
    for body in [
        r#"{"error":{"error_subcode":1349174}}"#,
        r#"{"error":1101,"sub_error":20411}"#,
        r#"{"error":400,"errorCode":"DEVICE_AUTHORIZATION_PENDING"}"#,
        "",
    ] {
        let answer = TokenAnswer::read(&Response::new(400, body.as_bytes()));
        assert!(
            matches!(answer, TokenAnswer::Error(_) | TokenAnswer::Invalid(_)),
            "{body}: {answer:?}"
        );
    }
}

#[test]
fn huawei_sends_people_to_an_address_with_the_code_in_it() {
    let prompt = |uri: &str| {
        let codes = format!(
            r#"{{"device_code":"d","user_code":"7 2","verification_url":"{uri}","expire_in":900}}"#
        );
        let bench = Bench::with_codes(client("huawei", &[]), &codes);
        let prompt = bench.flow.prompt(bench.now).unwrap();
        assert_eq!(
            prompt.verification_uri_complete(),
            Some(prompt.verification_uri())
        );
        assert_eq!(prompt.expires_in(), Some(seconds(900)));
        prompt.verification_uri().to_owned()
    };
    assert_eq!(
        prompt("https://h.example/verify"),
        "https://h.example/verify?user_code=7+2"
    );
    assert_eq!(
        prompt("https://h.example/verify?a=1"),
        "https://h.example/verify?a=1&user_code=7+2"
    );
    assert_eq!(
        prompt("https://h.example/verify#f"),
        "https://h.example/verify#f"
    );
}

#[test]
fn a_flow_that_was_put_aside_goes_on_in_the_same_dialect() {
    let config = client("amazon", &[]);
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
    assert!(matches!(bench.end(), Outcome::Expired));
}

#[test]
fn what_a_dialect_sets_nobody_else_may_set() {
    let reserved = |name: &str, parameter: &str| {
        let config = config().dialect(profile(name).dialect());
        let config = config.client_authentication(ClientAuthentication::SecretPost("s".into()));
        matches!(
            DeviceFlow::new(config.parameter(Stage::Token, parameter, "x")),
            Err(ConfigError::ReservedParameter { .. })
        )
    };
    assert!(reserved("amazon", "response_type") && reserved("amazon", "user_code"));
    assert!(reserved("salesforce", "code") && reserved("twitch", "scopes"));
    assert!(reserved("facebook", "access_token"));
    // Elsewhere these are parameters like any other.
    for parameter in [
        "response_type",
        "user_code",
        "code",
        "scopes",
        "access_token",
    ] {
        assert!(!reserved("github", parameter), "{parameter}");
    }
}

#[test]
fn aliases_read_camel_case_and_keep_other_members_apart() {
    static CAMEL: Dialect = Dialect::RFC_8628.aliases(&[
        ("deviceCode", "device_code"),
        ("userCode", "user_code"),
        ("verificationUri", "verification_uri"),
        ("expiresIn", "expires_in"),
        ("accessToken", "access_token"),
        ("tokenType", "token_type"),
    ]);
    let codes = r#"{"deviceCode":"d","userCode":"U-1","verificationUri":"https://as.example/device","expiresIn":600,"other":1}"#;
    let answer = DeviceAuthorizationAnswer::read_in(&CAMEL, &Response::new(200, codes.as_bytes()));
    let DeviceAuthorizationAnswer::Granted(codes) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!((codes.user_code(), codes.expires_in()), ("U-1", Some(600)));
    assert_eq!(codes.extra().expose(), r#"{"other":1}"#);
    let tokens = r#"{"accessToken":"a","expiresIn":60,"tokenType":"Bearer","other":2}"#;
    let answer = TokenAnswer::read_in(&CAMEL, &Response::new(200, tokens.as_bytes()));
    let TokenAnswer::Granted(token) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(token.access_token().expose(), "a");
    assert_eq!(token.expires_in(), Some(seconds(60)));
    assert_eq!(token.extra().expose(), r#"{"other":2}"#);
}

#[test]
fn the_plain_dialect_changes_no_request() {
    let with = Bench::new(config().scope("a b").dialect(&Dialect::RFC_8628)).next_request();
    let without = Bench::new(config().scope("a b")).next_request();
    assert_eq!(with.body, without.body);
    assert_eq!(Dialect::default(), Dialect::RFC_8628);
    assert_eq!(Dialect::RFC_8628.to_string(), "none");
}
