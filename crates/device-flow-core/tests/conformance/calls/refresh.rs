//! A refresh that is made once: rows K2 and K4.

use device_flow_core::{
    Call, CallEvent, Config, Dialect, ErrorCode, Failure, Input, Machine, Output, ProtocolErrorKind, Response,
    RetryReason, Stage, StoredSession, Timestamp, TokenResponse, TransportFailure,
};

use super::{lent, run, run_noting};
use crate::bench::{config, seconds};

const RENEWED: &str = r#"{"access_token":"new","refresh_token":"r2","expires_in":600}"#;

fn refresh() -> Call<TokenResponse> {
    refresh_with(&config())
}

fn refresh_with(config: &Config) -> Call<TokenResponse> {
    Call::refresh(config, "r1").unwrap()
}

#[test]
fn a_single_refresh_is_one_exchange_with_bounded_retries() {
    let (sent_at, outcome) = run(refresh(), |_| Err(TransportFailure::Connect(None)));
    assert_eq!(sent_at, [0, 1_000, 3_000, 7_000]);
    assert!(matches!(outcome, Err(Failure::Network(error)) if error.stage() == Stage::Refresh));
}

#[test]
fn a_single_refresh_speaks_the_dialect_of_its_server() {
    let dialect = Dialect::RFC_8628.alias("token", "access_token").code("bad_token", "invalid_grant");
    let config = config().dialect(dialect);
    let (_, outcome) = run(refresh_with(&config), |_| Ok((200, r#"{"token":"new"}"#)));
    assert_eq!(outcome.unwrap().access_token().expose(), "new");
    let (_, outcome) = run(refresh_with(&config), |_| Ok((400, r#"{"error":"bad_token"}"#)));
    assert!(matches!(outcome, Err(Failure::Server(error)) if error.code() == &ErrorCode::INVALID_GRANT));
}

#[test]
fn k2_a_single_refresh_that_follows_a_lost_answer_says_so() {
    for (first, error, says_so) in [
        (TransportFailure::Timeout, r#"{"error":"invalid_grant"}"#, true),
        (TransportFailure::Timeout, r#"{"error":"invalid_client"}"#, false),
        // It never reached the server.
        (TransportFailure::Connect(None), r#"{"error":"invalid_grant"}"#, false),
    ] {
        let (_, outcome) = run(refresh(), |attempt| if attempt == 1 { Err(first) } else { Ok((400, error)) });
        assert!(matches!(outcome, Err(Failure::Server(error)) if error.is_answer_lost() == says_so), "{first} {error}");
    }
}

/// A server that forgives the second use of a refresh token does so for half a minute at most.
#[test]
fn k4_a_single_refresh_whose_answer_is_lost_is_replayed_at_once_and_once() {
    let mut told = Vec::new();
    let (sent_at, outcome) = run_noting(refresh(), |_| Err(TransportFailure::Timeout), |event| told.push(event));
    assert_eq!(sent_at, [0, 10_000], "and given up after 20 s");
    assert!(matches!(outcome, Err(Failure::Network(error)) if error.failure() == TransportFailure::Timeout));
    assert!(matches!(
        told[..],
        [CallEvent::Retrying {
            reason: RetryReason::Transport(TransportFailure::Timeout),
            next_attempt,
            ..
        }] if next_attempt == Timestamp::from_millis(10_000)
    ));
    for lost in [TransportFailure::Closed, TransportFailure::Encoding(None), TransportFailure::Other] {
        let (sent_at, outcome) = run(refresh(), |attempt| if attempt == 1 { Err(lost) } else { Ok((200, RENEWED)) });
        assert_eq!(sent_at, [0, 0], "{lost}");
        assert_eq!(outcome.unwrap().refresh_token().unwrap().expose(), "r2");
    }
}

#[test]
fn k4_a_single_refresh_has_a_time_out_of_its_own() {
    assert_eq!(lent(&mut refresh()).timeout, seconds(10));
    let shorter = config().request_timeout(seconds(3));
    assert_eq!(lent(&mut refresh_with(&shorter)).timeout, seconds(3));
    let longer = config().refresh_timeout(seconds(25));
    assert_eq!(lent(&mut refresh_with(&longer)).timeout, seconds(25));
    let longest = config().refresh_timeout(seconds(99));
    assert_eq!(lent(&mut refresh_with(&longest)).timeout, seconds(30));
}

#[test]
fn k4_a_single_refresh_is_never_replayed_where_the_caller_says_so() {
    let never = config().replay_refresh(false);
    for lost in [Err(TransportFailure::Timeout), Err(TransportFailure::Closed), Ok((502, "")), Ok((504, "<html>"))] {
        for call in [refresh_with(&never), refresh().retries(0)] {
            let (sent_at, outcome) = run(call, |_| lost);
            assert_eq!(sent_at, [0], "{lost:?}");
            assert!(outcome.is_err());
        }
    }
}

#[test]
fn k4_a_refresh_that_a_gateway_may_have_passed_on_is_made_twice_at_most() {
    let (sent_at, outcome) = run(refresh(), |_| Ok((503, "")));
    assert_eq!(sent_at, [0, 1_000]);
    assert!(
        matches!(outcome, Err(Failure::Protocol(error)) if *error.kind() == ProtocolErrorKind::Unavailable { status: 503 })
    );
    // A rate limit says that nothing was done.
    assert_eq!(run(refresh(), |_| Ok((429, ""))).0.len(), 4);
}

/// A rotated refresh token is lost for ever if its answer is thrown away.
#[test]
fn k4_a_late_answer_to_a_single_refresh_counts() {
    let late = Timestamp::from_millis(10_001);
    let answer = || Response::new(200, RENEWED.as_bytes());
    let mut call = refresh();
    let id = lent(&mut call).id;
    call.handle_input(late, Input::Response(id, answer())).unwrap();
    let tokens = call.into_outcome().unwrap().unwrap();
    assert_eq!(tokens.refresh_token().unwrap().expose(), "r2");
    assert_eq!(tokens.expires_at(), Some(Timestamp::from_millis(600_000)), "counted from when the request was sent");

    // A lasting failure was told in between, by a call that makes no second attempt: that is the end.
    let mut call = refresh().retries(0);
    let id = lent(&mut call).id;
    assert!(matches!(call.poll_output(late), Output::Done));
    call.handle_input(late, Input::Response(id, answer())).unwrap();
    assert!(matches!(call.outcome(), Some(Err(_))));
}

/// Both attempts ask for the same, so an answer to the first counts while the second is out; and that may carry newer ones.
#[test]
fn k4_tokens_for_an_earlier_attempt_are_kept_while_the_answer_to_a_later_one_is_heard_out() {
    let newer = r#"{"access_token":"newest","expires_in":60}"#;
    let refused = r#"{"error":"invalid_grant"}"#;
    for (answer, access_token) in [
        (Some(Ok((200, newer))), "newest"),
        (Some(Ok((400, refused))), "new"),
        (Some(Ok((503, ""))), "new"),
        (Some(Ok((429, ""))), "new"),
        (Some(Err(TransportFailure::Closed)), "new"),
        (None, "new"),
    ] {
        let mut call = refresh();
        let first = lent(&mut call).id;
        let late = Timestamp::from_millis(10_001);
        assert!(matches!(call.poll_output(late), Output::Event(_)));
        let Output::Send(request) = call.poll_output(late) else { panic!() };
        let second = request.id();
        let respond = |call: &mut Call<TokenResponse>, id, status, body: &str| {
            let response = Response::new(status, body.as_bytes());
            call.handle_input(late, Input::Response(id, response)).unwrap();
        };
        respond(&mut call, first, 200, RENEWED);
        respond(&mut call, first, 200, r#"{"access_token":"doubled"}"#);
        assert!(!call.is_done(), "the second may bring newer ones");
        match answer {
            Some(Ok((status, body))) => respond(&mut call, second, status, body),
            Some(Err(failure)) => call.handle_input(late, Input::Failure(second, failure)).unwrap(),
            None => call.handle_input(late, Input::Cancel).unwrap(),
        }
        let tokens = call.into_outcome().unwrap().unwrap();
        assert_eq!(tokens.access_token().expose(), access_token);
        assert_eq!(tokens.refresh_token().unwrap().expose(), "r2", "it stays when none comes after it");
    }
    // And when nothing comes, or cannot come any more.
    let at = Timestamp::from_millis;
    for (answered, is_out) in [(11_000, true), (19_999, true), (20_000, false)] {
        let mut call = refresh();
        let id = lent(&mut call).id;
        assert!(matches!(call.poll_output(at(10_000)), Output::Event(_)));
        assert!(matches!(call.poll_output(at(10_000)), Output::Send(_)));
        let response = Response::new(200, RENEWED.as_bytes());
        call.handle_input(at(answered), Input::Response(id, response)).unwrap();
        assert_eq!(call.is_done(), !is_out, "{answered}");
        let waits = matches!(call.poll_output(at(answered)), Output::WaitUntil(until) if until == at(20_000));
        assert_eq!(waits, is_out, "{answered}");
        assert!(matches!(call.poll_output(at(20_000)), Output::Done));
        assert!(matches!(call.outcome(), Some(Ok(_))));
    }
}

/// What a server leaves out stays as it was: whoever stores the answer alone stores no refresh token.
#[test]
fn k1_what_a_single_refresh_brings_is_merged_with_what_was_stored() {
    let stored = |json: &str| StoredSession::from_json(json).unwrap();
    let before = stored(
        r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","token_type":"Bearer","refresh_token":"r1","id_token":"i","scope":"b a","extra":"{\"x\":1}","life_s":600,"remaining_ms":1}"#,
    );
    let (_, outcome) = run(refresh(), |_| Ok((200, r#"{"access_token":"new"}"#)));
    let after = before.refreshed(&outcome.unwrap());
    let tokens = after.tokens();
    assert_eq!(tokens.access_token().expose(), "new");
    assert_eq!(tokens.refresh_token().unwrap().expose(), "r1");
    assert_eq!(tokens.id_token().unwrap().expose(), "i");
    assert_eq!(tokens.scopes().unwrap().collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(tokens.expires_in(), Some(seconds(600)), "the life before is the best guess");
    assert_eq!(after.remaining(), Some(seconds(600)));
    assert_eq!((after.client_id(), after.token_endpoint()), (before.client_id(), before.token_endpoint()));
    let read = stored(after.to_json().expose());
    assert_eq!(read, after);

    let rotated = TokenResponse::from_json(RENEWED).unwrap();
    let after = before.refreshed(&rotated);
    assert_eq!(after.tokens().refresh_token().unwrap().expose(), "r2");
    let lost = r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","refresh_token":"r1","phase":2,"failures":3,"is_answer_lost":1,"is_paused":1}"#;
    assert!(stored(lost).is_answer_lost());
    let after = stored(lost).refreshed(&rotated);
    assert!(!after.is_answer_lost(), "it has arrived now");
}
