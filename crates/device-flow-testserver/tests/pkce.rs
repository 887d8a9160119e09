//! Proof Key for Code Exchange with device codes (RFC 7636).

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::*;
use device_flow_testserver::{Approval, Options, Server};

// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn approving() -> Options {
    options().approval(Approval::AfterPolls(0))
}

fn challenged(server: &Server) -> SignIn {
    device_with(server, &format!("client_id=tv&code_challenge={CHALLENGE}&code_challenge_method=S256"))
}

fn poll_with(server: &Server, device: &SignIn, more: &str) -> Response {
    let body = format!("{}{more}", poll_body(&device.device_code));
    post(server, "/token", &body)
}

#[test]
fn a_device_code_with_a_challenge_needs_its_verifier_at_every_poll() {
    let server = start(approving().approval(Approval::Manual));
    let device = challenged(&server);
    let right = format!("&code_verifier={VERIFIER}");
    let wrong = format!("&code_verifier={}", VERIFIER.replace('d', "e"));
    let plain = format!("&code_verifier={CHALLENGE}");
    let hostile = format!("&code_verifier={}", "a".repeat(50_000));
    let refused = || {
        for more in ["", "&code_verifier=", &wrong, &plain, &hostile] {
            let answer = poll_with(&server, &device, more);
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (400, "invalid_grant"),
                "{}",
                more.get(..40).unwrap_or(more)
            );
        }
    };
    refused();
    assert_eq!(poll_with(&server, &device, &right).error(), "authorization_pending");
    assert!(server.approve(&device.user_code));
    refused();
    assert_eq!(poll_with(&server, &device, &right).status, 200, "a refused poll uses nothing up");
}

#[test]
fn a_verifier_without_a_challenge_is_refused() {
    let server = start(approving());
    let device = device(&server);
    let more = format!("&code_verifier={VERIFIER}");
    assert_eq!(poll_with(&server, &device, &more).error(), "invalid_grant");
    assert_eq!(poll(&server, &device).status, 200);
}

#[test]
fn a_challenge_is_the_encoded_sha_256_of_something() {
    let server = start(approving());
    for parameters in [
        format!("code_challenge={CHALLENGE}"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
        format!("code_challenge={CHALLENGE}%3D&code_challenge_method=S256"),
        format!("code_challenge={}&code_challenge_method=S256", "a".repeat(60_000)),
        "code_challenge=short&code_challenge_method=S256".to_owned(),
        "code_challenge_method=S256".to_owned(),
    ] {
        let body = format!("client_id=tv&{parameters}");
        let answer = post(&server, "/device_authorization", &body);
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (400, "invalid_request"),
            "{}",
            body.get(..80).unwrap_or(&body)
        );
    }
    assert!(server.user_codes().is_empty());
}

#[test]
fn a_challenge_can_be_required() {
    let server = start(approving().require_pkce(true));
    let answer = post(&server, "/device_authorization", "client_id=tv");
    assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"));
    let device = challenged(&server);
    let more = format!("&code_verifier={VERIFIER}");
    assert_eq!(poll_with(&server, &device, &more).status, 200);
}

#[test]
fn what_the_core_sends_proves_itself() {
    use device_flow_core::{Config, DeviceFlow, Input, Machine as _, Output, PkceVerifier};
    use device_flow_core::{Response, Timestamp};
    let server = start(approving().require_pkce(true));
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint())
        .allow_http(true)
        .pkce(PkceVerifier::new(&[7; 32]));
    let mut flow = DeviceFlow::new(config).unwrap();
    let mut now = Timestamp::ZERO;
    loop {
        match flow.poll_output(now) {
            Output::Send(request) => {
                let id = request.id();
                let body = String::from_utf8(request.body().to_vec()).unwrap();
                let path = request.url().split_once(&server.issuer()).unwrap().1.to_owned();
                let answer = post(&server, &path, &body);
                let response = Response::new(answer.status, &answer.body);
                flow.handle_input(now, Input::Response(id, response)).unwrap();
            }
            Output::WaitUntil(at) => now = at,
            Output::Event(_) => {}
            Output::Done => break,
        }
    }
    assert_eq!(server.requests_to("/token").len(), 1);
    let poll = &server.requests_to("/token")[0];
    let verifier = poll.parameter("code_verifier").unwrap();
    assert!(server.requests_to("/device_authorization")[0].parameter("code_challenge").is_some());
    assert!(!format!("{poll:?}").contains(verifier));
}
