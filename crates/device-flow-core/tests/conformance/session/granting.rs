//! What a refresh asks for and what it brings: rows K1 and T3.

use std::time::Duration;

use device_flow_core::{ClientAuthentication, Misuse, Session, Stage, StoredSession, Timestamp, TokenResponse};

use crate::bench::keeper::{Keeper, RENEWED, ROTATED};
use crate::bench::{config, seconds};

#[test]
fn k1_the_request_is_a_refresh_grant_and_authenticates_the_client() {
    let config = config().client_authentication(ClientAuthentication::SecretPost("s".into())).parameter(
        Stage::Refresh,
        "audience",
        "https://api.example",
    );
    let mut keeper = Keeper::new(config, Some("r+1"), Some(seconds(600)));
    keeper.request();
    assert_eq!(
        keeper.body(),
        "grant_type=refresh_token&refresh_token=r%2B1&client_id=tv&client_secret=s&audience=https%3A%2F%2Fapi.example"
    );
    let sent = keeper.sent();
    assert_eq!((sent.stage, sent.url.as_str(), sent.method), (Stage::Refresh, "https://as.example/token", "POST"));
}

#[test]
fn k1_the_old_refresh_token_stays_when_none_comes_back() {
    for member in ["", r#","refresh_token":null"#, r#","refresh_token":"""#] {
        let mut keeper = Keeper::refreshing();
        keeper.answer(200, &RENEWED.replace('}', &format!("{member}}}")));
        assert_eq!(keeper.settle(), ["about to expire", "refreshed"]);
        assert_eq!(keeper.access_token(), "second");
        assert_eq!(keeper.refresh_token(), "r1", "{member}");
    }
}

#[test]
fn k1_a_new_refresh_token_replaces_the_old_one() {
    let mut keeper = Keeper::refreshing();
    keeper.answer(200, ROTATED);
    keeper.settle();
    keeper.request();
    assert!(keeper.body().contains("refresh_token=r2"));
}

/// A server that stops telling the life must not end automatic refresh without a word.
#[test]
fn k1_an_answer_that_tells_no_life_keeps_the_life_before() {
    for life in ["", r#","expires_in":null"#, r#","expires_in":0"#, r#","expires_in":-1"#, r#","expires_in":"soon""#] {
        let mut keeper = Keeper::refreshing();
        for _ in 0..3 {
            keeper.sleep(seconds(4));
            keeper.answer(200, &format!(r#"{{"access_token":"second"{life}}}"#));
            assert_eq!(keeper.session.remaining(keeper.now), Some(seconds(596)));
            assert_eq!(keeper.request(), seconds(566), "{life}");
        }
    }
}

#[test]
fn k1_scope_and_id_token_stay_when_the_answer_leaves_them_out() {
    let stored = StoredSession::from_json(
        r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","refresh_token":"r","id_token":"i","scope":"b a","life_s":600,"remaining_ms":600000}"#,
    )
    .unwrap();
    let now = Timestamp::ZERO;
    let mut keeper = Keeper::of(Session::resume(config(), stored, Duration::ZERO, now).unwrap(), now);
    keeper.request();
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.scopes(), ["b", "a"]);
    assert_eq!(keeper.session.tokens().id_token().unwrap().expose(), "i");

    keeper.settle();
    keeper.session.refresh_with_scope(keeper.now, "a").unwrap();
    keeper.request();
    assert!(keeper.body().ends_with("&client_id=tv&scope=a"));
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.scopes(), ["a"]);
    keeper.settle();
    keeper.request();
    assert!(!keeper.body().contains("scope"));
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.scopes(), ["b", "a"], "a full refresh brings back the full scope");
    keeper.settle();
    keeper.request();
    keeper.answer(200, &RENEWED.replace('}', r#","scope":"c"}"#));
    assert_eq!(keeper.scopes(), ["c"]);
}

#[test]
fn k1_no_scope_is_left_out_and_several_are_separated_by_one_space() {
    for (asked, sent) in [("", None), (" \t", None), (" a \n b ", Some("scope=a+b"))] {
        let mut keeper = Keeper::usual();
        keeper.session.refresh_with_scope(keeper.now, asked).unwrap();
        keeper.request();
        let scope = keeper.body().split('&').find(|it| it.starts_with("scope"));
        assert_eq!(scope, sent, "{asked:?}");
    }
}

#[test]
fn t3_the_life_of_a_renewed_token_counts_from_when_its_request_was_sent() {
    let mut keeper = Keeper::refreshing();
    keeper.sleep(seconds(9));
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.session.remaining(keeper.now), Some(seconds(591)));
}

/// There are two places to ask when a token expires, and they must say the same, whatever clock a driver has.
#[test]
fn the_end_of_a_token_is_on_the_clock_of_the_driver_at_hand() {
    for start in [0, 1_000_000_000] {
        let now = Timestamp::from_millis(start);
        let stored = StoredSession::new(&config(), "a", Some("r"), Some(seconds(600))).unwrap();
        let session = Session::resume(config(), stored, seconds(100), now).unwrap();
        let end = now.saturating_add(seconds(500));
        assert_eq!(session.expires_at(), Some(end));
        assert_eq!(session.tokens().expires_at(), Some(end));
        assert_eq!(session.remaining(now), Some(seconds(500)));
    }
}

#[test]
fn without_a_refresh_token_the_end_of_the_token_is_the_end() {
    let mut keeper = Keeper::new(config(), None, Some(seconds(600)));
    assert_eq!(keeper.refresh(), Err(Misuse::NoRefreshToken));
    assert!(keeper.try_request(seconds(10_000)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "expired", "sign in"]);
    assert!(matches!(
        keeper.events[2],
        device_flow_core::SessionEvent::SignInNeeded(device_flow_core::SignInReason::NoRefreshToken)
    ));
    assert!(keeper.is_done());
}

#[test]
fn a_token_without_a_lifetime_is_refreshed_on_demand_only() {
    let mut keeper = Keeper::new(config(), Some("r1"), None);
    assert!(keeper.try_request(seconds(1_000_000)).is_none());
    assert!(keeper.names().is_empty());
    assert_eq!(keeper.session.remaining(keeper.now), None);
    keeper.refresh().unwrap();
    keeper.request();
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.settle(), ["refreshed"]);
    assert_eq!(keeper.session.remaining(keeper.now), Some(seconds(600)));
}

#[test]
fn a_session_begins_with_the_tokens_of_a_sign_in() {
    let tokens = TokenResponse::from_json(r#"{"access_token":"first","refresh_token":"r1"}"#);
    let now = Timestamp::from_millis(5);
    let session = Session::new(config(), tokens.unwrap(), now).unwrap();
    assert!(!session.is_refreshing() && !session.is_paused());
    let mut keeper = Keeper::of(session, now);
    assert_eq!(keeper.access_token(), "first");
    keeper.refresh().unwrap();
    assert!(keeper.session.is_refreshing());
    assert_eq!(keeper.request(), Duration::ZERO);
}
