//! Proof Key for Code Exchange (RFC 7636), at a server that insists on it.

use crate::bench::{approving, assert_refused, client, config, polled_by, refreshes, start};
use device_flow_core::{Call, Config, ErrorCode, Outcome, PendingFlow, PkceVerifier};
use device_flow_testserver::{Script, Server};
use std::time::Duration;
use transport_tests::{Ending, Transport};

/// The encoded SHA-256 of the verifier that is made of 32 times the byte 7, as OpenSSL has it.
const CHALLENGE: &str = "3Ev4DHdHPRMPoN6GukAY_pi7IUAF5qWJHRK6kURvnoE";
const VERIFIER: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

pub(crate) fn a_verifier_answers_for_the_challenge_at_every_poll<T: Transport>() {
    let server = polled_by(approving().require_pkce(true), Script::new().pending(1).approve());
    let outcome = client::<T>().outcome(proved(&server));
    assert!(matches!(outcome, Outcome::Authorized(_)), "{outcome:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[0].parameter("code_challenge"), Some(CHALLENGE));
    let method = requests[0].parameter("code_challenge_method");
    assert_eq!(method, Some("S256"));
    assert_eq!(requests[0].parameter("code_verifier"), None);
    for poll in &requests[1..] {
        assert_eq!(poll.parameter("code_verifier"), Some(VERIFIER));
        assert_eq!(poll.parameter("code_challenge"), None);
    }
}

pub(crate) fn a_server_that_insists_says_what_it_misses<T: Transport>() {
    let server = start(approving().require_pkce(true));
    let result = client::<T>().sign_in(config(&server));
    let Err(Ending::Failed(failure)) = &result else { panic!("{result:?}") };
    let text = failure.to_string();
    assert!(text.contains("code challenge required"), "{text}");
    assert_refused(result, &ErrorCode::INVALID_REQUEST);
    assert_eq!(server.requests().len(), 1);
}

/// P13: the verifier is put aside with the code.
pub(crate) fn the_verifier_goes_on_with_the_sign_in_elsewhere<T: Transport>() {
    let server = start(approving().require_pkce(true));
    let pending = client::<T>().start_and_suspend(proved(&server)).unwrap();
    let stored = pending.to_json();
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let tokens = client::<T>().resume_and_wait(config(&server), pending, Duration::ZERO);
    assert!(server.is_active(tokens.unwrap().access_token().expose()));
    let polls = server.requests_to("/token");
    assert_eq!(polls[0].parameter("code_verifier"), Some(VERIFIER));
}

pub(crate) fn a_refresh_carries_no_verifier<T: Transport>() {
    let server = start(approving().require_pkce(true));
    let (client, config) = (client::<T>(), proved(&server));
    let tokens = client.sign_in(config.clone()).unwrap();
    let refresh_token = tokens.refresh_token().unwrap();
    let refresh = Call::refresh(&config, refresh_token.expose()).unwrap();
    client.call(refresh).unwrap();
    assert_eq!(refreshes(&server)[0].parameter("code_verifier"), None);
}

fn proved(server: &Server) -> Config {
    config(server).pkce(PkceVerifier::new(&[7; 32]))
}
