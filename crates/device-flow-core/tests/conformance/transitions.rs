//! The device flow's transition table.

use std::time::Duration;

use device_flow_core::{Event, Input, Machine, Outcome, RequestId, Response, Stage, TransportFailure};

use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, TOKEN, config, seconds};
use crate::tables::{Apply, Given, Said, Subject, assert_documented};

#[test]
fn every_cell_of_the_flows_table_is_as_documented() {
    assert_documented::<Bench>();
}

impl Subject for Bench {
    const CORNER: &'static str = "input \\ state";

    const STATES: &'static [&'static str] = &[
        "Requesting",
        "Requesting, in flight",
        "Polling",
        "Polling, in flight",
        "Paused",
        "Paused, in flight",
        "Done(Denied)",
    ];

    const INPUTS: &'static [(&'static str, Apply<Self>)] = &[
        ("the next attempt is due", |bench| {
            if is_in_flight(bench) || bench.flow.is_paused() || bench.flow.is_done() {
                return Given::Impossible;
            }
            bench.sleep(seconds(10));
            Given::Accepted
        }),
        ("no answer in time", |bench| {
            if !is_in_flight(bench) {
                return Given::Impossible;
            }
            bench.sleep(seconds(30));
            Given::Accepted
        }),
        (RUNS_OUT, |bench| {
            let Some(end) = bench.flow.expires_at() else {
                return Given::Impossible;
            };
            bench.now = end;
            Given::Accepted
        }),
        ("the code has run out, and no answer in time", |bench| {
            let Some(end) = bench.flow.expires_at().filter(|_| is_in_flight(bench)) else {
                return Given::Impossible;
            };
            bench.now = end.saturating_add(seconds(30));
            Given::Accepted
        }),
        ("answer: codes", |bench| answer(bench, 200, CODES)),
        ("answer: `authorization_pending`", |bench| answer(bench, 400, PENDING)),
        ("answer: `slow_down`", |bench| answer(bench, 400, SLOW_DOWN)),
        ("answer: tokens", |bench| answer(bench, 200, TOKEN)),
        ("answer: `access_denied`", |bench| answer(bench, 400, r#"{"error":"access_denied"}"#)),
        ("answer: `expired_token`", |bench| answer(bench, 400, r#"{"error":"expired_token"}"#)),
        ("answer: other OAuth error", |bench| answer(bench, 400, r#"{"error":"invalid_client"}"#)),
        ("answer: 408, 421, 425, 429, 5xx without OAuth error", |bench| answer(bench, 503, "busy")),
        ("answer: redirect", |bench| answer(bench, 302, "")),
        ("answer: no OAuth answer", |bench| answer(bench, 200, "<html>")),
        ("failure: `Connect`, `Timeout`, `Closed`, `Encoding`, `Other`", |bench| {
            failure(bench, TransportFailure::Connect(None))
        }),
        ("failure: `Tls`, `Proxy`", |bench| failure(bench, TransportFailure::Tls(None))),
        ("failure: `BodyTooLarge`", |bench| failure(bench, TransportFailure::BodyTooLarge)),
        ("late answer: tokens, codes", |bench| {
            let is_requesting = bench.flow.expires_at().is_none() && !bench.flow.is_done();
            late(bench, 200, if is_requesting { CODES } else { TOKEN })
        }),
        ("late answer: anything else", |bench| late(bench, 400, r#"{"error":"access_denied"}"#)),
        ("answer to an earlier request", |bench| {
            let first = first_id();
            if bench.last_id() == first {
                return Given::Impossible;
            }
            bench.respond(first, 200, TOKEN).into()
        }),
        ("answer to a request never made", |bench| bench.respond(foreign_id(), 200, TOKEN).into()),
        ("`Pause`", |bench| bench.input(Input::Pause).into()),
        ("`Resume`", |bench| bench.input(Input::Resume).into()),
        ("`Cancel`", |bench| bench.input(Input::Cancel).into()),
    ];

    /// Each has a first attempt that nobody answered in time, so that there can be a late answer.
    fn in_state(state: &str, input: &str) -> Self {
        let life = if input == RUNS_OUT { "60" } else { "600" };
        let mut bench = if state.starts_with("Requesting") {
            Bench::new(config())
        } else {
            Bench::with_codes(config(), &CODES.replace("600", life))
        };
        bench.next_request();
        bench.sleep(seconds(30));
        bench.hear();
        if state.ends_with("in flight") {
            bench.next_request();
        }
        if state.starts_with("Paused") {
            bench.input(Input::Pause).unwrap();
        }
        if state.starts_with("Done") {
            bench.next_request();
            bench.answer(400, r#"{"error":"access_denied"}"#);
        }
        bench
    }

    fn state(&self) -> String {
        let state = match self.flow.outcome() {
            Some(Outcome::Authorized(_)) => return "Done(Authorized)".to_owned(),
            Some(Outcome::Failed(_)) => return "Done(Failed)".to_owned(),
            Some(Outcome::Expired(_)) => return "Done(Expired)".to_owned(),
            Some(other) => return format!("Done({other:?})"),
            None if self.flow.is_paused() => "Paused",
            None if self.flow.expires_at().is_some() => "Polling",
            None => "Requesting",
        };
        let in_flight = if is_in_flight(self) { ", in flight" } else { "" };
        format!("{state}{in_flight}")
    }

    fn ask(&mut self) -> Said {
        match Bench::ask(self) {
            Seen::Event(event) => Said::Tells(name(&event)),
            Seen::Send(request) if request.stage == Stage::Token => Said::Sends("polls"),
            Seen::Send(_) => Said::Sends("asks for codes"),
            Seen::Wait(_) | Seen::Done => Said::Nothing,
        }
    }
}

const RUNS_OUT: &str = "the code runs out";

pub(crate) fn name(event: &Event) -> &'static str {
    match event {
        Event::Prompt(_) => "Prompt",
        Event::Pending { .. } => "Pending",
        Event::SlowedDown { .. } => "SlowedDown",
        Event::Retrying { .. } => "Retrying",
        Event::IdTokenMissing => "IdTokenMissing",
        _ => "?",
    }
}

/// An id that the machines under test have lent, first of all.
fn first_id() -> RequestId {
    Bench::new(config()).next_request().id
}

/// An id that they have not lent.
pub(crate) fn foreign_id() -> RequestId {
    let mut other = Bench::polling(config());
    for _ in 0..40 {
        other.poll(400, PENDING);
    }
    other.next_request().id
}

fn is_in_flight(bench: &Bench) -> bool {
    !bench.flow.is_done() && format!("{:?}", bench.flow).contains("InFlight")
}

fn answer(bench: &mut Bench, status: u16, body: &str) -> Given {
    if !is_in_flight(bench) {
        return Given::Impossible;
    }
    bench.answer(status, body);
    Given::Accepted
}

fn failure(bench: &mut Bench, failure: TransportFailure) -> Given {
    if !is_in_flight(bench) {
        return Given::Impossible;
    }
    bench.fail(failure);
    Given::Accepted
}

/// An answer to the request that was lent last, which has been given up or ought to have been.
fn late(bench: &mut Bench, status: u16, body: &str) -> Given {
    if is_in_flight(bench) {
        bench.sleep(seconds(30));
    }
    bench.sleep(Duration::from_millis(1));
    let id = bench.last_id();
    bench.input(Input::Response(id, Response::new(status, body.as_bytes()))).into()
}
