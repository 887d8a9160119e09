//! The checks of OpenID Connect Core section 3.1.3.7.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use device_flow_core::{IdToken, IdTokenError, IdTokenExpectation};
use serde_json::{Value, json};

const NOW: u64 = 1_767_225_600;

fn token(header: &Value, claims: &Value) -> IdToken {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    IdToken::decode(&format!("{}.{}.c2ln", part(header), part(claims))).unwrap()
}

/// A token that is all right, with these members replaced or, when null, left out.
fn claims(changes: &Value) -> Value {
    let mut claims =
        json!({"iss": "https://as.example", "sub": "u1", "aud": "tv", "exp": NOW + 300, "iat": NOW - 5, "nonce": "n1"});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn expected() -> IdTokenExpectation<'static> {
    IdTokenExpectation::new("https://as.example", "tv", Duration::from_secs(NOW)).nonce("n1")
}

/// Whether a token passes, without its claims.
fn passes(token: &IdToken, expected: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
    token.check(expected).map(drop)
}

fn check(changes: &Value) -> Result<(), IdTokenError> {
    passes(&token(&json!({"alg": "RS256"}), &claims(changes)), &expected())
}

fn missing(name: &str) -> impl Fn(Result<(), IdTokenError>) -> bool + '_ {
    move |result| matches!(result, Err(IdTokenError::MissingClaim { name: it, .. }) if it == name)
}

#[test]
fn a_token_that_is_all_right_passes_and_its_claims_are_readable() {
    assert_eq!(check(&json!({})), Ok(()));
    let token = token(&json!({"alg": "RS256"}), &claims(&json!({"email": "a@b.example"})));
    let claims = token.check(&expected()).unwrap();
    assert_eq!(claims.text("email").as_deref(), Some("a@b.example"));
    assert_eq!(token.algorithm().as_deref(), Some("RS256"));
    assert!(!format!("{token:?}").contains("a@b.example"));
}

#[test]
fn the_issuer_must_be_the_one_that_was_asked() {
    let other = check(&json!({"iss": "https://as.example/"})).unwrap_err();
    assert!(matches!(&other, IdTokenError::Issuer { found, .. } if found == "https://as.example/"), "{other}");
    let error = check(&json!({"iss": "https://x\u{1b}[2J"})).unwrap_err();
    assert!(!error.to_string().contains('\u{1b}'));
    assert!(missing("iss")(check(&json!({"iss": null}))));
    assert!(missing("sub")(check(&json!({"sub": null}))));
}

#[test]
fn the_audience_must_hold_this_client() {
    assert_eq!(check(&json!({"aud": ["tv"]})), Ok(()));
    assert_eq!(check(&json!({"aud": "other"})), Err(IdTokenError::Audience));
    assert_eq!(check(&json!({"aud": []})), Err(IdTokenError::Audience));
    assert!(missing("aud")(check(&json!({"aud": null}))));
    assert_eq!(check(&json!({"azp": "other"})), Err(IdTokenError::AuthorizedParty));
}

/// The second set of errata no longer asks for an authorized party; servers that name two audiences were refused.
#[test]
fn several_audiences_need_no_authorized_party() {
    for audience in [json!(["tv", "https://identity.example/"]), json!(["api", "tv"]), json!(["tv", "tv"])] {
        assert_eq!(check(&json!({"aud": audience})), Ok(()));
        assert_eq!(check(&json!({"aud": audience, "azp": "tv"})), Ok(()));
        assert_eq!(check(&json!({"aud": audience, "azp": "api"})), Err(IdTokenError::AuthorizedParty));
    }
}

/// An element that is overlooked could be anybody.
#[test]
fn an_audience_that_cannot_be_read_is_refused() {
    for audience in [
        json!(["tv", ["other"]]),
        json!(["tv", 7]),
        json!(["tv", null]),
        json!([{"x": 1}, "tv"]),
        json!({"tv": 1}),
        json!(7),
    ] {
        assert!(missing("aud")(check(&json!({"aud": audience}))), "{audience}");
    }
}

#[test]
fn expiry_and_issue_time_allow_for_clocks_that_differ_a_little() {
    assert_eq!(check(&json!({"exp": NOW - 59})), Ok(()));
    assert_eq!(check(&json!({"exp": NOW - 60})), Err(IdTokenError::Expired));
    assert!(missing("exp")(check(&json!({"exp": null}))));
    assert_eq!(check(&json!({"iat": NOW + 60})), Ok(()));
    assert_eq!(check(&json!({"iat": NOW + 61})), Err(IdTokenError::IssuedInTheFuture));
    assert!(missing("iat")(check(&json!({"iat": null}))));
    let strict = expected().leeway(Duration::ZERO);
    assert_eq!(
        passes(&token(&json!({"alg": "RS256"}), &claims(&json!({"exp": NOW}))), &strict),
        Err(IdTokenError::Expired)
    );
    assert_eq!(check(&json!({"exp": 1e300})), Ok(()));
}

#[test]
fn a_nonce_that_was_sent_must_come_back() {
    assert_eq!(check(&json!({"nonce": "other"})), Err(IdTokenError::Nonce));
    assert!(missing("nonce")(check(&json!({"nonce": null}))));
    let without = IdTokenExpectation::new("https://as.example", "tv", Duration::from_secs(NOW));
    assert_eq!(passes(&token(&json!({"alg": "RS256"}), &claims(&json!({}))), &without), Ok(()));
}

#[test]
fn the_hash_of_the_access_token_is_compared_when_there_is_one() {
    // The example of OpenID Connect Core appendix A.4.
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let with = |algorithm: &str, hash: &str| {
        let token = token(&json!({"alg": algorithm}), &claims(&json!({"at_hash": hash})));
        passes(&token, &expected().access_token(access_token))
    };
    assert_eq!(with("RS256", "77QmUPtjPfzWtF2AnpK9RQ"), Ok(()));
    assert_eq!(with("ES256", "77QmUPtjPfzWtF2AnpK9RQ"), Ok(()));
    assert_eq!(with("RS256", "77QmUPtjPfzWtF2AnpK9RR"), Err(IdTokenError::AccessTokenHash));
    assert_eq!(with("RS384", "77QmUPtjPfzWtF2AnpK9RQ"), Err(IdTokenError::AccessTokenHash));
    assert_eq!(with("EdDSA", "77QmUPtjPfzWtF2AnpK9RQ"), Err(IdTokenError::AccessTokenHash));
    assert_eq!(with("XX", "77QmUPtjPfzWtF2AnpK9RQ"), Err(IdTokenError::UnknownAlgorithm));
    assert_eq!(check(&json!({"at_hash": "not compared without an access token"})), Ok(()));
}

/// A hash that nobody compares would pass for one that was found right.
#[test]
fn a_hash_that_cannot_be_compared_is_refused() {
    for header in [json!({"alg": "none"}), json!({"alg": "NONE"}), json!({})] {
        let with = |hash: &Value| {
            let token = token(&header, &claims(&json!({"at_hash": hash})));
            passes(&token, &expected().access_token("2YotnFZF"))
        };
        let wrong = with(&json!("AAAAAAAAAAAAAAAAAAAAAA"));
        assert_eq!(wrong, Err(IdTokenError::UnknownAlgorithm), "{header}");
        assert_eq!(with(&Value::Null), Ok(()), "there is nothing to compare");
    }
}

#[test]
fn a_claim_that_cannot_be_read_is_not_an_absent_one() {
    assert!(missing("azp")(check(&json!({"azp": ["tv"]}))));
    assert!(missing("nonce")(check(&json!({"nonce": 1}))));
    let with_hash = |hash: &str| {
        let claims = claims(&json!({})).to_string();
        let claims = claims.replace('}', &format!(r#","at_hash":{hash}}}"#));
        let parts = [r#"{"alg":"RS256"}"#, &claims, "sig"].map(|it| URL_SAFE_NO_PAD.encode(it));
        let token = IdToken::decode(&parts.join(".")).unwrap();
        passes(&token, &expected().access_token("2YotnFZFEjr1zCsicMWpAA"))
    };
    assert!(missing("at_hash")(with_hash("7")));
    assert!(missing("at_hash")(with_hash(r#""\udc00""#)));
    for absent in ["null", r#""""#] {
        assert_eq!(with_hash(absent), Ok(()));
    }
}

#[test]
fn what_is_no_json_web_token_is_refused() {
    for bad in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "e30.e30",
        "e30.e30.x.y",
        "e30.W10.",
        "\u{0}.e30.",
        "e30=.e30=.",
        "e30.e30.a b",
        "e30.e30.=",
        "e30.e30.\u{0}",
    ] {
        assert_eq!(IdToken::decode(bad).unwrap_err(), IdTokenError::Malformed, "{bad}");
    }
}

#[test]
fn k7_an_expectation_shows_neither_nonce_nor_access_token() {
    let expected = IdTokenExpectation::new("https://as.example", "tv", Duration::from_secs(NOW))
        .nonce("n-0S6")
        .access_token("2YotnFZF");
    let shown = format!("{expected:?}");
    assert!(!shown.contains("n-0S6") && !shown.contains("2YotnFZF"), "{shown}");
}

#[test]
fn a_server_that_takes_no_nonce_can_be_allowed_for() {
    let lenient = IdTokenExpectation::new("https://as.example", "tv", Duration::from_secs(NOW)).nonce_if_present("n1");
    let check = |changes: &Value| passes(&token(&json!({"alg": "RS256"}), &claims(changes)), &lenient);
    assert_eq!(check(&json!({})), Ok(()));
    assert_eq!(check(&json!({"nonce": null})), Ok(()));
    assert_eq!(check(&json!({"nonce": "n2"})), Err(IdTokenError::Nonce));
}
