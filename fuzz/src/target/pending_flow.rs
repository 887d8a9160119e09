//! What was stored, damaged in any way: pending sign-ins and token sets.

use core::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Input, Machine as _, PendingFlow, Response, Session, SessionEvent, Stage, StoredSession,
    Timestamp,
};

use crate::check::{self, planted};
use crate::config;
use crate::drive;

/// A pending sign-in as it is stored.
pub const PENDING: &str = r#"{"version":1,"client_id":"fuzz client","token_endpoint":"https://as.example/token","device_code":"planted-device-code","user_code":"PLNT-CODE","verification_uri":"https://as.example/device","verification_uri_complete":"https://as.example/device?c=1","message":"Go there","extra":"{\"a\":1}","nonce":"planted-nonce","code_verifier":"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk","trouble":"http_status","interval_ms":5000,"remaining_ms":590000,"is_lifetime_known":1,"next_poll_in_ms":5250,"failures":1,"is_answer_lost":1,"is_answered":1,"trouble_status":503,"expires_in":600,"interval":5}"#;
/// A token set as it is stored, whose refresh is under way.
pub const SESSION: &str = r#"{"version":1,"client_id":"fuzz client","token_endpoint":"https://as.example/token","access_token":"planted-access-token","token_type":"Bearer","refresh_token":"planted-refresh-token","id_token":"planted-id-token","scope":"profile","extra":"{\"a\":1}","full_scope":"openid profile","narrower_scope":"profile","life_s":3600,"remaining_ms":3000000,"held_ms":600000,"told":1,"phase":2,"next_attempt_in_ms":5000,"failures":2,"is_answer_lost":1,"hasty":1}"#;
/// What a refresh brings.
const ROTATED: &[u8] = br#"{"access_token":"new","refresh_token":"rotated","expires_in":3600}"#;
/// Where the clock of the driver stands that takes something up again.
const NOW: Timestamp = Timestamp::from_millis(77);

/// The first byte chooses: the text of a sign-in or of a token set, or edits of a good one; and what the server says to
/// whoever takes it up again.
pub fn run(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let answers = match choice >> 2 & 3 {
        0 => Answers::None,
        1 => Answers::Tokens,
        2 => Answers::Busy,
        _ => Answers::TokensAfterCancelling,
    };
    let text = |bytes| String::from_utf8(bytes);
    match choice & 3 {
        0 => drop(text(rest.to_vec()).map(|it| pending(&it))),
        1 => drop(text(rest.to_vec()).map(|it| session(&it, answers))),
        2 => drop(text(edited(PENDING, rest)).map(|it| pending(&it))),
        _ => drop(text(edited(SESSION, rest)).map(|it| session(&it, answers))),
    }
}

/// What a server says to refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    None,
    Tokens,
    Busy,
    TokensAfterCancelling,
}

/// Edits of five bytes each: place, how much to take out, what to put in how often.
fn edited(text: &str, edits: &[u8]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits.chunks_exact(5) {
        let place = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % (bytes.len() + 1);
        let end = (place + usize::from(edit[2] & 31)).min(bytes.len());
        let new = vec![edit[3]; usize::from(edit[4] & 31)];
        bytes.splice(place..end, new);
    }
    bytes
}

fn pending(json: &str) {
    let pending = match PendingFlow::from_json(json) {
        Ok(pending) => pending,
        Err(error) => return check::error_is_fit(&error, &[]),
    };
    is_silent_about_codes(&pending);
    let stored = pending.to_json();
    let again = PendingFlow::from_json(stored.expose()).expect("what was written can be read");
    assert_eq!(again.to_json().expose(), stored.expose());
    assert!(pending.remaining() <= Duration::from_secs(24 * 60 * 60));
    assert!(pending.next_poll_in() <= Duration::from_secs(24 * 60 * 60));
    let config = config::confidential(None);
    for away in [Duration::ZERO, Duration::from_secs(3), Duration::MAX] {
        resume(&config, pending.clone(), away);
    }
}

fn is_silent_about_codes(pending: &PendingFlow) {
    let shown = format!("{pending:?}");
    let public = format!("{}{}", pending.client_id(), pending.token_endpoint());
    // Only what stands where it belongs is kept silent: an edit may have put it elsewhere.
    let stored = pending.to_json();
    for (name, secret) in
        [("device_code", planted::DEVICE_CODE), ("user_code", planted::USER_CODE), ("nonce", planted::NONCE)]
    {
        let is_in_place = stored.expose().contains(&format!("\"{name}\":\"{secret}\""));
        if is_in_place && stored.expose().matches(secret).count() == 1 && !public.contains(secret) {
            check::is_silent(&shown, &[secret]);
        }
    }
}

fn resume(config: &Config, pending: PendingFlow, away: Duration) {
    let remaining = pending.remaining().saturating_sub(away);
    let wait = pending.next_poll_in().saturating_sub(away);
    let is_paused = pending.is_paused();
    let (client, endpoint) = (pending.client_id().to_owned(), pending.token_endpoint().to_owned());
    let mut flow = match DeviceFlow::resume(config.clone(), pending, away, NOW) {
        Ok(flow) => flow,
        Err(error) => return check::error_is_fit(&error, &[]),
    };
    assert_eq!((client.as_str(), endpoint.as_str()), (config::CLIENT_ID, config::TOKEN_ENDPOINT));
    let deadline = flow.expires_at().expect("there is a code");
    assert_eq!(deadline, NOW.saturating_add(remaining));
    assert_eq!(flow.is_paused(), is_paused);
    let prompt = flow.prompt(NOW).expect("there is a code");
    check::is_presentable("a user code", prompt.user_code());
    check::is_openable(prompt.verification_uri());
    if let Some(complete) = prompt.verification_uri_complete() {
        check::is_openable(complete);
    }
    check::is_presentable_if_any("a message", prompt.message());
    let interval = flow.interval().expect("there is a code");
    assert!(interval >= Duration::from_secs(1));
    let mut at = NOW;
    let mut last = None;
    for _ in 0..4 {
        let (sent, _, wake) = drive::settle(&mut flow, at, &[]);
        for request in sent {
            assert_eq!((request.stage, request.url.as_str()), (Stage::Token, config::TOKEN_ENDPOINT));
            assert!(!is_paused);
            assert!(at >= NOW.saturating_add(wait) && at < deadline);
            assert!(last.is_none_or(|it| at.saturating_duration_since(it) >= interval));
            last = Some(at);
        }
        match wake {
            Some(wake) => at = wake,
            None => return,
        }
    }
}

fn session(json: &str, answers: Answers) {
    let stored = match StoredSession::from_json(json) {
        Ok(stored) => stored,
        Err(error) => return check::error_is_fit(&error, &[]),
    };
    let text = stored.to_json();
    let again = StoredSession::from_json(text.expose()).expect("what was written can be read");
    assert_eq!(again.to_json().expose(), text.expose());
    for secret in [planted::ACCESS_TOKEN, planted::REFRESH_TOKEN, planted::ID_TOKEN] {
        if text.expose().matches(secret).count() == 1 && text.expose().contains(&format!("_token\":\"{secret}\"")) {
            check::debug_is_silent(&stored, &[secret]);
        }
    }
    let access = stored.tokens().access_token().expose();
    assert!(!access.is_empty() && access.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    check::is_presentable_if_any("a token type", stored.tokens().token_type());
    if let Some(scopes) = stored.tokens().scopes() {
        scopes.for_each(|it| check::is_presentable("a scope", it));
    }
    let config = config::confidential(None);
    for away in [Duration::ZERO, Duration::from_secs(3), Duration::MAX] {
        match Session::resume(config.clone(), stored.clone(), away, NOW) {
            Ok(session) => keep(session, &stored, away, answers),
            Err(error) => check::error_is_fit(&error, &[]),
        }
    }
}

/// Keeps tokens that were taken up again fresh for a while.
fn keep(mut session: Session, stored: &StoredSession, away: Duration, answers: Answers) {
    let left = stored.remaining();
    let expires_at = left.map(|it| NOW.saturating_add(it.saturating_sub(away)));
    assert_eq!(session.expires_at(), expires_at);
    let mut access = stored.tokens().access_token().expose().to_owned();
    let mut refresh = stored.tokens().refresh_token().map(|it| it.expose().to_owned());
    let again = session.suspend(NOW);
    assert_eq!(again.tokens().access_token().expose(), access);
    // Whoever demands a refresh gets one, or is told why not.
    if answers == Answers::Tokens && refresh.is_some() && !session.is_refreshing() {
        assert_eq!(session.refresh(NOW), Ok(()));
    }
    let mut at = NOW;
    for _ in 0..6 {
        let (sent, events, wake) = drive::settle(&mut session, at, &[]);
        for event in events {
            if let SessionEvent::Refreshed(tokens) = event {
                assert_eq!(tokens.access_token().expose(), access);
            }
        }
        assert!(sent.len() <= 1, "one request at a time");
        let Some(wake) = wake else { break };
        at = wake;
        let Some(request) = sent.last() else { continue };
        assert_eq!((request.stage, request.url.as_str()), (Stage::Refresh, config::TOKEN_ENDPOINT));
        assert_eq!(request.parameter("refresh_token"), refresh);
        let response = match answers {
            Answers::None => continue,
            Answers::Busy => Response::new(503, b""),
            Answers::Tokens => Response::new(200, ROTATED),
            Answers::TokensAfterCancelling => {
                assert_eq!(session.handle_input(at, Input::Cancel), Ok(()));
                assert!(!session.is_done(), "the answer is heard");
                Response::new(200, ROTATED)
            }
        };
        // An answer that comes late counts just as well, if it grants something.
        let accepted = session.handle_input(at, Input::Response(request.id, response));
        assert_eq!(accepted, Ok(()));
        if answers != Answers::Busy {
            "new".clone_into(&mut access);
            refresh = Some("rotated".to_owned());
        }
    }
    assert_eq!(session.tokens().access_token().expose(), access);
    let kept = session.tokens().refresh_token();
    assert_eq!(kept.map(|it| it.expose().to_owned()), refresh);
}
