//! The device authorization request and its answer: rows D1 to D10 and part of T8.

mod answer;
mod extras;
mod request;
mod text;
mod trouble;

use device_flow_core::{Config, Event, Failure, Prompt, ProtocolErrorKind, Stage};

use crate::bench::{Bench, CODES, Seen, Sent, config};

/// The first request of a flow with this configuration.
fn first_request(config: Config) -> Sent {
    Bench::new(config).next_request()
}

fn prompt(config: Config, codes: &str) -> Prompt {
    let mut bench = Bench::with_codes(config, codes);
    match bench.ask() {
        Seen::Event(Event::Prompt(prompt)) => prompt,
        other => panic!("{other:?}, {:?}", bench.flow.outcome()),
    }
}

fn protocol_error(codes: &str) -> ProtocolErrorKind {
    match Bench::with_codes(config(), codes).failure() {
        Failure::Protocol(error) => {
            assert_eq!(error.stage(), Stage::DeviceAuthorization);
            error.kind().clone()
        }
        other => panic!("{other:?}"),
    }
}

/// The codes with one member replaced, or left out when it is `None`.
pub(crate) fn codes_with(name: &str, json: Option<&str>) -> String {
    let mut codes: serde_json::Map<String, serde_json::Value> = serde_json::from_str(CODES).unwrap();
    match json {
        Some(json) => codes.insert(name.to_owned(), serde_json::from_str(json).unwrap()),
        None => codes.remove(name),
    };
    serde_json::Value::Object(codes).to_string()
}

/// The same with a text.
pub(crate) fn codes_saying(name: &str, text: &str) -> String {
    codes_with(name, Some(&serde_json::to_string(text).unwrap()))
}
