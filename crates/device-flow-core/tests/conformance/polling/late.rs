//! Answers that come late, twice or out of nowhere: row P10.

use std::time::Duration;

use device_flow_core::{Event, Input, Misuse, Outcome, Response, TransportFailure};

use super::Act;
use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, TOKEN, config, seconds};

/// A flow whose only poll was sent this long ago, asked in between or not.
fn silent_for(delay: Duration, is_asked: bool) -> Bench {
    let mut bench = Bench::polling(config());
    bench.next_request();
    if is_asked {
        bench.sleep(seconds(30));
        assert!(matches!(bench.hear()[..], [Event::Retrying { .. }]));
        bench.sleep(delay.saturating_sub(seconds(30)));
        assert!(bench.hear().is_empty());
    } else {
        bench.sleep(delay);
    }
    bench
}

/// The machine's own timer is no reason to throw away what the server granted: the code is used up.
#[test]
fn p10_a_late_answer_that_grants_counts_whether_anybody_asked_in_between_or_not() {
    for is_asked in [false, true] {
        for delay in [30_000, 30_001, 34_000, 39_999] {
            let mut bench = silent_for(Duration::from_millis(delay), is_asked);
            bench.answer(200, TOKEN);
            let token = bench.token();
            assert_eq!(token.access_token().expose(), "2YotnFZFEjr1zCsicMWpAA");
        }
    }
}

#[test]
fn p10_a_late_grant_lives_from_when_its_request_was_sent() {
    let mut bench = silent_for(seconds(36), true);
    let sent_at = bench.now.saturating_sub(seconds(36));
    bench.answer(200, TOKEN);
    assert_eq!(bench.token().expires_at(), Some(sent_at.saturating_add(seconds(3_600))));
}

#[test]
fn p10_a_late_answer_that_grants_nothing_changes_nothing() {
    let answers: [Act; 8] = [
        |bench| bench.answer(400, PENDING),
        |bench| bench.answer(400, SLOW_DOWN),
        |bench| bench.answer(400, r#"{"error":"access_denied"}"#),
        |bench| bench.answer(400, r#"{"error":"invalid_grant"}"#),
        |bench| bench.answer(200, "<html>"),
        |bench| bench.answer(200, "{}"),
        |bench| bench.answer_with(Response::new(503, b"").header("retry-after", b"300")),
        |bench| bench.fail(TransportFailure::BodyTooLarge),
    ];
    for answer in answers {
        let mut bench = silent_for(seconds(33), true);
        let before = format!("{:?}", bench.flow);
        answer(&mut bench);
        assert_eq!(format!("{:?}", bench.flow), before);
        assert_eq!(bench.wait(), seconds(7));
    }
}

#[test]
fn p10_nothing_counts_for_a_poll_that_another_one_followed() {
    let mut bench = silent_for(seconds(30), true);
    let first = bench.now.saturating_sub(seconds(30));
    let second = bench.next_request();
    assert_eq!(second.at, first.saturating_add(seconds(40)));
    let other = Bench::polling(config()).next_request();
    assert!(other.id < second.id, "an id of the first poll");
    bench.respond(other.id, 200, TOKEN).unwrap();
    assert!(matches!(bench.ask(), Seen::Wait(_)));
    bench.answer(400, PENDING);
    assert_eq!(bench.wait(), seconds(5));
}

#[test]
fn p10_a_doubled_and_a_foreign_answer_change_nothing() {
    let mut bench = Bench::polling(config());
    let poll = bench.next_request();
    bench.answer(400, PENDING);
    bench.hear();
    bench.sleep(seconds(2));
    bench.respond(poll.id, 400, PENDING).unwrap();
    bench.respond(poll.id, 400, SLOW_DOWN).unwrap();
    bench.input(Input::Failure(poll.id, TransportFailure::Closed)).unwrap();
    assert!(bench.hear().is_empty());
    assert_eq!(bench.wait(), seconds(3));

    let mut other = Bench::polling(config());
    for _ in 0..9 {
        other.poll(400, PENDING);
    }
    let foreign = other.next_request().id;
    assert_eq!(bench.respond(foreign, 200, TOKEN), Err(Misuse::UnknownRequest));
    bench.answer(200, TOKEN);
    assert!(matches!(bench.end(), Outcome::Authorized(_)));
}

/// Codes are granted by nobody: others can be had, and two prompts would confuse.
#[test]
fn p10_codes_that_come_late_change_nothing() {
    let mut bench = Bench::new(config());
    let first = bench.next_request();
    bench.sleep(seconds(30));
    assert!(matches!(bench.hear()[..], [Event::Retrying { .. }]));
    bench.respond(first.id, 200, CODES).unwrap();
    assert!(bench.hear().is_empty());
    assert_eq!(bench.wait(), seconds(1));
    bench.answer(200, CODES);
    assert!(matches!(bench.hear()[..], [Event::Prompt(_)]));
    // An answer to the request for codes is no answer to a poll.
    bench.answer(200, TOKEN);
    assert_eq!(bench.flow.outcome(), None);
}

/// A driver that asks at every tick of a timer and one that asks when it must live in the same world.
#[test]
fn p10_asking_once_more_never_changes_what_is_told() {
    // What happens at which moment, in milliseconds after the codes arrived.
    let script: [(u64, Act); 10] = [
        (6_000, |bench| bench.answer(400, PENDING)),
        (12_000, |bench| bench.answer(400, SLOW_DOWN)),
        (33_333, |bench| bench.input(Input::Pause).unwrap()),
        // The poll of 22 s is given up at 52 s, and this is a moment too late.
        (52_000, |bench| bench.answer(400, SLOW_DOWN)),
        (60_000, |bench| bench.input(Input::Resume).unwrap()),
        (75_000, |bench| bench.answer(503, "")),
        (120_000, |bench| bench.fail(TransportFailure::Closed)),
        (170_000, |bench| bench.answer(400, PENDING)),
        (199_000, |bench| bench.answer(400, PENDING)),
        (239_999, |bench| bench.answer(200, TOKEN)),
    ];
    let run = |tick: Option<u64>| {
        let mut bench = Bench::polling(config());
        let begin = bench.now;
        let mut told = Vec::new();
        for (at, act) in script {
            let at = begin.saturating_add(Duration::from_millis(at));
            loop {
                let next = match bench.ask() {
                    Seen::Wait(until) => until,
                    Seen::Done => at,
                    other => {
                        if let Seen::Send(request) = &other {
                            bench.lend(request.id);
                        }
                        told.push(format!("{:?} {other:?}", bench.now));
                        continue;
                    }
                };
                let ticked = tick.map(|it| bench.now.saturating_add(Duration::from_millis(it)));
                let next = ticked.map_or(next, |it| it.min(next));
                if next >= at {
                    break;
                }
                bench.now = next;
            }
            bench.now = at;
            act(&mut bench);
        }
        (told, bench.flow.outcome().cloned())
    };
    let seldom = run(None);
    assert!(matches!(seldom.1, Some(Outcome::Authorized(_))), "{seldom:#?}");
    assert_eq!(seldom.0.len(), 15, "{:#?}", seldom.0);
    for tick in [1, 250, 7_001] {
        assert_eq!(run(Some(tick)), seldom, "{tick}");
    }
}
