//! The lasting sign-in's transition table.

use std::time::Duration;

use device_flow_core::{
    DeviceFlow, Input, Machine, Output, Response, SignInEvent, SignInStatus, Stage, TokenResponse, TransportFailure,
};

use crate::bench::signer::{Signer, TOKENS};
use crate::bench::{CODES, PENDING, SLOW_DOWN, Sent, seconds};
use crate::tables::{Apply, Given, Said, Subject, assert_documented};
use crate::{session_transitions, transitions};

#[test]
fn every_cell_of_the_sign_ins_table_is_as_documented() {
    assert_documented::<Signer>();
}

const RUNS_OUT: &str = "the code runs out";
const ABOUT_TO_EXPIRE: &str = "the token is about to expire";
const EXPIRES: &str = "the token expires";

impl Subject for Signer {
    const CORNER: &'static str = "input \\ sign-in";

    const STATES: &'static [&'static str] = &[
        "NotAuthenticated, in flight",
        "CodeShown",
        "CodeShown, in flight",
        "Paused",
        "Paused, in flight",
        "CodeExpired",
        "Granted",
        "Refreshing, in flight",
        "Closing, in flight",
        "SignInNeeded",
        "Ended",
    ];

    const INPUTS: &'static [(&'static str, Apply<Self>)] = &[
        ("the next attempt is due", |signer| {
            if signer.status() != SignInStatus::CodeShown || is_in_flight(signer) {
                return Given::Impossible;
            }
            signer.sleep(seconds(10));
            Given::Accepted
        }),
        ("no answer in time", |signer| {
            if !is_in_flight(signer) {
                return Given::Impossible;
            }
            let timeout = signer.sent().timeout;
            signer.sleep(timeout);
            Given::Accepted
        }),
        (RUNS_OUT, |signer| {
            let flow = signer.sign_in.flow();
            let Some(end) = flow.and_then(DeviceFlow::expires_at) else {
                return Given::Impossible;
            };
            signer.now = end;
            Given::Accepted
        }),
        (ABOUT_TO_EXPIRE, |signer| reach(signer, 570)),
        (EXPIRES, |signer| reach(signer, 600)),
        ("answer: codes", |signer| answer(signer, 200, CODES)),
        ("answer: `authorization_pending`", |signer| answer(signer, 400, PENDING)),
        ("answer: `slow_down`", |signer| answer(signer, 400, SLOW_DOWN)),
        ("answer: tokens", |signer| answer(signer, 200, TOKENS)),
        ("answer: `access_denied`", |signer| answer(signer, 400, r#"{"error":"access_denied"}"#)),
        ("answer: `expired_token`", |signer| answer(signer, 400, r#"{"error":"expired_token"}"#)),
        ("answer: `invalid_grant`", |signer| answer(signer, 400, r#"{"error":"invalid_grant"}"#)),
        ("answer: other OAuth error", |signer| answer(signer, 400, r#"{"error":"invalid_client"}"#)),
        ("answer: 408, 421, 425, 429, 5xx without OAuth error", |signer| answer(signer, 503, "busy")),
        ("answer: redirect", |signer| answer(signer, 302, "")),
        ("answer: no OAuth answer", |signer| answer(signer, 200, "<html>")),
        ("failure: `Connect`, `Timeout`, `Closed`, `Encoding`, `Other`", |signer| {
            failure(signer, TransportFailure::Connect(None))
        }),
        ("failure: `Tls`, `Proxy`", |signer| failure(signer, TransportFailure::Tls(None))),
        ("failure: `BodyTooLarge`", |signer| failure(signer, TransportFailure::BodyTooLarge)),
        ("late answer: tokens", |signer| late(signer, 200, TOKENS)),
        ("late answer: anything else", |signer| late(signer, 400, r#"{"error":"access_denied"}"#)),
        ("answer to a request never made", |signer| {
            let answer = Response::new(200, TOKENS.as_bytes());
            let id = transitions::foreign_id();
            signer.input(Input::Response(id, answer)).into()
        }),
        ("`refresh`", |signer| signer.sign_in.refresh(signer.now).into()),
        ("`Pause`", |signer| signer.input(Input::Pause).into()),
        ("`Resume`", |signer| signer.input(Input::Resume).into()),
        ("`Cancel`", |signer| signer.input(Input::Cancel).into()),
    ];

    /// A poll has had a first attempt, which nobody answered in time.
    fn in_state(state: &str, input: &str) -> Self {
        let mut signer = Signer::new();
        signer.request();
        match state.split(',').next().unwrap_or_default() {
            "NotAuthenticated" => {}
            "CodeShown" | "Paused" | "CodeExpired" => {
                let is_short = input == RUNS_OUT || state == "CodeExpired";
                let life = if is_short { "60" } else { "600" };
                signer.answer(200, &CODES.replace("600", life));
                begin_polling(&mut signer, state);
            }
            _ => {
                signer.answer(200, CODES);
                signer.exchange(200, TOKENS);
                signer.settle();
                if state != "Granted" {
                    begin_refresh(&mut signer, state, input);
                }
            }
        }
        signer
    }

    fn state(&self) -> String {
        let shown = format!("{:?}", self.sign_in);
        let state =
            if shown.contains("phase: Closing") { "Closing".to_owned() } else { format!("{:?}", self.status()) };
        if is_in_flight(self) { format!("{state}, in flight") } else { state }
    }

    fn ask(&mut self) -> Said {
        match self.sign_in.poll_output(self.now) {
            Output::Event(event) => Said::Tells(name(&event)),
            Output::Send(request) => {
                let what = match request.stage() {
                    Stage::DeviceAuthorization => "asks for codes",
                    Stage::Token => "polls",
                    _ => "refreshes",
                };
                self.sent = Some(Sent::of(&request, self.now));
                Said::Sends(what)
            }
            Output::WaitUntil(_) | Output::Done => Said::Nothing,
        }
    }
}

fn begin_polling(signer: &mut Signer, state: &str) {
    signer.request();
    signer.sleep(seconds(30));
    signer.settle();
    if state.ends_with("in flight") {
        signer.request();
    }
    if state != "CodeShown" && state != "CodeShown, in flight" {
        signer.input(Input::Pause).unwrap();
    }
    if state == "CodeExpired" {
        signer.request_within(seconds(30));
    }
}

/// A refresh that is out at the moment of interest.
fn begin_refresh(signer: &mut Signer, state: &str, input: &str) {
    let moment = match input {
        ABOUT_TO_EXPIRE => 565,
        EXPIRES => 595,
        _ => 100,
    };
    signer.input(Input::Pause).unwrap();
    signer.request_within(seconds(moment));
    signer.input(Input::Resume).unwrap();
    signer.sign_in.refresh(signer.now).unwrap();
    signer.request();
    match state {
        "SignInNeeded" => signer.answer(400, r#"{"error":"invalid_grant"}"#),
        "Closing, in flight" => signer.input(Input::Cancel).unwrap(),
        "Ended" => {
            signer.answer(200, TOKENS);
            signer.input(Input::Cancel).unwrap();
        }
        _ => {}
    }
    signer.settle();
}

fn name(event: &SignInEvent) -> &'static str {
    match event {
        SignInEvent::Flow(event) => transitions::name(event),
        SignInEvent::Session(event) => session_transitions::name(event),
        SignInEvent::Granted(_) => "Granted",
        SignInEvent::CodeExpired(_) => "CodeExpired",
        SignInEvent::Denied => "Denied",
        SignInEvent::Failed(_) => "Failed",
        _ => "?",
    }
}

fn is_in_flight(signer: &Signer) -> bool {
    let shown = match (signer.sign_in.flow(), signer.sign_in.session()) {
        (Some(flow), _) => format!("{flow:?}"),
        (_, Some(session)) => format!("{session:?}"),
        _ => return false,
    };
    shown.contains("InFlight")
}

/// So many seconds after tokens of 600 s were granted.
fn reach(signer: &mut Signer, moment: u64) -> Given {
    let tokens = signer.sign_in.tokens();
    let end = tokens.and_then(TokenResponse::expires_at);
    // A token that lives on by itself is refreshed before it expires.
    let is_refreshed_before = signer.status() == SignInStatus::Granted && moment == 600;
    match end.filter(|_| !signer.sign_in.is_done() && !is_refreshed_before) {
        Some(end) => {
            signer.now = end.saturating_sub(seconds(600 - moment));
            Given::Accepted
        }
        None => Given::Impossible,
    }
}

fn answer(signer: &mut Signer, status: u16, body: &str) -> Given {
    if !is_in_flight(signer) {
        return Given::Impossible;
    }
    signer.answer(status, body);
    Given::Accepted
}

fn failure(signer: &mut Signer, failure: TransportFailure) -> Given {
    if !is_in_flight(signer) {
        return Given::Impossible;
    }
    signer.fail(failure);
    Given::Accepted
}

/// An answer to the request that was lent last, which has been given up or ought to have been.
fn late(signer: &mut Signer, status: u16, body: &str) -> Given {
    if is_in_flight(signer) {
        let timeout = signer.sent().timeout;
        signer.sleep(timeout);
    }
    signer.sleep(Duration::from_millis(1));
    signer.answer(status, body);
    Given::Accepted
}
