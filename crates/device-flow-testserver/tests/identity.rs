//! Who signed in: ID tokens and userinfo (OpenID Connect Core §2, §5.3, §12).

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
use device_flow_testserver::{Answer, Approval, Endpoint, Options, Script, Server};
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
    let id_token = IdToken::decode(tokens["id_token"].as_str().unwrap())?;
    id_token.check(&expected).map(drop)
}

fn claims(tokens: &Value) -> Value {
    use base64::Engine as _;
    let claims = tokens["id_token"].as_str().unwrap().split('.').nth(1);
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims.unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

fn userinfo(server: &Server, method: &str, authorization: Option<&str>) -> Response {
    let header = authorization.map(|value| ("authorization", value));
    request(server, method, "/userinfo", header.as_slice(), "")
}

fn bearer(tokens: &Value) -> String {
    format!("Bearer {}", tokens["access_token"].as_str().unwrap())
}

#[test]
fn an_id_token_passes_the_checks_that_a_client_makes() {
    let server = start(approving().issuer_path("/tenant").subject("alice"));
    let device =
        post(&server, "/tenant/device_authorization", &format!("client_id=tv&scope=profile+openid&nonce={NONCE}"));
    let device_code = device.json()["device_code"].as_str().unwrap().to_owned();
    let tokens = post(&server, "/tenant/token", &poll_body(&device_code)).json();
    assert_eq!(check(&server, &tokens, Some(NONCE)), Ok(()));
    assert_eq!(check(&server, &tokens, Some("another")), Err(IdTokenError::Nonce));
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
    assert!(matches!(spoilt("nonce", Value::Null), Err(IdTokenError::MissingClaim { name: "nonce", .. })));
    assert_eq!(spoilt("aud", json!("radio")), Err(IdTokenError::Audience));
    assert_eq!(spoilt("azp", json!("radio")), Err(IdTokenError::AuthorizedParty));
    // The others are taken on trust.
    assert_eq!(spoilt("aud", json!(["tv", "radio"])), Ok(()));
    assert_eq!(spoilt("exp", json!(1)), Err(IdTokenError::Expired));
    assert_eq!(spoilt("iat", json!(99_999_999_999_u64)), Err(IdTokenError::IssuedInTheFuture));
    assert!(matches!(spoilt("iss", json!("https://elsewhere.example")), Err(IdTokenError::Issuer { .. })));
    assert_eq!(spoilt("extra", json!({"a": 1})), Ok(()));
}

#[test]
fn userinfo_names_the_person_of_the_id_token_for_get_and_post() {
    let server = start(approving().subject("alice"));
    let tokens = tokens_with_nonce(&server);
    for method in ["GET", "POST"] {
        let answer = userinfo(&server, method, Some(&bearer(&tokens)));
        assert_eq!(answer.status, 200, "{method}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.json(), json!({ "sub": "alice" }));
        assert_eq!(answer.json()["sub"], claims(&tokens)["sub"]);
    }
    let lower_case = bearer(&tokens).replace("Bearer", "bearer");
    assert_eq!(userinfo(&server, "GET", Some(&lower_case)).status, 200);
    assert_eq!(userinfo(&server, "DELETE", Some(&bearer(&tokens))).status, 405);
}

#[test]
fn userinfo_has_the_claims_that_the_scopes_stand_for_and_those_that_were_put_in() {
    let server = start(
        approving()
            .userinfo_claim("email", "alice@example.org")
            .userinfo_claim("email_verified", ())
            .userinfo_claim("sub", "somebody-else"),
    );
    let tokens = tokens(&server, "openid profile email");
    let claims = userinfo(&server, "GET", Some(&bearer(&tokens))).json();
    assert_eq!(claims["name"], "Test User");
    assert_eq!(claims["preferred_username"], "user-1");
    assert_eq!(claims["email"], "alice@example.org");
    assert!(claims.get("email_verified").is_none());
    assert_eq!(claims["sub"], "somebody-else");
}

#[test]
fn userinfo_refuses_a_bad_token_with_a_bearer_challenge() {
    let server = start(approving());
    let tokens = tokens(&server, "openid");
    let refresh_token = format!("Bearer {}", tokens["refresh_token"].as_str().unwrap());
    for bad in ["Bearer made-up", &refresh_token, "Bearer \u{fc}", &format!("Bearer {}", "a".repeat(30_000))] {
        let answer = userinfo(&server, "GET", Some(bad));
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_token"), "{bad}");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    server.expire_access_tokens();
    assert_eq!(userinfo(&server, "GET", Some(&bearer(&tokens))).error(), "invalid_token");
}

#[test]
fn userinfo_tells_who_brings_no_token_the_scheme_and_who_brings_two_that_it_is_one_too_many() {
    let server = start(approving());
    let tokens = tokens(&server, "openid");
    for none in [None, Some("Basic dHY6"), Some("Digest"), Some("")] {
        let answer = userinfo(&server, "POST", none);
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (401, Some("Bearer realm=\"device-flow\"")),
            "{none:?}"
        );
    }
    for malformed in ["Bearer", "Bearer  ", "Bearer a b"] {
        let answer = userinfo(&server, "GET", Some(malformed));
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request"), "{malformed}");
    }
    let bearer = bearer(&tokens);
    let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    assert_eq!(request(&server, "GET", "/userinfo", &twice, "").status, 400);
}

#[test]
fn userinfo_needs_the_scope_openid_even_when_a_refresh_has_dropped_it() {
    let server = start(approving());
    let without = tokens(&server, "profile");
    let with = tokens(&server, "openid profile");
    let narrowed = refresh(&server, &with, "&scope=profile").json();
    for tokens in [&without, &narrowed] {
        let answer = userinfo(&server, "GET", Some(&bearer(tokens)));
        assert_eq!((answer.status, answer.error().as_str()), (403, "insufficient_scope"));
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains("scope=\"openid\""), "RFC 6750 section 3.1");
    }
    assert_eq!(userinfo(&server, "GET", Some(&bearer(&with))).status, 200);
}

#[test]
fn userinfo_can_be_scripted() {
    let script = Script::new().answer(Answer::html(502, "")).deny();
    let server = start(approving().script(Endpoint::Userinfo, script));
    let bearer = bearer(&tokens(&server, "openid"));
    assert_eq!(userinfo(&server, "GET", Some(&bearer)).status, 502);
    assert_eq!(userinfo(&server, "GET", Some(&bearer)).error(), "access_denied");
    assert_eq!(userinfo(&server, "GET", Some(&bearer)).status, 200);
}
