//! Any ID token, and any claims in a well-formed one.

use core::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use device_flow_core::{Claims, Config, IdToken, IdTokenExpectation, SecretStr, TokenResponse};
use serde_json::Value;

use crate::check;

/// Who is expected to have issued it.
pub const ISSUER: &str = "https://as.example";
/// Whom it is expected to be for.
pub const CLIENT: &str = "tv";
/// The nonce that is expected.
pub const NONCE: &str = "n-0S6_WzA2Mj";
/// The access token that came along.
pub const ACCESS_TOKEN: &str = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
/// When it arrives, in seconds since 1970.
pub const NOW: u64 = 1_999_999_100;

/// The first byte chooses: even is a token as it came, odd is a header and claims on two lines to be encoded.
pub fn run(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    if choice & 1 == 0 {
        if let Ok(jwt) = core::str::from_utf8(rest) {
            token(jwt, *choice);
        }
        return;
    }
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (header, claims) = rest.split_at(end);
    let claims = claims.strip_prefix(b"\n").unwrap_or(claims);
    let jwt = [header, claims, b"signature"].map(|it| URL_SAFE_NO_PAD.encode(it));
    token(&jwt.join("."), *choice);
    if let Ok(text) = core::str::from_utf8(claims) {
        read(text);
    }
}

fn token(jwt: &str, choice: u8) {
    let token = match IdToken::decode(jwt) {
        Ok(token) => token,
        Err(error) => return check::error_is_fit(&error, &[]),
    };
    assert_eq!(format!("{token:?}").matches("redacted").count(), 2);
    let mut expected = IdTokenExpectation::new(ISSUER, CLIENT, Duration::from_secs(NOW));
    if choice & 2 != 0 {
        expected = match choice & 16 {
            0 => expected.nonce(NONCE),
            _ => expected.nonce_if_present(NONCE),
        };
    }
    expected.access_token = (choice & 4 != 0).then_some(ACCESS_TOKEN);
    if choice & 8 != 0 {
        expected.now = Duration::MAX;
        expected.leeway = Duration::MAX;
    }
    let verdict = token.check(&expected);
    assert_eq!(verdict, token.check(&expected));
    match verdict {
        Ok(claims) => holds(claims, &expected),
        Err(error) => check::error_is_fit(&error, &[]),
    }
    identity(jwt, &token);
}

/// A configuration makes the same checks of the tokens that came, against all that it knows.
fn identity(jwt: &str, token: &IdToken) {
    let body = serde_json::json!({"access_token": ACCESS_TOKEN, "id_token": jwt});
    let tokens = TokenResponse::from_json(&body.to_string()).expect("there is an access token");
    // Base64 and dots can be sent.
    assert_eq!(tokens.id_token().map(SecretStr::expose), Some(jwt));
    let config =
        Config::new(CLIENT, "https://as.example/d", "https://as.example/t").issuer(ISSUER).scope("openid").nonce(NONCE);
    let now = Duration::from_secs(NOW);
    let expected = IdTokenExpectation::new(ISSUER, CLIENT, now).access_token(ACCESS_TOKEN).nonce_if_present(NONCE);
    let verdict = token.check(&expected).cloned();
    assert_eq!(config.identity(&tokens, now), verdict);
}

/// What was accepted says what it must, as another reader of JSON understands it.
fn holds(claims: &Claims, expected: &IdTokenExpectation<'_>) {
    let Ok(claims) = serde_json::from_str::<Value>(claims.json()) else {
        // A number that no float can hold, or half of a surrogate pair, somewhere.
        return;
    };
    assert_eq!(claims["iss"], expected.issuer);
    assert!(claims["sub"].is_string());
    let is_for_us = match &claims["aud"] {
        Value::String(audience) => audience == expected.client_id,
        Value::Array(all) => all.iter().any(|it| it == expected.client_id),
        _ => false,
    };
    assert!(is_for_us, "{}", claims["aud"]);
    if let Some(nonce) = expected.nonce {
        let found = &claims["nonce"];
        let is_absent = found.is_null() || found == "";
        assert!(found == nonce || (is_absent && !expected.is_nonce_required));
    }
    let party = &claims["azp"];
    assert!(party.is_null() || party == "" || party == expected.client_id);
    if expected.access_token.is_some() {
        // A hash that nobody can read is no hash that was compared.
        let hash = &claims["at_hash"];
        assert!(hash.is_null() || hash.is_string());
    }
}

/// Claims by themselves: every way of reading them ends.
fn read(text: &str) {
    let Some(claims) = Claims::from_json(text) else {
        return;
    };
    let Ok(Value::Object(members)) = serde_json::from_str(claims.json()) else {
        // A number that no float can hold, or half of a surrogate pair.
        return;
    };
    for (name, value) in &members {
        let text = value.as_str().filter(|it| !it.is_empty());
        assert_eq!(claims.text(name).as_deref(), text, "{name}");
        assert_eq!(claims.flag(name), value.as_bool(), "{name}");
        if let Some(number) = value.as_i64() {
            assert_eq!(claims.seconds(name), Some(number), "{name}");
        }
        if let Value::Array(elements) = value {
            // Nothing but strings with something in them.
            let strings = elements.iter().map(Value::as_str);
            let strings: Option<Vec<&str>> = strings.map(|it| it.filter(|it| !it.is_empty())).collect();
            let found = claims.texts(name);
            assert_eq!(found.as_deref().map(as_strs), strings, "{name}");
        }
        assert!(claims.member(name).is_some());
    }
}

fn as_strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
