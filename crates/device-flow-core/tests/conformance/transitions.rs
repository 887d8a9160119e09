//! The transition table of `docs/state-machine.md`, cell by cell.
//!
//! A cell is computed by bringing a flow into the column's state, giving it the row's input, and asking it what to do
//! until it has nothing new to say.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use device_flow_core::{Event, Input, Outcome, Response, Stage, TransportFailure};

use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, TOKEN, config, seconds};

const DOCUMENT: &str = include_str!("../../../../docs/state-machine.md");

const STATES: [&str; 7] = [
    "Requesting",
    "Requesting, in flight",
    "Polling",
    "Polling, in flight",
    "Paused",
    "Paused, in flight",
    "Done",
];

type Apply = fn(&mut Bench) -> Given;

/// What became of an input.
enum Given {
    Accepted,
    Refused(device_flow_core::Misuse),
    /// The input cannot occur in this state.
    Impossible,
}

const INPUTS: &[(&str, Apply)] = &[
    ("the next attempt is due", |bench| {
        if is_in_flight(bench) || bench.flow.is_paused() || bench.flow.outcome().is_some() {
            return Given::Impossible;
        }
        bench.sleep(seconds(5));
        Given::Accepted
    }),
    ("no answer in time", |bench| {
        if !is_in_flight(bench) {
            return Given::Impossible;
        }
        bench.sleep(seconds(30));
        Given::Accepted
    }),
    ("the code runs out", |bench| {
        if bench.flow.expires_at().is_none() {
            return Given::Impossible;
        }
        bench.sleep(seconds(600));
        Given::Accepted
    }),
    ("answer: codes", |bench| answer(bench, 200, CODES)),
    ("answer: `authorization_pending`", |bench| {
        answer(bench, 400, PENDING)
    }),
    ("answer: `slow_down`", |bench| answer(bench, 400, SLOW_DOWN)),
    ("answer: tokens", |bench| answer(bench, 200, TOKEN)),
    ("answer: `access_denied`", |bench| {
        answer(bench, 400, r#"{"error":"access_denied"}"#)
    }),
    ("answer: `expired_token`", |bench| {
        answer(bench, 400, r#"{"error":"expired_token"}"#)
    }),
    ("answer: other OAuth error", |bench| {
        answer(bench, 400, r#"{"error":"invalid_client"}"#)
    }),
    ("answer: 408, 425, 429, 5xx without OAuth error", |bench| {
        answer(bench, 503, "busy")
    }),
    ("answer: redirect", |bench| answer(bench, 302, "")),
    ("answer: no OAuth answer", |bench| {
        answer(bench, 200, "<html>")
    }),
    (
        "failure: `Connect`, `Timeout`, `Closed`, `Other`",
        |bench| failure(bench, TransportFailure::Connect),
    ),
    ("failure: `Tls`", |bench| {
        failure(bench, TransportFailure::Tls)
    }),
    ("failure: `BodyTooLarge`", |bench| {
        failure(bench, TransportFailure::BodyTooLarge)
    }),
    ("late answer", |bench| late_answer(bench)),
    ("answer to a request never made", |bench| {
        let mut other = Bench::polling(config());
        for _ in 0..20 {
            other.poll(400, PENDING);
        }
        let foreign = other.next_request().id;
        give(
            bench,
            Input::Response(foreign, Response::new(200, TOKEN.as_bytes())),
        )
    }),
    ("`Pause`", |bench| give(bench, Input::Pause)),
    ("`Resume`", |bench| give(bench, Input::Resume)),
    ("`Cancel`", |bench| give(bench, Input::Cancel)),
];

#[test]
fn every_cell_of_the_table_is_as_documented() {
    let documented = documented();
    let mut computed = BTreeMap::new();
    for state in STATES {
        for (input, apply) in INPUTS {
            computed.insert((*input, state), cell(state, *apply));
        }
    }
    let wrong: Vec<_> = computed
        .iter()
        .filter(|(place, found)| documented.get(*place).map(String::as_str) != Some(found.as_str()))
        .map(|((input, state), found)| {
            let documented = documented.get(&(*input, *state));
            format!("{state} × {input}: documented {documented:?}, found {found:?}")
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{}\nthe table as it is:\n{}",
        wrong.join("\n"),
        table(&computed)
    );
    assert_eq!(
        documented.len(),
        computed.len(),
        "the document has cells that nobody tests"
    );
}

fn cell(state: &str, apply: Apply) -> String {
    let mut bench = in_state(state);
    match apply(&mut bench) {
        Given::Impossible => return "—".to_owned(),
        Given::Refused(misuse) => return format!("`{misuse:?}`"),
        Given::Accepted => {}
    }
    let mut told = String::new();
    let outcome = loop {
        match bench.ask() {
            Seen::Event(event) => write!(told, ", tells `{}`", name(&event)).unwrap(),
            Seen::Send(request) => {
                let what = if request.stage == Stage::Token {
                    "polls"
                } else {
                    "asks for codes"
                };
                write!(told, ", {what}").unwrap();
            }
            Seen::Wait(_) | Seen::Done => break label(&bench),
        }
    };
    format!("{outcome}{told}").replacen("in flight, ", "in flight: ", 1)
}

/// A flow in this state which has told all it had to tell.
fn in_state(state: &str) -> Bench {
    let mut bench = if state.starts_with("Requesting") {
        // The first attempt is over, so that there can be a late answer to it.
        let mut bench = Bench::new(config());
        bench.next_request();
        bench.fail(TransportFailure::Connect);
        bench
    } else {
        Bench::polling(config())
    };
    while let Seen::Event(_) = bench.ask() {}
    if state.ends_with("in flight") {
        bench.next_request();
    }
    if state.starts_with("Paused") {
        bench.input(Input::Pause).unwrap();
    }
    if state == "Done" {
        bench.next_request();
        bench.answer(400, r#"{"error":"access_denied"}"#);
    }
    assert_eq!(label(&bench).split('(').next(), state.split('(').next());
    bench
}

fn label(bench: &Bench) -> String {
    let state = match bench.flow.outcome() {
        Some(Outcome::Authorized(_)) => return "Done(Authorized)".to_owned(),
        Some(Outcome::Failed(_)) => return "Done(Failed)".to_owned(),
        // The state that the column Done is tried in.
        Some(Outcome::Denied) => return "Done(Denied)".to_owned(),
        Some(other) => return format!("Done({other:?})"),
        None if bench.flow.is_paused() => "Paused",
        None if bench.flow.expires_at().is_some() => "Polling",
        None => "Requesting",
    };
    let in_flight = if is_in_flight(bench) {
        ", in flight"
    } else {
        ""
    };
    format!("{state}{in_flight}")
}

fn is_in_flight(bench: &Bench) -> bool {
    bench.flow.outcome().is_none() && format!("{:?}", bench.flow).contains("InFlight")
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Prompt(_) => "Prompt",
        Event::Pending { .. } => "Pending",
        Event::SlowedDown { .. } => "SlowedDown",
        Event::Retrying { .. } => "Retrying",
        _ => "?",
    }
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

/// An answer to the first request, which is over unless it is the one in flight.
fn late_answer(bench: &mut Bench) -> Given {
    let mut first = Bench::new(config());
    let id = first.next_request().id;
    give(
        bench,
        Input::Response(id, Response::new(200, TOKEN.as_bytes())),
    )
}

fn give(bench: &mut Bench, input: Input<'_>) -> Given {
    match bench.input(input) {
        Ok(()) => Given::Accepted,
        Err(misuse) => Given::Refused(misuse),
    }
}

/// The cells of the document's table by input and state.
fn documented() -> BTreeMap<(&'static str, &'static str), String> {
    let mut rows = DOCUMENT
        .lines()
        .skip_while(|line| !line.starts_with("| input \\ state"))
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(str::trim)
                .collect::<Vec<_>>()
        });
    let states = rows.next().expect("the document has the table");
    let _rule = rows.next();
    let mut cells = BTreeMap::new();
    for row in rows {
        for (state, cell) in states.iter().zip(&row).skip(1) {
            cells.insert((row[0], *state), (*cell).to_owned());
        }
    }
    cells
}

fn table(cells: &BTreeMap<(&str, &str), String>) -> String {
    let mut table = format!(
        "| input \\ state | {} |\n|{}\n",
        STATES.join(" | "),
        "---|".repeat(STATES.len() + 1)
    );
    for (input, _) in INPUTS {
        let row: Vec<&str> = STATES
            .iter()
            .map(|state| cells[&(*input, *state)].as_str())
            .collect();
        writeln!(table, "| {input} | {} |", row.join(" | ")).unwrap();
    }
    table
}
