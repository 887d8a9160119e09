//! Asking any machine, with the promises that all of them make.

use core::fmt::Debug;
use core::time::Duration;

use device_flow_core::{Input, Machine, Misuse, Output, Request, RequestId, Response, Stage, Timestamp};

use crate::check;

/// How many outputs in a row a machine may give while neither time passes nor anything is told to it.
pub const MAX_OUTPUTS: usize = 6;

/// A request as it was lent, copied.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The id to answer under.
    pub id: RequestId,
    /// The step of the protocol.
    pub stage: Stage,
    /// Where it goes.
    pub url: String,
    /// The form or JSON in it.
    pub body: String,
    /// How long its answer is waited for.
    pub timeout: Duration,
}

impl Sent {
    fn of(request: &Request<'_>) -> Self {
        assert!(request.timeout() >= Duration::from_millis(1), "{request:?}");
        Self {
            id: request.id(),
            stage: request.stage(),
            url: request.url().to_owned(),
            body: String::from_utf8(request.body().to_vec()).expect("a body is text"),
            timeout: request.timeout(),
        }
    }

    /// The first value that a form body has under this name.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = form_urlencoded::parse(self.body.as_bytes());
        pairs.find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
    }

    /// Whether a form body has this value under any name.
    pub fn carries(&self, value: &str) -> bool {
        form_urlencoded::parse(self.body.as_bytes()).any(|(_, it)| it == value)
    }
}

/// An output, copied.
#[derive(Debug)]
pub enum Seen<E> {
    /// A request.
    Send(Sent),
    /// An event.
    Event(E),
    /// Nothing before this moment.
    Wait(Timestamp),
    /// The end.
    Done,
}

/// Asks once. What is shown by `Debug` has none of the secrets, and a wait lies ahead.
pub fn ask<M: Machine<Event: Debug>>(machine: &mut M, now: Timestamp, secrets: &[&str]) -> Seen<M::Event> {
    let output = machine.poll_output(now);
    check::debug_is_silent(&output, secrets);
    match output {
        Output::Send(request) => Seen::Send(Sent::of(&request)),
        Output::Event(event) => Seen::Event(event),
        Output::WaitUntil(until) => {
            assert!(until > now, "waits until {until:?} at {now:?}");
            Seen::Wait(until)
        }
        Output::Done => Seen::Done,
    }
}

/// Asks until there is nothing to do now, and gives what was asked for and told.
pub fn settle<M: Machine<Event: Debug>>(
    machine: &mut M,
    now: Timestamp,
    secrets: &[&str],
) -> (Vec<Sent>, Vec<M::Event>, Option<Timestamp>) {
    let (mut sent, mut events) = (Vec::new(), Vec::new());
    for _ in 0..MAX_OUTPUTS {
        match ask(machine, now, secrets) {
            Seen::Send(request) => sent.push(request),
            Seen::Event(event) => events.push(event),
            Seen::Wait(until) => return (sent, events, Some(until)),
            Seen::Done => return (sent, events, None),
        }
    }
    panic!("more than {MAX_OUTPUTS} outputs at {now:?}: {events:?}");
}

/// Lets a machine send its request and answers it with `response` as often as it asks, at the moments it wants.
///
/// Gives the events and the moment of the end; a machine that is still at work after `attempts` answers gives none.
pub fn answer_with<M: Machine<Event: Debug>>(
    machine: &mut M,
    mut now: Timestamp,
    response: Response<'_>,
    attempts: usize,
    secrets: &[&str],
) -> (Vec<M::Event>, Option<Timestamp>) {
    let mut all = Vec::new();
    let mut answered = 0;
    // Every attempt takes two rounds: one wait, one answer.
    for _ in 0..2 * attempts + 2 {
        let (sent, events, wait) = settle(machine, now, secrets);
        all.extend(events);
        let Some(wait) = wait else {
            return (all, Some(now));
        };
        match sent.last() {
            Some(request) if answered < attempts => {
                let accepted = machine.handle_input(now, Input::Response(request.id, response));
                assert_eq!(accepted, Ok(()));
                answered += 1;
            }
            Some(_) => break,
            None => now = wait,
        }
    }
    (all, None)
}

/// An input that must be refused, and leave the machine as it was.
#[track_caller]
pub fn is_misuse<M: Machine + Debug>(machine: &mut M, now: Timestamp, input: Input<'_>) -> Misuse {
    let before = format!("{machine:?}");
    let misuse = machine.handle_input(now, input).expect_err("this input makes no sense here");
    assert_eq!(before, format!("{machine:?}"), "a misuse changes nothing");
    misuse
}
