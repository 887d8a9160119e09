//! Introspection (RFC 7662).

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::*;
use device_flow_testserver::{Answer, Approval, Client, Endpoint, Options, Script, Server};
use serde_json::{Value, json};

fn approving() -> Options {
    options().approval(Approval::AfterPolls(0))
}

fn introspect(server: &Server, token: &Value, more: &str) -> Response {
    let token = token.as_str().unwrap();
    post(server, "/introspect", &format!("client_id=tv&token={token}{more}"))
}

#[test]
fn an_active_access_token_is_described() {
    let server = start(approving().subject("alice").token_lifetime(Duration::from_secs(90)));
    let tokens = tokens(&server, "openid profile");
    let answer = introspect(&server, &tokens["access_token"], "");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut description = answer.json();
    let (iat, exp) = (description["iat"].take().as_u64().unwrap(), description["exp"].take().as_u64().unwrap());
    assert_eq!(exp - iat, 90);
    let expected = json!({
        "active": true, "client_id": "tv", "iss": server.issuer(), "sub": "alice",
        "scope": "openid profile", "token_type": "Bearer", "iat": null, "exp": null,
    });
    assert_eq!(description, expected);
}

#[test]
fn a_refresh_token_is_active_and_no_bearer_token() {
    let server = start(approving());
    let tokens = tokens(&server, "openid");
    let description = introspect(&server, &tokens["refresh_token"], "").json();
    assert_eq!(description["active"], true);
    assert_eq!(description["scope"], "openid");
    assert!(description.get("token_type").is_none());
    assert!(description.get("exp").is_none());
}

#[test]
fn the_hint_helps_to_find_a_token_and_hides_none() {
    let server = start(approving());
    let tokens = tokens(&server, "openid");
    for hint in ["access_token", "refresh_token", "pet_token", ""] {
        for name in ["access_token", "refresh_token"] {
            let more = format!("&token_type_hint={hint}");
            let description = introspect(&server, &tokens[name], &more).json();
            assert_eq!(description["active"], true, "{name} as {hint}");
        }
    }
}

#[test]
fn a_narrowed_access_token_has_the_narrowed_scope() {
    let server = start(approving());
    let tokens = tokens(&server, "openid profile");
    let narrowed = refresh(&server, &tokens, "&scope=profile").json();
    let scope = |token: &Value| introspect(&server, token, "").json()["scope"].clone();
    assert_eq!(scope(&tokens["access_token"]), "openid profile");
    assert_eq!(scope(&narrowed["access_token"]), "profile");
    assert_eq!(scope(&narrowed["refresh_token"]), "openid profile");
}

#[test]
fn of_an_unknown_expired_rotated_or_revoked_token_only_that_is_said() {
    let server = start(approving());
    let inactive = |token: &Value| {
        let answer = introspect(&server, token, "");
        assert_eq!((answer.status, answer.json()), (200, json!({ "active": false })));
    };
    inactive(&json!("made-up"));
    let first = tokens(&server, "openid");
    let second = refresh(&server, &first, "").json();
    inactive(&first["refresh_token"]);
    server.expire_access_tokens();
    inactive(&second["access_token"]);
    let token = second["refresh_token"].as_str().unwrap();
    post(&server, "/revoke", &format!("client_id=tv&token={token}"));
    inactive(&second["refresh_token"]);
}

#[test]
fn a_public_client_learns_about_its_own_tokens_and_a_confidential_one_about_all() {
    let server = start(
        approving().client(Client::public("tv")).client(Client::public("radio")).client(Client::basic("api", "s3cret")),
    );
    let tokens = tokens(&server, "openid");
    let token = tokens["access_token"].as_str().unwrap();
    let foreign = post(&server, "/introspect", &format!("client_id=radio&token={token}"));
    assert_eq!(foreign.json(), json!({ "active": false }));
    let basic = format!("Basic {}", STANDARD.encode("api:s3cret"));
    let resource = post_with(&server, "/introspect", ("authorization", &basic), &format!("token={token}"));
    assert_eq!(resource.json()["client_id"], "tv");
}

#[test]
fn a_confidential_client_has_to_authenticate_and_every_client_to_name_itself_and_a_token() {
    let server = start(approving().client(Client::public("tv")).client(Client::post("api", "s3cret")));
    let error = |body: &str| {
        let answer = post(&server, "/introspect", body);
        (answer.status, answer.error())
    };
    let invalid_client = (401, "invalid_client".to_owned());
    let invalid_request = (400, "invalid_request".to_owned());
    assert_eq!(error("client_id=api&token=x"), invalid_client);
    assert_eq!(error("client_id=api&client_secret=wrong&token=x"), invalid_client);
    assert_eq!(error("client_id=stranger&token=x"), invalid_client);
    assert_eq!(error("token=x"), invalid_request);
    assert_eq!(error("client_id=tv"), invalid_request);
    assert_eq!(error("client_id=tv&token=x&token=y"), invalid_request);
    assert_eq!(get(&server, "/introspect").status, 405);
    let json = [("content-type", "application/json")];
    assert_eq!(request(&server, "POST", "/introspect", &json, "{}").error(), "invalid_request");
}

#[test]
fn introspection_can_be_scripted() {
    let script = Script::new().answer(Answer::json(200, "{}"));
    let server = start(approving().script(Endpoint::Introspection, script));
    let tokens = tokens(&server, "openid");
    assert_eq!(introspect(&server, &tokens["access_token"], "").json(), json!({}));
    assert_eq!(introspect(&server, &tokens["access_token"], "").json()["active"], true);
}
