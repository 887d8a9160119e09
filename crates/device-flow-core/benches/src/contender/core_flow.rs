//! `device-flow-core`, driven as a transport drives it.

use crate::answers::{CODES, PENDING, tokens};
use crate::{Case, Run};
use device_flow_core::{
    Config, DeviceFlow, Input, Machine, Outcome, Output, PendingFlow, RequestId, Response, Timestamp,
};
use std::hint::black_box;
use std::time::Duration;

pub(super) fn prepare(case: Case) -> Run {
    match case {
        Case::SignIn(pending) => {
            let (config, tokens) = (config(), tokens());
            Box::new(move || sign_in(config, pending, &tokens))
        }
        Case::PendingPoll => {
            let (mut flow, mut now) = polling();
            Box::new(move || {
                pending_poll(&mut flow, &mut now);
                // Dropping it is the sign-in's part.
                std::mem::forget(flow);
            })
        }
        Case::SuspendResume => {
            let (flow, now) = polling();
            let config = config();
            Box::new(move || {
                suspend_resume(&flow, config, now);
                std::mem::forget(flow);
            })
        }
    }
}

fn config() -> Config {
    Config::new("s6BhdRkqt3", "https://as.example/device_authorization", "https://as.example/token")
        .scope("openid profile")
        .nonce("n-0S6_WzA2MjRNqL0tT5xSyEGQzkdQ7R")
}

fn sign_in(config: Config, mut pending: usize, tokens: &str) {
    let mut flow = DeviceFlow::new(config).unwrap();
    let mut now = Timestamp::ZERO;
    let mut answer = CODES;
    let mut status = 200;
    loop {
        match flow.poll_output(now) {
            Output::Send(request) => {
                let id = sent(&request);
                let response = Response::new(status, black_box(answer).as_bytes());
                flow.handle_input(now, Input::Response(id, response)).unwrap();
                (status, answer) = if pending > 0 { (400, PENDING) } else { (200, tokens) };
                pending = pending.saturating_sub(1);
            }
            Output::Event(event) => drop(black_box(event)),
            Output::WaitUntil(until) => now = until,
            Output::Done => break,
        }
    }
    match flow.into_outcome() {
        Ok(Outcome::Authorized(tokens)) => {
            black_box(tokens.access_token().expose());
        }
        other => panic!("{other:?}"),
    }
}

/// A flow that waits for its first poll, and when that is due.
pub(crate) fn polling() -> (DeviceFlow, Timestamp) {
    polling_since(0)
}

/// The same, begun at another time, in milliseconds.
pub(crate) fn polling_since(start: u64) -> (DeviceFlow, Timestamp) {
    let mut flow = DeviceFlow::new(config()).unwrap();
    let mut now = Timestamp::from_millis(start);
    let Output::Send(request) = flow.poll_output(now) else { panic!() };
    let response = Input::Response(request.id(), Response::new(200, CODES.as_bytes()));
    flow.handle_input(now, response).unwrap();
    loop {
        match flow.poll_output(now) {
            Output::WaitUntil(until) => {
                now = until;
                return (flow, now);
            }
            Output::Event(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// A poll that is due: afterwards the next one is awaited, and `now` is when it is due.
pub(crate) fn pending_poll(flow: &mut DeviceFlow, now: &mut Timestamp) {
    let Output::Send(request) = flow.poll_output(*now) else { panic!() };
    let id = sent(&request);
    let response = Response::new(400, black_box(PENDING).as_bytes());
    flow.handle_input(*now, Input::Response(id, response)).unwrap();
    loop {
        match flow.poll_output(*now) {
            Output::Event(event) => drop(black_box(event)),
            Output::WaitUntil(until) => {
                *now = until;
                return;
            }
            other => panic!("{other:?}"),
        }
    }
}

fn suspend_resume(flow: &DeviceFlow, config: Config, now: Timestamp) {
    let stored = flow.suspend(now).unwrap().to_json();
    let pending = PendingFlow::from_json(black_box(stored.expose())).unwrap();
    let mut flow = DeviceFlow::resume(config, pending, Duration::ZERO, now).unwrap();
    let Output::Send(request) = flow.poll_output(now) else { panic!() };
    sent(&request);
}

/// Looks at all of a request, as somebody who sends it does.
fn sent(request: &device_flow_core::Request<'_>) -> RequestId {
    for header in request.headers() {
        black_box(header);
    }
    black_box((request.method(), request.url(), request.body(), request.timeout()));
    request.id()
}
