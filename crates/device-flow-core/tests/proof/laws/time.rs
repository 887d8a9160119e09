//! Laws of time: what is put aside is never early, and one jump is many small steps.

use std::time::Duration;

use device_flow_core::{DeviceFlow, Discovery, Input, Machine, Output, PendingFlow, Session, SignIn, Timestamp};
use proptest::prelude::*;

use crate::answer::Answer;
use crate::model::config;
use crate::model::driver::Driver;
use crate::model::operation::{Operation, operations};
use crate::model::subject::Subject;

/// What may be done to a machine before a law is tried on it.
pub(super) fn histories() -> impl Strategy<Value = Vec<Operation>> {
    let begun = prop_oneof![1 => Just(false), 4 => Just(true)];
    (begun, proptest::collection::vec(operations(), 0..25)).prop_map(|(has_begun, mut all)| {
        all.retain(|it| !matches!(it, Operation::Cancel));
        if has_begun {
            all.splice(0..0, [Operation::GoOn, Operation::Serve(Answer::Pending)]);
        }
        all
    })
}

pub(super) fn spans() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..10_000, 10_000_u64..200_000, Just(1 << 40)]
}

/// When a flow that hears nothing more polls next; `None` when it ends before.
fn next_poll(flow: &mut DeviceFlow, mut now: Timestamp) -> Option<Timestamp> {
    for _ in 0..1_000 {
        match flow.poll_output(now) {
            Output::Send(_) => return Some(now),
            Output::Event(_) => {}
            Output::WaitUntil(until) => now = until,
            Output::Done => return None,
        }
    }
    panic!("neither a poll nor an end: {flow:?}");
}

/// All that a machine has to say at one moment; the last is a request, a wait or the end.
fn said<M: Machine<Event: std::fmt::Debug>>(machine: &mut M, now: Timestamp) -> (Vec<String>, String) {
    let mut events = Vec::new();
    loop {
        match machine.poll_output(now) {
            Output::Event(event) => events.push(format!("{event:?}")),
            last => return (events, format!("{last:?}")),
        }
    }
}

/// Steps one machine through time and lets another jump to where that came.
fn one_jump_is_many_steps<S: Subject>(history: &[Operation], steps: &[u64]) {
    let (mut stepping, start) = Driver::<S>::after(history.to_vec());
    let (mut jumping, _) = Driver::<S>::after(history.to_vec());
    // What is to be said without any time passing is not what this is about.
    let (_, first) = said(&mut stepping, start);
    said(&mut jumping, start);
    if first.starts_with("Send") {
        let wait = said(&mut stepping, start).1;
        assert_eq!(said(&mut jumping, start).1, wait);
    }
    let mut now = start;
    let mut in_steps = Vec::new();
    let mut last = String::new();
    for step in steps {
        now = now.saturating_add(Duration::from_millis(*step));
        let (events, output) = said(&mut stepping, now);
        in_steps.extend(events);
        last = output;
        // From here on the stepping one is ahead by a request.
        if last.starts_with("Send") {
            break;
        }
    }
    let (mut at_once, output) = said(&mut jumping, now);
    // What two timers bring about is told in the order that they are looked at.
    in_steps.sort();
    at_once.sort();
    // Whoever comes after the end of a code need not hear that a poll would have been made again.
    in_steps.retain(|it| at_once.contains(it) || !it.contains("Retrying"));
    assert_eq!(at_once, in_steps);
    if !steps.is_empty() {
        assert_eq!(output, last);
    }
    if jumping.ending().is_some() {
        // What is left of an exchange after the end can be seen by nobody.
        assert_eq!(jumping.ending(), stepping.ending());
    } else {
        assert_eq!(format!("{jumping:?}"), format!("{stepping:?}"));
    }
}

proptest! {
    #[test]
    fn what_was_put_aside_never_polls_earlier_than_the_original(
        history in histories(), away in spans(), is_known in any::<bool>(),
    ) {
        let (mut original, now) = Driver::<DeviceFlow>::after(history);
        let Ok(pending) = original.suspend(now) else { return Ok(()) };
        let pending = PendingFlow::from_json(pending.to_json().expose()).unwrap();
        if original.is_paused() {
            // Whoever takes a flow up again wants it to poll.
            original.handle_input(now, Input::Resume).unwrap();
        }
        let away = Duration::from_millis(away);
        let told = if is_known { away } else { Duration::ZERO };
        let later = now.saturating_add(away);
        let mut resumed = DeviceFlow::resume(config(), pending, told, later).unwrap();
        if let Some(poll) = next_poll(&mut resumed, later) {
            match next_poll(&mut original, now) {
                Some(earliest) => prop_assert!(poll >= earliest, "{:?} < {:?}", poll, earliest),
                // The original's code runs out before; that of the other seems to live longer.
                None => prop_assert!(!is_known),
            }
        }
    }

    #[test]
    fn one_jump_of_a_flow_is_many_small_steps(
        history in histories(), steps in proptest::collection::vec(spans(), 0..12),
    ) {
        one_jump_is_many_steps::<DeviceFlow>(&history, &steps);
    }

    #[test]
    fn one_jump_of_a_session_is_many_small_steps(
        history in histories(), steps in proptest::collection::vec(spans(), 0..12),
    ) {
        one_jump_is_many_steps::<Session>(&history, &steps);
    }

    #[test]
    fn one_jump_of_a_sign_in_is_many_small_steps(
        history in histories(), steps in proptest::collection::vec(spans(), 0..12),
    ) {
        one_jump_is_many_steps::<SignIn>(&history, &steps);
    }

    #[test]
    fn one_jump_of_a_discovery_is_many_small_steps(
        history in histories(), steps in proptest::collection::vec(spans(), 0..12),
    ) {
        one_jump_is_many_steps::<Discovery>(&history, &steps);
    }
}
