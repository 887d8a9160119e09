//! What a client concludes from an answer, in the corpus's words: by a machine that is given it.

use std::time::Duration;

use device_flow_core::{
    Call, ClientAuthentication, Config, DeviceFlow, Dialect, Discovery, Event, Failure, Input, Machine, Outcome,
    Output, Prompt, Response, SecretStr, ServerError, Session, SessionEvent, SignInReason, StoredSession, Timestamp,
    TokenResponse,
};
use serde_json::{Value, json};

/// A code that every dialect understands, and that lives as long as one can; polled every second.
const CODES: &str = r#"{"device_code":"c","code":"c","user_code":"U-1","verification_uri":"https://as.example/device","expires_in":86400,"interval":1}"#;
/// The refresh token of a session whose answers leave it as it is.
const KEPT: &str = "the-one-before";

/// A client that wants nothing longer than the server does.
fn config(dialect: &Dialect, scope: &str) -> Config {
    Config::new("tv", "https://as.example/d", "https://as.example/t")
        .client_authentication(ClientAuthentication::SecretPost("s3cret".into()))
        .dialect(dialect.clone())
        .scope(scope)
        .interval_margin(0)
        .max_back_off(Duration::from_secs(1))
}

/// Sends the next request, and answers it.
fn exchange<M: Machine>(machine: &mut M, now: &mut Timestamp, response: Response<'_>) {
    loop {
        match machine.poll_output(*now) {
            Output::Send(request) => {
                let id = request.id();
                machine.handle_input(*now, Input::Response(id, response)).unwrap();
                return;
            }
            Output::WaitUntil(until) => *now = until,
            Output::Event(_) => {}
            Output::Done => panic!("nothing to answer"),
        }
    }
}

fn next_event<M: Machine>(machine: &mut M, now: Timestamp) -> Option<M::Event> {
    match machine.poll_output(now) {
        Output::Event(event) => Some(event),
        _ => None,
    }
}

pub(crate) fn device_authorization(dialect: &Dialect, response: Response<'_>) -> Value {
    let mut flow = DeviceFlow::new(config(dialect, "")).unwrap();
    let mut now = Timestamp::ZERO;
    exchange(&mut flow, &mut now, response);
    let (prompt, expires_in, interval) = match (flow.device_authorization(), flow.outcome()) {
        (Some(codes), _) => {
            let prompt = flow.prompt(now).unwrap();
            (prompt, codes.expires_in(), codes.interval())
        }
        // The codes are gone with their life, so the text is asked.
        (None, Some(Outcome::Expired(_))) => {
            let text = core::str::from_utf8(response.body()).unwrap();
            let prompt = Prompt::from_json(text).unwrap();
            let interval = i64::try_from(prompt.interval().as_secs()).ok();
            (prompt, Some(0), interval)
        }
        (None, Some(Outcome::Failed(failure))) => return refused(failure),
        (None, _) => {
            let Some(Event::Retrying { next_attempt, .. }) = next_event(&mut flow, now) else {
                panic!("{:?}", flow.outcome())
            };
            return waiting("transient", next_attempt, now, 1, u64::MAX);
        }
    };
    json!({
        "kind": "device_authorization",
        "user_code": prompt.user_code(),
        "verification_uri": prompt.verification_uri(),
        "verification_uri_complete": prompt.verification_uri_complete(),
        "expires_in": expires_in,
        "interval": interval.unwrap_or(5),
        "message": prompt.message(),
    })
}

pub(crate) fn token(dialect: &Dialect, scope: &str, response: Response<'_>) -> Value {
    let mut flow = DeviceFlow::new(config(dialect, scope)).unwrap();
    let mut now = Timestamp::ZERO;
    exchange(&mut flow, &mut now, Response::new(200, CODES.as_bytes()));
    exchange(&mut flow, &mut now, response);
    let left = flow.remaining(now).unwrap_or_default().as_secs();
    let told = next_event(&mut flow, now);
    match (flow.outcome(), told) {
        (Some(Outcome::Authorized(granted)), _) => tokens(granted, None),
        (Some(Outcome::Denied), _) => json!({ "kind": "denied" }),
        (Some(Outcome::Expired(_)), _) => json!({ "kind": "expired" }),
        (Some(Outcome::Failed(failure)), _) => refused(failure),
        (None, Some(Event::Pending { next_poll, .. })) => waiting("pending", next_poll, now, 1, left),
        (None, Some(Event::SlowedDown { interval, .. })) => {
            json!({ "kind": "slow_down", "interval": interval.as_secs() })
        }
        (None, Some(Event::Retrying { next_attempt, .. })) => waiting("transient", next_attempt, now, 1, left),
        other => panic!("{other:?}"),
    }
}

/// What a session makes of it, which refreshes as long as there is any use in it.
pub(crate) fn refresh(dialect: &Dialect, response: Response<'_>) -> Value {
    let config = config(dialect, "");
    let stored = StoredSession::new(&config, "a", Some(KEPT), None).unwrap();
    let mut now = Timestamp::ZERO;
    let mut session = Session::resume(config, stored, Duration::ZERO, now).unwrap();
    session.refresh(now).unwrap();
    exchange(&mut session, &mut now, response);
    match next_event(&mut session, now).unwrap() {
        SessionEvent::Refreshed(granted) => tokens(&granted, Some(KEPT)),
        SessionEvent::Retrying { next_attempt, .. } => waiting("transient", next_attempt, now, 5, u64::MAX),
        SessionEvent::SignInNeeded(SignInReason::Refused(error)) => oauth_error(&error, true),
        SessionEvent::RefreshFailed(Failure::Server(error)) => oauth_error(&error, false),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn revocation(response: Response<'_>) -> Value {
    let config = config(&Dialect::RFC_8628, "");
    let mut call = Call::revoke_access_token(&config, "https://as.example/r", "a").unwrap();
    let mut now = Timestamp::ZERO;
    exchange(&mut call, &mut now, response);
    match call.outcome() {
        Some(Ok(_)) => json!({ "kind": "revoked" }),
        Some(Err(failure)) => refused(failure),
        None => json!({ "kind": "transient" }),
    }
}

/// What comes of one document, where there is no other.
pub(crate) fn discovery(response: Response<'_>, issuer: Option<&str>) -> Value {
    let mut discovery = Discovery::new(issuer.unwrap_or("https://as.example")).unwrap();
    let mut now = Timestamp::ZERO;
    exchange(&mut discovery, &mut now, response);
    if next_event(&mut discovery, now).is_some() {
        return json!({ "kind": "transient" });
    }
    while !discovery.is_done() {
        exchange(&mut discovery, &mut now, Response::new(404, b""));
    }
    match discovery.into_outcome().unwrap() {
        Ok(metadata) => json!({
            "kind": "metadata",
            "issuer": metadata.issuer(),
            "device_authorization_endpoint": metadata.device_authorization_endpoint(),
            "token_endpoint": metadata.token_endpoint(),
        }),
        Err(failure) => refused(&failure),
    }
}

fn tokens(token: &TokenResponse, kept: Option<&str>) -> Value {
    let refresh_token = token.refresh_token().map(SecretStr::expose);
    json!({
        "kind": "token",
        "access_token": token.access_token().expose(),
        "token_type": token.token_type(),
        "expires_in": token.expires_in().map(|it| it.as_secs()),
        "refresh_token": refresh_token.filter(|it| kept != Some(*it)),
        "id_token": token.id_token().map(SecretStr::expose),
        "scope": token.scopes().map(Iterator::collect::<Vec<_>>),
    })
}

/// A wait of at least and at most so many seconds, whatever the server asks for.
fn waiting(kind: &str, until: Timestamp, now: Timestamp, least: u64, most: u64) -> Value {
    let wait = until.saturating_duration_since(now).as_secs();
    json!({ "kind": kind, "wait": wait, "least": least, "most": most })
}

fn refused(failure: &Failure) -> Value {
    match failure {
        Failure::Server(error) => oauth_error(error, false),
        other => {
            json!({ "kind": "error", "error": "invalid_response", "description": other.to_string() })
        }
    }
}

fn oauth_error(error: &ServerError, is_sign_in_needed: bool) -> Value {
    json!({
        "kind": "error",
        "error": error.code().as_str(),
        "description": error.description(),
        "sign_in_needed": is_sign_in_needed,
    })
}
