//! Trouble with the first request: rows D9 and T8.

use device_flow_core::{Event, Failure, ProtocolErrorKind, Response, RetryReason, Stage, TransportFailure};

use crate::bench::{Bench, CODES, Seen, config, seconds};

#[test]
fn d9_passing_trouble_is_retried_three_times_and_then_told() {
    let mut bench = Bench::new(config());
    for wait in [0, 1, 2, 4] {
        assert_eq!(bench.wait(), seconds(wait));
        bench.fail(TransportFailure::Connect(None));
    }
    let Failure::Network(error) = bench.failure() else { panic!() };
    assert_eq!((error.stage(), error.failure()), (Stage::DeviceAuthorization, TransportFailure::Connect(None)));
    assert_eq!(bench.events.len(), 3);
    assert!(matches!(
        bench.events[0],
        Event::Retrying {
            stage: Stage::DeviceAuthorization,
            reason: RetryReason::Transport(TransportFailure::Connect(None)),
            ..
        }
    ));

    let mut bench = Bench::new(config());
    for status in [429, 500, 421] {
        bench.next_request();
        bench.answer(status, "<html>Busy</html>");
    }
    bench.next_request();
    bench.answer(200, CODES);
    assert!(matches!(bench.ask(), Seen::Event(Event::Prompt(_))));
    assert_eq!(bench.wait(), seconds(5), "earlier failures do not slow the polls");
}

#[test]
fn d9_the_last_answer_is_what_is_told() {
    let fails_with = |status: u16, body: &'static str| {
        let mut bench = Bench::new(config());
        for _ in 0..4 {
            bench.next_request();
            bench.answer(status, body);
        }
        bench.failure()
    };
    let Failure::Protocol(error) = fails_with(503, "") else { panic!() };
    assert_eq!(*error.kind(), ProtocolErrorKind::Unavailable { status: 503 });
    let Failure::Server(error) = fails_with(429, r#"{"error":"slow_down"}"#) else { panic!() };
    assert_eq!(error.code().as_str(), "slow_down");
}

#[test]
fn d9_retry_after_is_honoured_unless_it_outlasts_patience() {
    let mut bench = Bench::new(config());
    bench.next_request();
    bench.answer_with(Response::new(503, b"").header("Retry-After", b"30"));
    assert_eq!(bench.wait(), seconds(30));
    bench.answer_with(Response::new(503, b"").header("Retry-After", b"3600"));
    assert!(matches!(bench.failure(), Failure::Protocol(_)));
}

#[test]
fn d9_a_request_without_an_answer_is_given_up_by_the_flows_own_timer() {
    let mut bench = Bench::new(config().request_timeout(seconds(7)));
    assert_eq!(bench.next_request().timeout, seconds(7));
    for wait in [8, 9, 11] {
        assert_eq!(bench.wait(), seconds(wait), "7 s for the answer, then the back-off");
    }
    assert!(matches!(bench.failure(), Failure::Network(error) if error.failure() == TransportFailure::Timeout));
}

#[test]
fn d9_what_will_not_pass_is_told_at_once() {
    for lasting in [TransportFailure::Tls(None), TransportFailure::Proxy(None)] {
        let mut bench = Bench::new(config());
        bench.next_request();
        bench.fail(lasting);
        assert!(matches!(bench.failure(), Failure::Network(error) if error.failure() == lasting));
        assert!(bench.events.is_empty(), "no second attempt");
    }
    for (status, body) in
        [(404, "<html>nothing</html>"), (200, "<html>sign in to the hotel</html>"), (200, ""), (200, "[]"), (301, "")]
    {
        let mut bench = Bench::new(config());
        bench.next_request();
        bench.answer(status, body);
        assert!(matches!(bench.failure(), Failure::Protocol(_)), "{status} {body}");
    }
}

#[test]
fn t8_an_answer_that_is_too_large_is_an_error() {
    let mut bench = Bench::new(config());
    bench.next_request();
    bench.fail(TransportFailure::BodyTooLarge);
    assert_eq!(bench.protocol_error(), ProtocolErrorKind::TooLarge);
}
