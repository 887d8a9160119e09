//! Trouble that passes never ends a session, and what was suspended is what is resumed.

use std::fmt::Debug;
use std::time::Duration;

use device_flow_core::{
    DeviceFlow, Input, Machine, Output, PendingFlow, Response, Session, StoredSession, Timestamp, TransportFailure,
};
use proptest::prelude::*;

use super::time::{histories, spans};
use crate::answer::failures;
use crate::model::config;
use crate::model::driver::Driver;

/// What a refresh may meet with that says nothing about the refresh token.
#[derive(Clone, Debug)]
enum Trouble {
    Answer(u16, &'static str),
    Failed(TransportFailure),
    Silent,
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let answer = prop_oneof![
        Just((200, "<html>Welcome to the hotel</html>")),
        Just((200, "{}")),
        Just((302, "")),
        Just((401, "")),
        Just((403, "<html>blocked</html>")),
        Just((404, "no such page")),
        Just((421, "")),
        Just((429, "")),
        Just((500, "")),
        Just((503, r#"{"error":"temporarily_unavailable"}"#)),
        Just((400, r#"{"error":"slow_down"}"#)),
    ];
    prop_oneof![
        3 => answer.prop_map(|(status, body)| Trouble::Answer(status, body)),
        1 => failures().prop_map(Trouble::Failed),
        1 => Just(Trouble::Silent),
    ]
}

proptest! {
    #[test]
    fn after_any_trouble_a_session_still_refreshes_within_an_hour(
        all in proptest::collection::vec(trouble(), 1..30),
    ) {
        let mut now = Timestamp::ZERO;
        let stored = StoredSession::new(&config(), "access", Some("refresh"), Some(Duration::from_secs(600)));
        let mut session = Session::resume(config(), stored.unwrap(), Duration::ZERO, now).unwrap();
        session.refresh(now).unwrap();
        let mut last = now;
        let mut all = all.into_iter();
        while session.tokens().access_token().expose() != "new" {
            match session.poll_output(now) {
                Output::Send(request) => {
                    let patience = now.saturating_duration_since(last);
                    // An hour, and the time that a request without an answer takes.
                    prop_assert!(patience <= Duration::from_secs(3_610), "{patience:?}");
                    last = now;
                    let id = request.id();
                    let input = match all.next() {
                        Some(Trouble::Answer(status, body)) => Input::Response(id, Response::new(status, body.as_bytes())),
                        Some(Trouble::Failed(failure)) => Input::Failure(id, failure),
                        Some(Trouble::Silent) => continue,
                        None => Input::Response(id, Response::new(200, br#"{"access_token":"new","expires_in":600}"#)),
                    };
                    session.handle_input(now, input).unwrap();
                }
                Output::WaitUntil(until) => {
                    now = until;
                    let patience = now.saturating_duration_since(last);
                    prop_assert!(patience < Duration::from_secs(3 * 3_600), "it waits for ever: {session:?}");
                }
                Output::Event(_) => {}
                Output::Done => prop_assert!(false, "trouble ended it: {session:?}"),
            }
        }
    }

    #[test]
    fn a_flow_that_was_suspended_is_the_flow_that_is_resumed(history in histories(), away in spans()) {
        let (mut flow, mut now) = Driver::<DeviceFlow>::after(history);
        told_all(&mut flow, &mut now);
        let Ok(pending) = flow.suspend(now) else { return Ok(()) };
        let pending = PendingFlow::from_json(pending.to_json().expose()).unwrap();
        let mut resumed = DeviceFlow::resume(config(), pending, Duration::ZERO, now).unwrap();
        prop_assert_eq!(state(&resumed, now), state(&flow, now));
        // Time that passes is the same for both.
        let later = now.saturating_add(Duration::from_millis(away));
        prop_assert_eq!(said(&mut resumed, later), said(&mut flow, later));
    }

    #[test]
    fn a_session_that_was_suspended_is_the_session_that_is_resumed(history in histories(), away in spans()) {
        let (mut session, mut now) = Driver::<Session>::after(history);
        told_all(&mut session, &mut now);
        // Some servers' "never" is longer than what can be written down.
        let is_endless = session.expires_at().is_some_and(|it| it.as_millis() > 1 << 62);
        if session.is_done() || is_endless {
            return Ok(());
        }
        let stored = StoredSession::from_json(session.suspend(now).to_json().expose()).unwrap();
        let mut resumed = Session::resume(config(), stored, Duration::ZERO, now).unwrap();
        // A token that has run out has run out, since whenever.
        let past = |it: Option<Timestamp>| format!("expires_at: {:?}", it.map(|it| it.max(now)));
        let ours = state(&session, now).replace(&format!("expires_at: {:?}", session.expires_at()), &past(session.expires_at()));
        prop_assert_eq!(state(&resumed, now), ours);
        let later = now.saturating_add(Duration::from_millis(away));
        prop_assert_eq!(said(&mut resumed, later), said(&mut session, later));
    }
}

/// Hears all that there is to be heard. What is lent comes to nothing at once, so that no answer is out: that would be
/// written off, not suspended.
fn told_all<M: Machine + Debug>(machine: &mut M, now: &mut Timestamp) {
    loop {
        let is_out = format!("{machine:?}").contains("InFlight");
        match machine.poll_output(*now) {
            Output::Event(_) => {}
            Output::Send(request) => {
                let id = request.id();
                let nothing = Input::Failure(id, TransportFailure::Connect(None));
                machine.handle_input(*now, nothing).unwrap();
            }
            Output::WaitUntil(until) if is_out => *now = until,
            Output::WaitUntil(_) | Output::Done => return,
        }
    }
}

/// The machine without its configuration, and without what tells one request from another.
fn state(machine: &impl Debug, now: Timestamp) -> String {
    let shown = format!("{machine:?}");
    let (_, engine) = shown.split_once("engine: ").unwrap();
    let (_, attempt) = engine.split_once("attempt: ").unwrap();
    let (attempt, _) = attempt.split_once(", sent_at").unwrap();
    let (_, rest) = engine.split_once("is_one_request: ").unwrap();
    // What is due is due, since whenever.
    let millis = attempt.strip_prefix("Due(Timestamp(").map(|it| it.trim_end_matches(')'));
    let is_due = millis.is_some_and(|it| it.parse::<u64>().unwrap() <= now.as_millis());
    let attempt = if is_due { "Due" } else { attempt };
    // When the next attempt is due is of interest while there will be one.
    let is_resting = rest.contains("phase: ") && !rest.contains("phase: Refreshing");
    let attempt = if is_resting { "" } else { attempt };
    // A request that was answered is of no interest any more.
    let (_, rest) = rest.split_once(", ").unwrap();
    format!("{attempt} {rest}")
}

fn said<M: Machine<Event: Debug>>(machine: &mut M, now: Timestamp) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match machine.poll_output(now) {
            Output::Event(event) => all.push(format!("{event:?}")),
            Output::Send(request) => {
                all.push(format!("{:?} {:?}", request.stage(), String::from_utf8_lossy(request.body())));
                return all;
            }
            last => {
                all.push(format!("{last:?}"));
                return all;
            }
        }
    }
}
