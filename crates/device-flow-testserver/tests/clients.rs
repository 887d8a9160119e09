//! Clients and how they authenticate (RFC 6749 §2.3).

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::*;
use device_flow_testserver::{Approval, Client, DeviceEndpointAuthentication, Options, Server};

const SECRET: &str = "p&ss w%rd+1:é";

fn clients() -> Options {
    options()
        .approval(Approval::AfterPolls(0))
        .client(Client::public("tv"))
        .client(Client::basic("printer: 1", SECRET))
        .client(Client::basic_raw("raw", SECRET))
        .client(Client::post("poster", SECRET))
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn device_request(server: &Server, authorization: &str, body: &str) -> Response {
    post_with(server, "/device_authorization", ("authorization", authorization), body)
}

#[test]
fn without_registered_clients_any_client_id_is_welcome_but_no_secret() {
    let server = start(options());
    assert_eq!(post(&server, "/device_authorization", "client_id=whoever").status, 200);
    assert_eq!(post(&server, "/device_authorization", "client_id=whoever&client_secret=x").error(), "invalid_client");
}

#[test]
fn with_registered_clients_an_unknown_one_is_an_invalid_client_with_a_challenge() {
    let server = start(clients());
    let response = post(&server, "/device_authorization", "client_id=stranger");
    assert_eq!((response.status, response.error().as_str()), (401, "invalid_client"));
    assert!(response.header("www-authenticate").unwrap().starts_with("Basic realm="));
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

#[test]
fn basic_wants_id_and_secret_form_encoded() {
    let server = start(clients());
    let good = basic(&encoded("printer: 1"), &encoded(SECRET));
    assert_eq!(device_request(&server, &good, "").status, 200);
    assert_eq!(device_request(&server, &good.replace("Basic", "basic"), "").status, 200, "a scheme has no case");
    assert_eq!(device_request(&server, &good, "client_id=printer%3A+1").status, 200);
    assert_eq!(device_request(&server, &good, "client_id=tv").error(), "invalid_request");
    for bad in [
        basic("printer: 1", SECRET),
        basic(&encoded("printer: 1"), SECRET),
        basic(&encoded("printer: 1"), "wrong"),
        basic("tv", ""),
        "Bearer abc".to_owned(),
        "Basic !".to_owned(),
    ] {
        let response = device_request(&server, &bad, "");
        assert_eq!((response.status, response.error().as_str()), (401, "invalid_client"), "{bad}");
    }
}

#[test]
fn basic_refuses_what_only_happens_to_decode_to_the_secret() {
    let server = start(options().client(Client::basic("printer", "a&b")));
    assert_eq!(device_request(&server, &basic("printer", "a&b"), "").error(), "invalid_client");
    assert_eq!(device_request(&server, &basic("printer", "a%26b"), "").status, 200);
}

#[test]
fn raw_basic_wants_them_as_they_are() {
    let server = start(clients());
    assert_eq!(device_request(&server, &basic("raw", SECRET), "").status, 200);
    assert_eq!(device_request(&server, &basic("raw", &encoded(SECRET)), "").error(), "invalid_client");
}

#[test]
fn post_wants_the_secret_in_the_body_and_nowhere_else() {
    let server = start(clients());
    let body = format!("client_id=poster&client_secret={}", encoded(SECRET));
    assert_eq!(post(&server, "/device_authorization", &body).status, 200);
    assert_eq!(device_request(&server, &basic("poster", &encoded(SECRET)), "").error(), "invalid_client");
    let twice = device_request(&server, &basic("poster", &encoded(SECRET)), &body);
    assert_eq!(twice.error(), "invalid_request", "two ways at once");
    assert_eq!(post(&server, "/device_authorization", "client_id=poster&client_secret=x").error(), "invalid_client");
    assert_eq!(post(&server, "/device_authorization", "client_id=poster").error(), "invalid_client");
}

#[test]
fn the_token_and_revocation_endpoints_want_authentication_too() {
    let server = start(clients());
    let credentials = basic("raw", SECRET);
    let device_code = device_request(&server, &credentials, "").json()["device_code"].as_str().unwrap().to_owned();
    let poll = format!("grant_type={}&device_code={device_code}", encoded(DEVICE_CODE_GRANT));
    assert_eq!(post(&server, "/token", &format!("{poll}&client_id=raw")).error(), "invalid_client");
    let tokens = post_with(&server, "/token", ("authorization", &credentials), &poll);
    assert_eq!(tokens.status, 200);
    let refresh_token = tokens.json()["refresh_token"].as_str().unwrap().to_owned();

    let refresh = format!("grant_type=refresh_token&refresh_token={refresh_token}");
    assert_eq!(post(&server, "/token", &format!("{refresh}&client_id=raw")).error(), "invalid_client");
    let revoke = format!("token={refresh_token}");
    assert_eq!(post(&server, "/revoke", &format!("{revoke}&client_id=raw")).error(), "invalid_client");
    assert_eq!(post_with(&server, "/revoke", ("authorization", &credentials), &revoke).status, 200);
    assert!(!server.is_active(&refresh_token));
}

#[test]
fn the_device_endpoint_may_ignore_or_refuse_credentials() {
    let credentials = basic("raw", "wrong");
    let server = start(clients().device_endpoint_authentication(DeviceEndpointAuthentication::Ignored));
    assert_eq!(device_request(&server, &credentials, "client_id=raw").status, 200);
    assert_eq!(post(&server, "/device_authorization", "client_id=stranger").error(), "invalid_client");

    let server = start(clients().device_endpoint_authentication(DeviceEndpointAuthentication::Refused));
    assert_eq!(device_request(&server, &credentials, "client_id=raw").error(), "invalid_request");
    assert_eq!(post(&server, "/device_authorization", "client_id=raw").status, 200);
}

#[test]
fn metadata_names_the_ways_to_authenticate() {
    let methods = |server: &Server| {
        get(server, "/.well-known/oauth-authorization-server").json()["token_endpoint_auth_methods_supported"].clone()
    };
    assert_eq!(methods(&start(options())), serde_json::json!(["none"]));
    let all = serde_json::json!(["client_secret_basic", "client_secret_post", "none"]);
    assert_eq!(methods(&start(clients())), all);
}

#[test]
fn debug_shows_no_secret() {
    let text = format!("{:?} {:?}", clients(), Client::post("poster", "hunter2"));
    assert!(text.contains("poster"));
    assert!(!text.contains(SECRET) && !text.contains("hunter2"), "{text}");
}
