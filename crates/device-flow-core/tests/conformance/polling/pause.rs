//! Pausing: row P12.

use device_flow_core::{Event, Input, Machine, Misuse, Outcome, Response, RetryReason, TransportFailure};

use super::Act;
use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, TOKEN, config, seconds};

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
fn p12_nothing_is_sent_during_a_pause_and_one_poll_follows_it() {
    let mut bench = Bench::polling(config());
    bench.input(Input::Pause).unwrap();
    bench.hear();
    bench.sleep(seconds(300));
    assert!(matches!(bench.ask(), Seen::Wait(until) if Some(until) == bench.flow.expires_at()));
    bench.input(Input::Resume).unwrap();
    assert_eq!(bench.poll(400, PENDING), seconds(0), "it is overdue");
    assert_eq!(bench.wait(), seconds(5));
}

/// Tokens that were granted while the caller looked away would be lost, and the code with them.
#[test]
fn p12_an_answer_that_arrives_during_a_pause_ends_the_flow_at_once() {
    let answers: [(Act, &str); 6] = [
        (|bench| bench.answer(200, TOKEN), "Authorized"),
        (|bench| bench.answer(400, r#"{"error":"access_denied"}"#), "Denied"),
        (|bench| bench.answer(400, r#"{"error":"expired_token"}"#), "Expired"),
        (|bench| bench.answer(400, r#"{"error":"invalid_grant"}"#), "Failed"),
        (|bench| bench.answer(200, "<html>"), "Failed"),
        (|bench| bench.fail(TransportFailure::BodyTooLarge), "Failed"),
    ];
    for (answer, outcome) in answers {
        let mut bench = Bench::polling(config());
        bench.next_request();
        bench.input(Input::Pause).unwrap();
        bench.sleep(seconds(3));
        answer(&mut bench);
        assert!(bench.flow.is_done(), "without a `Resume`");
        let now = bench.now;
        let end = format!("{:?}", bench.end());
        assert!(end.starts_with(outcome), "{end}");
        assert_eq!(bench.now, now);
    }
}

#[test]
fn p12_a_late_grant_counts_during_a_pause_too() {
    let mut bench = Bench::polling(config());
    bench.next_request();
    bench.input(Input::Pause).unwrap();
    bench.sleep(seconds(30));
    assert!(matches!(bench.hear()[..], [Event::Retrying { .. }]));
    // Without a newer poll there is nothing to wait for but the end of the code.
    bench.sleep(seconds(400));
    bench.answer(200, TOKEN);
    assert!(matches!(bench.end(), Outcome::Authorized(_)));
}

/// What the server asks for while polling is paused was forgotten, and the next poll came too early.
#[test]
fn p12_what_the_server_asks_for_during_a_pause_counts_as_it_does_without() {
    let asks: [Act; 8] = [
        |bench| bench.answer(400, PENDING),
        |bench| bench.answer(400, SLOW_DOWN),
        |bench| bench.answer(400, r#"{"error":"slow_down","interval":77}"#),
        |bench| bench.answer_with(Response::new(429, b"").header("retry-after", b"120")),
        |bench| {
            let pending = Response::new(400, PENDING.as_bytes());
            bench.answer_with(pending.header("retry-after", b"60"));
        },
        |bench| bench.answer(503, ""),
        |bench| bench.fail(TransportFailure::Connect(None)),
        |bench| bench.sleep(seconds(30)),
    ];
    for ask in asks {
        let after = |is_paused: bool| {
            let mut bench = Bench::polling(config());
            bench.poll(400, PENDING);
            bench.next_request();
            if is_paused {
                bench.input(Input::Pause).unwrap();
            }
            ask(&mut bench);
            let told = bench.hear();
            assert_eq!(bench.flow.is_paused(), is_paused);
            if is_paused {
                bench.input(Input::Resume).unwrap();
            }
            (told, bench.flow.interval(), bench.wait(), bench.poll(400, PENDING))
        };
        let (told, interval, wait, next) = after(true);
        assert_eq!(after(false), (told.clone(), interval, wait, next));
        assert_eq!(told.len(), 1, "told during the pause");
    }
}

#[test]
fn p12_two_polls_are_never_under_way_at_once() {
    let mut bench = Bench::polling(config());
    let poll = bench.next_request();
    bench.input(Input::Pause).unwrap();
    bench.input(Input::Resume).unwrap();
    assert!(matches!(bench.ask(), Seen::Wait(until) if until == poll.at.saturating_add(seconds(30))));
    assert_eq!(bench.wait(), seconds(40), "30 s for the answer and 10 s of back-off");
}

#[test]
fn p12_a_code_can_run_out_during_a_pause() {
    let mut bench = Bench::polling(config());
    bench.input(Input::Pause).unwrap();
    assert!(matches!(bench.end(), Outcome::Expired(_)));
    assert_eq!(bench.input(Input::Resume), Err(Misuse::Finished));
    assert_eq!(bench.input(Input::Pause), Err(Misuse::Finished));
}

#[test]
fn p12_a_poll_that_is_out_at_a_pause_is_heard_beyond_the_end_of_the_code() {
    let flow = || {
        let mut bench = Bench::with_codes(config(), &CODES.replace("600", "6"));
        bench.next_request();
        bench.input(Input::Pause).unwrap();
        bench.sleep(seconds(10));
        assert!(matches!(bench.ask(), Seen::Wait(_)));
        bench
    };
    let mut heard = flow();
    heard.answer(200, TOKEN);
    assert!(matches!(heard.end(), Outcome::Authorized(_)));
    let mut silent = flow();
    let timeout = RetryReason::Transport(TransportFailure::Timeout);
    assert_eq!(silent.expiry().last_trouble(), Some(timeout));
}

#[test]
fn p12_there_is_nothing_to_pause_before_there_is_a_code() {
    let mut bench = Bench::new(config());
    for input in [Input::Pause, Input::Resume] {
        assert_eq!(bench.input(input), Err(Misuse::NotPolling));
    }
    bench.next_request();
    assert_eq!(bench.input(Input::Pause), Err(Misuse::NotPolling));
    bench.answer(200, CODES);
    bench.input(Input::Resume).unwrap();
    assert!(!bench.flow.is_paused(), "no pause, no harm");
    assert_eq!(bench.wait(), seconds(5));
}
