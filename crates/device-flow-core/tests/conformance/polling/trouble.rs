//! Trouble that passes while polling: rows P4, P5, P15 and P16.

use device_flow_core::{Event, Failure, Outcome, Response, RetryReason, Stage, TransportFailure};

use super::Act;
use crate::bench::{Bench, PENDING, SLOW_DOWN, TOKEN, config, seconds};

#[test]
fn p4_passing_trouble_backs_off_and_a_good_answer_brings_the_interval_back() {
    for failure in [
        TransportFailure::Connect(None),
        TransportFailure::Proxy(None),
        TransportFailure::Timeout,
        TransportFailure::Tls(None),
        TransportFailure::Encoding(None),
        TransportFailure::Other,
    ] {
        let mut bench = Bench::polling(config());
        let mut waits = Vec::new();
        for _ in 0..6 {
            waits.push(bench.wait().as_secs());
            bench.fail(failure);
        }
        assert_eq!(waits, [5, 10, 20, 40, 60, 60], "{failure}");
        assert_eq!(bench.poll(400, PENDING), seconds(60));
        assert_eq!(bench.poll(400, PENDING), seconds(5));
    }
}

/// A status that says "ask again" is not a verdict: 421 wants another connection, 425 another moment.
#[test]
fn p4_answers_that_are_no_oauth_answers_and_say_not_now_are_passing_trouble() {
    for (status, body) in [
        (408, ""),
        (421, "misdirected"),
        (425, ""),
        (429, "slow"),
        (500, ""),
        (502, "<html>Bad gateway</html>"),
        (503, "{}"),
        (504, "{\"message\":"),
        (599, "null"),
    ] {
        let mut bench = Bench::polling(config());
        bench.poll(status, body);
        assert_eq!(bench.wait(), seconds(10), "{status}");
        let Some(Event::Retrying { stage: Stage::Token, reason, next_attempt, .. }) = bench.events.last() else {
            panic!()
        };
        assert_eq!((*reason, *next_attempt), (RetryReason::Status(status), bench.now));
        bench.answer(200, TOKEN);
        assert!(matches!(bench.end(), Outcome::Authorized(_)));
    }
}

#[test]
fn p4_an_oauth_error_that_says_not_now_is_passing_trouble_and_one_that_says_no_is_not() {
    for (status, code, is_passing) in [
        (400, "temporarily_unavailable", true),
        (500, "server_error", true),
        (429, "rate_limit_exceeded", true),
        (400, "server_error", false),
        (503, "invalid_client", false),
        (503, "invalid_grant", false),
        (503, "invalid_request", false),
        (503, "invalid_scope", false),
        (503, "unauthorized_client", false),
        (503, "unsupported_grant_type", false),
    ] {
        let mut bench = Bench::polling(config());
        bench.poll(status, &format!(r#"{{"error":"{code}"}}"#));
        if is_passing {
            assert_eq!(bench.wait(), seconds(10), "{status} {code}");
        } else {
            assert!(
                matches!(bench.failure(), Failure::Server(error) if error.code().as_str() == code),
                "{status} {code}"
            );
        }
    }
}

#[test]
fn p4_the_back_off_has_a_cap_that_the_caller_sets_and_never_goes_below_the_interval() {
    let mut bench = Bench::polling(config().max_back_off(seconds(7)));
    bench.wait();
    bench.fail(TransportFailure::Timeout);
    assert_eq!(bench.wait(), seconds(7));
    bench.answer(400, r#"{"error":"slow_down","interval":20}"#);
    bench.wait();
    bench.fail(TransportFailure::Timeout);
    assert_eq!(bench.wait(), seconds(20));
}

#[test]
fn p4_trouble_alone_never_ends_a_sign_in_before_the_code_runs_out() {
    let mut bench = Bench::polling(config());
    let end = bench.flow.expires_at().unwrap();
    while bench.try_next_request().is_some() {
        bench.fail(TransportFailure::Connect(None));
    }
    assert!(matches!(bench.flow.outcome(), Some(Outcome::Expired(_))));
    assert_eq!(bench.now, end);
}

#[test]
fn p4_a_connection_closed_while_idle_costs_no_back_off_but_a_second_one_does() {
    let mut bench = Bench::polling(config());
    bench.wait();
    bench.fail(TransportFailure::Closed);
    assert_eq!(bench.wait(), seconds(5));
    bench.fail(TransportFailure::Closed);
    assert_eq!(bench.wait(), seconds(20));
    bench.answer(400, PENDING);
    bench.wait();
    bench.fail(TransportFailure::Closed);
    assert_eq!(bench.wait(), seconds(5));
}

#[test]
fn p5_retry_after_is_honoured_in_seconds_and_as_a_date() {
    let mut bench = Bench::polling(config());
    bench.wait();
    bench.answer_with(Response::new(503, b"").header("Retry-After", b"120"));
    assert_eq!(bench.wait(), seconds(120));
    bench.answer_with(
        Response::new(429, b"")
            .header("Date", b"Sun, 06 Nov 1994 08:49:07 GMT")
            .header("Retry-After", b"Sun, 06 Nov 1994 08:50:17 GMT"),
    );
    assert_eq!(bench.wait(), seconds(70));
    bench.answer(400, PENDING);
    assert_eq!(bench.wait(), seconds(5), "it counts once");
}

/// What a header says must not depend on whether the body says something too.
#[test]
fn p5_retry_after_is_honoured_whatever_the_body_and_the_status_say() {
    for (status, body, after) in [
        (400, PENDING, 5),
        (429, PENDING, 5),
        (200, "error=authorization_pending", 5),
        (400, SLOW_DOWN, 10),
        (429, SLOW_DOWN, 10),
        (429, r#"{"error":"rate_limited"}"#, 5),
        (400, r#"{"error":"temporarily_unavailable"}"#, 5),
        (503, "<html>busy</html>", 5),
        (421, "", 5),
    ] {
        let mut bench = Bench::polling(config());
        bench.wait();
        let response = Response::new(status, body.as_bytes()).header("retry-after", b"45");
        bench.answer_with(response);
        let announced = bench.now.saturating_add(seconds(45));
        assert_eq!(bench.flow.next_poll(), Some(announced));
        assert_eq!(bench.wait(), seconds(45), "{status} {body}");
        let Some(
            Event::Pending { next_poll: at, .. }
            | Event::SlowedDown { next_poll: at, .. }
            | Event::Retrying { next_attempt: at, .. },
        ) = bench.events.last()
        else {
            panic!("{:?}", bench.events)
        };
        assert_eq!(*at, announced, "{status} {body}");
        bench.answer(400, PENDING);
        assert_eq!(bench.wait(), seconds(after), "{status} {body}: it counts once");
    }
}

/// Of several values none may be dropped because another stands first, or because they share a line.
#[test]
fn p5_of_several_values_the_longest_readable_one_counts() {
    for (lines, wait) in [
        (&["120, 120"][..], 120),
        (&["0", "120"], 120),
        (&["120", "0"], 120),
        (&["soon", "90"], 90),
        (&["30, soon, 70"], 70),
        (&["", "40"], 40),
        (&["Sun, 06 Nov 1994 08:50:17 GMT, 20"], 70),
        (&["20, Sun, 06 Nov 1994 08:50:17 GMT"], 70),
        (&["10", "20", "30", "Sun, 06 Nov 1994 08:50:17 GMT"], 70),
    ] {
        let mut bench = Bench::polling(config());
        bench.wait();
        let date = Response::new(503, b"").header("date", b"Sun, 06 Nov 1994 08:49:07 GMT");
        let response = lines.iter().fold(date, |response, line| response.header("Retry-After", line.as_bytes()));
        bench.answer_with(response);
        assert_eq!(bench.wait(), seconds(wait), "{lines:?}");
    }
}

#[test]
fn p5_retry_after_never_makes_polls_faster_nor_outlives_the_code() {
    let mut bench = Bench::polling(config());
    bench.wait();
    bench.answer_with(Response::new(429, b"").header("Retry-After", b"0"));
    assert_eq!(bench.wait(), seconds(10));
    let end = bench.flow.expires_at().unwrap();
    bench.answer_with(Response::new(503, b"").header("Retry-After", b"99999999999999999999"));
    assert!(matches!(bench.end(), Outcome::Expired(_)));
    assert_eq!(bench.now, end);
}

#[test]
fn p15_a_poll_without_an_answer_is_given_up_by_the_flows_own_timer() {
    let mut bench = Bench::polling(config().request_timeout(seconds(8)));
    assert_eq!(bench.next_request().timeout, seconds(8));
    assert_eq!(bench.wait(), seconds(18), "8 s for the answer and 10 s of back-off");
    assert!(matches!(
        bench.events.last(),
        Some(Event::Retrying { reason: RetryReason::Transport(TransportFailure::Timeout), .. })
    ));
}

#[test]
fn p16_a_used_code_after_a_lost_answer_says_so() {
    let lose: [(&str, Act); 5] = [
        ("timeout", |bench| bench.fail(TransportFailure::Timeout)),
        ("closed", |bench| bench.fail(TransportFailure::Closed)),
        ("coded", |bench| bench.fail(TransportFailure::Encoding(None))),
        ("gateway", |bench| bench.answer(504, "")),
        ("given up", |bench| bench.sleep(seconds(31))),
    ];
    for (name, lose) in lose {
        let mut bench = Bench::polling(config());
        bench.next_request();
        lose(&mut bench);
        bench.poll(400, r#"{"error":"invalid_grant"}"#);
        let failure = bench.failure();
        let Failure::Server(error) = &failure else { panic!("{name}") };
        assert!(error.is_answer_lost(), "{name}");
        assert!(failure.to_string().contains("lost") && failure.to_string().contains("sign in again"), "{failure}");
    }
}

#[test]
fn p16_without_a_lost_answer_a_used_code_is_a_plain_error() {
    for failure in [TransportFailure::Connect(None), TransportFailure::Tls(None), TransportFailure::Proxy(None)] {
        let mut bench = Bench::polling(config());
        bench.wait();
        bench.fail(failure);
        bench.poll(400, r#"{"error":"invalid_grant"}"#);
        assert!(matches!(bench.failure(), Failure::Server(error) if !error.is_answer_lost()));
    }

    let mut bench = Bench::polling(config());
    bench.wait();
    bench.fail(TransportFailure::Timeout);
    bench.poll(400, PENDING);
    bench.poll(400, r#"{"error":"invalid_grant"}"#);
    assert!(matches!(bench.failure(), Failure::Server(error) if !error.is_answer_lost()), "the code was not used up");
}
