//! Any answer to a revocation request: a success is a success, whatever its body says short of an error.

use device_flow_core::{CallEvent, Revocation, Stage, Timestamp};

use crate::answer::Answer;
use crate::check::{self, planted};
use crate::config;
use crate::drive;
use crate::target::error_response::ENDPOINT;

/// Revokes both kinds of token.
pub fn run(data: &[u8]) {
    let Some(answer) = Answer::read(data) else {
        return;
    };
    let config = config::confidential(answer.server);
    let refresh = Revocation::revoke_refresh_token(&config, ENDPOINT, planted::REFRESH_TOKEN);
    let access = Revocation::revoke_access_token(&config, ENDPOINT, planted::ACCESS_TOKEN);
    let refresh = revoke(&answer, refresh.expect("it can work"), planted::REFRESH_TOKEN);
    let access = revoke(&answer, access.expect("it can work"), planted::ACCESS_TOKEN);
    assert_eq!(refresh, access, "both kinds are revoked alike");
}

/// Whether it is revoked, after how many attempts.
fn revoke(answer: &Answer<'_>, mut call: Revocation, token: &str) -> (bool, usize) {
    let secrets = [planted::CLIENT_SECRET, token];
    let now = Timestamp::from_millis(5);
    let (sent, _, _) = drive::settle(&mut call, now, &secrets);
    assert_eq!(sent[0].stage, Stage::Revocation);
    assert_eq!(sent[0].parameter("token").as_deref(), Some(token));
    // The first attempt is given up by its timer; three more are answered.
    let (events, end) = drive::answer_with(&mut call, now, answer.response(), 4, &secrets);
    assert!(end.is_some(), "a call ends after four attempts");
    assert!(events.len() <= 4, "{events:?}");
    for event in &events {
        match event {
            CallEvent::Retrying { next_attempt, .. } => assert!(*next_attempt > now),
            other => panic!("{other:?}"),
        }
    }
    let outcome = call.into_outcome().expect("it has ended");
    let is_success = (200..300).contains(&answer.status);
    match &outcome {
        Ok(_) => assert!(is_success),
        Err(failure) => check::failure_is_fit(failure, &secrets),
    }
    if is_success && !answer.body.contains(&b'{') && !answer.body.contains(&b'=') {
        assert!(outcome.is_ok(), "{outcome:?}");
    }
    (outcome.is_ok(), events.len())
}
