//! ID tokens that come with a sign-in, and the checks of a client (OpenID Connect Core section 3.1.3.7).

use crate::bench::{approving, client, config, start};
use device_flow_core::{
    Call, Event, Failure, IdToken, IdTokenError, IdTokenExpectation, Outcome, ProtocolErrorKind, TokenResponse,
};
use device_flow_testserver::{Answer, Options, Script, Server};
use std::thread;
use std::time::{Duration, SystemTime};
use transport_tests::{Ending, Transport};

/// Whether an error is the one that a check should find.
type Expected = fn(&IdTokenError) -> bool;

pub(crate) fn an_id_token_passes_every_check<T: Transport>() {
    let server = start(approving());
    let tokens = client::<T>().sign_in(config(&server).scope("openid"));
    check(&server, &tokens.unwrap()).unwrap();
}

/// Section 3.1.3.7: each of these is somebody else's token, another request's, or another time's.
pub(crate) fn a_spoilt_claim_is_noticed<T: Transport>() {
    let other_issuer =
        |it: &IdTokenError| matches!(it, IdTokenError::Issuer { found, .. } if found == "https://evil.example");
    let spoilt: [(&str, Option<&str>, Expected); 8] = [
        ("iss", Some("https://evil.example"), other_issuer),
        ("aud", Some("another-client"), |it| *it == IdTokenError::Audience),
        ("azp", Some("another-client"), |it| *it == IdTokenError::AuthorizedParty),
        ("nonce", Some("of-another-request"), |it| *it == IdTokenError::Nonce),
        ("nonce", None, |it| misses(it, "nonce")),
        ("sub", None, |it| misses(it, "sub")),
        ("exp", None, |it| misses(it, "exp")),
        ("iat", None, |it| misses(it, "iat")),
    ];
    // Each needs a server of its own, and a second for its poll.
    thread::scope(|scope| {
        for (claim, value, expected) in spoilt {
            let options = approving().id_token_claim(claim, value);
            scope.spawn(move || assert_spoilt::<T>(options, expected));
        }
        let long_ago = approving().id_token_claim("exp", 1_000_000_000);
        scope.spawn(move || assert_spoilt::<T>(long_ago, |it| *it == IdTokenError::Expired));
        let later = approving().id_token_claim("iat", 99_999_999_999_u64);
        scope.spawn(move || assert_spoilt::<T>(later, |it| *it == IdTokenError::IssuedInTheFuture));
    });
}

/// The nonce that was filled in is compared by who asks for it.
pub(crate) fn the_nonce_that_was_filled_in_is_compared<T: Transport>() {
    let identify = |options: Options| {
        let server = start(options);
        let config = config(&server).issuer(&server.issuer()).scope("openid");
        let (config, tokens) = client::<T>().sign_in_as_configured(config).unwrap();
        config.identity(&tokens, now())
    };
    thread::scope(|scope| {
        scope.spawn(|| assert!(identify(approving()).is_ok()));
        let spoilt = approving().id_token_claim("nonce", "of-another-request");
        scope.spawn(|| assert_eq!(identify(spoilt).unwrap_err(), IdTokenError::Nonce));
    });
}

/// OpenID Connect Core section 12.2.
pub(crate) fn an_id_token_of_a_refresh_is_the_same_persons<T: Transport>() {
    let server = start(approving());
    let (client, config) = (client::<T>(), config(&server).scope("openid"));
    let tokens = client.sign_in(config.clone()).unwrap();
    let refresh_token = tokens.refresh_token().unwrap();
    let refresh = Call::refresh(&config, refresh_token.expose()).unwrap();
    let renewed = client.call(refresh).unwrap();
    let config = config.issuer(&server.issuer());
    let before = config.identity(&tokens, now()).unwrap();
    let after = config.identity(&renewed, now()).unwrap();
    assert!(before.text("sub").is_some());
    assert_eq!(before.text("sub"), after.text("sub"));
}

/// T6, OpenID Connect Core section 3.1.3.3.
pub(crate) fn an_id_token_that_is_left_out_is_told_and_takes_no_token_away<T: Transport>() {
    let without = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"}"#;
    let answer = || Script::new().answer(Answer::json(200, without));
    let server = start(approving().code(answer()).code(answer()));
    let (client, config) = (client::<T>(), config(&server).scope("openid"));
    let mut is_told = false;
    let outcome = client.outcome_with(config.clone().nonce("n-0S6_WzA2Mj"), |event| {
        is_told |= matches!(event, Event::IdTokenMissing);
    });
    let Outcome::Authorized(tokens) = outcome else { panic!("{outcome:?}") };
    assert!(tokens.id_token().is_none());
    assert!(is_told);
    let result = client.sign_in(config.require_id_token(true));
    let Err(Ending::Failed(Failure::Protocol(error))) = result else { panic!("{result:?}") };
    assert_eq!(error.kind(), &ProtocolErrorKind::MissingIdToken);
}

fn misses(error: &IdTokenError, claim: &str) -> bool {
    matches!(error, IdTokenError::MissingClaim { name, .. } if *name == claim)
}

fn assert_spoilt<T: Transport>(options: Options, is_expected: Expected) {
    let server = start(options);
    let tokens = client::<T>().sign_in(config(&server).scope("openid"));
    let error = check(&server, &tokens.unwrap()).unwrap_err();
    assert!(is_expected(&error), "{error}");
}

fn check(server: &Server, tokens: &TokenResponse) -> Result<(), IdTokenError> {
    let requests = server.requests();
    // Made by the client itself.
    let nonce = requests[0].parameter("nonce").unwrap();
    let issuer = server.issuer();
    let expected = IdTokenExpectation::new(&issuer, "television", now())
        .nonce(nonce)
        .access_token(tokens.access_token().expose())
        .leeway(Duration::from_secs(5));
    id_token(tokens).check(&expected).map(drop)
}

fn id_token(tokens: &TokenResponse) -> IdToken {
    IdToken::decode(tokens.id_token().unwrap().expose()).unwrap()
}

fn now() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap()
}
