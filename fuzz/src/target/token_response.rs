//! Any answer to a poll.

use device_flow_core::wire::{RefreshAnswer, TokenAnswer};
use device_flow_core::{
    Claims, DeviceFlow, Input, Outcome, Response, Session, StoredSession, Timestamp, TokenResponse,
};

use crate::answer::Answer;
use crate::check::{self, planted};
use crate::config;
use crate::drive;
use device_flow_core::Machine as _;

/// Codes that hold a planted device code.
pub const CODES: &str = r#"{"device_code":"planted-device-code","user_code":"PLNT-CODE","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?c=1","expires_in":600,"interval":5}"#;

/// Reads the answer, shows what it says, and lets a flow end with it.
pub fn run(data: &[u8]) {
    let Some(answer) = Answer::read(data) else {
        return;
    };
    let response = answer.response();
    let read = || TokenAnswer::read_in(answer.dialect, &response);
    let first = read();
    assert_eq!(format!("{first:?}"), format!("{:?}", read()));
    match &first {
        TokenAnswer::Granted(token) => {
            tokens(token);
            stored(&answer, token);
            assert!(matches!(
                RefreshAnswer::read_in(answer.dialect, &response),
                RefreshAnswer::Granted(_)
            ));
        }
        TokenAnswer::Error(error) => check::server_error_is_fit(error, &[]),
        TokenAnswer::Invalid(kind) => check::error_is_fit(kind, &[]),
        TokenAnswer::Pending
        | TokenAnswer::SlowDown { .. }
        | TokenAnswer::Denied
        | TokenAnswer::Expired
        | TokenAnswer::Transient => {}
    }
    poll(&answer, &first);
}

/// What everybody may rely on.
fn tokens(token: &TokenResponse) {
    let secrets: Vec<&str> = [
        Some(token.access_token()),
        token.refresh_token(),
        token.id_token(),
    ]
    .into_iter()
    .flatten()
    .map(device_flow_core::SecretStr::expose)
    .collect();
    for secret in &secrets {
        assert!(!secret.is_empty());
        assert!(
            secret.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
            "{secret:?}"
        );
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
    assert!(Claims::from_json(token.extra().expose()).is_some());
}

/// Tokens can be put aside and taken up again.
fn stored(answer: &Answer<'_>, token: &TokenResponse) {
    let now = Timestamp::ZERO;
    let config = config::confidential(answer.dialect);
    let session = Session::new(config.clone(), token.clone(), now).expect("it can work");
    let json = session.suspend(now).to_json();
    let read = StoredSession::from_json(json.expose()).expect("what was written can be read");
    assert_eq!(read.to_json().expose(), json.expose());
    assert_eq!(
        read.tokens().access_token().expose(),
        token.access_token().expose()
    );
    assert_eq!(read.tokens().extra().expose(), token.extra().expose());
    let mut session =
        Session::resume(config, read, core::time::Duration::ZERO, now).expect("the same client");
    let (_, _, wait) = drive::settle(&mut session, now, &[]);
    assert!(wait.is_some() || token.refresh_token().is_none());
}

fn poll(answer: &Answer<'_>, read: &TokenAnswer) {
    let secrets = [planted::CLIENT_SECRET, planted::DEVICE_CODE];
    let (mut flow, now, request) = polling(answer);
    flow.handle_input(now, Input::Response(request, answer.response()))
        .expect("the answer to the request in flight");
    // A server that puts a secret where it is public, such as a scope, makes it public.
    if !matches!(read, TokenAnswer::Granted(_)) {
        check::debug_is_silent(&flow, &secrets);
    }
    drive::settle(&mut flow, now, &secrets);
    match (read, flow.outcome()) {
        (TokenAnswer::Pending | TokenAnswer::SlowDown { .. } | TokenAnswer::Transient, None)
        | (TokenAnswer::Denied, Some(Outcome::Denied))
        | (TokenAnswer::Expired, Some(Outcome::Expired))
        | (TokenAnswer::Granted(_), Some(Outcome::Authorized(_))) => {}
        (TokenAnswer::Error(_) | TokenAnswer::Invalid(_), Some(Outcome::Failed(failure))) => {
            check::failure_is_fit(failure, &secrets);
        }
        (read, outcome) => panic!("{read:?} ends as {outcome:?}"),
    }
}

/// A flow whose first poll is under way.
fn polling(answer: &Answer<'_>) -> (DeviceFlow, Timestamp, device_flow_core::RequestId) {
    let mut flow = DeviceFlow::new(config::confidential(answer.dialect)).expect("it can work");
    let mut now = Timestamp::from_millis(1_000);
    let (sent, _, _) = drive::settle(&mut flow, now, &[]);
    let codes = Response::new(200, CODES.as_bytes());
    // The dialects of the shipped profiles rename members and keep the standard names.
    flow.handle_input(now, Input::Response(sent[0].id, codes))
        .expect("the answer to the request in flight");
    loop {
        let (sent, _, wait) = drive::settle(&mut flow, now, &[]);
        if let Some(request) = sent.last() {
            return (flow, now, request.id);
        }
        now = wait.expect("the code lives for ten minutes");
    }
}
