//! The end of the code: row P6.

use std::time::Duration;

use device_flow_core::{Event, Input, Machine, Outcome, Response, RetryReason, Timestamp, TransportFailure};

use super::Act;
use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, TOKEN, config, seconds};

/// A flow whose code lives this long and is to be polled every so often, with the margin that is usual.
fn living(life: u64, interval: u64) -> Bench {
    let codes = CODES.replace("600", &life.to_string()).replace("\"interval\":5", &format!("\"interval\":{interval}"));
    Bench::with_codes(config().interval_margin(5), &codes)
}

#[test]
fn p6_no_poll_at_or_after_the_end_of_the_code() {
    let mut bench = Bench::with_codes(config(), &CODES.replace("600", "10"));
    assert_eq!(bench.poll(400, PENDING), seconds(5));
    assert!(matches!(bench.end(), Outcome::Expired(_)));
    assert_eq!(bench.now.saturating_duration_since(Timestamp::from_millis(1_000_000)), seconds(10));
}

#[test]
fn p6_an_answer_at_the_last_moment_still_counts() {
    let mut bench = Bench::with_codes(config(), &CODES.replace("600", "6"));
    bench.next_request();
    bench.sleep(seconds(1));
    bench.answer(200, TOKEN);
    assert!(matches!(bench.end(), Outcome::Authorized(_)));
}

/// The end of the code forbids to send, not to hear: what the server granted before it would be lost.
#[test]
fn p6_the_last_poll_keeps_its_full_time_out_and_its_answer_counts() {
    for (life, late) in [(12, 2_000), (12, 2_050), (12, 29_999), (6, 1_000)] {
        let mut bench = living(life, 5);
        let mut poll = bench.next_request();
        if life == 12 {
            bench.answer(400, PENDING);
            poll = bench.next_request();
        }
        assert_eq!(poll.timeout, seconds(30), "the whole of it");
        let end = bench.flow.expires_at().unwrap();
        assert_eq!(bench.wake_at(), poll.at.saturating_add(seconds(30)));
        // Whoever asks at the end of the code is told to go on waiting.
        bench.now = end;
        assert_eq!(bench.wake_at(), poll.at.saturating_add(seconds(30)));
        bench.now = poll.at.saturating_add(Duration::from_millis(late)).max(end);
        bench.answer(200, TOKEN);
        assert!(matches!(bench.end(), Outcome::Authorized(_)), "{life} {late}");
    }
}

#[test]
fn p6_whatever_the_last_poll_is_answered_is_heard() {
    let answers: [(&str, Act, &str); 5] = [
        ("denied", |bench| bench.answer(400, r#"{"error":"access_denied"}"#), "Denied"),
        ("error", |bench| bench.answer(400, r#"{"error":"invalid_client"}"#), "Failed"),
        ("page", |bench| bench.answer(200, "<html>"), "Failed"),
        ("pending", |bench| bench.answer(400, PENDING), "Expired"),
        ("trouble", |bench| bench.fail(TransportFailure::Closed), "Expired"),
    ];
    for (name, answer, outcome) in answers {
        let mut bench = living(6, 5);
        bench.next_request();
        bench.sleep(seconds(20));
        answer(&mut bench);
        let now = bench.now;
        let end = format!("{:?}", bench.end());
        assert!(end.starts_with(outcome), "{name}: {end}");
        assert_eq!(bench.now, now, "{name}: there is nothing left to wait for");
    }
}

#[test]
fn p6_a_last_poll_without_an_answer_is_the_end_when_it_is_given_up() {
    let mut bench = living(6, 5);
    let poll = bench.next_request();
    let expiry = bench.expiry();
    assert_eq!(bench.now, poll.at.saturating_add(seconds(30)));
    let timeout = RetryReason::Transport(TransportFailure::Timeout);
    assert_eq!(expiry.last_trouble(), Some(timeout));
}

/// Nothing is tried again then, so nothing of the kind is told.
#[test]
fn p6_trouble_from_the_end_of_the_code_on_is_told_with_the_end_alone() {
    for (late, told) in [(749, 2), (750, 1), (751, 1)] {
        let mut bench = living(6, 5);
        bench.next_request();
        bench.sleep(Duration::from_millis(late));
        bench.fail(TransportFailure::Closed);
        let closed = RetryReason::Transport(TransportFailure::Closed);
        assert_eq!(bench.expiry().last_trouble(), Some(closed));
        assert_eq!(bench.events.len(), told, "{late}: {:?}", bench.events);
    }
}

/// A code that the server's own numbers leave one poll for was told as expired together with the prompt.
#[test]
fn p6_the_margin_gives_way_to_a_last_poll() {
    for (life, interval, at) in [
        // The margin would end at 63 s.
        (62, 60, 61_000),
        (61, 60, 60_000),
        (63, 60, 62_000),
        (64, 60, 63_000),
        (66, 60, 63_000),
        (6, 5, 5_250),
        (2, 1, 1_050),
    ] {
        let mut bench = living(life, interval);
        let wait = bench.wait();
        assert_eq!(wait, Duration::from_millis(at), "{life} {interval}");
        bench.answer(200, TOKEN);
        assert!(matches!(bench.end(), Outcome::Authorized(_)));
    }
}

#[test]
fn p6_the_interval_gives_way_to_nothing() {
    for (life, interval) in [(60, 60), (60, 61), (5, 5)] {
        let mut bench = living(life, interval);
        let begin = bench.now;
        assert!(matches!(bench.end(), Outcome::Expired(_)));
        assert_eq!(bench.now, begin, "no use in waiting for the end");
        assert_eq!(bench.events.len(), 1, "the prompt");
    }
    let mut bench = living(12, 5);
    bench.poll(400, SLOW_DOWN);
    assert!(matches!(bench.end(), Outcome::Expired(_)), "10 s are too long");
}

/// Back-off that reaches beyond the end would give away the time in which the person approved.
#[test]
fn p6_back_off_gives_way_to_a_last_poll_one_second_before_the_end() {
    let mut bench = living(120, 5);
    let begin = bench.now;
    let mut polls = Vec::new();
    while let Some(poll) = bench.try_next_request() {
        let at = poll.at.saturating_duration_since(begin);
        polls.push(at.as_millis());
        if at < seconds(80) {
            bench.fail(TransportFailure::Connect(None));
        } else {
            bench.answer(200, TOKEN);
        }
    }
    assert_eq!(polls, [5_250, 15_750, 36_750, 78_750, 119_000]);
    assert!(matches!(bench.flow.outcome(), Some(Outcome::Authorized(_))));
}

#[test]
fn p6_retry_after_does_not_give_way() {
    for (asked, at) in [(100, Some(100)), (114, Some(114)), (115, None), (400, None)] {
        let mut bench = living(120, 5);
        bench.next_request();
        // Five seconds and a quarter have passed, so there are 114.75 s left.
        let asked_for = asked.to_string();
        let busy = Response::new(503, b"").header("retry-after", asked_for.as_bytes());
        bench.answer_with(busy);
        let answered = bench.now;
        let next = bench.try_next_request();
        let wait = next.map(|it| it.at.saturating_duration_since(answered));
        assert_eq!(wait, at.map(seconds), "{asked}");
    }
}

/// Whoever shows a countdown believes these moments.
#[test]
fn p6_announced_waits_never_lie_beyond_the_end_of_the_code() {
    let troubles: [Act; 6] = [
        |bench| bench.answer(400, PENDING),
        |bench| bench.answer(400, SLOW_DOWN),
        |bench| bench.answer(400, r#"{"error":"slow_down","interval":290}"#),
        |bench| bench.fail(TransportFailure::Connect(None)),
        |bench| bench.answer_with(Response::new(503, b"").header("retry-after", b"99999")),
        |bench| bench.sleep(seconds(30)),
    ];
    for trouble in troubles {
        let mut bench = living(100, 5);
        let end = bench.flow.expires_at().unwrap();
        while bench.try_next_request().is_some() {
            trouble(&mut bench);
            if let Some(at) = bench.flow.next_poll() {
                assert!(at <= end, "{at:?} of {end:?}");
            }
        }
        for event in &bench.events {
            let (Event::Pending { next_poll: at, .. }
            | Event::SlowedDown { next_poll: at, .. }
            | Event::Retrying { next_attempt: at, .. }) = event
            else {
                continue;
            };
            assert!(*at <= end, "{event:?} of {end:?}");
        }
        assert!(bench.events.len() > 1);
        assert!(matches!(bench.flow.outcome(), Some(Outcome::Expired(_))));
    }
}

/// "Expired" alone would say that nobody approved, though perhaps nobody could be asked.
#[test]
fn p6_an_expired_code_tells_whether_anybody_answered_the_polls() {
    let run = |act: Act| {
        let mut bench = living(60, 5);
        let mut polls = 0;
        while bench.try_next_request().is_some() {
            polls += 1;
            if polls == 3 {
                bench.answer(400, PENDING);
            } else {
                act(&mut bench);
            }
        }
        let Some(Outcome::Expired(expiry)) = bench.flow.outcome() else { panic!() };
        *expiry
    };
    let pending = run(|bench| bench.answer(400, PENDING));
    assert_eq!((pending.last_trouble(), pending.unanswered_polls(), pending.is_answered()), (None, 0, true));
    let tls = RetryReason::Transport(TransportFailure::Tls(None));
    let troubled = run(|bench| bench.fail(TransportFailure::Tls(None)));
    assert_eq!((troubled.last_trouble(), troubled.is_answered()), (Some(tls), true));
    assert!(troubled.unanswered_polls() >= 1, "{troubled:?}");
}

#[test]
fn p6_an_expired_code_that_nobody_answered_for_carries_the_last_trouble() {
    let mut bench = living(60, 5);
    let mut polls = 0;
    while bench.try_next_request().is_some() {
        polls += 1;
        if polls == 1 {
            bench.answer(502, "");
        } else {
            bench.fail(TransportFailure::Tls(None));
        }
    }
    let expiry = bench.expiry();
    let tls = RetryReason::Transport(TransportFailure::Tls(None));
    assert_eq!(expiry.last_trouble(), Some(tls));
    assert!(!expiry.is_answered());
    assert_eq!(expiry.unanswered_polls(), polls);
    assert!(polls >= 3);

    let mut bench = living(60, 5);
    bench.poll(400, r#"{"error":"expired_token"}"#);
    let expiry = bench.expiry();
    assert!(expiry.is_answered() && expiry.last_trouble().is_none());
    let mut bench = living(5, 5);
    let expiry = bench.expiry();
    assert!(!expiry.is_answered() && expiry.unanswered_polls() == 0);
}

#[test]
fn p6_a_last_poll_that_is_in_flight_can_be_given_up() {
    let mut bench = living(6, 5);
    bench.next_request();
    bench.sleep(seconds(10));
    bench.input(Input::Cancel).unwrap();
    assert!(matches!(bench.ask(), Seen::Done));
    assert!(matches!(bench.flow.outcome(), Some(Outcome::Cancelled)));
    assert!(bench.flow.is_done());
}
