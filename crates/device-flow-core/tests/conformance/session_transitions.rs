//! The session's transition table.

use std::time::Duration;

use device_flow_core::{Input, Machine, Output, Response, SessionEvent, Timestamp, TransportFailure};

use crate::bench::keeper::{Keeper, RENEWED};
use crate::bench::{config, seconds};
use crate::tables::{Apply, Given, Said, Subject, assert_documented};
use crate::transitions::foreign_id;

#[test]
fn every_cell_of_the_sessions_table_is_as_documented() {
    assert_documented::<Keeper>();
}

const ABOUT_TO_EXPIRE: &str = "the token is about to expire";
const EXPIRES: &str = "the token expires";

/// The token's life, and when it is about to expire: so long that an hour of patience is little.
const LIFE: u64 = 100_000;
const LEAD_BEGINS: u64 = 95_000;

impl Subject for Keeper {
    const CORNER: &'static str = "input \\ session";

    const STATES: &'static [&'static str] = &[
        "Resting",
        "Resting, paused",
        "Resting, in flight",
        "Refused",
        "Refreshing",
        "Refreshing, paused",
        "Refreshing, in flight",
        "Closing, in flight",
        "Ended",
    ];

    const INPUTS: &'static [(&'static str, Apply<Self>)] = &[
        ("the next attempt is due", |keeper| {
            if !keeper.session.is_refreshing() || is_in_flight(keeper) {
                return Given::Impossible;
            }
            keeper.sleep(seconds(60 * 60));
            Given::Accepted
        }),
        ("no answer in time", |keeper| {
            if !is_in_flight(keeper) {
                return Given::Impossible;
            }
            keeper.sleep(seconds(10));
            Given::Accepted
        }),
        (ABOUT_TO_EXPIRE, |keeper| reach(keeper, LEAD_BEGINS)),
        (EXPIRES, |keeper| reach(keeper, LIFE)),
        ("the token expires, and there is no refresh token", |keeper| {
            if !keeper.state().starts_with("Resting") || is_in_flight(keeper) {
                return Given::Impossible;
            }
            let is_paused = keeper.session.is_paused();
            *keeper = Keeper::new(config(), None, Some(seconds(LIFE)));
            if is_paused {
                keeper.input(Input::Pause).unwrap();
            }
            reach(keeper, LIFE)
        }),
        ("answer: tokens", |keeper| answer(keeper, 200, RENEWED)),
        ("answer: `invalid_grant` and what means the same", |keeper| {
            answer(keeper, 400, r#"{"error":"invalid_grant"}"#)
        }),
        ("answer: other OAuth error", |keeper| answer(keeper, 400, r#"{"error":"invalid_client"}"#)),
        ("answer: 408, 421, 425, 429, 5xx without OAuth error", |keeper| answer(keeper, 503, "busy")),
        ("answer: redirect", |keeper| answer(keeper, 302, "")),
        ("answer: no OAuth answer", |keeper| answer(keeper, 200, "<html>")),
        ("failure", |keeper| {
            if !is_in_flight(keeper) {
                return Given::Impossible;
            }
            keeper.fail(TransportFailure::Closed);
            Given::Accepted
        }),
        ("late answer: tokens", |keeper| late(keeper, 200, RENEWED)),
        ("late answer: anything else", |keeper| late(keeper, 400, r#"{"error":"invalid_grant"}"#)),
        ("answer to an earlier attempt: tokens", |keeper| earlier(keeper, 200, RENEWED)),
        ("answer to an earlier attempt: anything else", |keeper| earlier(keeper, 400, r#"{"error":"invalid_grant"}"#)),
        ("answer to an earlier refresh", |keeper| {
            let id = keeper.ids[0];
            keeper.respond(id, 200, RENEWED);
            Given::Accepted
        }),
        ("answer to a request never made", |keeper| {
            let answer = Response::new(200, RENEWED.as_bytes());
            keeper.input(Input::Response(foreign_id(), answer)).into()
        }),
        ("`refresh`", |keeper| keeper.refresh().into()),
        ("`refresh_with_scope`", |keeper| keeper.session.refresh_with_scope(keeper.now, "read").into()),
        ("`Pause`", |keeper| keeper.input(Input::Pause).into()),
        ("`Resume`", |keeper| keeper.input(Input::Resume).into()),
        ("`Cancel`", |keeper| keeper.input(Input::Cancel).into()),
    ];

    /// One refresh has brought tokens before. One that is under way has had a first attempt, which nobody answered in
    /// time.
    fn in_state(state: &str, input: &str) -> Self {
        let mut keeper = Keeper::new(config(), Some("r1"), None);
        keeper.input(Input::Pause).unwrap();
        keeper.refresh().unwrap();
        keeper.request();
        keeper.answer(200, &living());
        keeper.settle();
        // The replay is out at the moment of interest, which is 5 s later.
        let moment = match input {
            ABOUT_TO_EXPIRE => LEAD_BEGINS,
            EXPIRES => LIFE,
            _ => 1_000,
        };
        keeper.try_request(seconds(moment - 15));
        if !matches!(state, "Resting" | "Resting, paused") {
            begin(&mut keeper, state);
        }
        if !state.ends_with("paused") {
            keeper.input(Input::Resume).unwrap();
        }
        if state == "Closing, in flight" || state == "Ended" {
            keeper.input(Input::Cancel).unwrap();
        }
        keeper
    }

    fn state(&self) -> String {
        let shown = format!("{:?}", self.session);
        let phase = shown.split("phase: ").last().unwrap_or_default();
        let state = match phase.split(['(', ' ', '}']).next().unwrap_or_default() {
            "Hearing" if phase.contains("End") => "Closing",
            "Hearing" => "Resting",
            other => other,
        };
        if is_in_flight(self) {
            format!("{state}, in flight")
        } else if self.session.is_paused() && !self.session.is_done() {
            format!("{state}, paused")
        } else {
            state.to_owned()
        }
    }

    fn ask(&mut self) -> Said {
        match self.session.poll_output(self.now) {
            Output::Event(event) => Said::Tells(name(&event)),
            Output::Send(_) => Said::Sends("refreshes"),
            Output::WaitUntil(_) | Output::Done => Said::Nothing,
        }
    }
}

fn living() -> String {
    RENEWED.replace("600", &LIFE.to_string())
}

fn begin(keeper: &mut Keeper, state: &str) {
    keeper.refresh().unwrap();
    keeper.request();
    let first = keeper.sent().id;
    if state == "Refused" {
        keeper.answer(400, r#"{"error":"invalid_client"}"#);
        keeper.settle();
        return;
    }
    keeper.request();
    match state {
        "Refreshing" | "Refreshing, paused" | "Ended" => {
            let busy = Response::new(429, b"").header("retry-after", b"3600");
            keeper.answer_with(busy);
            keeper.settle();
        }
        "Resting, in flight" => {
            keeper.respond(first, 200, &living());
            keeper.settle();
        }
        _ => {}
    }
}

pub(crate) fn name(event: &SessionEvent) -> &'static str {
    match event {
        SessionEvent::AboutToExpire { .. } => "AboutToExpire",
        SessionEvent::Refreshed(_) => "Refreshed",
        SessionEvent::Retrying { .. } => "Retrying",
        SessionEvent::RefreshFailed(_) => "RefreshFailed",
        SessionEvent::Expired => "Expired",
        SessionEvent::SignInNeeded(_) => "SignInNeeded",
        _ => "?",
    }
}

fn is_in_flight(keeper: &Keeper) -> bool {
    !keeper.session.is_done() && format!("{:?}", keeper.session).contains("InFlight")
}

/// So many seconds after the token was granted.
fn reach(keeper: &mut Keeper, moment: u64) -> Given {
    let then = Timestamp::from_millis(1_000_000 + moment * 1_000);
    // Tokens that have just come are far from their end.
    if keeper.session.is_done() || keeper.state() == "Resting, in flight" {
        return Given::Impossible;
    }
    keeper.now = then;
    Given::Accepted
}

fn answer(keeper: &mut Keeper, status: u16, body: &str) -> Given {
    if !is_in_flight(keeper) {
        return Given::Impossible;
    }
    keeper.answer(status, body);
    Given::Accepted
}

/// An answer to the request that was lent last, which has been given up or ought to have been.
fn late(keeper: &mut Keeper, status: u16, body: &str) -> Given {
    if is_in_flight(keeper) {
        keeper.sleep(seconds(10));
    }
    keeper.sleep(Duration::from_millis(1));
    keeper.answer(status, body);
    Given::Accepted
}

/// An answer to the attempt before the one that was lent last.
fn earlier(keeper: &mut Keeper, status: u16, body: &str) -> Given {
    let [_, first, _] = keeper.ids[..] else {
        return Given::Impossible;
    };
    keeper.respond(first, status, body);
    Given::Accepted
}
