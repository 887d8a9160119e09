//! Requests that are made once: revocation (K5), introspection, userinfo, registration.

use device_flow_core::{
    Call, ClientAuthentication, ConfigError, ErrorCode, Failure, Input, Machine, Misuse, Output,
    ProtocolErrorKind, Response, Stage, Timestamp, TransportFailure,
};

use crate::bench::config;

/// The one request of a call, as method, URL, headers and body.
fn lent<T>(call: &mut Call<T>) -> (String, String, Vec<(String, String)>, String) {
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    (
        request.method().as_str().to_owned(),
        request.url().to_owned(),
        request
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        String::from_utf8(request.body().to_vec()).unwrap(),
    )
}

fn answered<T>(mut call: Call<T>, status: u16, body: &str) -> Result<T, Failure> {
    let mut now = Timestamp::ZERO;
    loop {
        match call.poll_output(now) {
            Output::Send(request) => {
                let id = request.id();
                call.handle_input(
                    now,
                    Input::Response(id, Response::new(status, body.as_bytes())),
                )
                .unwrap();
            }
            Output::WaitUntil(until) => now = until,
            Output::Event(_) => {}
            Output::Done => return call.into_outcome().unwrap(),
        }
    }
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
    let (method, url, headers, body) = lent(&mut call);
    assert_eq!(
        (method.as_str(), url.as_str()),
        ("POST", "https://as.example/revoke")
    );
    assert_eq!(body, "token=r1&token_type_hint=refresh_token");
    assert!(headers.contains(&("authorization".to_owned(), "Basic dHY6cw==".to_owned())));
    let mut call =
        Call::revoke_access_token(&crate::bench::config(), "https://as.example/revoke", "a1")
            .unwrap();
    assert_eq!(
        lent(&mut call).3,
        "token=a1&token_type_hint=access_token&client_id=tv"
    );
}

#[test]
fn k5_any_success_is_a_revocation_whatever_its_body() {
    for (status, body) in [
        (200, ""),
        (204, ""),
        (200, "OK"),
        (200, "<html>"),
        (200, "{}"),
        (200, "null"),
    ] {
        let call = Call::revoke_access_token(&config(), "https://as.example/revoke", "a1").unwrap();
        assert!(answered(call, status, body).is_ok(), "{status} {body}");
    }
}

#[test]
fn k5_a_refusal_is_told() {
    let revoke =
        || Call::revoke_access_token(&config(), "https://as.example/revoke", "a1").unwrap();
    let refused = answered(revoke(), 400, r#"{"error":"unsupported_token_type"}"#);
    assert!(
        matches!(refused, Err(Failure::Server(error)) if error.code() == &ErrorCode::Other("unsupported_token_type".into()) && error.stage() == Stage::Revocation)
    );
    assert_eq!(
        kind(answered(revoke(), 503, "")),
        ProtocolErrorKind::Unavailable { status: 503 }
    );
    assert_eq!(
        kind(answered(revoke(), 404, "")),
        ProtocolErrorKind::NotOAuth { status: 404 }
    );
    assert_eq!(
        kind(answered(revoke(), 302, "")),
        ProtocolErrorKind::Redirect { status: 302 }
    );
}

#[test]
fn an_introspection_tells_whether_a_token_is_active() {
    let introspect = || Call::introspect(&config(), "https://as.example/introspect", "a1").unwrap();
    assert_eq!(
        lent(&mut introspect()).3,
        "token=a1&token_type_hint=access_token&client_id=tv"
    );
    let status = answered(
        introspect(),
        200,
        r#"{"active":true,"scope":"read write","sub":"u1","exp":"1767230000"}"#,
    )
    .unwrap();
    assert!(status.is_active());
    assert_eq!(status.claims().text("scope").as_deref(), Some("read write"));
    assert_eq!(status.claims().seconds("exp"), Some(1_767_230_000));
    for body in [
        r#"{"active":false}"#,
        r#"{"active":"true"}"#,
        r#"{"active":1}"#,
        "{}",
    ] {
        assert!(
            !answered(introspect(), 200, body).unwrap().is_active(),
            "{body}"
        );
    }
    assert_eq!(
        kind(answered(introspect(), 200, "[]")),
        ProtocolErrorKind::NotOAuth { status: 200 }
    );
    // Here it is the client that was refused, and not the token.
    assert_eq!(
        kind(answered(introspect(), 401, "")),
        ProtocolErrorKind::NotOAuth { status: 401 }
    );
}

#[test]
fn userinfo_carries_the_token_in_its_header() {
    let ask = || Call::userinfo(&config(), "https://as.example/me", "a1").unwrap();
    let (method, _, headers, body) = lent(&mut ask());
    assert_eq!((method.as_str(), body.as_str()), ("GET", ""));
    assert!(headers.contains(&("authorization".to_owned(), "Bearer a1".to_owned())));
    let info = answered(
        ask(),
        200,
        r#"{"sub":"u1","name":"J\u00fcrgen","message":"hi"}"#,
    )
    .unwrap();
    assert_eq!(info.subject().as_deref(), Some("u1"));
    assert_eq!(info.claims().text("name").as_deref(), Some("Jürgen"));
    assert_eq!(
        kind(answered(ask(), 401, "")),
        ProtocolErrorKind::TokenRefused { status: 401 }
    );
    assert_eq!(
        kind(answered(ask(), 404, "")),
        ProtocolErrorKind::NotOAuth { status: 404 }
    );
    let refused = answered(ask(), 401, r#"{"error":"invalid_token"}"#);
    assert!(
        matches!(refused, Err(Failure::Server(error)) if error.code().as_str() == "invalid_token")
    );
    assert!(matches!(
        Call::userinfo(&config(), "https://as.example/me", "a\r\nb").unwrap_err(),
        ConfigError::HeaderValue { .. }
    ));
    assert!(matches!(
        Call::userinfo(&config(), "http://as.example/me", "a").unwrap_err(),
        ConfigError::Endpoint {
            stage: Stage::Userinfo,
            ..
        }
    ));
}

#[test]
fn a_public_client_registers_itself() {
    let register = || {
        Call::register(
            "https://as.example/register",
            Some("TV \"1\""),
            Some("openid"),
            false,
        )
        .unwrap()
    };
    let (method, _, headers, body) = lent(&mut register());
    assert_eq!(method, "POST");
    assert!(headers.contains(&("content-type".to_owned(), "application/json".to_owned())));
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["client_name"], "TV \"1\"");
    assert_eq!(body["token_endpoint_auth_method"], "none");
    assert_eq!(
        body["grant_types"][0],
        "urn:ietf:params:oauth:grant-type:device_code"
    );
    assert_eq!(body["scope"], "openid");
    let client = answered(
        register(),
        201,
        r#"{"client_id":"c1","client_secret":"s1","registration_access_token":"t"}"#,
    )
    .unwrap();
    assert_eq!(
        (
            client.client_id().as_str(),
            client.client_secret().unwrap().expose()
        ),
        ("c1", "s1")
    );
    assert!(
        answered(
            register(),
            201,
            r#"{"client_id":"c1","client_secret":null}"#
        )
        .unwrap()
        .client_secret()
        .is_none()
    );
    assert_eq!(
        kind(answered(register(), 201, "{}")),
        ProtocolErrorKind::MissingMember { name: "client_id" }
    );
    let refused = answered(register(), 400, r#"{"error":"invalid_client_metadata"}"#);
    assert!(matches!(refused, Err(Failure::Server(error)) if error.stage() == Stage::Registration));
}

#[test]
fn a_call_can_be_given_up_and_shows_no_secret() {
    let mut call =
        Call::revoke_access_token(&config(), "https://as.example/revoke", "access-secret").unwrap();
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    let (id, shown) = (request.id(), format!("{request:?}"));
    assert!(!shown.contains("access-secret"), "{shown}");
    assert!(!format!("{call:?}").contains("access-secret"));
    assert_eq!(
        call.handle_input(Timestamp::ZERO, Input::Pause),
        Err(Misuse::NotPolling)
    );
    call.handle_input(Timestamp::ZERO, Input::Cancel).unwrap();
    call.handle_input(
        Timestamp::ZERO,
        Input::Failure(id, TransportFailure::Closed),
    )
    .unwrap();
    assert!(matches!(call.poll_output(Timestamp::ZERO), Output::Done));
    assert!(call.outcome().is_none());
}

#[test]
fn k7_a_server_that_repeats_a_token_or_the_clients_secret_does_not_get_it_shown() {
    let config = config().client_authentication(ClientAuthentication::SecretPost("hunter2".into()));
    let body = r#"{"error":"invalid_request","error_description":"token-1 of hunter2"}"#;
    let endpoint = "https://as.example/endpoint";
    for failure in [
        answered(Call::refresh(&config, "token-1").unwrap(), 400, body).unwrap_err(),
        answered(
            Call::revoke_refresh_token(&config, endpoint, "token-1").unwrap(),
            400,
            body,
        )
        .unwrap_err(),
        answered(
            Call::introspect(&config, endpoint, "token-1").unwrap(),
            400,
            body,
        )
        .unwrap_err(),
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
        Some(ConfigError::ReservedHeader {
            name: "authorization".to_owned()
        })
    );
    let doubled = config().parameter(Stage::Revocation, "token_type_hint", "other");
    assert_eq!(
        Call::revoke_access_token(&doubled, endpoint, "token-1").err(),
        Some(ConfigError::ReservedParameter {
            name: "token_type_hint".to_owned()
        })
    );
}

#[test]
fn a_registration_whose_answer_was_lost_is_not_made_twice() {
    let mut call = Call::register("https://as.example/register", None, None, false).unwrap();
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    let id = request.id();
    let lost = Input::Failure(id, TransportFailure::Timeout);
    call.handle_input(Timestamp::ZERO, lost).unwrap();
    assert!(matches!(call.poll_output(Timestamp::ZERO), Output::Done));
    assert!(matches!(call.outcome(), Some(Err(Failure::Network(_)))));
}
