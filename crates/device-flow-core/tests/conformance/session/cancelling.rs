//! Pausing and giving up: rows K4 and P12.

use device_flow_core::{Input, Machine, Misuse, TransportFailure};

use crate::bench::keeper::{Keeper, RENEWED, ROTATED};
use crate::bench::seconds;

#[test]
fn a_session_can_be_given_up() {
    let given_up: [fn() -> Keeper; 3] = [
        Keeper::usual,
        || {
            let mut keeper = Keeper::usual();
            keeper.refresh().unwrap();
            keeper
        },
        || {
            // Between two attempts.
            let mut keeper = Keeper::refreshing();
            keeper.fail(TransportFailure::Connect(None));
            keeper
        },
    ];
    for begin in given_up {
        let mut keeper = begin();
        keeper.input(Input::Cancel).unwrap();
        assert!(keeper.session.is_done());
        assert!(keeper.try_request(seconds(100_000)).is_none());
        assert!(keeper.is_done());
        keeper.input(Input::Cancel).unwrap();
        for input in [Input::Pause, Input::Resume] {
            assert_eq!(keeper.input(input), Err(Misuse::Finished));
        }
        assert_eq!(keeper.refresh(), Err(Misuse::Finished));
    }
}

/// Nobody has stored them yet.
#[test]
fn k4_tokens_that_came_before_it_was_given_up_are_told() {
    let mut keeper = Keeper::refreshing();
    keeper.answer(200, ROTATED);
    keeper.input(Input::Cancel).unwrap();
    assert!(keeper.session.is_done());
    assert_eq!(keeper.settle(), ["about to expire", "refreshed"]);
    assert_eq!(keeper.refresh_token(), "r2");
    assert!(keeper.is_done());
}

/// The answer may carry a rotated refresh token: whoever stores the tokens at the end would store the spent one.
#[test]
fn k4_a_session_that_is_cancelled_during_a_refresh_hears_the_answer() {
    let mut keeper = Keeper::refreshing();
    keeper.input(Input::Cancel).unwrap();
    assert!(!keeper.session.is_done());
    assert!(keeper.session.is_refreshing());
    assert_eq!(keeper.wake_at(), keeper.now.saturating_add(seconds(10)));
    assert_eq!(keeper.refresh(), Err(Misuse::Finished));
    keeper.sleep(seconds(3));
    keeper.answer(200, ROTATED);
    assert!(keeper.session.is_done());
    assert_eq!(keeper.settle(), ["about to expire", "refreshed"]);
    assert_eq!(keeper.refresh_token(), "r2");
    let stored = keeper.session.suspend(keeper.now);
    assert_eq!(stored.tokens().refresh_token().unwrap().expose(), "r2");
    assert!(!stored.is_answer_lost());
}

#[test]
fn k4_nothing_more_is_sent_for_it() {
    let answers: [fn(&mut Keeper); 6] = [
        |keeper| keeper.sleep(seconds(10)),
        |keeper| keeper.fail(TransportFailure::Closed),
        |keeper| keeper.fail(TransportFailure::Connect(None)),
        |keeper| keeper.answer(503, ""),
        |keeper| keeper.answer(200, "<html>"),
        |keeper| keeper.answer(400, r#"{"error":"invalid_client"}"#),
    ];
    for answer in answers {
        let mut keeper = Keeper::refreshing();
        keeper.input(Input::Cancel).unwrap();
        answer(&mut keeper);
        assert!(keeper.try_request(seconds(100_000)).is_none());
        assert!(keeper.session.is_done());
        assert_eq!(keeper.access_token(), "first");
        assert_eq!(keeper.refresh_token(), "r1");
    }
}

#[test]
fn k4_a_second_cancel_ends_the_wait() {
    let mut keeper = Keeper::refreshing();
    keeper.input(Input::Cancel).unwrap();
    keeper.input(Input::Cancel).unwrap();
    assert!(keeper.session.is_done());
    assert!(keeper.is_done());
    keeper.answer(200, ROTATED);
    assert_eq!(keeper.refresh_token(), "r1", "it is over");
    // What was on its way may have been a new refresh token, and whoever stores this wants to know.
    let mut keeper = Keeper::refreshing();
    keeper.input(Input::Cancel).unwrap();
    assert!(keeper.session.suspend(keeper.now).is_answer_lost());
}

#[test]
fn p12_a_pause_does_not_lose_a_rotated_refresh_token() {
    let mut keeper = Keeper::refreshing();
    keeper.input(Input::Pause).unwrap();
    keeper.answer(200, ROTATED);
    assert_eq!(keeper.settle(), ["about to expire", "refreshed"]);
    assert_eq!(keeper.refresh_token(), "r2");
    assert!(keeper.session.is_paused());
    assert!(keeper.try_request(seconds(100_000)).is_none());
}

#[test]
fn p12_a_late_answer_counts_during_a_pause_too() {
    let mut keeper = Keeper::refreshing();
    keeper.input(Input::Pause).unwrap();
    keeper.sleep(seconds(12));
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.settle(), ["about to expire", "refreshed"]);
}
