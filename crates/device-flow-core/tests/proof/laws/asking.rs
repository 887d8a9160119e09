//! Asking is free: extra questions at any moments up to the one that was told change nothing that is told afterwards.

use std::fmt::Debug;
use std::time::Duration;

use device_flow_core::{
    DeviceFlow, Discovery, Input, Machine, Output, RequestId, Response, Session, SignIn, Timestamp, TransportFailure,
};
use proptest::prelude::*;

use super::time::histories;
use crate::answer::{Answer, answers, failures};
use crate::model::driver::Driver;
use crate::model::operation::Operation;
use crate::model::subject::Subject;

/// What a driver that does as told meets with: how long each exchange takes and what comes of it.
type Script = Vec<(u64, Result<Answer, TransportFailure>)>;

fn scripts() -> impl Strategy<Value = Script> {
    let exchange = prop_oneof![4 => answers().prop_map(Ok), 1 => failures().prop_map(Err)];
    let duration = prop_oneof![4 => 0_u64..2_000, 1 => 0_u64..40_000];
    proptest::collection::vec((duration, exchange), 1..8)
}

/// All that one driver is told, with the moments. With `extra`, it asks in between, too.
fn told<M: Machine<Event: Debug>>(machine: &mut M, mut now: Timestamp, script: &Script, extra: &[u64]) -> Vec<String> {
    let mut log = Vec::new();
    let mut script = script.iter();
    let mut extra = extra.iter().cycle();
    // The exchange under way: which, until when, and what comes of it.
    let mut flight: Option<(RequestId, Timestamp, &Result<Answer, TransportFailure>)> = None;
    for _ in 0..400 {
        if let Some((id, lands_at, result)) = flight {
            if lands_at <= now {
                flight = None;
                match result {
                    Ok(answer) => answer.with_response("", |response: Response<'_>| {
                        machine.handle_input(now, Input::Response(id, response)).unwrap();
                    }),
                    Err(failure) => machine.handle_input(now, Input::Failure(id, *failure)).unwrap(),
                }
            }
        }
        match machine.poll_output(now) {
            Output::Send(request) => {
                log.push(format!("{now:?} {request:?}"));
                let Some((duration, result)) = script.next() else {
                    return log;
                };
                let lands_at = now.saturating_add(Duration::from_millis(*duration));
                flight = Some((request.id(), lands_at, result));
            }
            Output::Event(event) => log.push(format!("{now:?} {event:?}")),
            Output::Done => {
                log.push(format!("{now:?} done"));
                return log;
            }
            Output::WaitUntil(until) => {
                // Asks again and again before that, when it is an asker.
                let wake_at = flight.map_or(until, |(_, lands_at, _)| lands_at.min(until));
                if let Some(step) = extra.next() {
                    let between = now.saturating_add(Duration::from_millis(*step)).min(wake_at);
                    assert!(
                        between == wake_at && wake_at == until
                            || matches!(machine.poll_output(between), Output::WaitUntil(again) if again == until),
                        "asking in between is told something else"
                    );
                }
                now = wake_at;
            }
        }
    }
    log
}

fn asking_changes_nothing<S: Subject>(
    history: &[Operation],
    script: &Script,
    extra: &[u64],
) -> Result<(), TestCaseError> {
    let (mut quiet, now) = Driver::<S>::after(history.to_vec());
    let (mut curious, _) = Driver::<S>::after(history.to_vec());
    let quiet = told(&mut quiet, now, script, &[]);
    let curious = told(&mut curious, now, script, extra);
    prop_assert_eq!(quiet, curious);
    Ok(())
}

fn steps() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(prop_oneof![Just(0), 0_u64..10_000, Just(u64::MAX >> 8)], 1..6)
}

proptest! {
    #[test]
    fn asking_a_flow_is_free(history in histories(), script in scripts(), extra in steps()) {
        asking_changes_nothing::<DeviceFlow>(&history, &script, &extra)?;
    }

    #[test]
    fn asking_a_session_is_free(history in histories(), script in scripts(), extra in steps()) {
        asking_changes_nothing::<Session>(&history, &script, &extra)?;
    }

    #[test]
    fn asking_a_sign_in_is_free(history in histories(), script in scripts(), extra in steps()) {
        asking_changes_nothing::<SignIn>(&history, &script, &extra)?;
    }

    #[test]
    fn asking_a_discovery_is_free(history in histories(), script in scripts(), extra in steps()) {
        asking_changes_nothing::<Discovery>(&history, &script, &extra)?;
    }
}
