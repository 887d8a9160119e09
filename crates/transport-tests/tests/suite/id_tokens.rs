//! ID tokens that come with a sign-in, and the checks of a client (OpenID Connect Core section 3.1.3.7).

use crate::bench::{approving, client, config, start};
use device_flow_core::{
    Call, Failure, IdToken, IdTokenError, IdTokenExpectation, ProtocolErrorKind, TokenResponse,
};
use device_flow_testserver::{Answer, Options, Script, Server};
use std::thread;
use std::time::{Duration, SystemTime};
use transport_tests::{Ending, Transport};

pub(crate) fn an_id_token_passes_every_check<T: Transport>() {
    let server = start(approving());
    let tokens = client::<T>().sign_in(config(&server).scope("openid"));
    check(&server, &tokens.unwrap()).unwrap();
}

/// Section 3.1.3.7: each of these is somebody else's token, another request's, or another time's.
pub(crate) fn a_spoilt_claim_is_noticed<T: Transport>() {
    let spoilt: [(&str, Option<&str>, IdTokenError); 8] = [
        (
            "iss",
            Some("https://evil.example"),
            IdTokenError::Issuer {
                found: "https://evil.example".into(),
            },
        ),
        ("aud", Some("another-client"), IdTokenError::Audience),
        ("azp", Some("another-client"), IdTokenError::AuthorizedParty),
        ("nonce", Some("of-another-request"), IdTokenError::Nonce),
        ("nonce", None, IdTokenError::MissingClaim { name: "nonce" }),
        ("sub", None, IdTokenError::MissingClaim { name: "sub" }),
        ("exp", None, IdTokenError::MissingClaim { name: "exp" }),
        ("iat", None, IdTokenError::MissingClaim { name: "iat" }),
    ];
    // Each needs a server of its own, and a second for its poll.
    thread::scope(|scope| {
        for (claim, value, expected) in spoilt {
            let options = approving().id_token_claim(claim, value);
            scope.spawn(move || assert_spoilt::<T>(options, &expected));
        }
        let long_ago = approving().id_token_claim("exp", 1_000_000_000);
        scope.spawn(move || assert_spoilt::<T>(long_ago, &IdTokenError::Expired));
        let later = approving().id_token_claim("iat", 99_999_999_999_u64);
        scope.spawn(move || assert_spoilt::<T>(later, &IdTokenError::IssuedInTheFuture));
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
    let (before, after) = (id_token(&tokens), id_token(&renewed));
    assert_eq!(before.claims().text("sub"), after.claims().text("sub"));
    let issuer = server.issuer();
    let expected = IdTokenExpectation::new(&issuer, "television", now());
    after.check(&expected).unwrap();
}

/// OpenID Connect Core section 3.1.3.3.
pub(crate) fn an_id_token_that_is_left_out_is_missed_unless_told_otherwise<T: Transport>() {
    let without = r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer"}"#;
    let answer = || Script::new().answer(Answer::json(200, without));
    let server = start(approving().code(answer()).code(answer()));
    let (client, config) = (client::<T>(), config(&server).scope("openid"));
    let result = client.sign_in(config.clone());
    let Err(Ending::Failed(Failure::Protocol(error))) = result else {
        panic!("{result:?}")
    };
    assert_eq!(error.kind(), &ProtocolErrorKind::MissingIdToken);
    let tokens = client.sign_in(config.require_id_token(false)).unwrap();
    assert!(tokens.id_token().is_none());
}

fn assert_spoilt<T: Transport>(options: Options, expected: &IdTokenError) {
    let server = start(options);
    let tokens = client::<T>().sign_in(config(&server).scope("openid"));
    assert_eq!(check(&server, &tokens.unwrap()), Err(expected.clone()));
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
    id_token(tokens).check(&expected)
}

fn id_token(tokens: &TokenResponse) -> IdToken {
    IdToken::decode(tokens.id_token().unwrap().expose()).unwrap()
}

fn now() -> Duration {
    SystemTime::UNIX_EPOCH.elapsed().unwrap()
}
