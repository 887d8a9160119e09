//! Putting tokens aside: what was suspended is what is resumed; rows K1 to K4.

use std::time::Duration;

use device_flow_core::{
    Config, Input, Response, ResumeError, Session, SessionEvent, SignInReason, StoredFormError, StoredSession,
    Timestamp, TransportFailure,
};

use crate::bench::keeper::{Keeper, RENEWED};
use crate::bench::{config, seconds};

#[test]
fn a_session_survives_as_text() {
    let mut keeper = Keeper::usual();
    keeper.sleep(seconds(100));
    let stored = keeper.session.suspend(keeper.now).to_json();
    let resume = |config, away| {
        let stored = StoredSession::from_json(stored.expose()).unwrap();
        assert_eq!((stored.client_id(), stored.remaining()), ("tv", Some(seconds(500))));
        Session::resume(config, stored, away, Timestamp::ZERO)
    };
    let session = resume(config(), seconds(50)).unwrap();
    assert_eq!(session.remaining(Timestamp::ZERO), Some(seconds(450)));
    assert_eq!(session.tokens().refresh_token().unwrap().expose(), "r1");
    let mut later = Keeper::of(session, Timestamp::ZERO);
    assert_eq!(later.request(), seconds(420), "the lead time follows the whole life, not what is left of it");

    let other = Config::new("tv", "https://as.example/d", "https://evil.example/token");
    assert_eq!(resume(other, Duration::ZERO).unwrap_err(), ResumeError::OtherTokenEndpoint);
    let other = Config::new("other", "https://as.example/d", "https://as.example/token");
    assert_eq!(resume(other, Duration::ZERO).unwrap_err(), ResumeError::OtherClient);
    for damaged in ["", "{}", "[]", r#"{"version":1}"#, &stored.expose().replace("first", "")] {
        assert_eq!(StoredSession::from_json(damaged).unwrap_err(), StoredFormError::Damaged, "{damaged}");
    }
    let newer = stored.expose().replace("\"version\":1", "\"version\":9");
    assert!(matches!(StoredSession::from_json(&newer).unwrap_err(), StoredFormError::Version { found: 9, .. }));
}

/// A server that asked for patience does not care in which process the client lives.
#[test]
fn k2_back_off_and_retry_after_survive() {
    let mut keeper = Keeper::refreshing();
    keeper.answer_with(Response::new(503, b"").header("retry-after", b"1800"));
    keeper.settle();
    keeper.sleep(seconds(300));
    keeper.settle();
    assert_eq!(keeper.moved(config(), Duration::ZERO).request(), seconds(1_500));
    assert_eq!(keeper.moved(config(), seconds(500)).request(), seconds(1_000));
    assert_eq!(keeper.moved(config(), seconds(5_000)).request(), seconds(0));

    let mut keeper = Keeper::refreshing();
    for _ in 0..2 {
        keeper.fail(TransportFailure::Connect(None));
        keeper.request();
    }
    keeper.fail(TransportFailure::Connect(None));
    keeper.sleep(seconds(3));
    let mut moved = keeper.moved(config(), Duration::ZERO);
    assert!(moved.session.is_refreshing());
    assert_eq!(moved.request(), seconds(17), "20 s, of which 3 have passed");
    moved.fail(TransportFailure::Connect(None));
    assert_eq!(moved.request(), seconds(40), "the fourth in a row");
}

#[test]
fn k1_the_scope_before_it_was_narrowed_survives() {
    let run = |is_moved: bool| {
        let tokens = r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","refresh_token":"r","scope":"read write","life_s":600,"remaining_ms":600000}"#;
        let stored = StoredSession::from_json(tokens).unwrap();
        let session = Session::resume(config(), stored, Duration::ZERO, Timestamp::ZERO);
        let mut keeper = Keeper::of(session.unwrap(), Timestamp::ZERO);
        keeper.session.refresh_with_scope(keeper.now, "read").unwrap();
        keeper.request();
        keeper.answer(200, RENEWED);
        assert_eq!(keeper.scopes(), ["read"]);
        keeper.settle();
        if is_moved {
            keeper = keeper.moved(config(), Duration::ZERO);
            assert_eq!(keeper.scopes(), ["read"]);
        }
        keeper.refresh().unwrap();
        keeper.request();
        keeper.answer(200, RENEWED);
        keeper.scopes()
    };
    assert_eq!(run(false), ["read", "write"]);
    assert_eq!(run(true), ["read", "write"]);
}

#[test]
fn k1_a_refresh_for_fewer_scopes_goes_on_as_one() {
    let mut keeper = Keeper::usual();
    keeper.session.refresh_with_scope(keeper.now, "read").unwrap();
    let mut moved = keeper.moved(config(), Duration::ZERO);
    assert_eq!(moved.request(), seconds(0));
    assert!(moved.body().ends_with("&scope=read"));
}

#[test]
fn k3_a_pause_survives() {
    let mut keeper = Keeper::usual();
    keeper.input(Input::Pause).unwrap();
    let mut moved = keeper.moved(config(), Duration::ZERO);
    assert!(moved.session.is_paused());
    assert!(moved.try_request(seconds(100_000)).is_none());
    moved.input(Input::Resume).unwrap();
    moved.request();
    assert!(!keeper.moved(config(), Duration::ZERO).session.is_refreshing());
    let running = Keeper::usual().moved(config(), Duration::ZERO);
    assert!(!running.session.is_paused());
}

/// What is written down while an answer is out holds a refresh token that may be spent.
#[test]
fn k4_an_answer_that_is_out_is_told_and_written_off() {
    let mut keeper = Keeper::refreshing();
    assert!(!Keeper::usual().session.suspend(keeper.now).is_answer_lost());
    assert!(keeper.session.suspend(keeper.now).is_answer_lost());
    keeper.sleep(seconds(4));
    let mut moved = keeper.moved(config(), Duration::ZERO);
    assert_eq!(moved.request(), seconds(6), "as if it were given up in its time");
    moved.answer(400, r#"{"error":"invalid_grant"}"#);
    moved.settle();
    assert!(
        matches!(moved.events.last(), Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) if error.is_answer_lost())
    );
    // One that was lost before counts too, and one that was answered since does not.
    let mut keeper = Keeper::refreshing();
    keeper.fail(TransportFailure::Closed);
    assert!(keeper.session.suspend(keeper.now).is_answer_lost());
    keeper.request();
    keeper.answer(200, RENEWED);
    assert!(!keeper.session.suspend(keeper.now).is_answer_lost());
}

/// The server may have used up the refresh token for an answer that nobody will hear.
#[test]
fn k4_a_refresh_that_must_not_be_made_again_is_not_made_again_elsewhere() {
    let strict = || config().replay_refresh(false);
    let mut keeper = Keeper::with(strict());
    keeper.request();
    let mut moved = keeper.moved(strict(), Duration::ZERO);
    assert!(moved.try_request(seconds(100_000)).is_none(), "nobody asked");
    moved.refresh().unwrap();
    assert_eq!(moved.request(), seconds(0));
    // What was not sent yet, or cannot have arrived, is made.
    let mut keeper = Keeper::with(strict());
    keeper.refresh().unwrap();
    assert_eq!(keeper.moved(strict(), Duration::ZERO).request(), seconds(0));
    keeper.request();
    keeper.fail(TransportFailure::Connect(None));
    let wait = keeper.moved(strict(), Duration::ZERO).request();
    assert_eq!(wait, keeper.request());
}

#[test]
fn k3_what_was_told_of_a_token_is_not_told_again() {
    let mut keeper = Keeper::with(config().refresh_automatically(false));
    keeper.try_request(seconds(580));
    assert_eq!(keeper.settle(), ["about to expire"]);
    let without = || config().refresh_automatically(false);
    let mut moved = keeper.moved(without(), seconds(1));
    assert!(moved.try_request(seconds(10)).is_none());
    assert!(moved.names().is_empty());
    assert!(moved.try_request(seconds(10)).is_none());
    assert_eq!(moved.names(), ["expired"]);
    let mut moved = moved.moved(without(), Duration::ZERO);
    assert!(moved.try_request(seconds(1_000)).is_none());
    assert!(moved.names().is_empty());
}

#[test]
fn k2_a_refusal_survives() {
    let mut keeper = Keeper::refreshing();
    keeper.answer(400, r#"{"error":"invalid_client"}"#);
    keeper.settle();
    let mut moved = keeper.moved(config(), Duration::ZERO);
    assert!(moved.try_request(seconds(100_000)).is_none(), "nobody asked");
    moved.refresh().unwrap();
    assert_eq!(moved.request(), seconds(0));
}

#[test]
fn k3_the_pauses_of_short_lived_tokens_survive() {
    let mut keeper = Keeper::refreshing();
    for _ in 0..3 {
        keeper.answer(200, r#"{"access_token":"a","expires_in":5}"#);
        keeper.request();
    }
    keeper.answer(200, r#"{"access_token":"a","expires_in":5}"#);
    keeper.settle();
    keeper.sleep(seconds(3));
    let mut moved = keeper.moved(config(), Duration::ZERO);
    assert_eq!(moved.request(), keeper.request());
}

#[test]
fn what_people_see_of_stored_tokens_is_cleaned() {
    let text = |token_type: &str, scope: &str| {
        format!(
            r#"{{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","token_type":"{token_type}","scope":"{scope}"}}"#
        )
    };
    let read = |text: String| StoredSession::from_json(&text).unwrap();
    let stored = read(text(r"Bearer\u001b[2J", r"openid\f pro\u202efile\n"));
    assert_eq!(stored.tokens().token_type(), Some("Bearer[2J"));
    let scopes: Vec<&str> = stored.tokens().scopes().unwrap().collect();
    assert_eq!(scopes, ["openid", "profile"]);
    let stored = read(text(r"\u200b", r"\n"));
    assert!(stored.tokens().token_type().is_none() && stored.tokens().scopes().is_none());
    let extra = text("Bearer", "a").replace('}', r#","extra":"no object"}"#);
    assert_eq!(read(extra).tokens().extra().expose(), "{}");
}

#[test]
fn the_longest_lives_there_are_survive_as_text() {
    let stored = StoredSession::new(&config(), "a", None, Some(Duration::MAX)).unwrap();
    let text = stored.to_json();
    let read = StoredSession::from_json(text.expose()).unwrap();
    assert_eq!(read.to_json().expose(), text.expose());
}

/// Whoever takes the tokens up again has to know that their refresh token may be used up.
#[test]
fn k4_a_lost_answer_is_remembered_until_there_are_new_tokens() {
    let lost = |keeper: &Keeper| keeper.session.suspend(keeper.now).is_answer_lost();
    // Cancelled, and nothing came.
    let mut keeper = Keeper::refreshing();
    keeper.input(Input::Cancel).unwrap();
    keeper.sleep(seconds(10));
    keeper.settle();
    assert!(keeper.is_done() && lost(&keeper));
    // Cancelled twice, asked or not.
    let mut keeper = Keeper::refreshing();
    keeper.input(Input::Cancel).unwrap();
    keeper.input(Input::Cancel).unwrap();
    assert!(lost(&keeper));
    assert!(keeper.is_done() && lost(&keeper));
    // Cancelled while the next attempt is waited for.
    let mut keeper = Keeper::refreshing();
    keeper.fail(TransportFailure::Timeout);
    keeper.input(Input::Cancel).unwrap();
    assert!(lost(&keeper));
    // Given up for good, in this process and in the next one.
    let strict = || config().replay_refresh(false);
    let mut keeper = Keeper::with(strict());
    keeper.request();
    keeper.sleep(seconds(10));
    keeper.settle();
    assert!(lost(&keeper));
    for mut keeper in [keeper.moved(strict(), Duration::ZERO), keeper] {
        keeper.refresh().unwrap();
        keeper.request();
        keeper.answer(400, r#"{"error":"invalid_grant"}"#);
        keeper.settle();
        assert!(
            matches!(keeper.events.last(), Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) if error.is_answer_lost())
        );
    }
    // Tokens that come in the moment in which they are given up are there.
    let mut keeper = Keeper::refreshing();
    keeper.sleep(seconds(10));
    keeper.answer(200, RENEWED);
    assert!(!lost(&keeper));
}
