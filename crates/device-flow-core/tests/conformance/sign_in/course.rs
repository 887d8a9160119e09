//! The course of things, from the first request to the end.

use std::time::Duration;

use device_flow_core::{
    Call, CallEvent, DeviceFlow, Discovery, Failure, Input, Machine, Misuse, Output, PendingFlow, PkceVerifier,
    RequestId, Session, SignIn, SignInEvent, SignInStatus, Stage, StoredSession, Timestamp, TransportFailure,
};

use crate::bench::signer::{Signer, TOKENS};
use crate::bench::{Bench, CODES, PENDING, config, seconds};

#[test]
fn it_goes_from_the_first_request_to_refreshing_for_ever() {
    let mut signer = Signer::new();
    assert_eq!(signer.status(), SignInStatus::NotAuthenticated);
    signer.exchange(200, CODES);
    assert_eq!(signer.status(), SignInStatus::CodeShown);
    assert_eq!(signer.sign_in.prompt(signer.now).unwrap().user_code(), "WDJB-MJHT");
    signer.exchange(400, PENDING);
    signer.exchange(200, TOKENS);
    for _ in 0..3 {
        assert_eq!(signer.request(), Some(Stage::Refresh));
        assert_eq!(signer.status(), SignInStatus::Refreshing);
        signer.answer(200, TOKENS);
        assert_eq!(signer.status(), SignInStatus::Granted);
    }
    let granted = signer.names().iter().filter(|it| **it == "granted").count();
    assert_eq!(granted, 1);
    assert_eq!(signer.names()[..4], ["prompt", "pending", "granted", "about to expire"]);
}

#[test]
fn where_it_stands_can_be_asked_at_any_time() {
    let mut signer = Signer::new();
    let mut seen = vec![signer.status()];
    let mut look = |signer: &Signer| seen.push(signer.status());
    signer.exchange(200, CODES);
    look(&signer);
    signer.input(Input::Pause).unwrap();
    look(&signer);
    signer.input(Input::Resume).unwrap();
    signer.exchange(400, r#"{"error":"expired_token"}"#);
    look(&signer);
    signer.input(Input::Resume).unwrap();
    look(&signer);
    signer.exchange(200, CODES);
    signer.exchange(200, TOKENS);
    look(&signer);
    signer.input(Input::Pause).unwrap();
    signer.request_within(seconds(600));
    look(&signer);
    signer.sign_in.refresh(signer.now).unwrap();
    look(&signer);
    signer.exchange(400, r#"{"error":"invalid_grant"}"#);
    look(&signer);
    signer.input(Input::Cancel).unwrap();
    look(&signer);
    assert_eq!(
        seen,
        [
            SignInStatus::NotAuthenticated,
            SignInStatus::CodeShown,
            SignInStatus::Paused,
            SignInStatus::CodeExpired,
            SignInStatus::NotAuthenticated,
            SignInStatus::Granted,
            SignInStatus::Expired,
            SignInStatus::Refreshing,
            SignInStatus::SignInNeeded,
            SignInStatus::Ended,
        ]
    );
}

#[test]
fn where_it_stands_is_as_of_now_while_something_else_is_being_told() {
    let mut signer = Signer::code_shown();
    signer.exchange(200, TOKENS);
    signer.sleep(seconds(600));
    let Output::Event(SignInEvent::Granted(_)) = signer.sign_in.poll_output(signer.now) else { panic!() };
    assert_eq!(signer.status(), SignInStatus::Expired);

    // An answer to the session before tells the flow the time as well.
    let mut signer = Signer::granted();
    signer.request();
    let refresh = signer.sent().id;
    signer.sign_in.restart(config()).unwrap();
    signer.exchange(200, CODES);
    signer.sleep(seconds(4));
    signer.respond(refresh, 400, r#"{"error":"invalid_grant"}"#);
    let prompt = signer.sign_in.prompt(Timestamp::ZERO).unwrap();
    assert_eq!(prompt.expires_in(), Some(seconds(596)));
}

#[test]
fn a_failed_refresh_never_claims_to_have_granted_anything() {
    let mut signer = Signer::granted();
    signer.exchange(400, r#"{"error":"invalid_client"}"#);
    assert_eq!(signer.request(), None);
    assert_eq!(signer.names(), ["prompt", "granted", "about to expire", "failed", "expired"]);
}

#[test]
fn a_refusal_and_a_failure_are_the_end() {
    for (answer, event) in [(r#"{"error":"access_denied"}"#, "denied"), (r#"{"error":"invalid_client"}"#, "failed")] {
        let mut signer = Signer::code_shown();
        signer.exchange(400, answer);
        assert!(signer.sign_in.is_done(), "there is only something to tell");
        assert_eq!(signer.request(), None);
        assert_eq!(signer.last_name(), event);
        assert_eq!(signer.status(), SignInStatus::Ended);
        assert!(signer.is_done());
        for input in [Input::Pause, Input::Resume] {
            assert_eq!(signer.input(input), Err(Misuse::Finished));
        }
        signer.input(Input::Cancel).unwrap();
        assert_eq!(signer.sign_in.refresh(signer.now), Err(Misuse::Finished));
    }
}

#[test]
fn polling_can_be_stopped_and_started_and_the_whole_be_given_up() {
    let mut signer = Signer::new();
    assert_eq!(signer.sign_in.refresh(signer.now), Err(Misuse::NoRefreshToken));
    signer.exchange(200, CODES);
    signer.input(Input::Pause).unwrap();
    assert!(signer.sign_in.flow().unwrap().is_paused());
    signer.input(Input::Resume).unwrap();
    signer.exchange(200, TOKENS);
    assert!(signer.sign_in.flow().is_none());
    assert!(!signer.sign_in.session().unwrap().is_refreshing());
    signer.input(Input::Cancel).unwrap();
    assert_eq!(signer.status(), SignInStatus::Ended);
    assert_eq!(signer.settle(), ["prompt", "granted"], "tokens that came before are told");
    assert!(signer.is_done());
}

#[test]
fn failures_tell_whose_they_are() {
    let mut signer = Signer::new();
    signer.exchange(404, "");
    signer.settle();
    assert!(
        matches!(signer.events.last(), Some(SignInEvent::Failed(Failure::Protocol(error))) if error.stage() == Stage::DeviceAuthorization)
    );
}

/// Tokens without the identity that was asked for are told as both.
#[test]
fn t6_a_missing_identity_is_told_after_the_tokens() {
    let openid = || config().scope("openid");
    let mut signer = Signer::with(openid());
    signer.exchange(200, CODES);
    signer.exchange(200, TOKENS);
    assert_eq!(signer.settle(), ["prompt", "granted", "no identity"]);
    assert_eq!(signer.access_token(), Some("first"));
    let mut signer = Signer::with(openid());
    signer.exchange(200, CODES);
    signer.exchange(200, &TOKENS.replace('}', r#","id_token":"e30.e30."}"#));
    assert_eq!(signer.settle(), ["prompt", "granted"]);
    let mut signer = Signer::with(openid().require_id_token(true));
    signer.exchange(200, CODES);
    signer.exchange(200, TOKENS);
    assert_eq!(signer.settle(), ["prompt", "failed"]);
}

#[test]
fn p13_a_flow_that_was_put_aside_is_one_to_go_on_from() {
    let mut bench = Bench::polling(config());
    bench.poll(400, PENDING);
    let stored = bench.flow.suspend(bench.now).unwrap().to_json();
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let flow = DeviceFlow::resume(config(), pending, Duration::ZERO, Timestamp::ZERO).unwrap();
    let mut signer = Signer::of(SignIn::with_flow(flow));
    assert_eq!(signer.status(), SignInStatus::CodeShown);
    assert_eq!(signer.request(), Some(Stage::Token));
    assert_eq!(signer.now, Timestamp::from_millis(5_000));
    signer.answer(200, TOKENS);
    assert_eq!(signer.settle(), ["granted"]);
    assert_eq!(signer.request(), Some(Stage::Refresh));

    // One that has ended has an outcome to tell.
    let mut denied = Bench::polling(config());
    denied.poll(400, r#"{"error":"access_denied"}"#);
    let mut signer = Signer::of(SignIn::with_flow(denied.flow));
    assert_eq!(signer.settle(), ["denied"]);
    assert_eq!(signer.status(), SignInStatus::Ended);
    let mut expired = Bench::polling(config());
    expired.poll(400, r#"{"error":"expired_token"}"#);
    let mut signer = Signer::of(SignIn::with_flow(expired.flow));
    assert_eq!(signer.settle(), ["code expired"]);
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
}

#[test]
fn tokens_that_are_there_already_are_ones_to_go_on_from() {
    let stored = StoredSession::new(&config(), "first", Some("r1"), Some(seconds(600))).unwrap();
    let session = Session::resume(config(), stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    let mut signer = Signer::of(SignIn::with_session(session));
    assert_eq!(signer.status(), SignInStatus::Granted);
    assert_eq!(signer.request(), Some(Stage::Refresh));
    assert_eq!(signer.now, Timestamp::from_millis(570_000));
    signer.answer(400, r#"{"error":"invalid_grant"}"#);
    signer.input(Input::Resume).unwrap();
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
}

#[test]
fn a_code_challenge_goes_with_the_first_request_and_its_verifier_with_every_poll() {
    let verifier = PkceVerifier::new(&[7; 32]);
    let mut signer = Signer::with(config().pkce(verifier));
    signer.request();
    let challenge = signer.sent().parameter("code_challenge").unwrap();
    assert_eq!(challenge.len(), 43);
    let method = signer.sent().parameter("code_challenge_method");
    assert_eq!(method.as_deref(), Some("S256"));
    signer.answer(200, CODES);
    let flow = signer.sign_in.flow().unwrap();
    let stored = flow.suspend(signer.now).unwrap().to_json();
    signer.request();
    let verifier = signer.sent().parameter("code_verifier").unwrap();
    assert!(verifier.starts_with("BwcHBwcH"), "{verifier}");

    // A flow that was put aside still knows its verifier.
    let pending = PendingFlow::from_json(stored.expose()).unwrap();
    let flow = DeviceFlow::resume(config(), pending, seconds(60), Timestamp::ZERO).unwrap();
    let mut bench = Bench::of(flow);
    bench.now = Timestamp::ZERO;
    let poll = bench.next_request();
    assert_eq!(poll.parameter("code_verifier"), Some(verifier));
}

#[test]
fn a_misuse_leaves_every_machine_as_it_was_its_clock_included() {
    fn check(machine: &mut (impl Machine + std::fmt::Debug), foreign: RequestId) {
        let before = format!("{machine:?}");
        let misuse =
            machine.handle_input(Timestamp::from_millis(1_000_000), Input::Failure(foreign, TransportFailure::Closed));
        assert_eq!(misuse, Err(Misuse::UnknownRequest));
        assert_eq!(format!("{machine:?}"), before);
    }

    let mut other = Signer::new();
    other.request();
    let foreign = other.sent().id;
    let stored = StoredSession::new(&config(), "first", Some("r1"), None).unwrap();
    let mut session = Session::resume(config(), stored, Duration::ZERO, Timestamp::ZERO).unwrap();
    check(&mut session, foreign);
    check(&mut DeviceFlow::new(config()).unwrap(), foreign);
    check(&mut SignIn::new(config()).unwrap(), foreign);
    check(&mut Discovery::new("https://as.example").unwrap(), foreign);
    let endpoint = "https://as.example/userinfo";
    let mut call = Call::userinfo(&config(), endpoint, "a").unwrap();
    check(&mut call, foreign);
    let Output::Send(request) = call.poll_output(Timestamp::ZERO) else { panic!() };
    let id = request.id();
    let failed = Input::Failure(id, TransportFailure::Connect(None));
    call.handle_input(Timestamp::ZERO, failed).unwrap();
    assert!(matches!(
        call.poll_output(Timestamp::ZERO),
        Output::Event(CallEvent::Retrying { next_attempt, .. }) if next_attempt == Timestamp::from_millis(1_000)
    ));
}
