//! Polling: rows P1 to P17.

use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, TOKEN, config, seconds};
use device_flow_core::{
    ErrorCode, Event, Failure, Input, Misuse, Outcome, Response, RetryReason, Stage, Timestamp,
    TransportFailure,
};
use std::time::Duration;

/// Something that befalls a flow.
type Act = fn(&mut Bench);

#[test]
fn p1_the_first_poll_waits_one_interval_after_the_codes_arrived() {
    let mut bench = Bench::polling(config());
    assert_eq!(bench.wait(), seconds(5));
    assert_eq!(bench.flow.interval(), Some(seconds(5)));
}

#[test]
fn p1_the_interval_counts_from_the_end_of_the_last_exchange() {
    let mut bench = Bench::polling(config());
    bench.next_request();
    bench.sleep(seconds(20));
    bench.answer(400, PENDING);
    assert_eq!(bench.wait(), seconds(5));
}

#[test]
fn p1_one_poll_at_a_time() {
    let mut bench = Bench::polling(config());
    let poll = bench.next_request();
    for _ in 0..3 {
        assert!(
            matches!(bench.ask(), Seen::Wait(until) if until == poll.at.saturating_add(seconds(30)))
        );
    }
}

#[test]
fn p2_authorization_pending_keeps_the_interval() {
    let mut bench = Bench::polling(config());
    for _ in 0..50 {
        assert_eq!(bench.poll(400, PENDING), seconds(5));
    }
    let Some(Event::Pending { next_poll }) = bench.events.last() else {
        panic!()
    };
    assert!(*next_poll <= bench.now);
}

#[test]
fn p3_slow_down_adds_five_seconds_for_all_later_polls_and_any_number_of_times() {
    let mut bench = Bench::polling(config());
    bench.poll(400, SLOW_DOWN);
    assert_eq!(bench.poll(400, PENDING), seconds(10));
    assert_eq!(bench.poll(400, SLOW_DOWN), seconds(10));
    assert_eq!(bench.poll(400, SLOW_DOWN), seconds(15));
    assert_eq!(bench.poll(400, SLOW_DOWN), seconds(20));
    assert_eq!(bench.poll(400, PENDING), seconds(25));
    assert_eq!(bench.poll(400, PENDING), seconds(25));
    assert_eq!(bench.flow.interval(), Some(seconds(25)));
    let slowed: Vec<Duration> = bench
        .events
        .iter()
        .filter_map(|event| match event {
            Event::SlowedDown { interval, .. } => Some(*interval),
            _ => None,
        })
        .collect();
    assert_eq!(slowed, [seconds(10), seconds(15), seconds(20), seconds(25)]);
}

#[test]
fn p3_a_larger_interval_in_the_answer_counts_and_a_smaller_one_does_not() {
    let mut bench = Bench::polling(config());
    bench.poll(200, r#"{"error":"slow_down","interval":32}"#);
    assert_eq!(
        bench.poll(200, r#"{"error":"slow_down","interval":"1"}"#),
        seconds(32)
    );
    assert_eq!(bench.poll(400, SLOW_DOWN), seconds(37));
    assert_eq!(bench.wait(), seconds(42));
}

#[test]
fn p4_passing_trouble_backs_off_and_a_good_answer_brings_the_interval_back() {
    for failure in [
        TransportFailure::Connect,
        TransportFailure::Timeout,
        TransportFailure::Tls,
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

#[test]
fn p4_answers_that_are_no_oauth_answers_and_say_not_now_are_passing_trouble() {
    for (status, body) in [
        (408, ""),
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
        let Some(Event::Retrying {
            stage: Stage::Token,
            reason,
            next_attempt,
        }) = bench.events.last()
        else {
            panic!()
        };
        assert_eq!(
            (*reason, *next_attempt),
            (RetryReason::Status(status), bench.now)
        );
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
        bench.fail(TransportFailure::Connect);
    }
    assert!(matches!(bench.flow.outcome(), Some(Outcome::Expired)));
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
    bench.answer_with(Response::new(429, SLOW_DOWN.as_bytes()).header("Retry-After", b"45"));
    assert_eq!(bench.wait(), seconds(45));
    bench.answer(400, PENDING);
    assert_eq!(bench.wait(), seconds(10));
}

#[test]
fn p5_retry_after_never_makes_polls_faster_nor_outlives_the_code() {
    let mut bench = Bench::polling(config());
    bench.wait();
    bench.answer_with(Response::new(429, b"").header("Retry-After", b"0"));
    assert_eq!(bench.wait(), seconds(10));
    let end = bench.flow.expires_at().unwrap();
    bench.answer_with(Response::new(503, b"").header("Retry-After", b"99999999999999999999"));
    assert!(matches!(bench.end(), Outcome::Expired));
    assert_eq!(bench.now, end);
}

#[test]
fn p6_no_poll_at_or_after_the_end_of_the_code() {
    let mut bench = Bench::with_codes(config(), &CODES.replace("600", "10"));
    assert_eq!(bench.poll(400, PENDING), seconds(5));
    assert!(matches!(bench.end(), Outcome::Expired));
    assert_eq!(
        bench
            .now
            .saturating_duration_since(Timestamp::from_millis(1_000_000)),
        seconds(10)
    );
}

#[test]
fn p6_a_request_does_not_hang_past_the_end_of_the_code() {
    let mut bench = Bench::with_codes(config(), &CODES.replace("600", "12"));
    bench.poll(400, PENDING);
    let poll = bench.next_request();
    assert_eq!(poll.timeout, seconds(2));
    assert!(matches!(bench.end(), Outcome::Expired));
}

#[test]
fn p6_an_answer_at_the_last_moment_still_counts() {
    let mut bench = Bench::with_codes(config(), &CODES.replace("600", "6"));
    bench.next_request();
    bench.sleep(seconds(1));
    bench.answer(200, TOKEN);
    assert!(matches!(bench.end(), Outcome::Authorized(_)));
}

#[test]
fn p7_the_person_said_no() {
    for code in ["access_denied", "authorization_declined"] {
        for status in [200, 400, 403] {
            let mut bench = Bench::polling(config());
            bench.poll(status, &format!(r#"{{"error":"{code}"}}"#));
            assert!(matches!(bench.end(), Outcome::Denied), "{code} {status}");
        }
    }
}

#[test]
fn p7_the_server_says_that_the_code_has_run_out() {
    for code in ["expired_token", "code_expired", "token_expired"] {
        let mut bench = Bench::polling(config());
        bench.poll(400, &format!(r#"{{"error":"{code}"}}"#));
        assert!(matches!(bench.end(), Outcome::Expired), "{code}");
    }
}

#[test]
fn p7_any_other_oauth_error_ends_with_the_servers_own_words() {
    let mut bench = Bench::polling(config());
    bench.poll(401, r#"{"error":"invalid_client","error_description":"wrong secret","error_uri":"https://as.example/e"}"#);
    let failure = bench.failure();
    let Failure::Server(error) = &failure else {
        panic!()
    };
    assert_eq!(
        (
            error.code(),
            error.description(),
            error.uri(),
            error.stage()
        ),
        (
            &ErrorCode::InvalidClient,
            Some("wrong secret"),
            Some("https://as.example/e"),
            Stage::Token
        )
    );
    assert_eq!(
        failure.to_string(),
        "the token endpoint refused with invalid_client (wrong secret)"
    );
}

#[test]
fn p7_a_code_under_another_name_counts_when_the_proper_one_is_absent() {
    for (body, code) in [
        (r#"{"error_code":"invalid_client"}"#, "invalid_client"),
        (r#"{"error_code":31023}"#, "31023"),
        (
            r#"{"error_code":"x","error":"invalid_scope"}"#,
            "invalid_scope",
        ),
        // Nothing takes it back.
        (r#"{"error_code":"x","error_code":null}"#, "x"),
    ] {
        let mut bench = Bench::polling(config());
        bench.poll(400, body);
        assert!(
            matches!(bench.failure(), Failure::Server(error) if error.code().as_str() == code),
            "{body}"
        );
    }
}

#[test]
fn p8_after_an_end_nothing_is_sent_any_more() {
    let ends: [(&str, Act); 6] = [
        ("granted", |bench| bench.answer(200, TOKEN)),
        ("denied", |bench| {
            bench.answer(400, r#"{"error":"access_denied"}"#);
        }),
        ("expired", |bench| {
            bench.answer(400, r#"{"error":"expired_token"}"#);
        }),
        ("failed", |bench| {
            bench.answer(400, r#"{"error":"invalid_grant"}"#);
        }),
        ("cancelled", |bench| bench.input(Input::Cancel).unwrap()),
        ("run out", |bench| bench.sleep(seconds(601))),
    ];
    for (name, end) in ends {
        let mut bench = Bench::polling(config());
        let poll = bench.next_request();
        end(&mut bench);
        for _ in 0..5 {
            assert!(matches!(bench.ask(), Seen::Done), "{name}");
            bench.sleep(seconds(100));
        }
        // A late answer changes nothing either.
        let before = format!("{:?}", bench.flow.outcome());
        bench
            .input(Input::Response(
                poll.id,
                Response::new(200, TOKEN.as_bytes()),
            ))
            .unwrap();
        assert_eq!(format!("{:?}", bench.flow.outcome()), before);
        assert!(matches!(bench.ask(), Seen::Done), "{name}");
    }
}

#[test]
fn p9_numbers_that_make_no_sense_are_clamped() {
    for (interval, wait) in [
        ("0", 5),
        ("-7", 5),
        ("1", 1),
        ("0.2", 1),
        ("99999999999999999999", 300),
        ("1e300", 300),
    ] {
        let codes = CODES
            .replace("\"interval\":5", &format!("\"interval\":{interval}"))
            .replace("600", "1e99");
        let mut bench = Bench::with_codes(config(), &codes);
        assert_eq!(bench.wait(), seconds(wait), "{interval}");
    }
    let bench = Bench::with_codes(config(), &CODES.replace("600", "18446744073709551615"));
    assert_eq!(
        bench
            .flow
            .expires_at()
            .unwrap()
            .saturating_duration_since(bench.now),
        seconds(24 * 60 * 60)
    );
}

#[test]
fn p10_a_late_a_doubled_and_a_foreign_answer_change_nothing() {
    let mut bench = Bench::polling(config());
    let first = bench.next_request();
    bench.sleep(seconds(31));
    // The flow gives the first poll up by itself.
    assert!(matches!(bench.ask(), Seen::Event(Event::Retrying { .. })));
    bench
        .input(Input::Response(
            first.id,
            Response::new(200, TOKEN.as_bytes()),
        ))
        .unwrap();
    assert!(matches!(bench.ask(), Seen::Wait(_)));
    let second = bench.next_request();
    bench.answer(400, PENDING);
    bench
        .input(Input::Response(
            second.id,
            Response::new(200, TOKEN.as_bytes()),
        ))
        .unwrap();
    bench
        .input(Input::Failure(second.id, TransportFailure::Closed))
        .unwrap();
    assert_eq!(bench.wait(), seconds(5));

    let mut other = Bench::polling(config());
    for _ in 0..9 {
        other.poll(400, PENDING);
    }
    let foreign = other.next_request().id;
    let answer = Input::Response(foreign, Response::new(200, TOKEN.as_bytes()));
    assert_eq!(bench.input(answer), Err(Misuse::UnknownRequest));
    bench.answer(200, TOKEN);
    assert!(matches!(bench.end(), Outcome::Authorized(_)));
}

#[test]
fn p11_time_may_stand_still_or_go_back() {
    let mut bench = Bench::polling(config());
    bench.next_request();
    let now = bench.now;
    bench.now = Timestamp::ZERO;
    bench.answer(400, PENDING);
    assert!(matches!(bench.ask(), Seen::Event(Event::Pending { .. })));
    let Seen::Wait(until) = bench.ask() else {
        panic!()
    };
    assert_eq!(until, now.saturating_add(seconds(5)));
    bench.now = now.saturating_add(Duration::from_millis(4_999));
    assert!(matches!(bench.ask(), Seen::Wait(_)));
}

#[test]
fn p11_a_jump_ahead_brings_one_poll_and_no_burst() {
    let mut bench = Bench::polling(config());
    bench.poll(400, PENDING);
    bench.sleep(seconds(300));
    bench.next_request();
    bench.answer(400, PENDING);
    assert_eq!(bench.wait(), seconds(5));
}

#[test]
fn p11_one_jump_of_time_ends_where_many_small_steps_do() {
    let lost = |step: Duration| {
        let mut bench = Bench::polling(config());
        bench.next_request();
        let target = bench.now.saturating_add(seconds(36));
        while bench.now < target {
            bench.now = bench.now.saturating_add(step).min(target);
            while matches!(bench.ask(), Seen::Event(_)) {}
        }
        let Seen::Wait(until) = bench.ask() else {
            panic!()
        };
        until
    };
    // Given up after 30 s, so the next poll is due 10 s later, whenever somebody asks.
    assert_eq!(lost(Duration::from_millis(1)), lost(seconds(36)));
}

#[test]
fn p12_a_pause_keeps_the_code_and_polls_are_never_earlier_for_it() {
    let mut bench = Bench::polling(config());
    bench.poll(400, SLOW_DOWN);
    bench.input(Input::Pause).unwrap();
    assert!(bench.flow.is_paused());
    let end = bench.flow.expires_at().unwrap();
    assert!(matches!(bench.ask(), Seen::Event(Event::SlowedDown { .. })));
    assert!(matches!(bench.ask(), Seen::Wait(until) if until == end));
    bench.sleep(seconds(4));
    bench.input(Input::Resume).unwrap();
    assert!(!bench.flow.is_paused());
    assert_eq!(bench.wait(), seconds(6));
    bench.answer(200, TOKEN);
    assert!(matches!(bench.end(), Outcome::Authorized(_)));
}

#[test]
fn p12_an_answer_that_is_outstanding_at_a_pause_is_ignored() {
    let mut bench = Bench::polling(config());
    let poll = bench.next_request();
    bench.input(Input::Pause).unwrap();
    bench.sleep(seconds(3));
    bench
        .input(Input::Response(
            poll.id,
            Response::new(400, SLOW_DOWN.as_bytes()),
        ))
        .unwrap();
    bench.input(Input::Resume).unwrap();
    assert_eq!(
        bench.wait(),
        seconds(5),
        "counted from the end of the exchange"
    );
    assert_eq!(bench.flow.interval(), Some(seconds(5)));
    bench.answer(400, r#"{"error":"invalid_grant"}"#);
    let Failure::Server(error) = bench.failure() else {
        panic!()
    };
    assert!(error.is_answer_lost());
}

#[test]
fn p12_two_polls_are_never_under_way_at_once() {
    let mut bench = Bench::polling(config());
    let poll = bench.next_request();
    bench.input(Input::Pause).unwrap();
    bench.input(Input::Resume).unwrap();
    assert!(
        matches!(bench.ask(), Seen::Wait(until) if until == poll.at.saturating_add(seconds(30)))
    );
    assert_eq!(bench.wait(), seconds(35));
}

#[test]
fn p12_a_code_can_run_out_during_a_pause() {
    let mut bench = Bench::polling(config());
    bench.input(Input::Pause).unwrap();
    assert!(matches!(bench.end(), Outcome::Expired));
    assert_eq!(bench.input(Input::Resume), Err(Misuse::Finished));
}

#[test]
fn p14_a_redirect_is_an_error() {
    for status in [301, 302, 303, 307, 308] {
        let mut bench = Bench::polling(config());
        bench.wait();
        bench.answer_with(
            Response::new(status, TOKEN.as_bytes()).header("location", b"https://evil.example/"),
        );
        let failure = bench.failure();
        assert!(matches!(failure, Failure::Protocol(_)));
        assert!(failure.to_string().contains("redirect"), "{failure}");
    }
}

#[test]
fn p15_a_poll_without_an_answer_is_given_up_by_the_flows_own_timer() {
    let mut bench = Bench::polling(config().request_timeout(seconds(8)));
    assert_eq!(bench.next_request().timeout, seconds(8));
    assert_eq!(
        bench.wait(),
        seconds(18),
        "8 s for the answer and 10 s of back-off"
    );
    assert!(matches!(
        bench.events.last(),
        Some(Event::Retrying {
            reason: RetryReason::Transport(TransportFailure::Timeout),
            ..
        })
    ));
}

#[test]
fn p16_a_used_code_after_a_lost_answer_says_so() {
    let lose: [(&str, Act); 4] = [
        ("timeout", |bench| bench.fail(TransportFailure::Timeout)),
        ("closed", |bench| bench.fail(TransportFailure::Closed)),
        ("gateway", |bench| bench.answer(504, "")),
        ("given up", |bench| bench.sleep(seconds(31))),
    ];
    for (name, lose) in lose {
        let mut bench = Bench::polling(config());
        bench.next_request();
        lose(&mut bench);
        bench.poll(400, r#"{"error":"invalid_grant"}"#);
        let failure = bench.failure();
        let Failure::Server(error) = &failure else {
            panic!("{name}")
        };
        assert!(error.is_answer_lost(), "{name}");
        assert!(
            failure.to_string().contains("lost") && failure.to_string().contains("sign in again"),
            "{failure}"
        );
    }
}

#[test]
fn p16_without_a_lost_answer_a_used_code_is_a_plain_error() {
    let mut bench = Bench::polling(config());
    bench.wait();
    bench.fail(TransportFailure::Connect);
    bench.poll(400, r#"{"error":"invalid_grant"}"#);
    assert!(matches!(bench.failure(), Failure::Server(error) if !error.is_answer_lost()));

    let mut bench = Bench::polling(config());
    bench.wait();
    bench.fail(TransportFailure::Timeout);
    bench.poll(400, PENDING);
    bench.poll(400, r#"{"error":"invalid_grant"}"#);
    assert!(
        matches!(bench.failure(), Failure::Server(error) if !error.is_answer_lost()),
        "the code was not used up"
    );
}

#[test]
fn p17_a_small_margin_lies_on_every_interval() {
    let mut bench = Bench::polling(config().interval_margin(5));
    assert_eq!(bench.wait(), Duration::from_millis(5_250));
    bench.answer(400, SLOW_DOWN);
    assert_eq!(bench.wait(), Duration::from_millis(10_500));
    let mut bench = Bench::polling(config().interval_margin(200));
    assert_eq!(bench.wait(), seconds(10));
}
