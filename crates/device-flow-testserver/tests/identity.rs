//! Who signed in: ID tokens (OpenID Connect Core §2, §12).

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::*;
use device_flow_core::{IdToken, IdTokenError, IdTokenExpectation};
use device_flow_testserver::{Approval, Options, Server};
use serde_json::{Value, json};

const NONCE: &str = "n-0S6_WzA2Mj";

fn approving() -> Options {
    options().approval(Approval::AfterPolls(0))
}

/// Signs in with a nonce.
fn tokens_with_nonce(server: &Server) -> Value {
    let body = format!("client_id=tv&scope=openid&nonce={NONCE}");
    poll(server, &device_with(server, &body)).json()
}

fn check(server: &Server, tokens: &Value, nonce: Option<&str>) -> Result<(), IdTokenError> {
    let issuer = server.issuer();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut expected = IdTokenExpectation::new(&issuer, "tv", now)
        .leeway(Duration::from_secs(1))
        .access_token(tokens["access_token"].as_str().unwrap());
    expected.nonce = nonce;
    IdToken::decode(tokens["id_token"].as_str().unwrap())?.check(&expected)
}

fn claims(tokens: &Value) -> Value {
    use base64::Engine as _;
    let claims = tokens["id_token"].as_str().unwrap().split('.').nth(1);
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(claims.unwrap())
        .unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[test]
fn an_id_token_passes_the_checks_that_a_client_makes() {
    let server = start(approving().issuer_path("/tenant").subject("alice"));
    let device = post(
        &server,
        "/tenant/device_authorization",
        &format!("client_id=tv&scope=profile+openid&nonce={NONCE}"),
    );
    let device_code = device.json()["device_code"].as_str().unwrap().to_owned();
    let tokens = post(&server, "/tenant/token", &poll_body(&device_code)).json();
    assert_eq!(check(&server, &tokens, Some(NONCE)), Ok(()));
    assert_eq!(
        check(&server, &tokens, Some("another")),
        Err(IdTokenError::Nonce)
    );
    let claims = claims(&tokens);
    assert_eq!(claims["sub"], "alice");
    assert!(claims.get("at_hash").is_none(), "nothing to hash it with");
}

#[test]
fn a_refresh_brings_a_new_id_token_of_the_same_person_without_a_nonce() {
    let server = start(approving());
    let first = tokens_with_nonce(&server);
    let second = refresh(&server, &first, "").json();
    assert_eq!(check(&server, &second, None), Ok(()));
    let (first, second) = (claims(&first), claims(&second));
    for name in ["iss", "sub", "aud"] {
        assert_eq!(first[name], second[name]);
    }
    assert_eq!(first["nonce"], NONCE);
    assert!(second.get("nonce").is_none());
}

#[test]
fn single_claims_can_be_spoilt() {
    let spoilt = |name: &str, value: Value| {
        let server = start(approving().id_token_claim(name, value));
        let tokens = tokens_with_nonce(&server);
        check(&server, &tokens, Some(NONCE))
    };
    assert_eq!(spoilt("nonce", json!("stolen")), Err(IdTokenError::Nonce));
    assert_eq!(
        spoilt("nonce", Value::Null),
        Err(IdTokenError::MissingClaim { name: "nonce" })
    );
    assert_eq!(spoilt("aud", json!("radio")), Err(IdTokenError::Audience));
    assert_eq!(
        spoilt("aud", json!(["tv", "radio"])),
        Err(IdTokenError::AuthorizedParty)
    );
    assert_eq!(spoilt("exp", json!(1)), Err(IdTokenError::Expired));
    assert_eq!(
        spoilt("iat", json!(99_999_999_999_u64)),
        Err(IdTokenError::IssuedInTheFuture)
    );
    assert!(matches!(
        spoilt("iss", json!("https://elsewhere.example")),
        Err(IdTokenError::Issuer { .. })
    ));
    assert_eq!(spoilt("extra", json!({"a": 1})), Ok(()));
}
