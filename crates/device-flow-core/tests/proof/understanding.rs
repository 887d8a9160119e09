//! What an answer means, as machines that have nothing else on their minds understand it.

use std::time::Duration;

use device_flow_core::{
    Call, Config, DeviceFlow, Discovery, Event, Input, Machine, Outcome, Output, RequestId, Response, SecretStr,
    Timestamp, TokenResponse,
};

const CODES: &[u8] =
    br#"{"device_code":"d","user_code":"u","verification_uri":"https://as.example/","interval":1,"expires_in":86400}"#;
/// When the probing poll is answered.
const NOW: Timestamp = Timestamp::from_millis(1_000);
/// The interval of the probing flow.
const INTERVAL: Duration = Duration::from_secs(1);

fn config() -> Config {
    Config::new("tv", "https://as.example/d", "https://as.example/t").interval_margin(0)
}

/// What an answer means to somebody who asked for codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codes {
    Granted {
        interval: Duration,
        lifetime: Duration,
    },
    /// Codes that have run out already.
    Expired,
    Passing,
    Refused,
}

/// What an answer means to somebody who polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Poll {
    Pending,
    /// With the interval that the server names, if it counts.
    SlowedDown(Duration),
    Granted,
    Passing,
    Ended,
}

fn lend<M: Machine>(machine: &mut M, now: Timestamp) -> RequestId {
    loop {
        match machine.poll_output(now) {
            Output::Send(request) => return request.id(),
            Output::Event(_) => {}
            Output::WaitUntil(_) | Output::Done => panic!("no request"),
        }
    }
}

fn answered<M: Machine>(machine: &mut M, now: Timestamp, response: Response<'_>) {
    let id = lend(machine, now);
    machine.handle_input(now, Input::Response(id, response)).unwrap();
}

fn asked_for_codes(response: Response<'_>) -> DeviceFlow {
    let mut flow = DeviceFlow::new(config()).unwrap();
    answered(&mut flow, Timestamp::ZERO, response);
    flow
}

fn polled(response: Response<'_>) -> (DeviceFlow, Option<Event>) {
    let mut flow = asked_for_codes(Response::new(200, CODES));
    answered(&mut flow, NOW, response);
    let event = match flow.poll_output(NOW) {
        Output::Event(event) => Some(event),
        _ => None,
    };
    (flow, event)
}

pub(crate) fn codes(response: Response<'_>) -> Codes {
    let flow = asked_for_codes(response);
    match (flow.interval(), flow.expires_at(), flow.outcome()) {
        (Some(interval), Some(expires_at), _) => {
            Codes::Granted { interval, lifetime: expires_at.saturating_duration_since(Timestamp::ZERO) }
        }
        (.., Some(Outcome::Expired(_))) => Codes::Expired,
        (.., Some(_)) => Codes::Refused,
        (.., None) => Codes::Passing,
    }
}

pub(crate) fn poll(response: Response<'_>) -> Poll {
    let (flow, event) = polled(response);
    match (flow.outcome(), event) {
        (Some(Outcome::Authorized(_)), _) => Poll::Granted,
        (Some(_), _) => Poll::Ended,
        (None, Some(Event::Pending { .. })) => Poll::Pending,
        (None, Some(Event::SlowedDown { interval, .. })) => {
            // Five seconds more than its own, or the server's.
            let added = INTERVAL + Duration::from_secs(5);
            Poll::SlowedDown(if interval > added { interval } else { Duration::ZERO })
        }
        (None, _) => Poll::Passing,
    }
}

/// How long the server asks to wait before the next poll, as far as that is longer than the wait there is anyhow.
pub(crate) fn patience(response: Response<'_>) -> Duration {
    let (flow, _) = polled(response);
    let next = flow.next_poll().unwrap_or(NOW);
    let wait = next.saturating_duration_since(NOW);
    let own = flow.interval().unwrap_or_default().max(2 * INTERVAL);
    if wait > own { wait } else { Duration::ZERO }
}

/// Whether a refresh that is answered so brings tokens.
pub(crate) fn refreshes(response: Response<'_>) -> bool {
    let mut call = Call::refresh(&config(), "r").unwrap();
    answered(&mut call, NOW, response);
    matches!(call.outcome(), Some(Ok(_)))
}

fn told(tokens: &TokenResponse) -> String {
    let text = |it: Option<SecretStr<'_>>| it.map(|it| it.expose().to_owned());
    format!("{:?}", (tokens.access_token().expose(), text(tokens.refresh_token()), text(tokens.id_token()),))
}

/// What all readers make of an answer, secrets and all, without the members that nobody asked for.
pub(crate) fn verdicts(response: Response<'_>) -> [String; 5] {
    let flow = asked_for_codes(response);
    let codes = flow.device_authorization().map(|it| {
        format!("{:?}", (it.device_code().expose(), it.user_code(), it.verification_uri_complete(), it.message()))
    });
    let (polling, event) = polled(response);
    let tokens = match polling.outcome() {
        Some(Outcome::Authorized(tokens)) => told(tokens),
        _ => String::new(),
    };
    let mut refresh = Call::refresh(&config(), "r").unwrap();
    answered(&mut refresh, NOW, response);
    let mut discovery = Discovery::new("https://as.example").unwrap();
    answered(&mut discovery, NOW, response);
    let next = lend_or_end(&mut discovery);
    [
        format!("{:?} {codes:?} {:?}", flow.outcome(), flow.expires_at()),
        format!("{:?} {tokens} {event:?}", polling.outcome()),
        format!("{:?}", refresh.outcome()),
        format!("{:?} {next}", discovery.outcome()),
        format!("{:?}", polling.next_poll()),
    ]
}

fn lend_or_end<M: Machine<Event: std::fmt::Debug>>(machine: &mut M) -> String {
    format!("{:?}", machine.poll_output(NOW))
}
