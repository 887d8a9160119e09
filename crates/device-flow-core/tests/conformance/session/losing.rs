//! Refreshes whose answers are late, lost or doubled: row K4.

use std::time::Duration;

use device_flow_core::{Failure, Misuse, RetryReason, SessionEvent, TransportFailure};

use crate::bench::keeper::{Keeper, RENEWED, ROTATED};
use crate::bench::{config, seconds};

const NEWEST: &str = r#"{"access_token":"third","refresh_token":"r3","expires_in":600}"#;

#[test]
fn k4_there_is_one_refresh_at_a_time() {
    let mut keeper = Keeper::usual();
    keeper.refresh().unwrap();
    keeper.request();
    assert!(keeper.session.is_refreshing());
    keeper.refresh().unwrap();
    assert_eq!(keeper.wake_at(), keeper.now.saturating_add(seconds(10)));
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.settle(), ["refreshed"]);
}

/// Tokens for other scopes than were asked for would be a surprise, and a demand that is dropped without a word too.
#[test]
fn k4_a_refresh_for_other_scopes_is_refused_while_one_is_under_way() {
    let begun: [fn(&mut Keeper); 2] = [
        |_| {},
        |keeper| {
            keeper.request();
        },
    ];
    for begin in begun {
        let mut keeper = Keeper::usual();
        keeper.refresh().unwrap();
        begin(&mut keeper);
        let narrower = keeper.session.refresh_with_scope(keeper.now, "read");
        assert_eq!(narrower, Err(Misuse::RefreshUnderWay));
        assert_eq!(keeper.session.refresh_with_scope(keeper.now, " "), Ok(()));

        let mut keeper = Keeper::usual();
        keeper.session.refresh_with_scope(keeper.now, "read").unwrap();
        begin(&mut keeper);
        assert_eq!(keeper.refresh(), Err(Misuse::RefreshUnderWay));
        let other = keeper.session.refresh_with_scope(keeper.now, "write");
        assert_eq!(other, Err(Misuse::RefreshUnderWay));
        let same = keeper.session.refresh_with_scope(keeper.now, " read ");
        assert_eq!(same, Ok(()));
    }
}

/// A server that forgives the second use of a refresh token does so for half a minute at most.
#[test]
fn k4_a_refresh_has_a_time_out_of_its_own_and_its_first_replay_comes_at_once() {
    let mut keeper = Keeper::refreshing();
    assert_eq!(keeper.sent().timeout, seconds(10));
    assert_eq!(keeper.request(), seconds(10), "nobody answered");
    let Some(SessionEvent::Retrying {
        reason: RetryReason::Transport(TransportFailure::Timeout), next_attempt, ..
    }) = keeper.events.last()
    else {
        panic!("{:?}", keeper.events)
    };
    assert_eq!(*next_attempt, keeper.now);
    assert!(keeper.body().contains("refresh_token=r1"), "the same once more");
    assert_eq!(keeper.request(), seconds(10 + 10), "from then on with back-off");
    for lost in [TransportFailure::Closed, TransportFailure::Encoding(None), TransportFailure::Other] {
        let mut keeper = Keeper::refreshing();
        keeper.fail(lost);
        assert_eq!(keeper.request(), Duration::ZERO, "{lost}");
        keeper.answer(200, ROTATED);
        assert_eq!(keeper.refresh_token(), "r2");
    }
    for unsent in [TransportFailure::Connect(None), TransportFailure::Tls(None), TransportFailure::Proxy(None)] {
        let mut keeper = Keeper::refreshing();
        keeper.fail(unsent);
        assert_eq!(keeper.request(), seconds(5), "{unsent}: nothing was lost");
    }
}

/// It is the loss that must be mended in time, however many attempts failed to reach the server before it.
#[test]
fn k4_the_first_loss_is_replayed_at_once_whatever_came_before() {
    let mut keeper = Keeper::refreshing();
    keeper.fail(TransportFailure::Connect(None));
    keeper.request();
    keeper.fail(TransportFailure::Connect(None));
    keeper.request();
    keeper.fail(TransportFailure::Timeout);
    assert_eq!(keeper.request(), Duration::ZERO);
}

#[test]
fn k4_the_time_out_of_a_refresh_is_the_callers_to_set() {
    for (config, timeout) in [
        (config().refresh_timeout(seconds(4)), 4),
        (config().request_timeout(seconds(3)), 3),
        (config().refresh_timeout(seconds(99)), 30),
    ] {
        let mut keeper = Keeper::with(config);
        keeper.request();
        assert_eq!(keeper.sent().timeout, seconds(timeout));
    }
}

#[test]
fn k4_where_the_caller_says_so_a_lost_refresh_is_never_made_again() {
    let losses: [fn(&mut Keeper); 4] = [
        |keeper| keeper.fail(TransportFailure::Timeout),
        |keeper| keeper.fail(TransportFailure::Closed),
        |keeper| keeper.answer(502, ""),
        |keeper| keeper.sleep(seconds(10)),
    ];
    for lose in losses {
        let mut keeper = Keeper::with(config().replay_refresh(false));
        keeper.request();
        lose(&mut keeper);
        assert!(keeper.try_request(seconds(100_000)).is_none());
        assert_eq!(keeper.names(), ["about to expire", "failed", "expired"]);
        assert!(matches!(keeper.events[1], SessionEvent::RefreshFailed(Failure::Network(_) | Failure::Protocol(_))));
        assert!(!keeper.is_done() && !keeper.session.is_refreshing());
        // The caller may know better.
        keeper.refresh().unwrap();
        assert_eq!(keeper.request(), Duration::ZERO);
    }
    // What never reached the server is no second use.
    let mut keeper = Keeper::with(config().replay_refresh(false));
    keeper.request();
    keeper.fail(TransportFailure::Connect(None));
    assert_eq!(keeper.request(), seconds(5));
}

/// The session's own timer is no reason to throw away a rotated refresh token: without it the sign-in is lost.
#[test]
fn k4_a_rotated_refresh_token_in_a_late_answer_counts() {
    for delay in [10_000, 10_001, 14_000] {
        let mut keeper = Keeper::refreshing();
        let sent_at = keeper.now;
        keeper.sleep(Duration::from_millis(delay));
        keeper.answer(200, ROTATED);
        assert_eq!(keeper.settle(), ["about to expire", "refreshed"]);
        assert_eq!(keeper.refresh_token(), "r2");
        assert_eq!(
            keeper.session.expires_at(),
            Some(sent_at.saturating_add(seconds(600))),
            "counted from when the request was sent"
        );
        keeper.request();
        assert!(keeper.body().contains("refresh_token=r2"));
    }
}

#[test]
fn k4_it_counts_when_the_loss_was_told_in_between_too() {
    // Waiting for the third attempt.
    let mut keeper = Keeper::refreshing();
    keeper.request();
    keeper.sleep(seconds(13));
    assert_eq!(keeper.settle(), ["about to expire", "retrying", "retrying"]);
    keeper.answer(200, ROTATED);
    assert_eq!(keeper.settle().last(), Some(&"refreshed"));
    assert_eq!(keeper.refresh_token(), "r2");
    assert!(!keeper.session.is_refreshing());
    // Or where there is none.
    let mut keeper = Keeper::with(config().replay_refresh(false));
    keeper.request();
    keeper.sleep(seconds(13));
    assert_eq!(keeper.settle(), ["about to expire", "failed"]);
    keeper.answer(200, ROTATED);
    assert_eq!(keeper.settle().last(), Some(&"refreshed"));
    assert_eq!(keeper.request(), seconds(600 - 30 - 13), "automatic refresh goes on");
}

/// Both attempts ask for the same: whichever is answered with tokens, those are the newest that the server knows of.
#[test]
fn k4_an_answer_to_the_first_attempt_counts_while_its_replay_is_out() {
    let late = || {
        let mut keeper = Keeper::refreshing();
        let first = keeper.sent().id;
        keeper.request();
        keeper.sleep(Duration::from_millis(1));
        keeper.respond(first, 200, ROTATED);
        assert_eq!(keeper.settle(), ["about to expire", "retrying", "refreshed"]);
        assert_eq!(keeper.refresh_token(), "r2");
        keeper
    };
    // What comes of the replay is heard: newer tokens are the ones to keep.
    let mut keeper = late();
    keeper.answer(200, NEWEST);
    assert_eq!(keeper.settle().last(), Some(&"refreshed"));
    assert_eq!(keeper.refresh_token(), "r3");
    keeper.request();
    assert!(keeper.body().contains("refresh_token=r3"));
    // And a refusal of the token that was replaced is not one of the new one.
    for answer in [r#"{"error":"invalid_grant"}"#, r#"{"error":"invalid_client"}"#] {
        let mut keeper = late();
        keeper.answer(400, answer);
        keeper.settle();
        assert_eq!(keeper.names(), ["about to expire", "retrying", "refreshed"]);
        assert!(!keeper.is_done() && !keeper.session.is_refreshing());
        keeper.request();
        assert!(keeper.body().contains("refresh_token=r2"));
    }
    let mut keeper = late();
    keeper.fail(TransportFailure::Closed);
    assert_eq!(keeper.names(), ["about to expire", "retrying", "refreshed"]);
    keeper.request();
    assert!(keeper.body().contains("refresh_token=r2"));
}

#[test]
fn k4_a_late_answer_that_brings_nothing_changes_nothing() {
    for (status, body) in
        [(400, r#"{"error":"invalid_grant"}"#), (400, r#"{"error":"invalid_client"}"#), (200, "<html>"), (503, "")]
    {
        let mut keeper = Keeper::refreshing();
        keeper.request();
        keeper.sleep(seconds(13));
        let told = keeper.settle();
        keeper.answer(status, body);
        assert_eq!(keeper.settle(), told, "{status} {body}");
        assert_eq!(keeper.request(), seconds(7));
    }
}

#[test]
fn k4_an_answer_of_a_refresh_that_is_over_changes_nothing() {
    let mut keeper = Keeper::usual();
    keeper.refresh().unwrap();
    keeper.request();
    let old = keeper.sent().id;
    keeper.answer(200, RENEWED);
    keeper.settle();
    let stolen = r#"{"access_token":"stolen"}"#;
    keeper.respond(old, 200, stolen);
    keeper.refresh().unwrap();
    keeper.request();
    assert_ne!(keeper.sent().id, old, "ids go on");
    keeper.respond(old, 200, stolen);
    assert_eq!(keeper.access_token(), "second");
}

/// It went out with the refresh token that is still held, so what it brings late replaces that.
#[test]
fn k4_tokens_for_a_refresh_that_was_given_up_count_when_another_is_asked_for() {
    let mut keeper = Keeper::with(config().replay_refresh(false));
    keeper.request();
    keeper.sleep(seconds(10));
    keeper.settle();
    assert_eq!(keeper.names().last(), Some(&"failed"));
    let first = keeper.sent().id;
    keeper.refresh().unwrap();
    keeper.respond(first, 200, ROTATED);
    keeper.settle();
    assert_eq!(keeper.refresh_token(), "r2");
    // Also when the next request is out already, whose answer may bring newer ones.
    let mut keeper = Keeper::with(config().replay_refresh(false));
    keeper.request();
    let first = keeper.sent().id;
    keeper.sleep(seconds(10));
    keeper.settle();
    keeper.refresh().unwrap();
    keeper.request();
    keeper.respond(first, 200, ROTATED);
    assert_eq!(keeper.refresh_token(), "r2");
    keeper.answer(200, NEWEST);
    assert_eq!(keeper.refresh_token(), "r3");
}
