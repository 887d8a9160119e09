//! Any answer to a poll.

use core::time::Duration;

use device_flow_core::{
    Claims, DeviceFlow, Input, Machine as _, Outcome, RequestId, Response, SecretStr, Session, StoredSession,
    Timestamp, TokenResponse,
};

use crate::answer::Answer;
use crate::check::{self, planted};
use crate::config;
use crate::drive;
use crate::model::flow::same_tokens;
use crate::reading::{self, Poll, Refreshing};

/// Codes that hold a planted device code.
pub const CODES: &str = r#"{"device_code":"planted-device-code","user_code":"PLNT-CODE","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?c=1","expires_in":600,"interval":5}"#;

/// Reads the answer, shows what it says, and lets a flow end with it.
pub fn run(data: &[u8]) {
    let Some(answer) = Answer::read(data) else {
        return;
    };
    let response = answer.response();
    let read = || reading::poll(answer.server, response);
    let first = read();
    assert_eq!(format!("{first:?}"), format!("{:?}", read()));
    match &first {
        Poll::Granted(token) => {
            tokens(token);
            stored(&answer, token);
            match reading::refresh(answer.server, response) {
                Refreshing::Granted(refreshed) => same_tokens(token, &refreshed),
                other => panic!("{other:?}"),
            }
        }
        Poll::Failed(failure) => check::failure_is_fit(failure, &[planted::CLIENT_SECRET]),
        Poll::Pending(_) | Poll::SlowedDown(..) | Poll::Denied | Poll::Expired | Poll::Passing(..) => {}
    }
    poll(&answer, &first);
    if let Ok(json) = core::str::from_utf8(answer.body) {
        match TokenResponse::from_json(json) {
            Ok(token) => tokens(&token),
            Err(failure) => check::failure_is_fit(&failure, &[]),
        }
    }
}

/// What everybody may rely on.
fn tokens(token: &TokenResponse) {
    let secrets: Vec<&str> = [Some(token.access_token()), token.refresh_token(), token.id_token()]
        .into_iter()
        .flatten()
        .map(SecretStr::expose)
        .collect();
    for secret in &secrets {
        assert!(!secret.is_empty());
        assert!(secret.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{secret:?}");
    }
    check::is_presentable_if_any("a token type", token.token_type());
    let scopes: Vec<&str> = token.scopes().map(Iterator::collect).unwrap_or_default();
    for scope in &scopes {
        check::is_presentable("a scope", scope);
        assert!(!scope.is_empty());
    }
    // A server may repeat a token where it is no secret; elsewhere none is shown.
    let public = format!("{:?} {:?}", token.token_type(), scopes.join(" "));
    for secret in secrets {
        if secret.len() >= 16 && !public.contains(secret) {
            check::debug_is_silent(token, &[secret]);
        }
    }
    assert!(token.expires_in().is_none_or(|it| !it.is_zero()));
    assert!(Claims::from_json(token.extra().expose()).is_some());
}

/// Tokens can be put aside and taken up again.
fn stored(answer: &Answer<'_>, token: &TokenResponse) {
    let now = reading::NOW;
    let config = config::confidential(answer.server);
    let session = Session::new(config.clone(), token.clone(), now).expect("it can work");
    let json = session.suspend(now).to_json();
    let read = StoredSession::from_json(json.expose()).expect("what was written can be read");
    assert_eq!(read.to_json().expose(), json.expose());
    same_tokens(read.tokens(), token);
    assert_eq!(read.tokens().extra().expose(), token.extra().expose());
    let mut session = Session::resume(config, read, Duration::ZERO, now).expect("the same client and server");
    let (_, _, wait) = drive::settle(&mut session, now, &[]);
    assert!(wait.is_some() || token.refresh_token().is_none());
}

fn poll(answer: &Answer<'_>, read: &Poll) {
    let secrets = [planted::CLIENT_SECRET, planted::DEVICE_CODE, planted::USER_CODE];
    let (mut flow, now, request) = polling(answer);
    flow.handle_input(now, Input::Response(request, answer.response())).expect("the answer to the request in flight");
    // A server that puts a secret where it is public, such as a scope, makes it public.
    if !matches!(read, Poll::Granted(_)) {
        check::debug_is_silent(&flow, &secrets);
    }
    drive::settle(&mut flow, now, &secrets);
    match (read, flow.outcome()) {
        (Poll::Pending(_) | Poll::SlowedDown(..) | Poll::Passing(..), None)
        | (Poll::Denied, Some(Outcome::Denied))
        | (Poll::Expired, Some(Outcome::Expired(_))) => {}
        (Poll::Granted(ours), Some(Outcome::Authorized(theirs))) => same_tokens(ours, theirs),
        (Poll::Failed(_), Some(Outcome::Failed(failure))) => {
            check::failure_is_fit(failure, &secrets);
        }
        (read, outcome) => panic!("{read:?} ends as {outcome:?}"),
    }
}

/// A flow whose first poll is under way.
fn polling(answer: &Answer<'_>) -> (DeviceFlow, Timestamp, RequestId) {
    let mut flow = DeviceFlow::new(config::confidential(answer.server)).expect("it can work");
    let mut now = Timestamp::from_millis(1_000);
    let (sent, _, _) = drive::settle(&mut flow, now, &[]);
    let codes = Response::new(200, CODES.as_bytes());
    // The dialects of the built-in profiles rename members and keep the standard names.
    flow.handle_input(now, Input::Response(sent[0].id, codes)).expect("the answer to the request in flight");
    loop {
        let (sent, _, wait) = drive::settle(&mut flow, now, &[]);
        if let Some(request) = sent.last() {
            return (flow, now, request.id);
        }
        now = wait.expect("the code lives for ten minutes");
    }
}
