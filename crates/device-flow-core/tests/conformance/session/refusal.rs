//! Refreshes that the server refuses: row K2.

use std::time::Duration;

use device_flow_core::{Dialect, ErrorCode, Failure, Input, Misuse, SessionEvent, SignInReason, Stage};

use crate::bench::keeper::{Keeper, RENEWED};
use crate::bench::{config, seconds};

fn error(code: &str) -> String {
    format!(r#"{{"error":"{code}","error_description":"why"}}"#)
}

#[test]
fn k2_a_failed_refresh_keeps_the_token_and_is_told_once() {
    let mut keeper = Keeper::refreshing();
    keeper.answer(400, r#"{"error":"invalid_client","error_description":"r1 is not known"}"#);
    assert!(keeper.try_request(seconds(20)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "failed"]);
    let Some(SessionEvent::RefreshFailed(Failure::Server(error))) = keeper.events.last() else { panic!() };
    assert_eq!((error.stage(), error.code()), (Stage::Refresh, &ErrorCode::INVALID_CLIENT));
    assert_eq!(keeper.access_token(), "first");
    assert!(keeper.session.remaining(keeper.now).unwrap() > Duration::ZERO);
    // The end of the token is told, and a demand starts another refresh.
    assert!(keeper.try_request(seconds(1_000)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "failed", "expired"]);
    keeper.refresh().unwrap();
    keeper.request();
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.settle(), ["about to expire", "failed", "expired", "refreshed"]);
}

#[test]
fn k2_invalid_grant_means_sign_in_again_and_is_the_end() {
    for status in [400, 401, 503] {
        let mut keeper = Keeper::refreshing();
        keeper.answer(status, r#"{"error":"invalid_grant"}"#);
        assert!(keeper.try_request(seconds(10_000)).is_none());
        assert_eq!(keeper.names(), ["about to expire", "sign in"]);
        assert!(
            matches!(&keeper.events[1], SessionEvent::SignInNeeded(SignInReason::Refused(error)) if !error.is_answer_lost())
        );
        assert!(keeper.is_done());
        assert_eq!(keeper.access_token(), "first", "it may still be valid");
        assert_eq!(keeper.refresh(), Err(Misuse::Finished));
        for input in [Input::Pause, Input::Resume] {
            assert_eq!(keeper.input(input), Err(Misuse::Finished));
        }
        keeper.input(Input::Cancel).unwrap();
    }
}

/// Servers have many words for a refresh token that is of no use any more; who knows one of them alone never asks the
/// person again.
#[test]
fn k2_every_code_that_only_a_person_can_cure_means_sign_in_again() {
    for code in [
        "invalid_grant",
        "interaction_required",
        "login_required",
        "consent_required",
        "account_selection_required",
        "invalid_token",
        "invalid_refresh_token",
        "bad_refresh_token",
        "refresh_token_expired",
        "refresh_token_reused",
        "refresh_token_revoked",
        "expired_token",
        "token_expired",
        "token_revoked",
        "reauth_required",
    ] {
        for status in [200, 400, 401, 403] {
            let mut keeper = Keeper::refreshing();
            keeper.answer(status, &error(code));
            assert_eq!(keeper.settle(), ["about to expire", "sign in"], "{code} {status}");
            let Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) = keeper.events.last() else {
                panic!("{code}")
            };
            assert_eq!(
                (error.code().as_str(), error.description(), error.stage()),
                (code, Some("why"), Stage::Refresh)
            );
            assert!(keeper.is_done());
        }
    }
}

#[test]
fn k2_a_code_that_something_else_can_cure_does_not() {
    for code in [
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
        "access_denied",
        "authorization_declined",
        "authorization_pending",
        "invalid_target",
        "made_up",
    ] {
        let mut keeper = Keeper::refreshing();
        keeper.answer(400, &error(code));
        assert_eq!(keeper.settle(), ["about to expire", "failed"], "{code}");
        let Some(SessionEvent::RefreshFailed(Failure::Server(error))) = keeper.events.last() else { panic!("{code}") };
        assert_eq!((error.code().as_str(), error.description()), (code, Some("why")));
        assert!(!keeper.is_done());
        assert!(!keeper.session.is_refreshing());
    }
}

#[test]
fn k2_a_dialect_adds_words_of_its_own() {
    let dialect = Dialect::RFC_8628.code("session_gone", "invalid_grant").code("70008", "invalid_grant");
    for body in [error("session_gone"), r#"{"error_code":70008}"#.to_owned()] {
        let mut keeper = Keeper::with(config().dialect(dialect.clone()));
        keeper.request();
        keeper.answer(400, &body);
        assert_eq!(keeper.settle(), ["about to expire", "sign in"], "{body}");
        let mut plain = Keeper::refreshing();
        plain.answer(400, &body);
        assert_eq!(plain.settle(), ["about to expire", "failed"], "{body}");
    }
}

#[test]
fn k7_a_session_shows_no_secret() {
    let mut keeper = Keeper::new(config(), Some("refresh-secret"), Some(seconds(600)));
    keeper.request();
    keeper.answer(400, r#"{"error":"invalid_grant","error_description":"refresh-secret was revoked"}"#);
    keeper.settle();
    let stored = keeper.session.suspend(keeper.now);
    let shown = format!("{:?} {:?} {stored:?}", keeper.session, keeper.events);
    assert!(!shown.contains("refresh-secret") && !shown.contains("\"first\""), "{shown}");
}
