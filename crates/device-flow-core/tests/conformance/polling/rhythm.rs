//! How often is polled: rows P1 to P3, P9, P11 and P17.

use std::time::Duration;

use device_flow_core::{Event, Misuse, Timestamp};

use crate::bench::{Bench, CODES, PENDING, SLOW_DOWN, Seen, config, seconds};

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
        assert!(matches!(bench.ask(), Seen::Wait(until) if until == poll.at.saturating_add(seconds(30))));
    }
}

#[test]
fn p1_when_the_next_poll_is_due_can_be_asked_for() {
    let mut bench = Bench::new(config());
    assert_eq!(bench.flow.next_poll(), None, "there is no code yet");
    bench.next_request();
    bench.answer(200, CODES);
    let due = bench.now.saturating_add(seconds(5));
    assert_eq!(bench.flow.next_poll(), Some(due));
    assert_eq!(bench.flow.remaining(due), Some(seconds(595)));
    bench.next_request();
    assert_eq!(bench.now, due);
    assert_eq!(bench.flow.next_poll(), None, "it is in flight");
    bench.answer(400, SLOW_DOWN);
    let due = bench.now.saturating_add(seconds(10));
    assert_eq!(bench.flow.next_poll(), Some(due));
    assert_eq!(bench.flow.remaining(Timestamp::ZERO), Some(seconds(595)), "time does not go back");
    bench.poll(400, r#"{"error":"access_denied"}"#);
    assert_eq!(bench.flow.next_poll(), None);
    assert_eq!(bench.flow.remaining(bench.now), None);
    assert_eq!(bench.flow.suspend(bench.now).err(), Some(Misuse::Finished));
}

#[test]
fn p2_authorization_pending_keeps_the_interval() {
    let mut bench = Bench::polling(config());
    for _ in 0..50 {
        assert_eq!(bench.poll(400, PENDING), seconds(5));
    }
    let Some(Event::Pending { next_poll, .. }) = bench.events.last() else { panic!() };
    assert_eq!(*next_poll, bench.now);
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
    assert_eq!(bench.poll(200, r#"{"error":"slow_down","interval":"1"}"#), seconds(32));
    assert_eq!(bench.poll(400, SLOW_DOWN), seconds(37));
    assert_eq!(bench.wait(), seconds(42));
}

#[test]
fn p9_numbers_that_make_no_sense_are_clamped() {
    for (interval, wait) in [("0", 5), ("-7", 5), ("1", 1), ("0.2", 1), ("99999999999999999999", 300), ("1e300", 300)] {
        let codes = CODES.replace("\"interval\":5", &format!("\"interval\":{interval}")).replace("600", "1e99");
        let mut bench = Bench::with_codes(config(), &codes);
        assert_eq!(bench.wait(), seconds(wait), "{interval}");
    }
    let bench = Bench::with_codes(config(), &CODES.replace("600", "18446744073709551615"));
    assert_eq!(bench.flow.remaining(bench.now), Some(seconds(24 * 60 * 60)));
}

#[test]
fn p11_time_may_stand_still_or_go_back() {
    let mut bench = Bench::polling(config());
    bench.next_request();
    let now = bench.now;
    bench.now = Timestamp::ZERO;
    bench.answer(400, PENDING);
    assert!(matches!(bench.ask(), Seen::Event(Event::Pending { .. })));
    let Seen::Wait(until) = bench.ask() else { panic!() };
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
        let Seen::Wait(until) = bench.ask() else { panic!() };
        until
    };
    // Given up after 30 s, so the next poll is due 10 s later, whenever somebody asks.
    assert_eq!(lost(Duration::from_millis(1)), lost(seconds(36)));
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
