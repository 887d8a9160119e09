//! The device authorization request and its answer: rows D1 to D10, K8 and part of T8.

use crate::bench::{Bench, CODES, Seen, config, seconds};
use device_flow_core::{
    ClientAuthentication, Config, ConfigError, DeviceFlow, ErrorCode, Event, Failure, NonceMode,
    Outcome, ProtocolErrorKind, Response, RetryReason, Stage, Timestamp, TransportFailure,
    UriError,
};

/// The first request of a flow with this configuration.
fn first_request(config: Config) -> crate::bench::Sent {
    Bench::new(config).next_request()
}

fn prompt(config: Config, codes: &str) -> device_flow_core::Prompt {
    let mut bench = Bench::with_codes(config, codes);
    match bench.ask() {
        Seen::Event(Event::Prompt(prompt)) => prompt,
        other => panic!("{other:?}, {:?}", bench.flow.outcome()),
    }
}

fn protocol_error(codes: &str) -> ProtocolErrorKind {
    match Bench::with_codes(config(), codes).failure() {
        Failure::Protocol(error) => {
            assert_eq!(error.stage(), Stage::DeviceAuthorization);
            error.kind().clone()
        }
        other => panic!("{other:?}"),
    }
}

/// The codes with one member replaced, or left out when it is `None`.
fn codes_with(name: &str, json: Option<&str>) -> String {
    let mut codes: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(CODES).unwrap();
    match json {
        Some(json) => codes.insert(name.to_owned(), serde_json::from_str(json).unwrap()),
        None => codes.remove(name),
    };
    serde_json::Value::Object(codes).to_string()
}

#[test]
fn d1_the_request_is_a_form_post_that_asks_for_json() {
    let request = first_request(config().scope("openid profile").nonce("n-0S6"));
    assert_eq!(
        (request.method, request.stage),
        ("POST", Stage::DeviceAuthorization)
    );
    assert_eq!(request.url, "https://as.example/device_authorization");
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(
        request.body,
        "client_id=tv&scope=openid+profile&nonce=n-0S6"
    );
}

#[test]
fn d1_a_missing_scope_is_left_out() {
    assert_eq!(first_request(config()).body, "client_id=tv");
    assert_eq!(first_request(config().scope("  ")).body, "client_id=tv");
}

#[test]
fn d1_a_parameter_that_is_set_by_the_flow_cannot_be_sent_twice() {
    for name in [
        "client_id",
        "scope",
        "client_secret",
        "device_code",
        "grant_type",
        "",
    ] {
        let config = config().parameter(Stage::DeviceAuthorization, name, "x");
        let name = name.to_owned();
        assert_eq!(
            DeviceFlow::new(config).unwrap_err(),
            ConfigError::ReservedParameter { name }
        );
    }
    let twice = config()
        .parameter(Stage::DeviceAuthorization, "acr_values", "a")
        .parameter(Stage::DeviceAuthorization, "acr_values", "b");
    assert!(matches!(
        DeviceFlow::new(twice).unwrap_err(),
        ConfigError::RepeatedParameter { .. }
    ));
}

#[test]
fn d2_a_confidential_client_authenticates_here_too_unless_told_otherwise() {
    let basic =
        || config().client_authentication(ClientAuthentication::SecretBasic("s3cret".into()));
    let request = first_request(basic());
    assert_eq!(request.header("authorization"), Some("Basic dHY6czNjcmV0"));
    assert_eq!(request.parameter("client_id"), None, "one method a request");
    let request = first_request(basic().authenticate_device_endpoint(false));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(request.body, "client_id=tv");

    let post = || config().client_authentication(ClientAuthentication::SecretPost("s+ c".into()));
    assert_eq!(
        first_request(post()).body,
        "client_id=tv&client_secret=s%2B+c"
    );
    assert_eq!(
        first_request(post().authenticate_device_endpoint(false)).body,
        "client_id=tv"
    );
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
    assert_eq!(
        request.header("authorization"),
        Some("Basic YSUzQWI6cCslQzMlQTQ=")
    );
    assert_eq!(
        with(ClientAuthentication::SecretBasicRaw("p".into())).unwrap_err(),
        ConfigError::ColonInClientId
    );
    let raw = config().client_authentication(ClientAuthentication::SecretBasicRaw("p+/".into()));
    // tv:p+/
    assert_eq!(
        first_request(raw).header("authorization"),
        Some("Basic dHY6cCsv")
    );
}

#[test]
fn d4_the_three_required_members_must_be_there_and_not_empty() {
    for name in ["device_code", "user_code", "verification_uri"] {
        for json in [None, Some("null"), Some("\"\""), Some("{}"), Some("true")] {
            let mut codes = codes_with(name, json);
            if name == "verification_uri" {
                codes = codes.replace("verification_uri_complete", "x");
            }
            let kind = protocol_error(&codes);
            assert!(
                matches!(kind, ProtocolErrorKind::MissingMember { name: it } if it == name),
                "{name} {json:?}: {kind:?}"
            );
        }
    }
}

#[test]
fn d4_a_missing_lifetime_means_the_default_and_a_prompt_that_does_not_claim_to_know() {
    for absent in [None, Some("null"), Some("\"\"")] {
        let codes = codes_with("expires_in", absent);
        assert_eq!(prompt(config(), &codes).expires_in(), None);
        let mut bench = Bench::with_codes(config(), &codes);
        let left = bench
            .flow
            .expires_at()
            .unwrap()
            .saturating_duration_since(bench.now);
        assert_eq!(left, seconds(1_800));
        bench = Bench::with_codes(config().default_lifetime(seconds(60)), &codes);
        assert!(matches!(bench.ask(), Seen::Event(Event::Prompt(_))));
        bench.sleep(seconds(60));
        assert!(matches!(bench.end(), Outcome::Expired));
    }
    let mut strict = Bench::with_codes(
        config().require_lifetime(true),
        &codes_with("expires_in", None),
    );
    assert!(
        matches!(strict.failure(), Failure::Protocol(error) if *error.kind() == ProtocolErrorKind::MissingMember { name: "expires_in" })
    );
}

#[test]
fn d4_a_lifetime_of_zero_or_less_is_expired_at_once_and_without_a_prompt() {
    for json in ["0", "-1", "\"0\"", "-99999999999999999999"] {
        let mut bench = Bench::with_codes(config(), &codes_with("expires_in", Some(json)));
        assert!(matches!(bench.ask(), Seen::Done), "{json}");
        assert!(
            matches!(bench.flow.outcome(), Some(Outcome::Expired)),
            "{json}"
        );
    }
}

#[test]
fn d4_a_code_that_runs_out_before_the_first_poll_is_shown_and_expired_at_once() {
    for (life, expires_in) in [(4, "4"), (5, "5")] {
        let mut bench = Bench::with_codes(config(), &codes_with("expires_in", Some(expires_in)));
        let Seen::Event(Event::Prompt(prompt)) = bench.ask() else {
            panic!()
        };
        assert_eq!(prompt.expires_in(), Some(seconds(life)));
        assert!(matches!(bench.ask(), Seen::Done), "{life}");
        assert!(matches!(bench.flow.outcome(), Some(Outcome::Expired)));
    }
}

#[test]
fn d4_a_missing_interval_means_five_seconds() {
    for absent in [None, Some("null"), Some("\"\""), Some("0"), Some("-3")] {
        let mut bench = Bench::with_codes(config(), &codes_with("interval", absent));
        assert_eq!(bench.wait(), seconds(5), "{absent:?}");
    }
}

#[test]
fn d5_aliases_and_other_spellings_of_numbers_are_read() {
    let codes = r#"{"device_code":"d","user_code":"AB12","verification_url":"https://as.example/d","verification_url_complete":"https://as.example/d?c=AB12","expires_in":"600.0","interval":"7","more":{"x":[1]}}"#;
    let prompt = prompt(config(), codes);
    assert_eq!(prompt.verification_uri(), "https://as.example/d");
    assert_eq!(
        prompt.verification_uri_complete(),
        Some("https://as.example/d?c=AB12")
    );
    assert_eq!(prompt.expires_in(), Some(seconds(600)));
    assert_eq!(prompt.interval(), seconds(7));
    let bench = Bench::with_codes(config(), codes);
    let response = bench.flow.device_authorization().unwrap();
    assert_eq!(
        response.extra_member("more").unwrap().expose(),
        r#"{"x":[1]}"#
    );
    assert_eq!(response.extra().expose(), r#"{"more":{"x":[1]}}"#);
}

#[test]
fn d6_an_oauth_error_is_an_error_whatever_the_status() {
    for status in [200, 400, 401, 403, 404, 500, 503] {
        let mut bench = Bench::new(config());
        bench.next_request();
        bench.answer(status, r#"{"error":"invalid_client","error_description":"who?","error_uri":"https://as.example/help"}"#);
        let Failure::Server(error) = bench.failure() else {
            panic!("{status}")
        };
        assert_eq!(error.code(), &ErrorCode::InvalidClient);
        assert_eq!(error.description(), Some("who?"));
        assert_eq!(error.uri(), Some("https://as.example/help"));
        assert_eq!(error.stage(), Stage::DeviceAuthorization);
    }
}

#[test]
fn d7_only_addresses_that_are_safe_to_open_are_shown() {
    for bad in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://as.example/",
        "as.example/device",
        "ftp://as.example/",
    ] {
        let kind = protocol_error(&codes_with("verification_uri", Some(&format!("\"{bad}\""))));
        assert!(
            matches!(kind, ProtocolErrorKind::VerificationUri(_)),
            "{bad}: {kind:?}"
        );
    }
    for good in [
        "http://127.0.0.1:8080/device",
        "http://localhost/device",
        "https://as.example",
    ] {
        let prompt = prompt(
            config(),
            &codes_with("verification_uri", Some(&format!("\"{good}\""))),
        );
        assert_eq!(prompt.verification_uri(), good);
    }
    let http = codes_with("verification_uri", Some("\"http://as.example/\""));
    assert_eq!(
        prompt(config().allow_http(true), &http).verification_uri(),
        "http://as.example/"
    );
    let script = codes_with("verification_uri", Some("\"javascript:alert(1)\""));
    let mut bench = Bench::with_codes(config().allow_http(true), &script);
    assert!(matches!(bench.failure(), Failure::Protocol(_)));
}

#[test]
fn d7_a_complete_address_that_nobody_should_open_is_dropped() {
    let codes = codes_with("verification_uri_complete", Some("\"javascript:alert(1)\""));
    assert_eq!(prompt(config(), &codes).verification_uri_complete(), None);
}

#[test]
fn d8_what_people_see_carries_no_control_characters() {
    let codes = codes_with("user_code", Some(r#""\u001b[31mWDJB\u202e-MJHT\u0007""#));
    assert_eq!(prompt(config(), &codes).user_code(), "[31mWDJB-MJHT");
    let codes = codes_with(
        "message",
        Some(r#""Go to\r\n\u001b]0;x\u0007 https://as.example""#),
    );
    assert_eq!(
        prompt(config(), &codes).message(),
        Some("Go to ]0;x https://as.example")
    );
    let codes = codes_with(
        "verification_uri",
        Some(r#""https://as.example/\u001b[2J\u202e""#),
    );
    assert!(
        prompt(config(), &codes)
            .verification_uri()
            .bytes()
            .all(|it| it.is_ascii_graphic())
    );

    let mut bench = Bench::new(config());
    bench.next_request();
    bench.answer(400, r#"{"error":"bad\u001b[2J","error_description":"\u001b[31mred\u009b","error_uri":"javascript:x"}"#);
    let failure = bench.failure();
    let Failure::Server(error) = &failure else {
        panic!()
    };
    assert_eq!(
        (error.code().as_str(), error.description(), error.uri()),
        ("bad[2J", Some("[31mred"), None)
    );
    assert!(!failure.to_string().contains(char::is_control));
}

#[test]
fn d9_passing_trouble_is_retried_three_times_and_then_told() {
    let mut bench = Bench::new(config());
    for wait in [0, 1, 2, 4] {
        assert_eq!(bench.wait(), seconds(wait));
        bench.fail(TransportFailure::Connect);
    }
    let Failure::Network(error) = bench.failure() else {
        panic!()
    };
    assert_eq!(
        (error.stage(), error.failure()),
        (Stage::DeviceAuthorization, TransportFailure::Connect)
    );
    assert_eq!(bench.events.len(), 3);
    assert!(matches!(
        bench.events[0],
        Event::Retrying {
            stage: Stage::DeviceAuthorization,
            reason: RetryReason::Transport(TransportFailure::Connect),
            ..
        }
    ));

    let mut bench = Bench::new(config());
    for status in [429, 500, 502] {
        bench.next_request();
        bench.answer(status, "<html>Busy</html>");
    }
    bench.next_request();
    bench.answer(200, CODES);
    assert!(matches!(bench.ask(), Seen::Event(Event::Prompt(_))));
    assert_eq!(
        bench.wait(),
        seconds(5),
        "earlier failures do not slow the polls"
    );
}

#[test]
fn d9_the_last_answer_is_what_is_told() {
    let fails_with = |status: u16, body: &'static str| {
        let mut bench = Bench::new(config());
        for _ in 0..4 {
            bench.next_request();
            bench.answer(status, body);
        }
        bench.failure()
    };
    let Failure::Protocol(error) = fails_with(503, "") else {
        panic!()
    };
    assert_eq!(
        *error.kind(),
        ProtocolErrorKind::Unavailable { status: 503 }
    );
    let Failure::Server(error) = fails_with(429, r#"{"error":"slow_down"}"#) else {
        panic!()
    };
    assert_eq!(error.code().as_str(), "slow_down");
}

#[test]
fn d9_retry_after_is_honoured_unless_it_outlasts_patience() {
    let mut bench = Bench::new(config());
    bench.next_request();
    bench.answer_with(Response::new(503, b"").header("Retry-After", b"30"));
    assert_eq!(bench.wait(), seconds(30));
    bench.answer_with(Response::new(503, b"").header("Retry-After", b"3600"));
    assert!(matches!(bench.failure(), Failure::Protocol(_)));
}

#[test]
fn d9_a_request_without_an_answer_is_given_up_by_the_flows_own_timer() {
    let mut bench = Bench::new(config().request_timeout(seconds(7)));
    assert_eq!(bench.next_request().timeout, seconds(7));
    for wait in [8, 9, 11] {
        assert_eq!(
            bench.wait(),
            seconds(wait),
            "7 s for the answer, then the back-off"
        );
    }
    assert!(
        matches!(bench.failure(), Failure::Network(error) if error.failure() == TransportFailure::Timeout)
    );
}

#[test]
fn d9_what_will_not_pass_is_told_at_once() {
    let mut bench = Bench::new(config());
    bench.next_request();
    bench.fail(TransportFailure::Tls);
    assert!(
        matches!(bench.failure(), Failure::Network(error) if error.failure() == TransportFailure::Tls)
    );
    for (status, body) in [
        (404, "<html>nothing</html>"),
        (200, "<html>sign in to the hotel</html>"),
        (200, ""),
        (200, "[]"),
        (301, ""),
    ] {
        let mut bench = Bench::new(config());
        bench.next_request();
        bench.answer(status, body);
        assert!(
            matches!(bench.failure(), Failure::Protocol(_)),
            "{status} {body}"
        );
    }
}

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
    assert_eq!(
        request.body,
        "client_id=tv&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example"
    );
    assert_eq!(
        (request.header("x-one"), request.header("x-two")),
        (Some("1"), None)
    );
    bench.answer(200, CODES);
    let poll = bench.next_request();
    assert_eq!(
        poll.body,
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=GmRhmhcxhwAzkoEqiMEg&client_id=tv&code_verifier=dBjftJ"
    );
    assert_eq!(
        (poll.header("x-one"), poll.header("x-two")),
        (None, Some("2"))
    );
}

#[test]
fn d10_headers_that_could_break_a_request_are_refused() {
    let with =
        |name: &str, value: &str| DeviceFlow::new(config().header(Stage::Token, name, value)).err();
    assert_eq!(with("x-ok", "fine"), None);
    assert_eq!(with("", "x"), Some(ConfigError::HeaderName));
    assert_eq!(with("x y", "x"), Some(ConfigError::HeaderName));
    assert!(matches!(
        with("x", "a\r\nEvil: 1"),
        Some(ConfigError::HeaderValue { .. })
    ));
    for taken in ["Content-Length", "host", "Accept", "Transfer-Encoding"] {
        assert!(
            matches!(with(taken, "x"), Some(ConfigError::ReservedHeader { .. })),
            "{taken}"
        );
    }
}

#[test]
fn d10_a_nonce_goes_with_openid_or_when_it_is_asked_for() {
    let nonce = |config: Config| first_request(config.nonce("n1")).parameter("nonce");
    assert_eq!(nonce(config()), None);
    assert_eq!(nonce(config().scope("openid")).as_deref(), Some("n1"));
    assert_eq!(
        nonce(config().scope("openid").nonce_mode(NonceMode::Disabled)),
        None
    );
    assert_eq!(
        nonce(config().nonce_mode(NonceMode::Enabled)).as_deref(),
        Some("n1")
    );
    assert!(config().scope("openid").needs_nonce());
    assert!(!config().needs_nonce());
    let without = config().nonce_mode(NonceMode::Enabled);
    assert_eq!(
        DeviceFlow::new(without).unwrap_err(),
        ConfigError::MissingNonce
    );
}

#[test]
fn k8_endpoints_must_be_https_or_loopback() {
    let with =
        |token: &str| DeviceFlow::new(Config::new("tv", "https://as.example/d", token)).err();
    assert_eq!(with("https://as.example/t"), None);
    assert_eq!(with("http://[::1]:80/t"), None);
    let source = UriError::Scheme;
    assert_eq!(
        with("http://as.example/t"),
        Some(ConfigError::Endpoint {
            stage: Stage::Token,
            source
        })
    );
    let allowed = Config::new("tv", "http://as.example/d", "http://as.example/t").allow_http(true);
    assert!(DeviceFlow::new(allowed).is_ok());
}

#[test]
fn a_configuration_that_cannot_work_is_refused_with_the_reason() {
    let refused = |config: Config| DeviceFlow::new(config).unwrap_err().to_string();
    assert_eq!(
        refused(Config::new("", "https://a.example/", "https://a.example/")),
        "the client id is empty"
    );
    assert_eq!(
        refused(Config::new("tv", "/device", "https://a.example/")),
        "the address of the device authorization endpoint is not an absolute URL"
    );
    assert_eq!(
        refused(config().scope("a\"b")),
        "a scope has a character that no scope may have"
    );
}

#[test]
fn the_limits_of_an_answer_go_with_the_request() {
    let request = first_request(config());
    assert_eq!(
        (request.max_body, request.timeout),
        (1024 * 1024, seconds(30))
    );
    let request = first_request(config().max_body(10).request_timeout(seconds(3)));
    assert_eq!((request.max_body, request.timeout), (10, seconds(3)));
}

#[test]
fn t8_an_answer_that_is_too_large_is_an_error() {
    let mut bench = Bench::new(config());
    bench.next_request();
    bench.fail(TransportFailure::BodyTooLarge);
    assert!(
        matches!(bench.failure(), Failure::Protocol(error) if *error.kind() == ProtocolErrorKind::TooLarge)
    );
}

#[test]
fn a_clock_may_begin_anywhere() {
    for start in [0, u64::MAX / 2, u64::MAX] {
        let mut bench = Bench::new(config());
        bench.now = Timestamp::from_millis(start);
        bench.next_request();
        bench.answer(200, CODES);
        let seen = bench.ask();
        assert!(
            matches!(seen, Seen::Event(Event::Prompt(_)) | Seen::Done),
            "{seen:?}"
        );
    }
}

#[test]
fn the_prompt_tells_the_servers_lifetime_however_late_it_is_asked_for() {
    let mut bench = Bench::polling(config());
    bench.sleep(std::time::Duration::from_millis(7));
    let Seen::Event(Event::Prompt(prompt)) = bench.ask() else {
        panic!()
    };
    assert_eq!(prompt.expires_in(), Some(seconds(600)));
    bench.sleep(seconds(100));
    let later = bench.flow.prompt(bench.now).unwrap();
    assert_eq!(later.expires_in().unwrap().as_secs(), 499);
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
    assert!(poll.body.ends_with(
        "&client_id=tv&resource=https%3A%2F%2Fa.example%2F&resource=https%3A%2F%2Fb.example%2F"
    ));
}
