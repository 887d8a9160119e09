//! What an answer means, in each dialect.

use crate::bench::{Bench, CODES, PENDING, TOKEN, client, client_elsewhere, profile, refreshed, seconds};
use device_flow_core::{
    Config, ErrorCode, Event, Failure, Input, Machine as _, Outcome, Output, Response, Session, SessionEvent,
    SignInReason, StoredSession, Timestamp,
};
use std::time::Duration;

/// What comes of a poll that is answered so.
fn polled(config: Config, status: u16, body: &str) -> Result<Event, Outcome> {
    let mut bench = Bench::with_codes(config, CODES);
    bench.poll(status, body);
    match bench.told() {
        Some(event) => Ok(event),
        None => Err(bench.end().clone()),
    }
}

/// How a device authorization request ends that is answered so.
fn refused(config: Config, status: u16, body: &str) -> Failure {
    let mut bench = Bench::new(config);
    bench.next_request();
    bench.answer(status, body);
    bench.failure()
}

#[test]
fn trakt_answers_polls_with_bare_statuses() {
    let config = client("trakt", &[]);
    let mut bench = Bench::new(config.clone());
    assert_eq!(bench.next_request().body, "client_id=tv");
    bench.answer(200, CODES);
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
    assert!(matches!(bench.end(), Outcome::Expired(it) if it.is_answered()));
    let seen = |event: &Event| match event {
        Event::Prompt(_) => "prompt",
        Event::Pending { .. } => "pending",
        Event::SlowedDown { .. } => "slowed down",
        _ => "else",
    };
    let seen: Vec<_> = bench.events.iter().map(seen).collect();
    assert_eq!(seen, ["prompt", "pending", "slowed down", "pending", "slowed down"]);

    assert_eq!(polled(config.clone(), 418, ""), Err(Outcome::Denied));
    for status in [404, 409] {
        let Err(Outcome::Failed(Failure::Server(error))) = polled(config.clone(), status, "") else {
            panic!("{status}")
        };
        assert_eq!(error.code(), &ErrorCode::INVALID_GRANT);
    }
}

#[test]
fn a_bare_status_means_nothing_where_the_body_or_somebody_else_speaks() {
    let config = client("trakt", &[]);
    let read = |status, body| polled(config.clone(), status, body);
    let own_words = read(400, r#"{"error":"invalid_client"}"#);
    assert!(
        matches!(&own_words, Err(Outcome::Failed(Failure::Server(error))) if error.code() == &ErrorCode::INVALID_CLIENT),
        "{own_words:?}"
    );
    let page = "<html>Bad request</html>";
    for (status, body) in [(400, page), (410, page), (401, "")] {
        let end = read(status, body);
        assert!(matches!(end, Err(Outcome::Failed(Failure::Protocol(_)))), "{status}: {end:?}");
    }
    assert!(matches!(read(503, ""), Ok(Event::Retrying { .. })));
    assert!(matches!(read(200, TOKEN), Err(Outcome::Authorized(_))));
    // Only polls are answered so: a refresh or a first request that is refused is no pending sign-in.
    assert!(matches!(refreshed(&config, Response::new(400, b"")), Some(Err(Failure::Protocol(_)))));
    assert!(matches!(refused(config, 400, ""), Failure::Protocol(_)));
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
        ("amazon", r#"{"error":"invalid_code_pair"}"#, "expired"),
        ("amazon", PENDING, "pending"),
        ("twitch", r#"{"status":400,"message":"authorization_pending"}"#, "pending"),
        ("twitch", r#"{"error":"Bad Request","message":"slow_down"}"#, "slow down"),
    ];
    for (name, body, wanted) in cases {
        let found = match polled(client_elsewhere(&profile(name)), 400, body) {
            Ok(Event::Pending { .. }) => "pending",
            Ok(Event::SlowedDown { interval, .. }) if interval == seconds(10) => "slow down",
            Err(Outcome::Denied) => "denied",
            Err(Outcome::Expired(_)) => "expired",
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
        ("huawei", r#"{"error":1101,"error_description":"client missing"}"#, "1101", Some("client missing")),
        ("mongodb-atlas", r#"{"error":404,"errorCode":"NOT_FOUND","detail":"gone"}"#, "NOT_FOUND", Some("gone")),
        ("twitch", r#"{"error":"Bad Request","status":400,"message":"invalid client"}"#, "invalid client", None),
    ];
    for (name, body, code, description) in cases {
        let config = client_elsewhere(&profile(name));
        let Err(Outcome::Failed(Failure::Server(error))) = polled(config.clone(), 400, body) else { panic!("{name}") };
        assert_eq!((error.code().as_str(), error.description()), (code, description), "{name}");
        let Failure::Server(error) = refused(config, 400, body) else { panic!("{name}") };
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
        let end = polled(client_elsewhere(&profile("facebook")), 400, body);
        assert!(
            matches!(&end, Err(Outcome::Failed(Failure::Server(error))) if error.code().as_str() == code),
            "{body}: {end:?}"
        );
    }
}

#[test]
fn an_error_object_that_says_nothing_is_refused_and_ends() {
    let nested = format!(r#"{{"error":{{"error":{}1{}}}}}"#, r#"{"error":"#.repeat(20), "}".repeat(20));
    for body in ["{\"error\":{}}", "{\"error\":[]}", "{\"error\":{\"error\":{}}}", &nested] {
        let end = polled(client_elsewhere(&profile("facebook")), 400, body);
        assert!(matches!(end, Err(Outcome::Failed(Failure::Protocol(_)))), "{body}: {end:?}");
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
        let end = polled(client("github", &[]), 400, body);
        assert!(matches!(end, Err(Outcome::Failed(_))), "{body}: {end:?}");
    }
}

#[test]
fn huawei_sends_people_to_an_address_with_the_code_in_it() {
    let prompt = |uri: &str| {
        let codes = format!(r#"{{"device_code":"d","user_code":"7 2","verification_url":"{uri}","expire_in":900}}"#);
        let bench = Bench::with_codes(client("huawei", &[]), &codes);
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
fn twitch_says_in_a_sentence_that_a_refresh_token_is_used_up() {
    let config = client("twitch", &[]);
    let body = br#"{"status":400,"message":"Invalid refresh token"}"#;
    let stored = StoredSession::new(&config, "a", Some("r"), Some(seconds(600))).unwrap();
    let now = Timestamp::ZERO;
    let mut session = Session::resume(config, stored, Duration::ZERO, now).unwrap();
    session.refresh(now).unwrap();
    let Output::Send(request) = session.poll_output(now) else { panic!() };
    let id = request.id();
    session.handle_input(now, Input::Response(id, Response::new(400, body))).unwrap();
    let Output::Event(event) = session.poll_output(now) else { panic!() };
    let SessionEvent::SignInNeeded(SignInReason::Refused(error)) = event else { panic!("{event:?}") };
    assert_eq!(error.code(), &ErrorCode::INVALID_GRANT);
}
