//! Any answer to the device authorization request.

use core::time::Duration;

use device_flow_core::{
    Claims, DeviceAuthorizationResponse, DeviceFlow, Event, Input, Machine, Outcome, PendingFlow, Prompt, Stage,
    Timestamp,
};

use crate::answer::Answer;
use crate::check::{self, planted};
use crate::config;
use crate::drive;
use crate::reading::{self, Codes};

/// Reads the answer, shows what it says, and lets a flow work with it.
pub fn run(data: &[u8]) {
    let Some(answer) = Answer::read(data) else {
        return;
    };
    let read = || reading::codes(answer.server, answer.response());
    let first = read();
    assert_eq!(format!("{first:?}"), format!("{:?}", read()));
    match &first {
        Codes::Granted(granted) => is_fit(granted),
        Codes::Refused(failure) => check::failure_is_fit(failure, &[planted::CLIENT_SECRET]),
        Codes::Expired | Codes::Passing(_) => {}
    }
    sign_in(&answer, &first);
    if let Ok(json) = core::str::from_utf8(answer.body) {
        match Prompt::from_json(json) {
            Ok(prompt) => can_be_shown(&prompt),
            Err(failure) => check::failure_is_fit(&failure, &[]),
        }
    }
}

fn is_fit(granted: &DeviceAuthorizationResponse) {
    check::is_presentable("a user code", granted.user_code());
    assert!((1..=128).contains(&granted.user_code().chars().count()));
    check::is_presentable_if_any("a message", granted.message());
    assert!(granted.interval().is_none_or(|it| it >= 0));
    let code = granted.device_code().expose();
    assert!(!code.is_empty());
    assert!(Claims::from_json(granted.extra().expose()).is_some());
    // Where only the code may show it, a code shows nothing.
    let is_shown_elsewhere = [granted.user_code(), granted.verification_uri()].iter().any(|it| it.contains(code));
    if code.len() >= 8 && !is_shown_elsewhere {
        check::debug_is_silent(granted, &[code]);
    }
}

fn can_be_shown(prompt: &Prompt) {
    check::is_presentable("a user code", prompt.user_code());
    check::is_openable(prompt.verification_uri());
    if let Some(complete) = prompt.verification_uri_complete() {
        check::is_openable(complete);
    }
    check::is_presentable_if_any("a message", prompt.message());
    assert!(prompt.interval().as_secs() >= 1);
}

fn sign_in(answer: &Answer<'_>, read: &Codes) {
    let secrets = [planted::CLIENT_SECRET];
    let mut flow = DeviceFlow::new(config::confidential(answer.server)).expect("it can work");
    let now = Timestamp::from_millis(1_000);
    let (events, end) = drive::answer_with(&mut flow, now, answer.response(), 4, &[]);
    match (read, flow.outcome()) {
        (Codes::Granted(_) | Codes::Expired, Some(Outcome::Failed(_) | Outcome::Expired(_))) => {}
        // The poll was answered likewise, so the flow may have ended in any way.
        (Codes::Granted(granted), _) => {
            let prompt = events.iter().find_map(|it| match it {
                Event::Prompt(prompt) => Some(prompt),
                _ => None,
            });
            let prompt = prompt.expect("codes bring a prompt");
            assert_eq!(prompt.user_code(), granted.user_code());
            can_be_shown(prompt);
            polls(answer);
        }
        (Codes::Refused(_) | Codes::Passing(_), Some(Outcome::Failed(_))) => {
            assert!(end.is_some());
        }
        (read, outcome) => panic!("{read:?} ends as {outcome:?}"),
    }
    if let Some(Outcome::Failed(failure)) = flow.outcome() {
        check::failure_is_fit(failure, &secrets);
    }
}

/// The poll carries the code to the letter, and the flow can be put aside with it.
fn polls(answer: &Answer<'_>) {
    let config = config::confidential(answer.server);
    let mut flow = DeviceFlow::new(config.clone()).expect("it can work");
    let now = Timestamp::from_millis(1_000);
    let (sent, _, _) = drive::settle(&mut flow, now, &[]);
    let codes = sent.last().expect("it asks for codes");
    let input = Input::Response(codes.id, answer.response());
    assert_eq!(flow.handle_input(now, input), Ok(()));
    drive::settle(&mut flow, now, &[]);
    let Some(granted) = flow.device_authorization() else {
        // No poll was allowed before the code ran out.
        return;
    };
    let code = granted.device_code().expose().to_owned();
    let stored = flow.suspend(now).expect("a flow with codes").to_json();
    let pending = PendingFlow::from_json(stored.expose()).expect("what was written can be read");
    assert_eq!(pending.to_json().expose(), stored.expose());
    let mut resumed = DeviceFlow::resume(config, pending, Duration::ZERO, now).expect("the same client and server");
    assert_eq!(resumed.expires_at(), flow.expires_at());
    assert_eq!(resumed.device_authorization(), flow.device_authorization(), "all that the server said is kept");
    let (_, _, wait) = drive::settle(&mut resumed, now, &[]);
    if let Some(wait) = wait {
        let (sent, _, _) = drive::settle(&mut resumed, wait, &[]);
        for request in sent {
            assert_eq!(request.stage, Stage::Token);
            assert!(request.carries(&code), "the code is sent as it came");
        }
    }
}
