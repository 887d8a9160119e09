//! Refreshing: rotation, reuse detection, scope narrowing (RFC 6749 §6, RFC 9700 §4.14).

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use std::sync::{Arc, Mutex};

use common::*;
use device_flow_testserver::{Answer, Approval, Endpoint, Event, Options, RefreshTokens, Script};

fn approving() -> Options {
    options().approval(Approval::AfterPolls(0))
}

#[test]
fn a_refresh_rotates_the_refresh_token() {
    let server = start(approving());
    let first = tokens(&server, "openid");
    let second = refresh(&server, &first, "");
    assert_eq!(second.status, 200);
    let second = second.json();
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_ne!(second["access_token"], first["access_token"]);
    assert_eq!(are_active(&server, &first), (true, false));
    assert_eq!(are_active(&server, &second), (true, true));
    assert_eq!(refresh(&server, &second, "").status, 200);
}

#[test]
fn a_rotated_refresh_token_that_comes_again_revokes_the_whole_grant() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let observer = move |event: &Event| sink.lock().unwrap().push(event.clone());
    let server = start(approving().observer(observer));
    let (first, other) = (tokens(&server, "openid"), tokens(&server, "openid"));
    let second = refresh(&server, &first, "").json();
    let third = refresh(&server, &second, "").json();

    let reused = refresh(&server, &first, "");
    assert_eq!((reused.status, reused.error().as_str()), (400, "invalid_grant"));
    for revoked in [&first, &second, &third] {
        assert_eq!(are_active(&server, revoked), (false, false));
        assert_eq!(refresh(&server, revoked, "").error(), "invalid_grant");
    }
    assert_eq!(are_active(&server, &other), (true, true), "another grant of the same client is none of this");
    let told: Vec<_> = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|event| matches!(event, Event::RefreshTokenReused { .. }))
        .cloned()
        .collect();
    let client_id = "tv".to_owned();
    assert_eq!(told, [Event::RefreshTokenReused { client_id }]);
}

#[test]
fn a_rotated_refresh_token_of_another_client_revokes_nothing() {
    let server = start(approving());
    let first = tokens(&server, "openid");
    let second = refresh(&server, &first, "").json();
    let token = first["refresh_token"].as_str().unwrap();
    let foreign = format!("grant_type=refresh_token&client_id=radio&refresh_token={token}");
    assert_eq!(post(&server, "/token", &foreign).error(), "invalid_grant");
    assert_eq!(are_active(&server, &second), (true, true));
}

#[test]
fn reuse_detection_can_be_turned_off() {
    let server = start(approving().refresh_token_reuse_detection(false));
    let first = tokens(&server, "openid");
    let second = refresh(&server, &first, "").json();
    assert_eq!(refresh(&server, &first, "").error(), "invalid_grant");
    assert_eq!(are_active(&server, &second), (true, true));
}

#[test]
fn a_scripted_answer_to_a_refresh_rotates_nothing() {
    let server = start(approving().script(Endpoint::Refresh, Script::new().answer(Answer::html(503, ""))));
    let first = tokens(&server, "openid");
    assert_eq!(refresh(&server, &first, "").status, 503);
    assert_eq!(refresh(&server, &first, "").status, 200);
}

#[test]
fn many_rotations_of_one_grant_stay_within_bounds() {
    let server = start(approving());
    let first = tokens(&server, "openid");
    let mut newest = first.clone();
    for _ in 0..40 {
        newest = refresh(&server, &newest, "").json();
    }
    assert_eq!(refresh(&server, &first, "").error(), "invalid_grant", "what was rotated long ago is forgotten");
    assert_eq!(are_active(&server, &newest), (true, true));
    assert!(!server.is_active(first["access_token"].as_str().unwrap()));
}

#[test]
fn a_refresh_token_that_is_kept_works_again_and_again() {
    let server = start(approving().refresh_tokens(RefreshTokens::Keep));
    let tokens = tokens(&server, "openid");
    for _ in 0..3 {
        let answer = refresh(&server, &tokens, "");
        assert_eq!(answer.status, 200);
        assert!(answer.json().get("refresh_token").is_none());
    }
}

#[test]
fn a_refresh_narrows_the_scope_of_its_access_token_and_of_nothing_else() {
    let server = start(approving());
    let wide = tokens(&server, "openid profile files");
    let narrow = refresh(&server, &wide, "&scope=files+profile").json();
    assert_eq!(narrow["scope"], "files profile");
    assert!(narrow.get("id_token").is_none(), "openid was left out");
    let again = refresh(&server, &narrow, "").json();
    assert_eq!(again["scope"], "openid profile files", "the refresh token kept all of it (RFC 6749 section 6)");
    assert!(again["id_token"].is_string());
}

#[test]
fn a_refresh_never_widens_the_scope_and_a_refusal_rotates_nothing() {
    let server = start(approving());
    let tokens = tokens(&server, "openid profile");
    let repeated = format!("&scope={}", "openid+".repeat(9_000));
    for scope in
        ["&scope=openid+admin", "&scope=admin", "&scope=OPENID", "&scope=open", "&scope=openid++profile", &repeated]
    {
        let answer = refresh(&server, &tokens, scope);
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_scope"), "{scope}");
    }
    assert_eq!(refresh(&server, &tokens, "&scope=profile").status, 200);

    let body = "client_id=tv";
    let unscoped = poll(&server, &device_with(&server, body)).json();
    assert_eq!(refresh(&server, &unscoped, "&scope=openid").error(), "invalid_scope");
}
