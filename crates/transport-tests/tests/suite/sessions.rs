//! Tokens that are kept fresh, on real clocks.

use crate::bench::{self, FOR_EVER, SOON, approving, client, config, fleeting, refreshes, start, told, until};
use core::ops::ControlFlow;
use device_flow_core::{
    Call, Config, ErrorCode, Machine as _, Misuse, RetryReason, Session, SessionEvent, SignInReason, StoredSession,
    TokenResponse, TransportFailure,
};
use device_flow_testserver::{Answer, Endpoint, Fault, RefreshTokens, Script, Server, Step};
use device_flow_transport::Remote;
use std::thread;
use std::time::{Duration, Instant};
use transport_tests::Transport;

/// K1, K3.
pub(crate) fn a_token_is_refreshed_before_its_end_and_the_next_one_too<T: Transport>() {
    let server = start(fleeting());
    let (client, mut session) = signed_in::<T>(&server);
    let first = refresh_token(session.tokens());
    let told = told(&client, &mut session, &Remote::new(), after_refreshes(2));
    let round = ["about to expire", "refreshed"];
    assert_eq!(kinds(&told), [round, round].concat());

    let rotated: Vec<_> = renewals(&told).map(refresh_token).collect();
    assert_eq!(sent(&server), [first.as_str(), rotated[0].as_str()]);
    assert!(!server.is_active(&first), "it was rotated");
    assert!(!server.is_active(&rotated[0]), "it was rotated too");
    assert!(server.is_active(&rotated[1]));
    let access_token = session.tokens().access_token();
    assert!(server.is_active(access_token.expose()));

    // Two of three seconds: the lead time is one.
    let requests = refreshes(&server);
    let gap = requests[1].arrived - requests[0].arrived;
    assert!(gap >= Duration::from_millis(1_990), "after {gap:?}");
    assert!(gap < Duration::from_secs(3), "after {gap:?}");
}

/// K1.
pub(crate) fn the_refresh_token_stays_when_the_answer_names_none<T: Transport>() {
    let server = start(fleeting().refresh_tokens(RefreshTokens::Keep));
    let (client, mut session) = signed_in::<T>(&server);
    let refresh_token = refresh_token(session.tokens());
    let told = told(&client, &mut session, &Remote::new(), after_refreshes(2));
    assert_eq!(renewals(&told).count(), 2);
    assert_eq!(sent(&server), [refresh_token.as_str(); 2]);
}

/// K2.
pub(crate) fn a_refused_refresh_is_told_once_and_takes_no_token_away<T: Transport>() {
    let refused = Answer::json(400, r#"{"error":"invalid_request"}"#);
    let server = start(fleeting());
    server.script(Endpoint::Refresh, Script::new().answer(refused));
    let (client, mut session) = signed_in::<T>(&server);
    let access_token = session.tokens().access_token().expose().to_owned();
    let mut was_active = None;
    let told = told(&client, &mut session, &Remote::new(), |event| {
        if matches!(event, SessionEvent::RefreshFailed(_)) {
            was_active = Some(server.is_active(&access_token));
        }
        until(matches!(event, SessionEvent::Expired))
    });
    assert_eq!(kinds(&told), ["about to expire", "refresh failed", "expired"]);
    assert_eq!(was_active, Some(true));
    assert_eq!(session.tokens().access_token().expose(), access_token);
    assert_eq!(refreshes(&server).len(), 1);
}

/// K2.
pub(crate) fn a_refresh_token_that_is_refused_asks_for_a_sign_in_and_ends_the_driver<T: Transport>() {
    let server = start(approving());
    let (client, mut session) = signed_in::<T>(&server);
    let refresh_token = refresh_token(session.tokens());
    let revocation = Call::revoke_refresh_token(&lasting(&server), &server.revocation_endpoint(), &refresh_token);
    client.call(revocation.unwrap()).unwrap();
    session.refresh(client.now()).unwrap();
    let told = told(&client, &mut session, &Remote::new(), |_| until(false));
    assert_refused(&told, false);
    assert_eq!(kinds(&told), ["sign-in needed"]);
}

/// K2: the answer that was lost had rotated the token, which the server takes for theft when it comes again.
pub(crate) fn a_lost_answer_that_had_rotated_the_token_ends_with_a_hint<T: Transport>() {
    let server = start(fleeting());
    let lost = Step::ordinary().fault(Fault::Truncate { at: 9 });
    server.script(Endpoint::Refresh, Script::new().step(lost));
    let (client, mut session) = signed_in::<T>(&server);
    let told = told(&client, &mut session, &Remote::new(), |_| until(false));
    assert_refused(&told, true);
    assert_eq!(refreshes(&server).len(), 2);
}

/// K4: a server that forgives a refresh token that comes again does so for a short time.
pub(crate) fn a_refresh_whose_answer_was_lost_is_made_again_at_once<T: Transport>() {
    let server = start(fleeting());
    server.script(Endpoint::Refresh, Script::new().fault(Fault::Reset));
    let (client, mut session) = signed_in::<T>(&server);
    let told = told(&client, &mut session, &Remote::new(), after_refreshes(1));
    assert_eq!(kinds(&told), ["about to expire", "retrying", "refreshed"]);
    let SessionEvent::Retrying { reason, .. } = told[1] else { panic!("{told:?}") };
    assert_eq!(reason, RetryReason::Transport(TransportFailure::Closed));
    let requests = refreshes(&server);
    assert_eq!(requests.len(), 2);
    let gap = requests[1].arrived - requests[0].arrived;
    assert!(gap < Duration::from_secs(1), "after {gap:?}");
}

/// K2: while trouble lasts the old token may run out; the session goes on trying.
pub(crate) fn trouble_is_waited_out_even_past_the_end_of_the_token<T: Transport>() {
    let server = start(fleeting());
    let trouble = Answer::html(503, "<h1>Soon</h1>");
    server.script(Endpoint::Refresh, Script::new().answer(trouble));
    let (client, mut session) = signed_in::<T>(&server);
    let told = told(&client, &mut session, &Remote::new(), after_refreshes(1));
    assert_eq!(kinds(&told), ["about to expire", "retrying", "expired", "refreshed"]);
    let SessionEvent::Retrying { reason, .. } = told[1] else { panic!("{told:?}") };
    assert_eq!(reason, RetryReason::Status(503));
    let requests = refreshes(&server);
    let gap = requests[1].arrived - requests[0].arrived;
    assert!(gap >= Duration::from_millis(4_990), "after {gap:?}");
}

/// RFC 9700 section 4.14.2.
pub(crate) fn a_rotated_token_that_comes_again_ends_the_grant<T: Transport>() {
    let server = start(approving());
    let (client, session) = signed_in::<T>(&server);
    let stolen = refresh_token(session.tokens());
    let refresh = || client.call(Call::refresh(&lasting(&server), &stolen).unwrap());
    let renewed = refresh().unwrap();
    assert!(server.is_active(renewed.access_token().expose()));

    // The thief comes second.
    bench::assert_refused(refresh(), &ErrorCode::INVALID_GRANT);
    assert!(!server.is_active(renewed.access_token().expose()));
    let mut session = Session::new(lasting(&server), renewed, client.now()).unwrap();
    session.refresh(client.now()).unwrap();
    let told = told(&client, &mut session, &Remote::new(), |_| until(false));
    assert_refused(&told, false);
}

/// K4.
pub(crate) fn refreshes_on_demand_come_together_in_one_request<T: Transport>() {
    let server = start(approving());
    let client = client::<T>();
    let config = lasting(&server).scope("read write");
    let tokens = client.sign_in(config.clone()).unwrap();
    let mut session = Session::new(config, tokens, client.now()).unwrap();
    for _ in 0..2 {
        session.refresh_with_scope(client.now(), "read").unwrap();
    }
    // For other scopes it would be another request.
    let other = session.refresh(client.now());
    assert_eq!(other, Err(Misuse::RefreshUnderWay));
    let told = told(&client, &mut session, &Remote::new(), after_refreshes(1));
    assert_eq!(kinds(&told), ["refreshed"]);
    let scopes: Vec<_> = session.tokens().scopes().unwrap().collect();
    assert_eq!(scopes, ["read"]);
    assert_eq!(refreshes(&server).len(), 1);
}

/// K3.
pub(crate) fn a_paused_session_refreshes_not_and_a_resumed_one_does<T: Transport>() {
    let server = start(fleeting());
    let (client, mut session) = signed_in::<T>(&server);
    let remote = Remote::new();
    remote.pause();
    let mut refreshes_in_pause = None;
    let told = told(&client, &mut session, &remote, |event| {
        if matches!(event, SessionEvent::Expired) {
            refreshes_in_pause = Some(refreshes(&server).len());
            remote.resume();
        }
        until(matches!(event, SessionEvent::Refreshed(_)))
    });
    assert_eq!(kinds(&told), ["about to expire", "expired", "refreshed"]);
    assert_eq!(refreshes_in_pause, Some(0));
}

/// K1: the answer may carry a rotated refresh token, and a second request with the old one would look like theft.
pub(crate) fn a_pause_during_a_refresh_loses_no_answer<T: Transport>() {
    let server = start(fleeting());
    let late = Step::ordinary().late(Duration::from_millis(500));
    server.script(Endpoint::Refresh, Script::new().step(late));
    let (client, mut session) = signed_in::<T>(&server);
    let remote = Remote::new();
    let requests = server.requests().len();
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            if server.wait_for_requests(requests + 1, Duration::from_secs(10)) {
                remote.pause();
            }
        });
        told(&client, &mut session, &remote, after_refreshes(1))
    });
    assert_eq!(kinds(&told), ["about to expire", "refreshed"]);
    assert_eq!(refreshes(&server).len(), 1);
}

/// K1: the same of a session that is cancelled meanwhile, because the token that was sent may have been replaced.
pub(crate) fn a_cancelled_session_still_gets_the_token_that_was_rotated<T: Transport>() {
    let server = start(fleeting());
    let late = Step::ordinary().late(Duration::from_millis(500));
    server.script(Endpoint::Refresh, Script::new().step(late));
    let (client, mut session) = signed_in::<T>(&server);
    let spent = refresh_token(session.tokens());
    let remote = Remote::new();
    let requests = server.requests().len();
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            if server.wait_for_requests(requests + 1, Duration::from_secs(10)) {
                remote.cancel();
            }
        });
        told(&client, &mut session, &remote, |_| until(false))
    });
    assert_eq!(kinds(&told), ["about to expire", "refreshed"]);
    assert!(session.is_done());
    assert!(!server.is_active(&spent), "it was rotated");
    assert!(server.is_active(&refresh_token(session.tokens())));
    assert_eq!(refreshes(&server).len(), 1);
}

/// K4: and it waits for that no longer than a refresh may take.
pub(crate) fn a_cancelled_session_gives_a_refresh_that_hangs_up_in_time<T: Transport>() {
    let server = start(approving());
    let hang = Script::new().fault(Fault::Hang(FOR_EVER));
    server.script(Endpoint::Refresh, hang);
    let client = client::<T>();
    let config = lasting(&server).refresh_timeout(Duration::from_millis(700));
    let tokens = client.sign_in(config.clone()).unwrap();
    let mut session = Session::new(config, tokens, client.now()).unwrap();
    session.refresh(client.now()).unwrap();
    let remote = Remote::new();
    let requests = server.requests().len();
    let took = thread::scope(|scope| {
        let cancelled = scope.spawn(|| {
            assert!(server.wait_for_requests(requests + 1, SOON));
            remote.cancel();
            Instant::now()
        });
        told(&client, &mut session, &remote, |_| until(false));
        cancelled.join().unwrap().elapsed()
    });
    assert!(took > Duration::from_millis(500), "took {took:?}");
    assert!(took < SOON, "took {took:?}");
    assert_eq!(refreshes(&server).len(), 1);
}

pub(crate) fn without_a_refresh_token_the_session_ends_with_the_token<T: Transport>() {
    let server = start(fleeting().refresh_tokens(RefreshTokens::None));
    let (client, mut session) = signed_in::<T>(&server);
    let told = told(&client, &mut session, &Remote::new(), |_| until(false));
    assert_eq!(kinds(&told), ["about to expire", "expired", "sign-in needed"]);
    assert!(matches!(told[2], SessionEvent::SignInNeeded(SignInReason::NoRefreshToken)));
    assert_eq!(refreshes(&server).len(), 0);
}

pub(crate) fn a_stored_session_goes_on_in_another_client<T: Transport>() {
    let server = start(fleeting());
    let (client_before, session) = signed_in::<T>(&server);
    // As another process would get it.
    let stored = session.suspend(client_before.now()).to_json();
    drop((client_before, session));
    let stored = StoredSession::from_json(stored.expose()).unwrap();
    let client = client::<T>();
    let session = Session::resume(lasting(&server), stored, Duration::ZERO, client.now());
    let mut session = session.unwrap();
    let told = told(&client, &mut session, &Remote::new(), after_refreshes(1));
    assert_eq!(kinds(&told), ["about to expire", "refreshed"]);
    assert!(server.is_active(session.tokens().access_token().expose()));
}

/// Refreshes one second ahead.
fn lasting(server: &Server) -> Config {
    config(server).refresh_lead(Duration::from_secs(1))
}

fn signed_in<T: Transport>(server: &Server) -> (T, Session) {
    let client = client::<T>();
    let tokens = client.sign_in(lasting(server)).unwrap();
    let session = Session::new(lasting(server), tokens, client.now()).unwrap();
    (client, session)
}

fn after_refreshes(count: usize) -> impl FnMut(&SessionEvent) -> ControlFlow<()> + Send {
    let mut seen = 0;
    move |event| {
        seen += usize::from(matches!(event, SessionEvent::Refreshed(_)));
        until(seen == count)
    }
}

fn renewals(told: &[SessionEvent]) -> impl Iterator<Item = &TokenResponse> {
    told.iter().filter_map(|event| match event {
        SessionEvent::Refreshed(tokens) => Some(tokens),
        _ => None,
    })
}

fn refresh_token(tokens: &TokenResponse) -> String {
    tokens.refresh_token().unwrap().expose().to_owned()
}

/// The refresh tokens that the server was sent.
fn sent(server: &Server) -> Vec<String> {
    let refreshes = refreshes(server);
    let tokens = refreshes.iter().map(|it| it.parameter("refresh_token"));
    tokens.map(|it| it.unwrap().to_owned()).collect()
}

fn assert_refused(told: &[SessionEvent], is_answer_lost: bool) {
    let Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) = told.last() else { panic!("{told:?}") };
    assert_eq!(*error.code(), ErrorCode::INVALID_GRANT);
    assert_eq!(error.is_answer_lost(), is_answer_lost);
}

fn kinds(told: &[SessionEvent]) -> Vec<&'static str> {
    let kind = |event: &SessionEvent| match event {
        SessionEvent::AboutToExpire { .. } => "about to expire",
        SessionEvent::Refreshed(_) => "refreshed",
        SessionEvent::Retrying { .. } => "retrying",
        SessionEvent::RefreshFailed(_) => "refresh failed",
        SessionEvent::Expired => "expired",
        SessionEvent::SignInNeeded(_) => "sign-in needed",
        _ => "something else",
    };
    told.iter().map(kind).collect()
}
