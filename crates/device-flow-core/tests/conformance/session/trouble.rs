//! Trouble that passes while refreshing: row K2.

use std::time::Duration;

use device_flow_core::{Response, RetryReason, SessionEvent, SignInReason, TransportFailure};

use crate::bench::keeper::{Keeper, RENEWED};
use crate::bench::{config, seconds};

fn last_reason(keeper: &Keeper) -> RetryReason {
    let events = keeper.events.iter().rev();
    match events.into_iter().find(|it| **it != SessionEvent::Expired) {
        Some(SessionEvent::Retrying { reason, next_attempt, .. }) => {
            assert!(*next_attempt <= keeper.now, "it is announced");
            *reason
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn k2_passing_trouble_is_retried_until_the_end_of_the_token_and_beyond() {
    let mut keeper = Keeper::refreshing();
    let mut waits = Vec::new();
    for _ in 0..6 {
        keeper.fail(TransportFailure::Connect(None));
        waits.push(keeper.request().as_secs());
    }
    assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
    assert_eq!(keeper.names().iter().filter(|it| **it == "expired").count(), 1);
    keeper.answer(503, "<html>busy</html>");
    keeper.request();
    assert_eq!(last_reason(&keeper), RetryReason::Status(503));
    keeper.answer(200, RENEWED);
    keeper.settle();
    assert_eq!(keeper.names().last(), Some(&"refreshed"));
    assert_eq!(keeper.session.remaining(keeper.now), Some(seconds(600)));
}

/// A hotel's page, a firewall's refusal, a server that is being replaced: whoever answers so is not the authorization
/// server, and must not decide that nobody is to ask it again.
#[test]
fn k2_an_answer_that_is_not_the_servers_never_ends_automatic_refresh() {
    for (status, body) in [
        (200, "<html>Welcome to the hotel</html>"),
        (200, ""),
        (200, "{}"),
        (200, "null"),
        (200, r#"{"access_token":""}"#),
        (302, ""),
        (307, ""),
        (401, ""),
        (403, "<html>blocked</html>"),
        (404, "Not found"),
        (410, ""),
        (511, "<html>sign in to the network</html>"),
    ] {
        let mut keeper = Keeper::refreshing();
        keeper.answer(status, body);
        let wait = keeper.request();
        assert_eq!(wait, seconds(5), "{status} {body}");
        let reason = last_reason(&keeper);
        assert!(matches!(reason, RetryReason::NotOAuth(it) | RetryReason::Status(it) if it == status), "{reason:?}");
        assert_eq!(keeper.access_token(), "first", "it is still valid");
        keeper.answer(200, RENEWED);
        keeper.settle();
        assert_eq!(keeper.names(), ["about to expire", "retrying", "refreshed"]);
    }
}

/// A refusal by somebody else says that the refresh never came to the server, so there is nothing to replay.
#[test]
fn k2_nor_does_it_where_a_refresh_is_never_replayed() {
    for (status, body) in [(302, ""), (403, "<html>blocked</html>"), (404, ""), (429, "")] {
        let mut keeper = Keeper::with(config().replay_refresh(false));
        keeper.request();
        keeper.answer(status, body);
        assert_eq!(keeper.request(), seconds(5), "{status}");
        keeper.answer(200, RENEWED);
        assert_eq!(keeper.settle().last(), Some(&"refreshed"));
    }
}

#[test]
fn k2_such_answers_are_met_with_pauses_that_grow_up_to_an_hour() {
    let mut keeper = Keeper::refreshing();
    let mut waits = Vec::new();
    for _ in 0..13 {
        keeper.answer(403, "<html>blocked</html>");
        waits.push(keeper.request().as_secs());
    }
    assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600, 3_600]);
    assert_eq!(last_reason(&keeper), RetryReason::NotOAuth(403));
    assert!(keeper.names().contains(&"expired"), "though the token has run out");
    assert!(!keeper.is_done());
    keeper.answer(200, RENEWED);
    keeper.settle();
    assert_eq!(keeper.names().last(), Some(&"refreshed"));
}

#[test]
fn k2_an_answer_that_cannot_be_read_does_not_end_it_either() {
    for failure in [
        TransportFailure::BodyTooLarge,
        TransportFailure::Encoding(None),
        TransportFailure::Tls(None),
        TransportFailure::Proxy(None),
        TransportFailure::Other,
    ] {
        let mut keeper = Keeper::refreshing();
        for _ in 0..3 {
            keeper.fail(failure);
            keeper.request();
            assert_eq!(last_reason(&keeper), RetryReason::Transport(failure));
        }
        keeper.answer(200, RENEWED);
        assert_eq!(keeper.settle().last(), Some(&"refreshed"));
    }
}

#[test]
fn k2_retry_after_is_honoured_and_a_silent_server_is_given_up() {
    let mut keeper = Keeper::refreshing();
    keeper.answer_with(Response::new(429, b"").header("retry-after", b"77"));
    assert_eq!(keeper.request(), seconds(77));
    assert_eq!(keeper.request(), seconds(10), "10 s for the answer, and its first loss");
    assert_eq!(keeper.request(), seconds(10 + 20), "then back-off");
}

#[test]
fn k2_retry_after_is_honoured_whatever_the_body_says() {
    for (status, body) in [
        (429, r#"{"error":"slow_down"}"#),
        (400, r#"{"error":"temporarily_unavailable"}"#),
        (403, "<html>too many requests</html>"),
        (421, ""),
    ] {
        let mut keeper = Keeper::refreshing();
        let answer = Response::new(status, body.as_bytes());
        keeper.answer_with(answer.header("retry-after", b"30, 90"));
        assert_eq!(keeper.request(), seconds(90), "{status} {body}");
    }
}

#[test]
fn k2_an_absurd_retry_after_does_not_end_refreshing() {
    for (asked, obeyed) in [("1800", 1_800), ("99999999999", 60 * 60)] {
        let mut keeper = Keeper::refreshing();
        let busy = Response::new(503, b"").header("retry-after", asked.as_bytes());
        keeper.answer_with(busy);
        assert_eq!(keeper.request(), seconds(obeyed));
    }
}

#[test]
fn k2_a_refresh_token_that_was_used_up_by_a_lost_answer_is_told_as_that() {
    let mut keeper = Keeper::refreshing();
    keeper.fail(TransportFailure::Timeout);
    keeper.request();
    keeper.answer(400, r#"{"error":"invalid_grant"}"#);
    keeper.settle();
    assert!(
        matches!(keeper.events.last(), Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) if error.is_answer_lost())
    );
}

#[test]
fn k2_only_an_answer_that_may_have_carried_tokens_counts_as_lost() {
    for (status, body, is_lost) in [
        (429, "", false),
        (499, r#"{"error":"temporarily_unavailable"}"#, false),
        (403, "<html>", false),
        (302, "", false),
        (200, "<html>", true),
        (500, "", true),
        (502, r#"{"error":"temporarily_unavailable"}"#, true),
    ] {
        let mut keeper = Keeper::refreshing();
        keeper.answer(status, body);
        keeper.request();
        keeper.answer(400, r#"{"error":"invalid_grant"}"#);
        keeper.settle();
        assert!(
            matches!(keeper.events.last(), Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) if error.is_answer_lost() == is_lost),
            "{status} {body}"
        );
    }
}

#[test]
fn k2_a_refresh_that_somebody_asked_for_meets_with_trouble_as_any_other_does() {
    let mut keeper = Keeper::new(config(), Some("r1"), None);
    keeper.refresh().unwrap();
    assert_eq!(keeper.request(), Duration::ZERO);
    for wait in [5, 10] {
        keeper.fail(TransportFailure::Connect(None));
        assert_eq!(keeper.request(), seconds(wait));
    }
    keeper.answer(400, r#"{"error":"invalid_client"}"#);
    keeper.settle();
    keeper.refresh().unwrap();
    keeper.request();
    keeper.fail(TransportFailure::Connect(None));
    assert_eq!(keeper.request(), seconds(5), "a new one begins anew");
}
