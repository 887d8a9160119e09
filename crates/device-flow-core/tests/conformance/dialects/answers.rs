//! What an answer means.

use std::time::Duration;

use device_flow_core::{
    Call, Dialect, ErrorCode, Event, Failure, Input, Machine, Outcome, Output, ProtocolErrorKind, Response,
    ServerError, SessionEvent, Timestamp,
};

use super::{client, dialect};
use crate::bench::keeper::Keeper;
use crate::bench::{Bench, CODES, PENDING, TOKEN, config, seconds};

/// What a poll makes of an answer: its name and, for one that ended in failure, why.
fn polled(dialect: Dialect, status: u16, body: &str) -> (&'static str, Option<Failure>) {
    let secret = device_flow_core::ClientAuthentication::SecretPost("s3cret".into());
    let config = config().dialect(dialect).client_authentication(secret);
    // Some call the device code by another name.
    let codes = CODES.replacen('{', r#"{"code":"d","#, 1);
    let mut bench = Bench::with_codes(config, &codes);
    bench.hear();
    bench.poll(status, body);
    let told = bench.hear();
    let name = match (bench.flow.outcome(), told.last()) {
        (Some(Outcome::Authorized(_)), _) => "granted",
        (Some(Outcome::Denied), _) => "denied",
        (Some(Outcome::Expired(_)), _) => "expired",
        (Some(Outcome::Failed(failure)), _) => return ("failed", Some(failure.clone())),
        (None, Some(Event::Pending { .. })) => "pending",
        (None, Some(Event::SlowedDown { interval, .. })) if *interval == seconds(10) => "slow down",
        (None, Some(Event::Retrying { .. })) => "retrying",
        other => panic!("{other:?}"),
    };
    (name, None)
}

fn server_error(dialect: Dialect, body: &str) -> ServerError {
    match polled(dialect, 400, body) {
        (_, Some(Failure::Server(error))) => error,
        other => panic!("{body}: {other:?}"),
    }
}

fn protocol_error(dialect: Dialect, status: u16, body: &str) -> ProtocolErrorKind {
    match polled(dialect, status, body) {
        (_, Some(Failure::Protocol(error))) => error.kind().clone(),
        other => panic!("{status} {body}: {other:?}"),
    }
}

/// What the first request makes of an answer that is no grant.
fn codes_refused(dialect: Dialect, status: u16, body: &str) -> Failure {
    let secret = device_flow_core::ClientAuthentication::SecretPost("s3cret".into());
    let config = config().dialect(dialect).client_authentication(secret);
    let mut bench = Bench::new(config);
    bench.next_request();
    bench.answer(status, body);
    bench.failure()
}

#[test]
fn polls_may_be_answered_with_bare_statuses() {
    let mut bench = Bench::polling(client("trakt"));
    bench.wait();
    bench.answer(400, "");
    assert_eq!(bench.poll(429, ""), seconds(5));
    assert_eq!(bench.poll(400, ""), seconds(10), "slowed down");
    bench.wait();
    let slow = Response::new(429, b"").header("retry-after", b"30");
    bench.answer_with(slow);
    assert_eq!(bench.wait(), seconds(30));
    bench.answer(410, "");
    assert!(matches!(bench.end(), Outcome::Expired(_)));
    let seen = |event: &Event| match event {
        Event::Prompt(_) => "prompt",
        Event::Pending { .. } => "pending",
        Event::SlowedDown { .. } => "slowed down",
        _ => "else",
    };
    let seen: Vec<_> = bench.events.iter().map(seen).collect();
    assert_eq!(seen, ["prompt", "pending", "slowed down", "pending", "slowed down"]);

    let trakt = || dialect("trakt");
    assert_eq!(polled(trakt(), 418, "").0, "denied");
    for status in [404, 409] {
        let (_, failure) = polled(trakt(), status, "");
        let Some(Failure::Server(error)) = failure else { panic!("{status}") };
        assert_eq!(error.code(), &ErrorCode::INVALID_GRANT);
    }
}

#[test]
fn a_bare_status_means_nothing_where_the_body_or_somebody_else_speaks() {
    let trakt = || dialect("trakt");
    let error = server_error(trakt(), r#"{"error":"invalid_client"}"#);
    assert_eq!(error.code(), &ErrorCode::INVALID_CLIENT);
    for status in [400, 410] {
        let kind = protocol_error(trakt(), status, "<html>Bad request</html>");
        assert_eq!(kind, ProtocolErrorKind::WebPage { status });
    }
    assert_eq!(polled(trakt(), 503, "").0, "retrying");
    assert_eq!(protocol_error(trakt(), 401, ""), ProtocolErrorKind::NotOAuth { status: 401 });
    assert_eq!(polled(trakt(), 200, TOKEN).0, "granted");
}

/// Only polls are answered so: a refresh or a first request that is refused is no pending sign-in.
#[test]
fn a_bare_status_means_nothing_for_other_requests() {
    assert!(matches!(codes_refused(dialect("trakt"), 400, ""), Failure::Protocol(_)));
    let mut call = Call::refresh(&client("trakt"), "r").unwrap();
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else { panic!() };
    let id = request.id();
    let bare = Input::Response(id, Response::new(400, b""));
    call.handle_input(Timestamp::ZERO, bare).unwrap();
    assert!(matches!(call.into_outcome(), Ok(Err(Failure::Protocol(_)))));
    let mut keeper = Keeper::with(client("trakt"));
    keeper.request();
    keeper.answer(404, "");
    keeper.settle();
    assert!(matches!(keeper.events.last(), Some(SessionEvent::Retrying { .. })));
}

#[test]
fn foreign_error_codes_are_understood_wherever_the_server_puts_them() {
    let cases = [
        ("facebook", r#"{"error":{"code":31,"error_subcode":1349174}}"#, "pending"),
        ("facebook", r#"{"error":{"error_subcode":1349172,"code":17}}"#, "slow down"),
        ("facebook", r#"{"error":{"error_subcode":"1349173"}}"#, "denied"),
        ("facebook", r#"{"error":{"error_subcode":1349152}}"#, "expired"),
        ("huawei", r#"{"error":1101,"sub_error":20411}"#, "pending"),
        ("huawei", r#"{"sub_error":20412,"error":1101}"#, "pending"),
        ("huawei", r#"{"sub_error":"20414","error":1101}"#, "denied"),
        ("huawei", r#"{"sub_error":20404,"error":1101}"#, "expired"),
        ("mongodb-atlas", r#"{"error":400,"errorCode":"DEVICE_AUTHORIZATION_PENDING"}"#, "pending"),
        ("mongodb-atlas", r#"{"error":401,"errorCode":"DEVICE_AUTHORIZATION_EXPIRED"}"#, "expired"),
        ("amazon-lwa", r#"{"error":"invalid_code_pair"}"#, "expired"),
        ("amazon-lwa", PENDING, "pending"),
        ("twitch", r#"{"status":400,"message":"authorization_pending"}"#, "pending"),
        ("twitch", r#"{"error":"Bad Request","message":"slow_down"}"#, "slow down"),
    ];
    for (name, body, wanted) in cases {
        assert_eq!(polled(dialect(name), 400, body).0, wanted, "{name} {body}");
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
        ("huawei", r#"{"error":1101,"error_description":"client missing"}"#, "1101", Some("client missing")),
        ("mongodb-atlas", r#"{"error":404,"errorCode":"NOT_FOUND","detail":"gone"}"#, "NOT_FOUND", Some("gone")),
        ("twitch", r#"{"error":"Bad Request","status":400,"message":"invalid client"}"#, "invalid client", None),
    ];
    for (name, body, code, description) in cases {
        let error = server_error(dialect(name), body);
        assert_eq!((error.code().as_str(), error.description()), (code, description), "{name}");
        let Failure::Server(error) = codes_refused(dialect(name), 400, body) else { panic!("{name}") };
        assert_eq!(error.code().as_str(), code, "{name}");
    }
}

#[test]
fn an_error_that_is_no_object_counts_where_objects_are_usual() {
    for (body, code) in [
        (r#"{"error":"invalid_client"}"#, "invalid_client"),
        (r#"{"error":190}"#, "190"),
        (r#"{"error":"in\u0076alid_client"}"#, "invalid_client"),
    ] {
        let error = server_error(dialect("facebook"), body);
        assert_eq!(error.code().as_str(), code, "{body}");
    }
}

#[test]
fn an_error_object_that_says_nothing_is_refused_and_ends() {
    let nested = format!(r#"{{"error":{{"error":{}1{}}}}}"#, r#"{"error":"#.repeat(20), "}".repeat(20));
    for body in ["{\"error\":{}}", "{\"error\":[]}", "{\"error\":{\"error\":{}}}", &nested] {
        let kind = protocol_error(dialect("facebook"), 400, body);
        assert_eq!(kind, ProtocolErrorKind::NotOAuth { status: 400 }, "{body}");
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
        assert_eq!(polled(Dialect::RFC_8628, 400, body).0, "failed", "{body}");
    }
}

#[test]
fn people_may_be_sent_to_an_address_with_the_code_in_it() {
    let prompt = |uri: &str| {
        let codes = format!(r#"{{"device_code":"d","user_code":"7 2","verification_url":"{uri}","expire_in":900}}"#);
        let bench = Bench::with_codes(client("huawei"), &codes);
        let prompt = bench.flow.prompt(bench.now).unwrap();
        assert_eq!(prompt.verification_uri_complete(), Some(prompt.verification_uri()));
        assert_eq!(prompt.expires_in(), Some(seconds(900)));
        prompt.verification_uri().to_owned()
    };
    assert_eq!(prompt("https://h.example/verify"), "https://h.example/verify?user_code=7+2");
    assert_eq!(prompt("https://h.example/verify?a=1"), "https://h.example/verify?a=1&user_code=7+2");
    assert_eq!(prompt("https://h.example/verify#f"), "https://h.example/verify#f");
}

#[test]
fn aliases_read_camel_case_and_keep_other_members_apart() {
    let camel = Dialect::RFC_8628
        .alias("deviceCode", "device_code")
        .alias("userCode", "user_code")
        .alias("verificationUri", "verification_uri")
        .alias("expiresIn", "expires_in")
        .alias("accessToken", "access_token")
        .alias("tokenType", "token_type");
    let codes = r#"{"deviceCode":"d","userCode":"U-1","verificationUri":"https://as.example/device","expiresIn":600,"other":1}"#;
    let mut bench = Bench::with_codes(config().dialect(camel), codes);
    let codes = bench.flow.device_authorization().unwrap();
    assert_eq!((codes.user_code(), codes.expires_in()), ("U-1", Some(600)));
    assert_eq!(codes.extra().expose(), r#"{"other":1}"#);
    bench.poll(200, r#"{"accessToken":"a","expiresIn":60,"tokenType":"Bearer","other":2}"#);
    let token = bench.token();
    assert_eq!(token.access_token().expose(), "a");
    assert_eq!(token.expires_in(), Some(Duration::from_secs(60)));
    assert_eq!(token.extra().expose(), r#"{"other":2}"#);
}
