//! The last chance is taken: a code does not run out while a poll is allowed, and nobody is told to wait beyond its end.

use std::time::Duration;

use device_flow_core::{
    Config, DeviceFlow, Event, Input, Machine, Outcome, Output, Response, RetryReason, Stage, Timestamp,
    TransportFailure,
};
use proptest::prelude::*;

use crate::answer::failures;

/// What becomes of a poll.
#[derive(Clone, Copy, Debug)]
enum Poll {
    Pending,
    SlowDown,
    Busy(u64),
    Failed(TransportFailure),
    Silent,
}

fn polls() -> impl Strategy<Value = Poll> {
    prop_oneof![
        4 => Just(Poll::Pending),
        1 => Just(Poll::SlowDown),
        1 => (0_u64..60).prop_map(Poll::Busy),
        3 => failures()
            .prop_filter("that is the end", |it| *it != TransportFailure::BodyTooLarge)
            .prop_map(Poll::Failed),
        1 => Just(Poll::Silent),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn a_code_runs_out_only_when_no_poll_is_allowed_any_more(
        expires_in in 1_u64..400, interval in 1_u64..70, margin in 0_u8..=100,
        polls in proptest::collection::vec((polls(), 0_u64..3_000), 1..90),
    ) {
        let config = Config::new("tv", "https://as.example/d", "https://as.example/t").interval_margin(margin);
        let mut flow = DeviceFlow::new(config).unwrap();
        let mut now = Timestamp::ZERO;
        let Output::Send(request) = flow.poll_output(now) else { panic!("no request") };
        let id = request.id();
        let codes = format!(
            r#"{{"device_code":"d","user_code":"u","verification_uri":"https://as.example/","interval":{interval},"expires_in":{expires_in}}}"#
        );
        flow.handle_input(now, Input::Response(id, Response::new(200, codes.as_bytes()))).unwrap();
        let deadline = now.saturating_add(Duration::from_secs(expires_in));
        let mut interval = Duration::from_secs(interval);
        let mut patience = Duration::ZERO;
        // From here the wait for the next poll counts.
        let mut last_end = now;
        let (mut trouble, mut is_answered) = (None, false);
        let mut polls = polls.iter().cycle();
        let expiry = loop {
            match flow.poll_output(now) {
                Output::Event(Event::Pending { next_poll, .. } | Event::SlowedDown { next_poll, .. }) => {
                    prop_assert!(next_poll <= deadline);
                }
                Output::Event(Event::Retrying { next_attempt, stage: Stage::Token, .. }) => {
                    prop_assert!(next_attempt <= deadline);
                }
                Output::Event(_) => {}
                Output::WaitUntil(until) => {
                    prop_assert!(until <= deadline);
                    now = until;
                }
                Output::Send(request) => {
                    prop_assert!(now < deadline);
                    prop_assert!(now >= last_end.saturating_add(interval.max(patience)), "too early");
                    prop_assert_eq!(request.timeout(), Duration::from_secs(30), "the whole of its time");
                    let (id, timeout) = (request.id(), request.timeout());
                    let (poll, duration) = polls.next().unwrap();
                    let at = now.saturating_add(Duration::from_millis(*duration));
                    patience = Duration::ZERO;
                    let answer = |status, body: &'static str| Input::Response(id, Response::new(status, body.as_bytes()));
                    let seconds;
                    let (reason, input) = match *poll {
                        Poll::Pending => (None, answer(400, r#"{"error":"authorization_pending"}"#)),
                        Poll::SlowDown => {
                            interval += Duration::from_secs(5);
                            (None, answer(400, r#"{"error":"slow_down"}"#))
                        }
                        Poll::Busy(it) => {
                            patience = Duration::from_secs(it);
                            seconds = it.to_string();
                            let response = Response::new(503, b"").header("retry-after", seconds.as_bytes());
                            (Some(RetryReason::Status(503)), Input::Response(id, response))
                        }
                        Poll::Failed(failure) => (Some(RetryReason::Transport(failure)), Input::Failure(id, failure)),
                        Poll::Silent => {
                            trouble = Some(RetryReason::Transport(TransportFailure::Timeout));
                            now = now.saturating_add(timeout);
                            last_end = now;
                            continue;
                        }
                    };
                    now = at;
                    last_end = at;
                    trouble = reason;
                    is_answered |= reason.is_none();
                    flow.handle_input(now, input).unwrap();
                }
                Output::Done => match flow.outcome() {
                    Some(Outcome::Expired(expiry)) => break *expiry,
                    other => panic!("{other:?}"),
                },
            }
        };
        let next = last_end.saturating_add(interval.max(patience));
        prop_assert!(next >= deadline, "a poll was allowed at {next:?}, before {deadline:?}");
        prop_assert_eq!(expiry.last_trouble(), trouble);
        prop_assert_eq!(expiry.is_answered(), is_answered);
        prop_assert_eq!(expiry.unanswered_polls() > 0, trouble.is_some());
    }
}
