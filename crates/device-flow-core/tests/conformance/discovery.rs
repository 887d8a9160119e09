//! Finding endpoints: row K6.

use crate::bench::seconds;
use device_flow_core::{
    CallEvent, ConfigError, Discovery, Failure, Input, Machine, Misuse, Output, ProtocolErrorKind,
    Response, ServerMetadata, Stage, Timestamp, TransportFailure,
};

const ISSUER: &str = "https://as.example/tenant";
const OAUTH: &str = "https://as.example/.well-known/oauth-authorization-server/tenant";
const OPENID: &str = "https://as.example/tenant/.well-known/openid-configuration";

fn document(issuer: &str) -> String {
    format!(
        r#"{{"issuer":"{issuer}","device_authorization_endpoint":"https://as.example/da","token_endpoint":"https://as.example/t",
        "revocation_endpoint":"https://as.example/r","userinfo_endpoint":"javascript:x",
        "token_endpoint_auth_methods_supported":["none","client_secret_basic"]}}"#
    )
}

/// Runs a discovery against a server that answers by address.
fn discover(
    server: impl Fn(&str) -> Result<(u16, String), TransportFailure>,
) -> (Vec<String>, Result<ServerMetadata, Failure>) {
    let mut discovery = Discovery::new(ISSUER).unwrap();
    let mut now = Timestamp::ZERO;
    let mut urls = Vec::new();
    loop {
        match discovery.poll_output(now) {
            Output::Send(request) => {
                assert_eq!(
                    (request.method().as_str(), request.stage(), request.body()),
                    ("GET", Stage::Discovery, &b""[..])
                );
                assert_eq!(
                    request.headers().collect::<Vec<_>>(),
                    [("accept", "application/json")]
                );
                let (id, url) = (request.id(), request.url().to_owned());
                let answer = server(&url);
                urls.push(url);
                let input = match &answer {
                    Ok((status, body)) => {
                        Input::Response(id, Response::new(*status, body.as_bytes()))
                    }
                    Err(failure) => Input::Failure(id, *failure),
                };
                discovery.handle_input(now, input).unwrap();
            }
            Output::Event(CallEvent::Retrying { .. }) => {}
            Output::WaitUntil(until) => now = until,
            Output::Done => break,
            Output::Event(other) => panic!("{other:?}"),
        }
    }
    (urls, discovery.into_outcome().unwrap())
}

fn kind(outcome: Result<ServerMetadata, Failure>) -> ProtocolErrorKind {
    match outcome {
        Err(Failure::Protocol(error)) => error.kind().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn k6_the_oauth_document_comes_first() {
    let (urls, outcome) = discover(|_| Ok((200, document(ISSUER))));
    assert_eq!(urls, [OAUTH]);
    let metadata = outcome.unwrap();
    assert_eq!(metadata.issuer(), ISSUER);
    assert_eq!(
        metadata.device_authorization_endpoint(),
        Some("https://as.example/da")
    );
    assert_eq!(metadata.token_endpoint(), "https://as.example/t");
    assert_eq!(metadata.revocation_endpoint(), Some("https://as.example/r"));
    assert_eq!(
        metadata.userinfo_endpoint(),
        None,
        "an address nobody should call"
    );
    assert_eq!(
        metadata
            .token_endpoint_auth_methods()
            .unwrap()
            .collect::<Vec<_>>(),
        ["none", "client_secret_basic"]
    );
}

#[test]
fn k6_the_openid_document_is_asked_for_when_the_other_is_of_no_use() {
    let useless = [
        (404, String::new()),
        (200, "<html>hello</html>".to_owned()),
        (200, document("https://other.example")),
        (
            200,
            document(ISSUER).replace("device_authorization_endpoint", "x"),
        ),
        (302, String::new()),
    ];
    for answer in useless {
        let (urls, outcome) = discover(|url| {
            if url == OAUTH {
                Ok(answer.clone())
            } else {
                Ok((200, document(ISSUER)))
            }
        });
        assert_eq!(urls, [OAUTH, OPENID]);
        assert!(outcome.is_ok(), "{answer:?}");
    }
}

#[test]
fn k6_the_issuer_must_be_the_one_that_was_asked_for_to_the_letter() {
    for other in [
        "https://as.example/tenant/",
        "https://as.example/Tenant",
        "https://evil.example/tenant",
    ] {
        let ProtocolErrorKind::Issuer { expected, found } =
            kind(discover(|_| Ok((200, document(other)))).1)
        else {
            panic!()
        };
        assert_eq!((&*expected, &*found), (ISSUER, other));
    }
    let (_, outcome) = discover(|url| {
        Ok(if url == OAUTH {
            (200, document("https://x.example\\u001b[2J"))
        } else {
            (404, String::new())
        })
    });
    let text = outcome.unwrap_err().to_string();
    assert!(
        text.contains("x.example") && !text.contains('\u{1b}'),
        "{text}"
    );
}

#[test]
fn k6_a_server_without_a_device_endpoint_is_told_as_that() {
    let without = document(ISSUER).replace("device_authorization_endpoint", "x");
    let (urls, outcome) = discover(|_| Ok((200, without.clone())));
    assert_eq!(urls.len(), 2);
    assert_eq!(kind(outcome), ProtocolErrorKind::NoDeviceEndpoint);
}

#[test]
fn k6_the_complaint_that_says_most_is_told() {
    let without = document(ISSUER).replace("device_authorization_endpoint", "x");
    let (_, outcome) = discover(|url| {
        Ok(if url == OAUTH {
            (200, without.clone())
        } else {
            (404, String::new())
        })
    });
    assert_eq!(kind(outcome), ProtocolErrorKind::NoDeviceEndpoint);
    let (_, outcome) = discover(|_| Ok((404, String::new())));
    assert_eq!(kind(outcome), ProtocolErrorKind::NotOAuth { status: 404 });
}

#[test]
fn k8_endpoints_in_the_document_are_checked() {
    let bad = document(ISSUER).replace("https://as.example/t\"", "http://as.example/t\"");
    let kind = kind(discover(|_| Ok((200, bad.clone()))).1);
    assert!(
        matches!(
            kind,
            ProtocolErrorKind::Endpoint {
                name: "token_endpoint",
                ..
            }
        ),
        "{kind:?}"
    );
}

#[test]
fn passing_trouble_is_retried_and_then_told() {
    let (urls, outcome) = discover(|_| Err(TransportFailure::Connect));
    assert_eq!(urls, [OAUTH; 4]);
    assert!(matches!(outcome, Err(Failure::Network(error)) if error.stage() == Stage::Discovery));
    let (urls, outcome) = discover(|_| Ok((503, String::new())));
    assert_eq!(urls, [OAUTH, OAUTH, OAUTH, OAUTH, OPENID]);
    assert_eq!(
        kind(outcome),
        ProtocolErrorKind::Unavailable { status: 503 }
    );
    let (urls, _) = discover(|_| Err(TransportFailure::Tls));
    assert_eq!(urls.len(), 1);
    let (urls, outcome) = discover(|_| Err(TransportFailure::BodyTooLarge));
    assert_eq!(urls.len(), 2);
    assert_eq!(kind(outcome), ProtocolErrorKind::TooLarge);
}

#[test]
fn an_issuer_must_be_a_url_that_can_be_one() {
    let refused = |issuer: &str| Discovery::new(issuer).unwrap_err();
    assert!(matches!(refused("as.example"), ConfigError::Issuer { .. }));
    assert!(matches!(
        refused("http://as.example"),
        ConfigError::Issuer { .. }
    ));
    assert!(Discovery::allowing_http("http://as.example").is_ok());
    assert_eq!(refused("https://as.example/?a=b"), ConfigError::IssuerShape);
    assert!(matches!(
        refused("https://as.example/#a"),
        ConfigError::Issuer { .. } | ConfigError::IssuerShape
    ));
}

#[test]
fn a_search_can_be_given_up_and_its_timer_runs_by_itself() {
    let mut discovery = Discovery::new(ISSUER)
        .unwrap()
        .request_timeout(seconds(3))
        .max_body(9);
    let Output::Send(request) = discovery.poll_output(Timestamp::ZERO) else {
        panic!()
    };
    assert_eq!((request.timeout(), request.max_body()), (seconds(3), 9));
    let id = request.id();
    let now = Timestamp::from_millis(3_000);
    assert!(matches!(
        discovery.poll_output(now),
        Output::Event(CallEvent::Retrying { .. })
    ));
    // Late, so it changes nothing.
    discovery
        .handle_input(
            now,
            Input::Response(id, Response::new(200, document(ISSUER).as_bytes())),
        )
        .unwrap();
    assert!(matches!(discovery.poll_output(now), Output::WaitUntil(_)));
    assert_eq!(
        discovery.handle_input(now, Input::Pause),
        Err(Misuse::NotPolling)
    );
    discovery.handle_input(now, Input::Cancel).unwrap();
    assert!(matches!(discovery.poll_output(now), Output::Done));
    assert!(discovery.outcome().is_none());
}

#[test]
fn k6_a_server_that_stumbles_over_one_address_may_know_the_other() {
    let (urls, outcome) = discover(|url| {
        if url == OPENID {
            Ok((200, document(ISSUER)))
        } else {
            Ok((500, "<html>".to_owned()))
        }
    });
    assert_eq!(urls, [OAUTH, OAUTH, OAUTH, OAUTH, OPENID]);
    assert_eq!(outcome.unwrap().issuer(), ISSUER);
}

#[test]
fn k6_every_endpoint_that_is_announced_is_found_and_kept() {
    let endpoints = [
        "device_authorization",
        "token",
        "revocation",
        "introspection",
        "userinfo",
        "registration",
    ];
    let members = endpoints.map(|it| format!(r#""{it}_endpoint":"https://as.example/{it}""#));
    let full = format!(r#"{{"issuer":"{ISSUER}",{}}}"#, members.join(","));
    let read = |document: &str| ServerMetadata::from_document(document, ISSUER, false).unwrap();
    let kept = read(&full).document();
    for metadata in [read(&full), read(&kept)] {
        let found = [
            metadata.device_authorization_endpoint(),
            Some(metadata.token_endpoint()),
            metadata.revocation_endpoint(),
            metadata.introspection_endpoint(),
            metadata.userinfo_endpoint(),
            metadata.registration_endpoint(),
        ];
        let expected = endpoints.map(|it| format!("https://as.example/{it}"));
        assert_eq!(found, expected.each_ref().map(|it| Some(it.as_str())));
        assert!(metadata.token_endpoint_auth_methods().is_none());
    }
    let shown = format!("{:?}", read(&full));
    for part in [
        ISSUER,
        "https://as.example/device_authorization",
        "https://as.example/token",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn metadata_can_be_kept_by_the_caller() {
    let (_, outcome) = discover(|_| Ok((200, document(ISSUER))));
    let kept = outcome.unwrap().document();
    let read = ServerMetadata::from_document(&kept, ISSUER, false).unwrap();
    assert_eq!(read.revocation_endpoint(), Some("https://as.example/r"));
    assert_eq!(read.token_endpoint_auth_methods().unwrap().count(), 2);
    let other = ServerMetadata::from_document(&kept, "https://other.example", false);
    assert!(matches!(other, Err(ProtocolErrorKind::Issuer { .. })));
    for damaged in [
        "",
        "{}",
        "null",
        &kept.replace("https://as.example/t\"", "javascript:x\""),
    ] {
        assert!(
            ServerMetadata::from_document(damaged, ISSUER, false).is_err(),
            "{damaged}"
        );
    }
}
