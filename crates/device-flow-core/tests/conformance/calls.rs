//! Requests that are made once: revocation (K5), introspection, userinfo, refresh, registration.

mod refresh;
mod registration;

use device_flow_core::{
    Call, CallEvent, ClientAuthentication, ConfigError, Failure, Input, Machine, Misuse, Output, ProtocolErrorKind,
    Response, RetryReason, Stage, Timestamp, TransportFailure,
};

use crate::bench::{Sent, config};

/// What a call wants to be sent.
fn lent<T>(call: &mut Call<T>) -> Sent {
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else { panic!() };
    Sent::of(&request, Timestamp::ZERO)
}

/// Runs a call to its end; every attempt meets with what `server` says of it. Counts the attempts and their moments.
fn run<T>(
    call: Call<T>,
    server: impl FnMut(usize) -> Result<(u16, &'static str), TransportFailure>,
) -> (Vec<u64>, Result<T, Failure>) {
    run_noting(call, server, |_| {})
}

fn run_noting<T>(
    mut call: Call<T>,
    mut server: impl FnMut(usize) -> Result<(u16, &'static str), TransportFailure>,
    mut note: impl FnMut(CallEvent),
) -> (Vec<u64>, Result<T, Failure>) {
    let mut now = Timestamp::ZERO;
    let mut sent_at = Vec::new();
    for _ in 0..10_000 {
        match call.poll_output(now) {
            Output::Send(request) => {
                let (id, timeout) = (request.id(), request.timeout());
                sent_at.push(now.as_millis());
                let input = match server(sent_at.len()) {
                    Ok((status, body)) => Input::Response(id, Response::new(status, body.as_bytes())),
                    Err(failure) => {
                        if failure == TransportFailure::Timeout {
                            // Nobody says anything, so the call's own timer has the word.
                            now = now.saturating_add(timeout);
                            continue;
                        }
                        Input::Failure(id, failure)
                    }
                };
                call.handle_input(now, input).unwrap();
            }
            Output::WaitUntil(until) => now = until,
            Output::Event(event) => note(event),
            Output::Done => {
                assert!(call.is_done());
                return (sent_at, call.into_outcome().unwrap());
            }
        }
    }
    panic!("no end in sight: {sent_at:?}");
}

fn answered<T>(call: Call<T>, status: u16, body: &'static str) -> Result<T, Failure> {
    run(call, |_| Ok((status, body))).1
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> ProtocolErrorKind {
    match outcome {
        Err(Failure::Protocol(error)) => error.kind().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn k5_a_token_is_revoked_with_its_kind_and_in_the_clients_name() {
    let config = config().client_authentication(ClientAuthentication::SecretBasic("s".into()));
    let mut call = Call::revoke_refresh_token(&config, "https://as.example/revoke", "r1").unwrap();
    let sent = lent(&mut call);
    assert_eq!((sent.method, sent.url.as_str()), ("POST", "https://as.example/revoke"));
    assert_eq!(sent.body, "token=r1&token_type_hint=refresh_token");
    assert_eq!(sent.header("authorization"), Some("Basic dHY6cw=="));
    let mut call = Call::revoke_access_token(&crate::bench::config(), "https://as.example/revoke", "a1").unwrap();
    assert_eq!(lent(&mut call).body, "token=a1&token_type_hint=access_token&client_id=tv");
}

#[test]
fn k5_any_success_is_a_revocation_whatever_its_body() {
    for (status, body) in [(200, ""), (204, ""), (200, "OK"), (200, "<html>"), (200, "{}"), (200, "null")] {
        let call = Call::revoke_access_token(&config(), "https://as.example/revoke", "a1").unwrap();
        assert!(answered(call, status, body).is_ok(), "{status} {body}");
    }
}

#[test]
fn k5_a_refusal_is_told() {
    let revoke = || Call::revoke_access_token(&config(), "https://as.example/revoke", "a1").unwrap();
    let refused = answered(revoke(), 400, r#"{"error":"unsupported_token_type"}"#);
    assert!(
        matches!(refused, Err(Failure::Server(error)) if error.code().as_str() == "unsupported_token_type" && error.stage() == Stage::Revocation)
    );
    assert_eq!(kind(answered(revoke(), 503, "")), ProtocolErrorKind::Unavailable { status: 503 });
    assert_eq!(kind(answered(revoke(), 404, "")), ProtocolErrorKind::NotOAuth { status: 404 });
    assert_eq!(kind(answered(revoke(), 302, "")), ProtocolErrorKind::Redirect { status: 302, target: None });
}

#[test]
fn an_introspection_tells_whether_a_token_is_active() {
    let introspect = || Call::introspect(&config(), "https://as.example/introspect", "a1").unwrap();
    assert_eq!(lent(&mut introspect()).body, "token=a1&token_type_hint=access_token&client_id=tv");
    let status =
        answered(introspect(), 200, r#"{"active":true,"scope":"read write","sub":"u1","exp":"1767230000"}"#).unwrap();
    assert!(status.is_active());
    assert_eq!(status.claims().text("scope").as_deref(), Some("read write"));
    assert_eq!(status.claims().seconds("exp"), Some(1_767_230_000));
    for body in [r#"{"active":false}"#, r#"{"active":"true"}"#, r#"{"active":1}"#, "{}"] {
        assert!(!answered(introspect(), 200, body).unwrap().is_active(), "{body}");
    }
    assert_eq!(kind(answered(introspect(), 200, "[]")), ProtocolErrorKind::NotOAuth { status: 200 });
    // Here it is the client that was refused, and not the token.
    assert_eq!(kind(answered(introspect(), 401, "")), ProtocolErrorKind::NotOAuth { status: 401 });
}

#[test]
fn userinfo_carries_the_token_in_its_header() {
    let ask = || Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
    let sent = lent(&mut ask());
    assert_eq!((sent.method, sent.body.as_str()), ("GET", ""));
    assert_eq!(sent.header("authorization"), Some("Bearer a1"));
    assert_eq!(sent.header("content-type"), None, "there is no content");
    let info = answered(ask(), 200, r#"{"sub":"u1","name":"J\u00fcrgen","message":"hi"}"#).unwrap();
    assert_eq!(info.subject().as_deref(), Some("u1"));
    assert_eq!(info.claims().text("name").as_deref(), Some("Jürgen"));
    assert_eq!(kind(answered(ask(), 401, "")), ProtocolErrorKind::TokenRefused { status: 401 });
    assert_eq!(kind(answered(ask(), 404, "")), ProtocolErrorKind::NotOAuth { status: 404 });
    let refused = answered(ask(), 401, r#"{"error":"invalid_token"}"#);
    assert!(matches!(refused, Err(Failure::Server(error)) if error.code().as_str() == "invalid_token"));
    assert!(matches!(
        Call::userinfo(&config(), "https://as.example/me", "a\r\nb").unwrap_err(),
        ConfigError::HeaderValue { .. }
    ));
    assert!(matches!(
        Call::userinfo(&config(), "http://as.example/me", "a").unwrap_err(),
        ConfigError::Endpoint { stage: Stage::Userinfo, .. }
    ));
}

#[test]
fn k7_a_call_shows_no_secret() {
    let mut call = Call::revoke_access_token(&config(), "https://as.example/revoke", "access-secret").unwrap();
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else { panic!() };
    let shown = format!("{request:?}");
    assert!(!shown.contains("access-secret"), "{shown}");
    let shown = format!("{call:?}");
    assert!(shown.contains("https://as.example/") && !shown.contains("access-secret"), "{shown}");
}

/// Twitch puts its codes into `message`, which elsewhere is a person's own.
#[test]
fn a_claim_may_be_called_message_and_say_anything() {
    let body = r#"{"sub":"u1","active":true,"message":"access_denied"}"#;
    let userinfo = Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
    assert_eq!(answered(userinfo, 200, body).unwrap().subject().as_deref(), Some("u1"));
    let status = Call::introspect(&config(), "https://as.example/introspect", "a1").unwrap();
    assert!(answered(status, 200, body).unwrap().is_active());
    // A refusal may say it so.
    let userinfo = Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
    assert!(matches!(answered(userinfo, 403, body), Err(Failure::Server(_))));
}

/// Whoever gives up wants to see that in what came of it, and not mistake it for a call that has not ended.
#[test]
fn a_call_that_is_given_up_ends_as_cancelled() {
    let mut call = Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
    let id = lent(&mut call).id;
    let now = Timestamp::ZERO;
    for input in [Input::Pause, Input::Resume] {
        assert_eq!(call.handle_input(now, input), Err(Misuse::NotPolling));
    }
    assert!(call.outcome().is_none() && !call.is_done());
    let mut call = call.into_outcome().unwrap_err();
    call.handle_input(now, Input::Cancel).unwrap();
    assert_eq!(call.outcome(), Some(&Err(Failure::Cancelled)));
    assert!(call.is_done());
    // Nothing changes that any more.
    let answer = Response::new(200, br#"{"sub":"u1"}"#);
    call.handle_input(now, Input::Response(id, answer)).unwrap();
    call.handle_input(now, Input::Failure(id, TransportFailure::Closed)).unwrap();
    call.handle_input(now, Input::Cancel).unwrap();
    for input in [Input::Pause, Input::Resume] {
        assert_eq!(call.handle_input(now, input), Err(Misuse::Finished));
    }
    assert!(matches!(call.poll_output(now), Output::Done));
    assert_eq!(call.into_outcome().unwrap(), Err(Failure::Cancelled));
}

#[test]
fn passing_trouble_is_met_as_often_as_the_caller_says() {
    let ask = || Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
    let busy = |_| Ok((421, ""));
    assert_eq!(run(ask(), busy).0, [0, 1_000, 3_000, 7_000]);
    assert_eq!(run(ask().retries(9), busy).0.len(), 4, "three at most");
    assert_eq!(run(ask().retries(1), busy).0, [0, 1_000]);
    let (sent_at, outcome) = run(ask().retries(0), |_| Err(TransportFailure::Connect(None)));
    assert_eq!(sent_at, [0]);
    assert!(matches!(outcome, Err(Failure::Network(_))));
    // In the server's own words, where it has some.
    let busy = answered(ask(), 503, r#"{"error":"temporarily_unavailable","error_description":"at noon"}"#);
    assert!(matches!(busy, Err(Failure::Server(error)) if error.description() == Some("at noon")));
    let mut told = Vec::new();
    let (_, outcome) = run_noting(
        ask(),
        |attempt| {
            if attempt == 1 { Err(TransportFailure::Closed) } else { Ok((200, r#"{"sub":"u1"}"#)) }
        },
        |event| told.push(event),
    );
    assert_eq!(outcome.unwrap().subject().as_deref(), Some("u1"));
    assert!(matches!(
        told[..],
        [CallEvent::Retrying {
            reason: RetryReason::Transport(TransportFailure::Closed),
            next_attempt,
            ..
        }] if next_attempt == Timestamp::from_millis(1_000)
    ));
}

/// What was granted counts, though the call's own timer was quicker by a moment.
#[test]
fn p10_a_late_answer_to_a_call_counts_until_it_is_made_again() {
    for is_asked in [false, true] {
        let mut call = Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
        let id = lent(&mut call).id;
        let late = Timestamp::from_millis(30_001);
        if is_asked {
            assert!(matches!(call.poll_output(late), Output::Event(_)));
            assert!(matches!(call.poll_output(late), Output::WaitUntil(_)));
        }
        let refused = Response::new(401, br#"{"error":"invalid_token"}"#);
        call.handle_input(late, Input::Response(id, refused)).unwrap();
        assert!(call.outcome().is_none(), "a late refusal changes nothing");
        let answer = Response::new(200, br#"{"sub":"u1"}"#);
        call.handle_input(late, Input::Response(id, answer)).unwrap();
        assert!(matches!(call.outcome(), Some(Ok(_))), "{is_asked}");
    }
    let mut call = Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
    let id = lent(&mut call).id;
    let later = Timestamp::from_millis(31_000);
    assert!(matches!(call.poll_output(later), Output::Event(_)));
    assert!(matches!(call.poll_output(later), Output::Send(_)));
    let answer = Response::new(200, br#"{"sub":"u1"}"#);
    call.handle_input(later, Input::Response(id, answer)).unwrap();
    assert!(call.outcome().is_none(), "a newer request is out");
}

#[test]
fn k7_a_server_that_repeats_a_token_or_the_clients_secret_does_not_get_it_shown() {
    let config = config().client_authentication(ClientAuthentication::SecretPost("hunter2".into()));
    let body = r#"{"error":"invalid_request","error_description":"token-1 of hunter2"}"#;
    let endpoint = "https://as.example/endpoint";
    for failure in [
        answered(Call::refresh(&config, "token-1").unwrap(), 400, body).unwrap_err(),
        answered(Call::revoke_refresh_token(&config, endpoint, "token-1").unwrap(), 400, body).unwrap_err(),
        answered(Call::introspect(&config, endpoint, "token-1").unwrap(), 400, body).unwrap_err(),
    ] {
        assert!(failure.to_string().contains("[redacted] of [redacted]"));
    }
    let userinfo = Call::userinfo(&config, endpoint, "token-1").unwrap();
    let failure = answered(userinfo, 400, body).unwrap_err();
    assert!(!failure.to_string().contains("token-1"), "{failure}");
}

#[test]
fn nothing_that_a_call_sets_itself_can_be_added_a_second_time() {
    let endpoint = "https://as.example/endpoint";
    let doubled = config().header(Stage::Userinfo, "Authorization", "Basic eDp5");
    assert_eq!(
        Call::userinfo(&doubled, endpoint, "token-1").err(),
        Some(ConfigError::ReservedHeader { name: "authorization".to_owned() })
    );
    let doubled = config().parameter(Stage::Revocation, "token_type_hint", "other");
    assert_eq!(
        Call::revoke_access_token(&doubled, endpoint, "token-1").err(),
        Some(ConfigError::ReservedParameter { name: "token_type_hint".to_owned() })
    );
}
