//! Keeping tokens fresh: rows K1 to K4.

use std::time::Duration;

use device_flow_core::{
    Call, ClientAuthentication, Config, ErrorCode, Failure, Input, Machine, Misuse, Output,
    PendingFlowError, RequestId, Response, ResumeError, RetryReason, Session, SessionEvent,
    SignInReason, Stage, StoredSession, Timestamp, TransportFailure,
};

use crate::bench::{config, seconds};

const RENEWED: &str = r#"{"access_token":"second","token_type":"Bearer","expires_in":600}"#;

/// A driver of sessions on virtual time.
struct Keeper {
    session: Session,
    now: Timestamp,
    events: Vec<SessionEvent>,
    lent: Option<RequestId>,
    body: String,
}

impl Keeper {
    fn new(config: Config, refresh_token: Option<&str>, life: Option<Duration>) -> Self {
        let stored = StoredSession::new(&config, "first", refresh_token, life).unwrap();
        let now = Timestamp::from_millis(1_000_000);
        Self::of(
            Session::resume(config, stored, Duration::ZERO, now).unwrap(),
            now,
        )
    }

    fn of(session: Session, now: Timestamp) -> Self {
        Self {
            session,
            now,
            events: Vec::new(),
            lent: None,
            body: String::new(),
        }
    }

    /// With a token of 600 s, so that the lead time is 30 s.
    fn usual() -> Self {
        Self::new(config(), Some("r1"), Some(seconds(600)))
    }

    /// Sleeps until a request is lent; `None` at the end, or when nothing comes before `limit`.
    fn try_request(&mut self, limit: Duration) -> Option<Timestamp> {
        let limit = self.now.saturating_add(limit);
        for _ in 0..10_000 {
            match self.session.poll_output(self.now) {
                Output::Send(request) => {
                    assert_eq!(
                        (request.stage(), request.url()),
                        (Stage::Refresh, "https://as.example/token")
                    );
                    self.lent = Some(request.id());
                    self.body = String::from_utf8(request.body().to_vec()).unwrap();
                    return Some(self.now);
                }
                Output::Event(event) => self.events.push(event),
                Output::WaitUntil(until) if until > limit => {
                    self.now = limit;
                    return None;
                }
                Output::WaitUntil(until) => {
                    assert!(until > self.now);
                    self.now = until;
                }
                Output::Done => return None,
            }
        }
        panic!("no end in sight: {:?}", self.events);
    }

    fn request(&mut self) -> Duration {
        let before = self.now;
        self.try_request(seconds(100_000))
            .unwrap()
            .saturating_duration_since(before)
    }

    fn answer(&mut self, status: u16, body: &str) {
        let input = Input::Response(self.lent.unwrap(), Response::new(status, body.as_bytes()));
        self.session.handle_input(self.now, input).unwrap();
    }

    fn fail(&mut self, failure: TransportFailure) {
        self.session
            .handle_input(self.now, Input::Failure(self.lent.unwrap(), failure))
            .unwrap();
    }

    fn names(&self) -> Vec<&'static str> {
        let name = |event: &SessionEvent| match event {
            SessionEvent::AboutToExpire { .. } => "about to expire",
            SessionEvent::Refreshed(_) => "refreshed",
            SessionEvent::Retrying { .. } => "retrying",
            SessionEvent::RefreshFailed(_) => "failed",
            SessionEvent::Expired => "expired",
            SessionEvent::SignInNeeded(_) => "sign in",
            _ => "?",
        };
        self.events.iter().map(name).collect()
    }

    fn settle(&mut self) -> Vec<&'static str> {
        assert!(self.try_request(Duration::ZERO).is_none());
        self.names()
    }
}

#[test]
fn k1_the_request_is_a_refresh_grant_and_authenticates_the_client() {
    let config = config()
        .client_authentication(ClientAuthentication::SecretPost("s".into()))
        .parameter(Stage::Refresh, "audience", "https://api.example");
    let mut keeper = Keeper::new(config, Some("r+1"), Some(seconds(600)));
    keeper.request();
    assert_eq!(
        keeper.body,
        "grant_type=refresh_token&refresh_token=r%2B1&client_id=tv&client_secret=s&audience=https%3A%2F%2Fapi.example"
    );
}

#[test]
fn k1_the_old_refresh_token_stays_when_none_comes_back() {
    for member in ["", r#","refresh_token":null"#, r#","refresh_token":"""#] {
        let mut keeper = Keeper::usual();
        keeper.request();
        keeper.answer(200, &RENEWED.replace('}', &format!("{member}}}")));
        assert_eq!(keeper.settle(), ["about to expire", "refreshed"]);
        assert_eq!(keeper.session.tokens().access_token().expose(), "second");
        assert_eq!(
            keeper.session.tokens().refresh_token().unwrap().expose(),
            "r1",
            "{member}"
        );
    }
}

#[test]
fn k1_a_new_refresh_token_replaces_the_old_one() {
    let mut keeper = Keeper::usual();
    keeper.request();
    keeper.answer(200, &RENEWED.replace('}', r#","refresh_token":"r2"}"#));
    keeper.settle();
    keeper.request();
    assert!(keeper.body.contains("refresh_token=r2"), "{}", keeper.body);
}

#[test]
fn k1_scope_and_id_token_stay_when_the_answer_leaves_them_out() {
    let stored = StoredSession::from_json(
        r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","refresh_token":"r","id_token":"i","scope":"b a","life_s":600,"remaining_ms":600000}"#,
    )
    .unwrap();
    let now = Timestamp::ZERO;
    let mut keeper = Keeper::of(
        Session::resume(config(), stored, Duration::ZERO, now).unwrap(),
        now,
    );
    keeper.request();
    keeper.answer(200, RENEWED);
    let scopes = |keeper: &Keeper| {
        keeper
            .session
            .tokens()
            .scopes()
            .unwrap()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(scopes(&keeper), ["b", "a"]);
    assert_eq!(keeper.session.tokens().id_token().unwrap().expose(), "i");

    keeper.settle();
    keeper.session.refresh_with_scope(keeper.now, "a").unwrap();
    keeper.request();
    assert!(
        keeper.body.ends_with("&client_id=tv&scope=a"),
        "{}",
        keeper.body
    );
    keeper.answer(200, RENEWED);
    assert_eq!(scopes(&keeper), ["a"]);
    keeper.settle();
    keeper.request();
    assert!(!keeper.body.contains("scope"));
    keeper.answer(200, RENEWED);
    assert_eq!(
        scopes(&keeper),
        ["b", "a"],
        "a full refresh brings back the full scope"
    );
    keeper.settle();
    keeper.request();
    keeper.answer(200, &RENEWED.replace('}', r#","scope":"c"}"#));
    assert_eq!(scopes(&keeper), ["c"]);
}

#[test]
fn k1_no_scope_is_left_out_and_several_are_separated_by_one_space() {
    for (asked, sent) in [("", None), (" \t", None), (" a \n b ", Some("scope=a+b"))] {
        let mut keeper = Keeper::usual();
        keeper
            .session
            .refresh_with_scope(keeper.now, asked)
            .unwrap();
        keeper.request();
        let scope = keeper.body.split('&').find(|it| it.starts_with("scope"));
        assert_eq!(scope, sent, "{asked:?}");
    }
}

#[test]
fn k2_a_failed_refresh_keeps_the_token_and_is_told_once() {
    let mut keeper = Keeper::usual();
    keeper.request();
    keeper.answer(
        400,
        r#"{"error":"invalid_client","error_description":"r1 is not known"}"#,
    );
    assert!(keeper.try_request(seconds(20)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "failed"]);
    let Some(SessionEvent::RefreshFailed(Failure::Server(error))) = keeper.events.last() else {
        panic!()
    };
    assert_eq!(
        (error.stage(), error.code()),
        (Stage::Refresh, &ErrorCode::InvalidClient)
    );
    assert_eq!(keeper.session.tokens().access_token().expose(), "first");
    assert!(keeper.session.remaining(keeper.now).unwrap() > Duration::ZERO);
    // The end of the token is told, and a demand starts another refresh.
    assert!(keeper.try_request(seconds(1_000)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "failed", "expired"]);
    keeper.session.refresh(keeper.now).unwrap();
    keeper.request();
    keeper.answer(200, RENEWED);
    assert_eq!(
        keeper.settle(),
        ["about to expire", "failed", "expired", "refreshed"]
    );
}

#[test]
fn k2_an_answer_that_makes_no_sense_is_a_failure_and_the_token_stays() {
    for (status, body) in [
        (200, "{}"),
        (200, "<html>"),
        (302, ""),
        (404, ""),
        (200, r#"{"access_token":""}"#),
        (400, r#"{"error":"authorization_pending"}"#),
    ] {
        let mut keeper = Keeper::usual();
        keeper.request();
        keeper.answer(status, body);
        assert_eq!(
            keeper.settle(),
            ["about to expire", "failed"],
            "{status} {body}"
        );
        assert_eq!(keeper.session.tokens().access_token().expose(), "first");
        assert!(!keeper.session.is_refreshing());
    }
    let mut keeper = Keeper::usual();
    keeper.request();
    keeper.fail(TransportFailure::BodyTooLarge);
    assert_eq!(keeper.settle(), ["about to expire", "failed"]);
}

#[test]
fn k2_invalid_grant_means_sign_in_again_and_is_the_end() {
    for status in [400, 401, 503] {
        let mut keeper = Keeper::usual();
        keeper.request();
        keeper.answer(status, r#"{"error":"invalid_grant"}"#);
        assert!(keeper.try_request(seconds(10_000)).is_none());
        assert_eq!(keeper.names(), ["about to expire", "sign in"]);
        assert!(
            matches!(&keeper.events[1], SessionEvent::SignInNeeded(SignInReason::Refused(error)) if !error.is_answer_lost())
        );
        assert!(matches!(
            keeper.session.poll_output(keeper.now),
            Output::Done
        ));
        assert_eq!(
            keeper.session.tokens().access_token().expose(),
            "first",
            "it may still be valid"
        );
        assert_eq!(keeper.session.refresh(keeper.now), Err(Misuse::Finished));
    }
}

#[test]
fn k2_a_refresh_token_that_was_used_up_by_a_lost_answer_is_told_as_that() {
    let mut keeper = Keeper::usual();
    keeper.request();
    keeper.fail(TransportFailure::Timeout);
    keeper.request();
    keeper.answer(400, r#"{"error":"invalid_grant"}"#);
    keeper.settle();
    assert!(
        matches!(keeper.events.last(), Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) if error.is_answer_lost())
    );
}

#[test]
fn k2_only_an_answer_that_may_have_carried_tokens_counts_as_lost() {
    for (status, is_lost) in [(429, false), (499, false), (500, true), (502, true)] {
        let mut keeper = Keeper::usual();
        keeper.request();
        keeper.answer(status, r#"{"error":"temporarily_unavailable"}"#);
        keeper.request();
        keeper.answer(400, r#"{"error":"invalid_grant"}"#);
        keeper.settle();
        assert!(
            matches!(keeper.events.last(), Some(SessionEvent::SignInNeeded(SignInReason::Refused(error))) if error.is_answer_lost() == is_lost),
            "{status}"
        );
    }
}

#[test]
fn k2_passing_trouble_is_retried_until_the_end_of_the_token_and_beyond() {
    let mut keeper = Keeper::usual();
    keeper.request();
    let mut waits = Vec::new();
    for _ in 0..6 {
        keeper.fail(TransportFailure::Connect);
        waits.push(keeper.request().as_secs());
    }
    assert_eq!(waits, [5, 10, 20, 40, 60, 60]);
    assert_eq!(
        keeper.names().iter().filter(|it| **it == "expired").count(),
        1
    );
    keeper.answer(503, "<html>busy</html>");
    keeper.request();
    assert!(matches!(
        keeper.events.last(),
        Some(SessionEvent::Retrying {
            reason: RetryReason::Status(503),
            ..
        })
    ));
    keeper.answer(200, RENEWED);
    keeper.settle();
    assert_eq!(keeper.names().last(), Some(&"refreshed"));
    assert_eq!(keeper.session.remaining(keeper.now), Some(seconds(600)));
}

#[test]
fn k2_retry_after_is_honoured_and_a_silent_server_is_given_up() {
    let mut keeper = Keeper::usual();
    keeper.request();
    let busy = Response::new(429, b"").header("retry-after", b"77");
    keeper
        .session
        .handle_input(keeper.now, Input::Response(keeper.lent.unwrap(), busy))
        .unwrap();
    assert_eq!(keeper.request(), seconds(77));
    assert_eq!(
        keeper.request(),
        seconds(30 + 10),
        "30 s for the answer, then back-off"
    );
}

#[test]
fn k2_an_absurd_retry_after_does_not_end_refreshing() {
    for (asked, obeyed) in [("1800", 1_800), ("99999999999", 60 * 60)] {
        let mut keeper = Keeper::usual();
        keeper.request();
        let busy = Response::new(503, b"").header("retry-after", asked.as_bytes());
        keeper
            .session
            .handle_input(keeper.now, Input::Response(keeper.lent.unwrap(), busy))
            .unwrap();
        assert_eq!(keeper.request(), seconds(obeyed));
    }
}

#[test]
fn a_session_with_nothing_to_do_sleeps_an_hour_at_a_time() {
    let mut keeper = Keeper::new(config(), Some("r1"), None);
    let next = keeper.now.saturating_add(seconds(60 * 60));
    assert!(matches!(
        keeper.session.poll_output(keeper.now),
        Output::WaitUntil(until) if until == next
    ));
}

#[test]
fn a_wait_lies_ahead_also_at_the_moment_of_a_refresh_that_cannot_be() {
    // Its lead time is all of its life, so that it is about to expire when it could be refreshed for the first time.
    let mut keeper = Keeper::new(config(), None, Some(seconds(10)));
    keeper.try_request(seconds(2));
    assert_eq!(keeper.settle(), ["about to expire"]);
    let expiry = keeper.now.saturating_add(seconds(8));
    assert!(matches!(
        keeper.session.poll_output(keeper.now),
        Output::WaitUntil(until) if until == expiry
    ));
}

#[test]
fn k3_the_lead_time_follows_the_life_of_the_token() {
    for (life, wanted, lead) in [
        (600, 0, 30),
        (100, 0, 10),
        (86_400, 0, 4_320),
        (600, 60, 60),
        (600, 600, 30),
        (600, 10_000, 30),
    ] {
        let config = config().refresh_lead(seconds(wanted));
        let mut keeper = Keeper::new(config, Some("r1"), Some(seconds(life)));
        assert_eq!(keeper.request(), seconds(life - lead), "{life} {wanted}");
        assert_eq!(keeper.names(), ["about to expire"]);
    }
}

#[test]
fn k3_a_token_that_lives_shorter_than_the_lead_time_is_held_two_seconds() {
    for life in [1, 5, 10] {
        let mut keeper = Keeper::new(config(), Some("r1"), Some(seconds(life)));
        assert_eq!(keeper.request(), seconds(2), "{life}");
        for _ in 0..3 {
            keeper.answer(200, &RENEWED.replace("600", &life.to_string()));
            assert_eq!(keeper.request(), seconds(2));
        }
    }
}

#[test]
fn k3_about_to_expire_is_told_once_a_token_and_with_the_moment() {
    let mut keeper = Keeper::new(
        config().refresh_automatically(false),
        Some("r1"),
        Some(seconds(600)),
    );
    let end = keeper.session.expires_at().unwrap();
    assert!(keeper.try_request(seconds(10_000)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "expired"]);
    assert!(
        matches!(keeper.events[0], SessionEvent::AboutToExpire { expires_at } if expires_at == end)
    );
}

#[test]
fn k3_automatic_refresh_can_be_turned_off_and_on() {
    let mut keeper = Keeper::usual();
    keeper
        .session
        .handle_input(keeper.now, Input::Pause)
        .unwrap();
    assert!(keeper.try_request(seconds(580)).is_none());
    assert_eq!(keeper.names(), ["about to expire"]);
    keeper
        .session
        .handle_input(keeper.now, Input::Resume)
        .unwrap();
    assert_eq!(keeper.request(), Duration::ZERO);
}

#[test]
fn k3_a_jump_over_everything_tells_all_of_it_in_order() {
    let mut keeper = Keeper::usual();
    keeper.now = keeper.now.saturating_add(seconds(100_000));
    keeper.request();
    assert_eq!(keeper.names(), ["about to expire", "expired"]);
}

#[test]
fn k3_a_very_short_life_is_told_in_order_and_in_time() {
    for (life, steps) in [
        (0, &[0_u64][..]),
        (0, &[2_000]),
        (1, &[0, 999, 1, 1_000]),
        (1, &[2_000]),
    ] {
        let mut keeper = Keeper::new(config(), None, Some(seconds(life)));
        for step in steps {
            keeper.now = keeper.now.saturating_add(Duration::from_millis(*step));
            keeper.settle();
        }
        assert_eq!(
            keeper.names(),
            ["about to expire", "expired", "sign in"],
            "{life} {steps:?}"
        );
    }
    let mut keeper = Keeper::new(
        config().refresh_automatically(false),
        Some("r1"),
        Some(seconds(1)),
    );
    keeper.try_request(seconds(1));
    assert_eq!(keeper.names(), ["about to expire", "expired"], "on time");
}

#[test]
fn k4_there_is_one_refresh_at_a_time() {
    let mut keeper = Keeper::usual();
    keeper.session.refresh(keeper.now).unwrap();
    keeper.request();
    assert!(keeper.session.is_refreshing());
    keeper.session.refresh(keeper.now).unwrap();
    assert!(matches!(
        keeper.session.poll_output(keeper.now),
        Output::WaitUntil(_)
    ));
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.settle(), ["refreshed"]);
}

#[test]
fn k4_an_answer_of_a_refresh_that_is_over_changes_nothing() {
    let mut keeper = Keeper::usual();
    keeper.session.refresh(keeper.now).unwrap();
    keeper.request();
    let old = keeper.lent.unwrap();
    keeper.answer(200, RENEWED);
    keeper.settle();
    let stolen = br#"{"access_token":"stolen"}"#;
    keeper
        .session
        .handle_input(keeper.now, Input::Response(old, Response::new(200, stolen)))
        .unwrap();
    keeper.session.refresh(keeper.now).unwrap();
    keeper.request();
    assert_ne!(keeper.lent, Some(old), "ids go on");
    keeper
        .session
        .handle_input(keeper.now, Input::Response(old, Response::new(200, stolen)))
        .unwrap();
    assert_eq!(keeper.session.tokens().access_token().expose(), "second");
}

#[test]
fn a_pause_does_not_lose_a_rotated_refresh_token() {
    let mut keeper = Keeper::usual();
    keeper.request();
    keeper
        .session
        .handle_input(keeper.now, Input::Pause)
        .unwrap();
    keeper.answer(200, &RENEWED.replace('}', r#","refresh_token":"r2"}"#));
    assert_eq!(
        keeper.session.tokens().refresh_token().unwrap().expose(),
        "r2"
    );
}

#[test]
fn without_a_refresh_token_the_end_of_the_token_is_the_end() {
    let mut keeper = Keeper::new(config(), None, Some(seconds(600)));
    assert_eq!(
        keeper.session.refresh(keeper.now),
        Err(Misuse::NoRefreshToken)
    );
    assert!(keeper.try_request(seconds(10_000)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "expired", "sign in"]);
    assert!(matches!(
        keeper.events[2],
        SessionEvent::SignInNeeded(SignInReason::NoRefreshToken)
    ));
    assert!(matches!(
        keeper.session.poll_output(keeper.now),
        Output::Done
    ));
}

#[test]
fn a_token_without_a_lifetime_is_refreshed_on_demand_only() {
    let mut keeper = Keeper::new(config(), Some("r1"), None);
    assert!(keeper.try_request(seconds(1_000_000)).is_none());
    assert!(keeper.names().is_empty());
    assert_eq!(keeper.session.remaining(keeper.now), None);
    keeper.session.refresh(keeper.now).unwrap();
    keeper.request();
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.settle(), ["refreshed"]);
    assert_eq!(keeper.session.remaining(keeper.now), Some(seconds(600)));
}

#[test]
fn a_session_can_be_given_up() {
    let mut keeper = Keeper::usual();
    keeper.request();
    keeper
        .session
        .handle_input(keeper.now, Input::Cancel)
        .unwrap();
    assert!(matches!(
        keeper.session.poll_output(keeper.now),
        Output::Done
    ));
    keeper
        .session
        .handle_input(keeper.now, Input::Cancel)
        .unwrap();
    assert_eq!(
        keeper.session.handle_input(keeper.now, Input::Pause),
        Err(Misuse::Finished)
    );
}

#[test]
fn t3_the_life_of_a_renewed_token_counts_from_when_its_request_was_sent() {
    let mut keeper = Keeper::usual();
    keeper.request();
    keeper.now = keeper.now.saturating_add(seconds(9));
    keeper.answer(200, RENEWED);
    assert_eq!(keeper.session.remaining(keeper.now), Some(seconds(591)));
}

#[test]
fn what_people_see_of_stored_tokens_is_cleaned() {
    let text = |token_type: &str, scope: &str| {
        format!(
            r#"{{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","token_type":"{token_type}","scope":"{scope}"}}"#
        )
    };
    let read = |text: String| StoredSession::from_json(&text).unwrap();
    let stored = read(text(r"Bearer\u001b[2J", r"openid\f pro\u202efile\n"));
    assert_eq!(stored.tokens().token_type(), Some("Bearer[2J"));
    let scopes: Vec<&str> = stored.tokens().scopes().unwrap().collect();
    assert_eq!(scopes, ["openid", "profile"]);
    let stored = read(text(r"\u200b", r"\n"));
    assert!(stored.tokens().token_type().is_none() && stored.tokens().scopes().is_none());
}

#[test]
fn the_longest_lives_there_are_survive_as_text() {
    let stored = StoredSession::new(&config(), "a", None, Some(Duration::MAX)).unwrap();
    let text = stored.to_json();
    let read = StoredSession::from_json(text.expose()).unwrap();
    assert_eq!(read.to_json().expose(), text.expose());
}

#[test]
fn a_session_survives_as_text() {
    let mut keeper = Keeper::usual();
    keeper.now = keeper.now.saturating_add(seconds(100));
    let stored = keeper.session.suspend(keeper.now).to_json();
    let resume = |config, away| {
        let stored = StoredSession::from_json(stored.expose()).unwrap();
        assert_eq!(
            (stored.client_id(), stored.remaining()),
            ("tv", Some(seconds(500)))
        );
        Session::resume(config, stored, away, Timestamp::ZERO)
    };
    let session = resume(config(), seconds(50)).unwrap();
    assert_eq!(session.remaining(Timestamp::ZERO), Some(seconds(450)));
    assert_eq!(session.tokens().refresh_token().unwrap().expose(), "r1");
    let mut later = Keeper::of(session, Timestamp::ZERO);
    assert_eq!(
        later.request(),
        seconds(420),
        "the lead time follows the whole life, not what is left of it"
    );

    let other = Config::new("tv", "https://as.example/d", "https://evil.example/token");
    assert_eq!(
        resume(other, Duration::ZERO).unwrap_err(),
        ResumeError::OtherTokenEndpoint
    );
    let other = Config::new("other", "https://as.example/d", "https://as.example/token");
    assert_eq!(
        resume(other, Duration::ZERO).unwrap_err(),
        ResumeError::OtherClient
    );
    for damaged in [
        "",
        "{}",
        "[]",
        r#"{"version":1}"#,
        &stored.expose().replace("first", ""),
    ] {
        assert_eq!(
            StoredSession::from_json(damaged).unwrap_err(),
            PendingFlowError::Damaged,
            "{damaged}"
        );
    }
    let newer = stored.expose().replace("\"version\":1", "\"version\":9");
    assert_eq!(
        StoredSession::from_json(&newer).unwrap_err(),
        PendingFlowError::Version { found: 9 }
    );
}

#[test]
fn k7_a_session_shows_no_secret() {
    let mut keeper = Keeper::new(config(), Some("refresh-secret"), Some(seconds(600)));
    keeper.request();
    keeper.answer(
        400,
        r#"{"error":"invalid_grant","error_description":"refresh-secret was revoked"}"#,
    );
    keeper.settle();
    let stored = keeper.session.suspend(keeper.now);
    let shown = format!("{:?} {:?} {stored:?}", keeper.session, keeper.events);
    assert!(
        !shown.contains("refresh-secret") && !shown.contains("\"first\""),
        "{shown}"
    );
}

#[test]
fn a_single_refresh_is_one_exchange_with_bounded_retries() {
    let mut refresh = Call::refresh(&config(), "r1").unwrap();
    let mut now = Timestamp::ZERO;
    let mut requests = 0;
    loop {
        match refresh.poll_output(now) {
            Output::Send(request) => {
                requests += 1;
                let id = request.id();
                refresh
                    .handle_input(now, Input::Failure(id, TransportFailure::Connect))
                    .unwrap();
            }
            Output::WaitUntil(until) => now = until,
            Output::Event(_) => {}
            Output::Done => break,
        }
    }
    assert_eq!(requests, 4);
    assert!(
        matches!(refresh.into_outcome(), Some(Err(Failure::Network(error))) if error.stage() == Stage::Refresh)
    );
}

#[test]
fn k3_a_token_that_never_expires_is_not_refreshed_without_pause() {
    for life in ["1000000000000000000", "9223372036854775807", "1e300"] {
        let mut keeper = Keeper::usual();
        keeper.request();
        keeper.answer(200, &RENEWED.replace("600", life));
        assert!(keeper.try_request(seconds(10_000_000)).is_none(), "{life}");
        assert_eq!(keeper.names(), ["about to expire", "refreshed"]);
    }
}

#[test]
fn k2_a_refused_refresh_keeps_the_servers_words() {
    for code in ["access_denied", "expired_token", "authorization_declined"] {
        let mut keeper = Keeper::usual();
        keeper.request();
        keeper.answer(
            400,
            &format!(r#"{{"error":"{code}","error_description":"why"}}"#),
        );
        keeper.settle();
        let Some(SessionEvent::RefreshFailed(Failure::Server(error))) = keeper.events.last() else {
            panic!("{code}")
        };
        assert_eq!(
            (error.code().as_str(), error.description()),
            (code, Some("why"))
        );
    }
}

#[test]
fn a_stored_session_is_cleaned_when_it_is_read() {
    let stored = StoredSession::from_json(
        r#"{"version":1,"client_id":"tv","token_endpoint":"https://as.example/token","access_token":"a","token_type":"\u001b[2JBearer","scope":"a\u202eb","extra":"no object"}"#,
    )
    .unwrap();
    assert_eq!(stored.tokens().token_type(), Some("[2JBearer"));
    assert_eq!(
        stored.tokens().scopes().unwrap().collect::<Vec<_>>(),
        ["ab"]
    );
    assert_eq!(stored.tokens().extra().expose(), "{}");
}

#[test]
fn k2_a_single_refresh_that_follows_a_lost_answer_says_so() {
    let mut refresh = Call::refresh(&config(), "r1").unwrap();
    let mut now = Timestamp::ZERO;
    let mut requests = 0;
    loop {
        match refresh.poll_output(now) {
            Output::Send(request) => {
                requests += 1;
                let id = request.id();
                let input = if requests == 1 {
                    Input::Failure(id, TransportFailure::Timeout)
                } else {
                    Input::Response(id, Response::new(400, br#"{"error":"invalid_grant"}"#))
                };
                refresh.handle_input(now, input).unwrap();
            }
            Output::WaitUntil(until) => now = until,
            Output::Event(_) => {}
            Output::Done => break,
        }
    }
    assert!(
        matches!(refresh.into_outcome(), Some(Err(Failure::Server(error))) if error.is_answer_lost())
    );
}
