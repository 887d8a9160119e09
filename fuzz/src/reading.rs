//! What an answer means, as machines that have nothing else on their minds understand it: what reads answers is no part
//! of the core's interface.

use core::time::Duration;

use device_flow_core::{
    Call, DeviceAuthorizationResponse, DeviceFlow, Event, Failure, Input, Machine, Outcome, Output, Response,
    RetryReason, Session, SessionEvent, SignInReason, StoredSession, Timestamp, TokenResponse,
};

use crate::config::{self, Server};

const CODES: &[u8] =
    br#"{"device_code":"d","user_code":"u","verification_uri":"https://as.example/","interval":1,"expires_in":86400}"#;
/// When the probing poll and the probing refresh are answered: one interval after the codes.
pub const NOW: Timestamp = Timestamp::from_millis(1_000);
/// The longest wait that a probing poll tells: then its code runs out.
pub const LONGEST: Duration = Duration::from_secs(86_400 - 1);

/// What an answer means to somebody who asked for codes.
#[derive(Debug)]
pub enum Codes {
    /// Here they are.
    Granted(DeviceAuthorizationResponse),
    /// Here they are, and have run out already.
    Expired,
    /// Not now; to be asked for again after this wait.
    Passing(Duration),
    /// There are none, or none that can be shown.
    Refused(Failure),
}

/// What an answer means to somebody who polls. The waits are those before the next poll.
#[derive(Debug)]
pub enum Poll {
    /// The person has not decided yet.
    Pending(Duration),
    /// The same, with the interval that follows on one of a second.
    SlowedDown(Duration, Duration),
    /// Trouble that passes.
    Passing(RetryReason, Duration),
    /// Here are the tokens.
    Granted(Box<TokenResponse>),
    /// The person said no.
    Denied,
    /// The code has run out.
    Expired,
    /// It cannot be done.
    Failed(Failure),
}

/// What an answer means to somebody who refreshes.
#[derive(Debug)]
pub enum Refreshing {
    /// Here are the tokens.
    Granted(Box<TokenResponse>),
    /// The refresh token is no longer taken.
    SignInNeeded,
    /// Refused for another reason.
    Refused(Failure),
    /// Trouble that passes; to be tried again after this wait.
    Passing(RetryReason, Duration),
}

/// Has a machine's next request answered, and hears what it tells then, if anything.
fn answered<M: Machine>(machine: &mut M, now: Timestamp, response: Response<'_>) -> Option<M::Event> {
    let id = loop {
        match machine.poll_output(now) {
            Output::Send(request) => break request.id(),
            Output::Event(_) => {}
            Output::WaitUntil(_) | Output::Done => panic!("there is no request"),
        }
    };
    let accepted = machine.handle_input(now, Input::Response(id, response));
    assert_eq!(accepted, Ok(()));
    match machine.poll_output(now) {
        Output::Event(event) => Some(event),
        _ => None,
    }
}

/// Reads an answer to the device authorization request.
pub fn codes(server: Server, response: Response<'_>) -> Codes {
    let config = config::confidential(server).allow_http(true);
    let mut flow = DeviceFlow::new(config).expect("it can work");
    let event = answered(&mut flow, Timestamp::ZERO, response);
    if let Some(granted) = flow.device_authorization() {
        return Codes::Granted(granted.clone());
    }
    match (flow.into_outcome(), event) {
        (Ok(Outcome::Expired(_)), _) => Codes::Expired,
        (Ok(Outcome::Failed(failure)), _) => Codes::Refused(failure),
        (Err(_), Some(Event::Retrying { next_attempt, .. })) => {
            Codes::Passing(next_attempt.saturating_duration_since(Timestamp::ZERO))
        }
        (other, event) => panic!("{other:?} {event:?}"),
    }
}

/// Reads an answer to a poll.
pub fn poll(server: Server, response: Response<'_>) -> Poll {
    // Nothing but the answer makes a wait longer than the interval.
    let config = config::confidential(server).interval_margin(0).max_back_off(Duration::ZERO);
    let mut flow = DeviceFlow::new(config).expect("it can work");
    answered(&mut flow, Timestamp::ZERO, Response::new(200, CODES));
    let event = answered(&mut flow, NOW, response);
    let wait = |it: Timestamp| it.saturating_duration_since(NOW);
    match (flow.into_outcome(), event) {
        (Ok(Outcome::Authorized(tokens)), None) => Poll::Granted(Box::new(tokens)),
        (Ok(Outcome::Denied), None) => Poll::Denied,
        (Ok(Outcome::Expired(_)), None) => Poll::Expired,
        (Ok(Outcome::Failed(failure)), None) => Poll::Failed(failure),
        (Err(_), Some(Event::Pending { next_poll, .. })) => Poll::Pending(wait(next_poll)),
        (Err(_), Some(Event::SlowedDown { interval, next_poll, .. })) => Poll::SlowedDown(interval, wait(next_poll)),
        (Err(_), Some(Event::Retrying { reason, next_attempt, .. })) => Poll::Passing(reason, wait(next_attempt)),
        (other, event) => panic!("{other:?} {event:?}"),
    }
}

/// Reads an answer to a refresh.
pub fn refresh(server: Server, response: Response<'_>) -> Refreshing {
    let config = config::confidential(server).interval_margin(0);
    let stored = StoredSession::new(&config, "a", Some("r"), None).expect("tokens");
    let mut session = Session::resume(config.clone(), stored, Duration::ZERO, NOW).expect("it can work");
    session.refresh(NOW).expect("there is a refresh token");
    match answered(&mut session, NOW, response) {
        Some(SessionEvent::Refreshed(_)) => {
            // A session adds what it had before.
            let mut call = Call::refresh(&config, "r").expect("it can work");
            answered(&mut call, NOW, response);
            match call.into_outcome() {
                Ok(Ok(tokens)) => Refreshing::Granted(Box::new(tokens)),
                other => panic!("{other:?}"),
            }
        }
        Some(SessionEvent::SignInNeeded(SignInReason::Refused(_))) => Refreshing::SignInNeeded,
        Some(SessionEvent::RefreshFailed(failure)) => Refreshing::Refused(failure),
        Some(SessionEvent::Retrying { reason, next_attempt, .. }) => {
            Refreshing::Passing(reason, next_attempt.saturating_duration_since(NOW))
        }
        other => panic!("{other:?}"),
    }
}

/// Whether trouble may have hidden an answer that granted something.
pub fn may_hide_a_grant(reason: RetryReason) -> bool {
    use device_flow_core::TransportFailure::{Connect, Proxy, Tls};
    match reason {
        RetryReason::Transport(failure) => !matches!(failure, Connect(_) | Proxy(_) | Tls(_)),
        RetryReason::Status(status) => status >= 500,
        RetryReason::NotOAuth(status) => status < 300,
        other => panic!("{other:?}"),
    }
}
