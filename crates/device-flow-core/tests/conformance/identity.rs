//! Who signed in: row T6.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use device_flow_core::{Config, Event, Failure, IdTokenError, Outcome, ProtocolErrorKind, TokenResponse};

use crate::bench::{Bench, TOKEN, config};

const NOW: Duration = Duration::from_secs(1_767_225_600);

fn openid() -> Config {
    config().scope("openid profile").nonce("n1").issuer("https://as.example")
}

fn signed_in(config: Config, body: &str) -> Bench {
    let mut bench = Bench::polling(config);
    bench.poll(200, body);
    bench
}

/// A token response whose ID token says this, above what every ID token says.
fn saying(more: &str) -> TokenResponse {
    let claims =
        format!(r#"{{"iss":"https://as.example","aud":"tv","sub":"u1","iat":{0},"exp":{0}{more}}}"#, NOW.as_secs());
    let [header, claims] = [r#"{"alg":"RS256"}"#, &claims].map(|it| URL_SAFE_NO_PAD.encode(it));
    let body = format!(r#"{{"access_token":"a","id_token":"{header}.{claims}.c2ln"}}"#);
    signed_in(openid(), &body).token()
}

/// The person said yes; to throw the tokens away because an identity is missing helps nobody.
#[test]
fn t6_openid_without_an_id_token_keeps_the_tokens_and_tells_what_is_missing() {
    for body in [
        TOKEN,
        r#"{"access_token":"a","id_token":null}"#,
        r#"{"access_token":"a","id_token":""}"#,
        r#"{"access_token":"a","id_token":false}"#,
        r#"{"access_token":"a","id_token":"a\nb"}"#,
        r#"{"access_token":"a","scope":"profile"}"#,
    ] {
        let mut bench = signed_in(openid(), body);
        let told = bench.events.len();
        let token = bench.token();
        assert!(token.id_token().is_none());
        assert!(!token.access_token().expose().is_empty());
        assert_eq!(bench.events[told..], [Event::IdTokenMissing], "{body}");
    }
}

#[test]
fn t6_nothing_is_missing_where_nothing_was_asked_for_or_all_came() {
    for (config, body) in
        [(config().scope("profile"), TOKEN), (openid(), r#"{"access_token":"a","id_token":"e30.e30."}"#)]
    {
        let mut bench = signed_in(config, body);
        bench.end();
        assert!(!bench.events.contains(&Event::IdTokenMissing));
    }
    let token = signed_in(openid(), r#"{"access_token":"a","id_token":"e30.e30."}"#).token();
    assert_eq!(token.id_token().unwrap().expose(), "e30.e30.");
}

#[test]
fn t6_who_needs_an_identity_can_insist_on_one() {
    let strict = || openid().require_id_token(true);
    let mut bench = signed_in(strict(), TOKEN);
    assert_eq!(bench.protocol_error(), ProtocolErrorKind::MissingIdToken);
    assert!(bench.flow.outcome().is_some_and(|it| matches!(it, Outcome::Failed(Failure::Protocol(_)))));
    assert!(!bench.events.contains(&Event::IdTokenMissing), "the outcome says it");
    let mut bench = signed_in(strict(), r#"{"access_token":"a","id_token":"e30.e30."}"#);
    assert!(bench.token().id_token().is_some());
    let mut bench = signed_in(config().scope("profile").require_id_token(true), TOKEN);
    assert!(matches!(bench.end(), Outcome::Authorized(_)));
}

/// A check that nobody can reach is no check: the nonce that was sent is compared by whoever asks who signed in.
#[test]
fn t6_who_signed_in_is_told_after_all_checks_and_not_without() {
    let claims = openid().identity(&saying(r#","nonce":"n1""#), NOW).unwrap();
    assert_eq!(claims.text("sub").as_deref(), Some("u1"));
    let refused = |config: Config, tokens: &TokenResponse| config.identity(tokens, NOW).unwrap_err();
    assert_eq!(refused(openid(), &saying(r#","nonce":"another""#)), IdTokenError::Nonce);
    assert!(openid().identity(&saying(""), NOW).is_ok(), "a server may know no nonce");
    assert_eq!(refused(openid(), &saying(r#","at_hash":"AAAAAAAAAAAAAAAAAAAAAA""#)), IdTokenError::AccessTokenHash);
    let other = Config::new("other", "https://as.example/d", "https://as.example/t");
    assert_eq!(refused(other.issuer("https://as.example"), &saying("")), IdTokenError::Audience);
    assert!(matches!(refused(openid().issuer("https://as.example/"), &saying("")), IdTokenError::Issuer { .. }));
    assert_eq!(refused(config(), &saying("")), IdTokenError::UnknownIssuer);
    let without = TokenResponse::from_json(TOKEN).unwrap();
    assert_eq!(refused(openid(), &without), IdTokenError::Missing);
    let much_later = NOW.saturating_add(Duration::from_secs(60));
    assert_eq!(openid().identity(&saying(""), much_later).unwrap_err(), IdTokenError::Expired);
}
