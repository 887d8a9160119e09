//! Nothing that was granted is lost: whenever tokens come in answer to the request that was lent last, by a machine that
//! has not ended, they count, however late and whatever was told and asked in between.

use std::time::Duration;

use device_flow_core::{
    DeviceFlow, Input, Machine, Outcome, Output, RequestId, Response, Session, SignIn, Stage, Timestamp,
};
use proptest::prelude::*;

use super::time::{histories, spans};
use crate::answer::Answer;
use crate::model::driver::Driver;
use crate::model::operation::{Operation, Which};
use crate::model::subject::Subject;

const TOKENS: &[u8] = br#"{"access_token":"PLANTED-late","refresh_token":"PLANTED-rotated","expires_in":3000}"#;

/// What happens between a request and the answer that grants.
#[derive(Clone, Debug)]
enum Between {
    Ask(u64),
    Pause,
    Resume,
    Answer(Answer),
    Fail,
}

fn between() -> impl Strategy<Value = Vec<Between>> {
    let passing = prop_oneof![
        Just(Answer::Pending),
        Just(Answer::SlowDown(None)),
        Just(Answer::Busy { status: 503, retry_after: Some(40) }),
        Just(Answer::WebPage),
    ];
    let one = prop_oneof![
        3 => spans().prop_map(Between::Ask),
        1 => Just(Between::Pause),
        1 => Just(Between::Resume),
        1 => passing.prop_map(Between::Answer),
        1 => Just(Between::Fail),
    ];
    proptest::collection::vec(one, 0..6)
}

/// Drives a machine until it lends a request of this stage; its id and the time.
fn lent<M: Machine>(machine: &mut M, mut now: Timestamp, wanted: Stage) -> Option<(RequestId, Timestamp)> {
    for _ in 0..200 {
        match machine.poll_output(now) {
            Output::Send(request) if request.stage() == wanted => return Some((request.id(), now)),
            Output::Send(_) | Output::Done => return None,
            Output::Event(_) => {}
            Output::WaitUntil(until) => now = until,
        }
    }
    None
}

/// How long an answer to a poll, and one to a refresh, is waited for.
const POLL: Duration = Duration::from_secs(30);
const REFRESH: Duration = Duration::from_secs(10);

/// Does all of this to a machine, as long as it lends nothing newer and does not end. The time afterwards. It must not end
/// while the answer is out.
fn meanwhile<M: Machine>(
    machine: &mut M,
    id: RequestId,
    mut now: Timestamp,
    timeout: Duration,
    between: &[Between],
) -> Option<Timestamp> {
    let given_up_at = now.saturating_add(timeout);
    let mut is_out = true;
    for it in between {
        match it {
            Between::Ask(span) => {
                now = now.saturating_add(Duration::from_millis(*span));
                is_out &= now < given_up_at;
                loop {
                    match machine.poll_output(now) {
                        Output::Event(_) => {}
                        Output::WaitUntil(_) => break,
                        Output::Send(_) | Output::Done => {
                            assert!(!is_out, "the answer is out");
                            return None;
                        }
                    }
                }
            }
            Between::Pause => drop(machine.handle_input(now, Input::Pause)),
            Between::Resume => drop(machine.handle_input(now, Input::Resume)),
            Between::Answer(answer) => answer.with_response("", |response| {
                is_out = false;
                machine.handle_input(now, Input::Response(id, response)).unwrap();
            }),
            Between::Fail => {
                is_out = false;
                let failure = device_flow_core::TransportFailure::Closed;
                machine.handle_input(now, Input::Failure(id, failure)).unwrap();
            }
        }
        if machine.is_done() {
            return None;
        }
    }
    Some(now)
}

fn driven<S: Subject>(history: Vec<Operation>) -> (S, Timestamp) {
    Driver::<S>::after(history)
}

/// Codes that live long enough for much to happen, or run out while the first poll is out.
fn lives() -> impl Strategy<Value = i64> {
    prop_oneof![Just(1_800), Just(20)]
}

fn with_codes(mut history: Vec<Operation>, life: i64) -> Vec<Operation> {
    let codes = Answer::Codes { expires_in: Some(life), interval: Some(5) };
    let begun = [Operation::Ask, Operation::Answer(Which::Latest, codes)];
    history.retain(|it| !matches!(it, Operation::Cancel | Operation::Restart | Operation::Back(_)));
    history.splice(0..0, begun);
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn tokens_for_the_last_poll_always_end_a_flow_as_authorized(
        history in histories(), between in between(), life in lives(),
    ) {
        let (mut flow, now) = driven::<DeviceFlow>(with_codes(history, life));
        let Some((id, now)) = lent(&mut flow, now, Stage::Token) else { return Ok(()) };
        let Some(now) = meanwhile(&mut flow, id, now, POLL, &between) else { return Ok(()) };
        flow.handle_input(now, Input::Response(id, Response::new(200, TOKENS))).unwrap();
        let is_authorized = matches!(
            flow.outcome(),
            Some(Outcome::Authorized(tokens)) if tokens.access_token().expose() == "PLANTED-late"
        );
        prop_assert!(is_authorized, "{:?}", flow);
    }

    #[test]
    fn tokens_for_the_last_poll_always_begin_the_session_of_a_sign_in(
        history in histories(), between in between(), life in lives(),
    ) {
        let (mut sign_in, now) = driven::<SignIn>(with_codes(history, life));
        let Some((id, now)) = lent(&mut sign_in, now, Stage::Token) else { return Ok(()) };
        // Resuming when a code has run out gives it up.
        let between: Vec<_> = between.into_iter().filter(|it| !matches!(it, Between::Resume)).collect();
        let Some(now) = meanwhile(&mut sign_in, id, now, POLL, &between) else { return Ok(()) };
        sign_in.handle_input(now, Input::Response(id, Response::new(200, TOKENS))).unwrap();
        let tokens = sign_in.tokens().map(|it| it.access_token().expose());
        prop_assert_eq!(tokens, Some("PLANTED-late"));
    }

    #[test]
    fn rotated_tokens_are_kept_whichever_attempt_of_a_refresh_they_answer(
        history in histories(), between in between(), is_cancelled in any::<bool>(),
        attempts in 1_usize..4, chosen in any::<prop::sample::Index>(),
    ) {
        let (mut session, now) = driven::<Session>(history);
        let _ = session.refresh(now);
        let mut ids = Vec::new();
        let mut at = now;
        for _ in 0..attempts {
            let Some((id, later)) = lent(&mut session, at, Stage::Refresh) else { return Ok(()) };
            ids.push(id);
            at = later;
        }
        let last = *ids.last().unwrap();
        if is_cancelled {
            session.handle_input(at, Input::Cancel).unwrap();
        }
        let passing: Vec<_> = between
            .into_iter()
            .filter(|it| !is_cancelled || matches!(it, Between::Ask(_) | Between::Pause | Between::Resume))
            .collect();
        let Some(now) = meanwhile(&mut session, last, at, REFRESH, &passing) else { return Ok(()) };
        let id = *chosen.get(&ids);
        session.handle_input(now, Input::Response(id, Response::new(200, TOKENS))).unwrap();
        prop_assert_eq!(session.tokens().refresh_token().unwrap().expose(), "PLANTED-rotated");
        let stored = session.suspend(now);
        prop_assert_eq!(stored.tokens().refresh_token().unwrap().expose(), "PLANTED-rotated");
    }
}
