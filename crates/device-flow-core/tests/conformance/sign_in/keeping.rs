//! Tokens are kept as long as they are good, and none is lost on the way out: rows K2 and K4.

use device_flow_core::{Input, Machine, Misuse, SignInStatus, Stage, TransportFailure};

use crate::bench::signer::{Signer, TOKENS};
use crate::bench::{CODES, config, seconds};

const ROTATED: &str = r#"{"access_token":"second","refresh_token":"r2","expires_in":600}"#;

/// A refused refresh says nothing about the access token, which may be good for an hour.
#[test]
fn k2_a_token_that_is_still_valid_survives_the_refusal_of_a_refresh() {
    let mut signer = Signer::sign_in_needed();
    assert_eq!(signer.status(), SignInStatus::SignInNeeded);
    assert_eq!(signer.last_name(), "sign in");
    assert_eq!(signer.access_token(), Some("first"));
    assert!(signer.sign_in.session().is_none());
    assert_eq!(signer.sign_in.refresh(signer.now), Err(Misuse::NoRefreshToken));
    // Until it runs out, which is told in time.
    let end = signer.now.saturating_add(seconds(30));
    assert_eq!(signer.wake_at(), end);
    assert_eq!(signer.request_within(seconds(29)), None);
    assert_eq!((signer.access_token(), signer.last_name()), (Some("first"), "sign in"));
    assert_eq!(signer.request_within(seconds(1)), None);
    assert_eq!((signer.access_token(), signer.last_name()), (None, "expired"));
    let told = signer.names().len();
    assert_eq!(signer.request(), None);
    assert_eq!(signer.names().len(), told, "told once");
    assert_eq!(signer.status(), SignInStatus::SignInNeeded);
}

#[test]
fn k2_it_survives_the_next_code_too_until_new_tokens_come() {
    let mut signer = Signer::sign_in_needed();
    signer.input(Input::Resume).unwrap();
    signer.exchange(200, CODES);
    assert_eq!(signer.status(), SignInStatus::CodeShown);
    assert_eq!(signer.access_token(), Some("first"));
    signer.exchange(200, ROTATED);
    assert_eq!(signer.access_token(), Some("second"));
    signer.request_within(seconds(100));
    assert_eq!(signer.last_name(), "granted", "nobody misses the one before");

    let mut signer = Signer::sign_in_needed();
    signer.input(Input::Resume).unwrap();
    signer.exchange(200, CODES);
    signer.input(Input::Pause).unwrap();
    signer.request_within(seconds(40));
    assert_eq!((signer.access_token(), signer.last_name()), (None, "expired"));
}

#[test]
fn k2_a_token_that_has_run_out_is_not_kept() {
    let mut signer = Signer::granted();
    signer.request();
    signer.fail(TransportFailure::Connect(None));
    signer.request_within(seconds(5));
    signer.sleep(seconds(3));
    signer.fail(TransportFailure::Connect(None));
    while signer.now.as_millis() < 700_000 {
        assert_eq!(signer.request(), Some(Stage::Refresh));
        signer.fail(TransportFailure::Connect(None));
    }
    signer.exchange(400, r#"{"error":"invalid_grant"}"#);
    assert_eq!(signer.status(), SignInStatus::SignInNeeded);
    assert_eq!(signer.access_token(), None);
    signer.settle();
    let expired = signer.names().iter().filter(|it| **it == "expired").count();
    assert_eq!(expired, 1, "{:?}", signer.names());
}

#[test]
fn k4_a_sign_in_that_is_cancelled_during_a_refresh_hears_the_answer() {
    let mut signer = Signer::granted();
    assert_eq!(signer.request(), Some(Stage::Refresh));
    signer.input(Input::Cancel).unwrap();
    assert!(!signer.sign_in.is_done());
    assert_eq!(signer.status(), SignInStatus::Refreshing);
    assert_eq!(signer.wake_at(), signer.now.saturating_add(seconds(10)));
    assert_eq!(signer.sign_in.refresh(signer.now), Err(Misuse::Finished));
    signer.answer(200, ROTATED);
    assert!(signer.sign_in.is_done());
    assert_eq!(signer.request(), None);
    assert_eq!(signer.last_name(), "refreshed");
    let tokens = signer.sign_in.tokens().unwrap();
    assert_eq!(tokens.refresh_token().unwrap().expose(), "r2");
    assert_eq!(signer.status(), SignInStatus::Ended);
    assert!(signer.is_done());
}

#[test]
fn k4_it_ends_when_nothing_comes_or_at_the_second_cancel() {
    let ends: [fn(&mut Signer); 4] = [
        |signer| signer.input(Input::Cancel).unwrap(),
        |signer| signer.sleep(seconds(10)),
        |signer| signer.fail(TransportFailure::Closed),
        |signer| signer.answer(503, ""),
    ];
    for end in ends {
        let mut signer = Signer::granted();
        signer.request();
        signer.input(Input::Cancel).unwrap();
        end(&mut signer);
        assert_eq!(signer.request(), None, "nothing more is sent");
        assert!(signer.is_done());
        assert_eq!(signer.status(), SignInStatus::Ended);
    }
}

/// The last poll of a code may be answered after the code has run out: what was granted then is granted.
#[test]
fn p10_tokens_for_the_last_poll_of_a_code_count_until_a_new_code_is_asked_for() {
    let expired = || {
        let mut signer = Signer::new();
        signer.exchange(200, &CODES.replace("600", "6"));
        assert_eq!(signer.request(), Some(Stage::Token));
        signer.sleep(seconds(30));
        signer.settle();
        assert_eq!(signer.last_name(), "code expired");
        signer
    };
    let mut signer = expired();
    signer.answer(200, TOKENS);
    assert_eq!(signer.settle().last(), Some(&"granted"));
    assert_eq!(signer.status(), SignInStatus::Granted);
    assert_eq!(signer.sign_in.session().unwrap().expires_at(), Some(signer.sent().at.saturating_add(seconds(600))));
    assert_eq!(signer.request(), Some(Stage::Refresh));
    // Anything else changes nothing.
    for (status, body) in
        [(400, r#"{"error":"access_denied"}"#), (400, r#"{"error":"authorization_pending"}"#), (200, "<html>")]
    {
        let mut signer = expired();
        let told = signer.names();
        signer.answer(status, body);
        assert_eq!(signer.settle(), told);
        assert_eq!(signer.status(), SignInStatus::CodeExpired);
    }
    let mut signer = expired();
    let poll = signer.sent().id;
    signer.input(Input::Resume).unwrap();
    signer.respond(poll, 200, TOKENS);
    assert_eq!(signer.access_token(), None, "a new code is asked for");
    signer.request();
    signer.respond(poll, 200, TOKENS);
    assert_eq!(signer.access_token(), None);
}

#[test]
fn t6_who_insists_on_an_identity_does_so_however_late_the_tokens_come() {
    let mut signer = Signer::with(config().scope("openid").require_id_token(true));
    signer.exchange(200, &CODES.replace("600", "6"));
    signer.request();
    signer.sleep(seconds(30));
    signer.settle();
    signer.answer(200, TOKENS);
    assert_eq!(signer.access_token(), None);
    assert!(!signer.settle().contains(&"granted"));
}

/// One whose refresh is out, and who asks for a new code all the same.
fn restarted() -> Signer {
    let mut signer = Signer::granted();
    signer.sign_in.refresh(signer.now).unwrap();
    assert_eq!(signer.request(), Some(Stage::Refresh));
    signer.sign_in.restart(config()).unwrap();
    signer
}

#[test]
fn k4_a_refresh_that_is_out_at_a_restart_is_heard() {
    let mut signer = restarted();
    let refresh = signer.sent().id;
    assert_eq!(signer.request(), Some(Stage::DeviceAuthorization));
    signer.respond(refresh, 200, ROTATED);
    signer.settle();
    assert_eq!(signer.last_name(), "refreshed");
    assert_eq!(signer.access_token(), Some("second"));
    signer.answer(200, CODES);
    signer.settle();
    assert_eq!(signer.status(), SignInStatus::CodeShown);
    assert_eq!(signer.access_token(), Some("second"));
    // Also when the person says no before it comes: until then there is something to hear.
    let mut signer = restarted();
    let refresh = signer.sent().id;
    signer.exchange(200, CODES);
    signer.exchange(400, r#"{"error":"access_denied"}"#);
    assert_eq!(signer.status(), SignInStatus::Ended);
    assert!(!signer.sign_in.is_done());
    signer.respond(refresh, 200, ROTATED);
    signer.settle();
    assert_eq!(signer.last_name(), "refreshed");
    assert_eq!(signer.access_token(), Some("second"));
    assert!(signer.is_done());
}

#[test]
fn k4_a_refresh_that_never_answers_holds_nobody_up_after_a_restart() {
    let mut signer = restarted();
    signer.input(Input::Cancel).unwrap();
    assert!(!signer.is_done());
    signer.sleep(seconds(10));
    signer.settle();
    assert!(signer.is_done());
    assert_eq!(signer.access_token(), Some("first"));
}

#[test]
fn k4_a_refresh_is_heard_whatever_is_asked_for_meanwhile() {
    // Cancelled first, and then a new code was asked for.
    let mut signer = Signer::granted();
    signer.sign_in.refresh(signer.now).unwrap();
    signer.request();
    let refresh = signer.sent().id;
    signer.input(Input::Cancel).unwrap();
    signer.sign_in.restart(config()).unwrap();
    signer.respond(refresh, 200, ROTATED);
    signer.request_within(seconds(0));
    assert_eq!(signer.last_name(), "refreshed");
    // The first cancellation after a refusal is no second one.
    let mut signer = restarted();
    let refresh = signer.sent().id;
    signer.exchange(200, CODES);
    signer.exchange(400, r#"{"error":"access_denied"}"#);
    signer.input(Input::Cancel).unwrap();
    signer.respond(refresh, 200, ROTATED);
    signer.settle();
    assert_eq!(signer.last_name(), "refreshed");
}

/// Whoever is told nothing stores nothing.
#[test]
fn k4_new_tokens_are_told_whatever_comes_before_somebody_asks() {
    let short = &ROTATED.replace("600", "2");
    let ends: [fn(&mut Signer); 3] = [
        |signer| signer.sign_in.restart(config()).unwrap(),
        |signer| signer.input(Input::Cancel).unwrap(),
        |signer| {
            signer.sign_in.restart(config()).unwrap();
            signer.input(Input::Cancel).unwrap();
        },
    ];
    for end in ends {
        let mut signer = Signer::granted();
        signer.sign_in.refresh(signer.now).unwrap();
        signer.request();
        signer.sleep(seconds(8));
        signer.answer(200, short);
        end(&mut signer);
        signer.request_within(seconds(0));
        assert!(signer.names().contains(&"refreshed"), "{:?}", signer.names());

        let mut signer = Signer::code_shown();
        signer.request();
        signer.answer(200, TOKENS);
        end(&mut signer);
        signer.request_within(seconds(0));
        assert!(signer.names().contains(&"granted"), "{:?}", signer.names());
    }
}

#[test]
fn k4_after_a_cancellation_there_is_a_session_to_suspend() {
    let mut signer = Signer::granted();
    signer.sign_in.refresh(signer.now).unwrap();
    signer.request();
    signer.input(Input::Cancel).unwrap();
    signer.answer(200, ROTATED);
    signer.settle();
    let session = signer.sign_in.session().unwrap();
    let stored = session.suspend(signer.now);
    assert_eq!(stored.tokens().access_token().expose(), "second");
}

#[test]
fn k2_the_end_of_a_token_that_was_left_behind_is_told_once() {
    let mut signer = Signer::code_shown();
    let short = r#"{"access_token":"first","refresh_token":"r1","expires_in":5}"#;
    signer.exchange(200, short);
    signer.request_within(seconds(0));
    signer.sign_in.refresh(signer.now).unwrap();
    assert_eq!(signer.request(), Some(Stage::Refresh));
    let refresh = signer.sent().id;
    signer.sign_in.restart(config()).unwrap();
    signer.exchange(200, CODES);
    signer.sleep(seconds(5));
    signer.request_within(seconds(0));
    signer.input(Input::Failure(refresh, TransportFailure::Closed)).unwrap();
    signer.request_within(seconds(1));
    let told = signer.names();
    assert_eq!(told.iter().filter(|it| **it == "expired").count(), 1, "{told:?}");
    assert_eq!(signer.access_token(), None);
}
