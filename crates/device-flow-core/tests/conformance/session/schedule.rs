//! When a token is refreshed, and what is told of its life: row K3.

use std::time::Duration;

use device_flow_core::{Input, SessionEvent};

use crate::bench::keeper::{Keeper, RENEWED};
use crate::bench::{config, seconds};

fn living(life: u64) -> String {
    RENEWED.replace("600", &life.to_string())
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
        // Half of a life that is hardly longer than the shortest lead time.
        (20, 0, 10),
        (12, 0, 6),
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
    }
}

/// A server whose tokens live for moments would be asked without pause, for as long as the program runs.
#[test]
fn k3_tokens_that_come_back_inside_the_lead_time_make_the_pauses_grow() {
    for life in [1, 5, 10] {
        let mut keeper = Keeper::refreshing();
        let mut waits = Vec::new();
        for _ in 0..6 {
            keeper.answer(200, &living(life));
            waits.push(keeper.request().as_secs());
        }
        assert_eq!(waits, [10, 20, 40, 60, 60, 60], "{life}");
        // One that lives longer brings back the usual rhythm, and its successors begin anew.
        keeper.answer(200, RENEWED);
        assert_eq!(keeper.request(), seconds(570));
        keeper.answer(200, &living(life));
        assert_eq!(keeper.request(), seconds(10));
    }
}

#[test]
fn k3_no_life_of_a_token_makes_a_storm_of_refreshes() {
    for life in [0, 1, 5, 10, 11, 12, 15] {
        let mut keeper = Keeper::new(config(), Some("r1"), Some(seconds(1)));
        let end = keeper.now.saturating_add(seconds(60 * 60));
        let mut refreshes = 0;
        while keeper.try_request(end.saturating_duration_since(keeper.now)).is_some() {
            refreshes += 1;
            keeper.answer(200, &living(life));
        }
        assert!(refreshes < 1_000, "{refreshes} an hour for tokens of {life} s");
    }
}

#[test]
fn k3_about_to_expire_is_told_once_a_token_and_with_the_moment() {
    let mut keeper = Keeper::with(config().refresh_automatically(false));
    let end = keeper.session.expires_at().unwrap();
    assert!(keeper.try_request(seconds(10_000)).is_none());
    assert_eq!(keeper.names(), ["about to expire", "expired"]);
    assert!(matches!(keeper.events[0], SessionEvent::AboutToExpire { expires_at, .. } if expires_at == end));
}

#[test]
fn k3_automatic_refresh_can_be_turned_off_and_on() {
    let mut keeper = Keeper::usual();
    keeper.input(Input::Pause).unwrap();
    assert!(keeper.session.is_paused());
    assert!(keeper.try_request(seconds(580)).is_none());
    assert_eq!(keeper.names(), ["about to expire"]);
    keeper.input(Input::Resume).unwrap();
    assert!(!keeper.session.is_paused());
    assert_eq!(keeper.request(), Duration::ZERO);
    // A demand is met all the same.
    let mut keeper = Keeper::usual();
    keeper.input(Input::Pause).unwrap();
    keeper.refresh().unwrap();
    assert_eq!(keeper.request(), Duration::ZERO);
}

#[test]
fn k3_a_jump_over_everything_tells_all_of_it_in_order() {
    let mut keeper = Keeper::usual();
    keeper.sleep(seconds(100_000));
    keeper.request();
    assert_eq!(keeper.names(), ["about to expire", "expired"]);
}

#[test]
fn k3_a_very_short_life_is_told_in_order_and_in_time() {
    for (life, steps) in [(0, &[0_u64][..]), (0, &[2_000]), (1, &[0, 999, 1, 1_000]), (1, &[2_000])] {
        let mut keeper = Keeper::new(config(), None, Some(seconds(life)));
        for step in steps {
            keeper.sleep(Duration::from_millis(*step));
            keeper.settle();
        }
        assert_eq!(keeper.names(), ["about to expire", "expired", "sign in"], "{life} {steps:?}");
    }
    let mut keeper = Keeper::new(config().refresh_automatically(false), Some("r1"), Some(seconds(1)));
    keeper.try_request(seconds(1));
    assert_eq!(keeper.names(), ["about to expire", "expired"], "on time");
}

#[test]
fn k3_a_token_that_never_expires_is_not_refreshed_without_pause() {
    for life in ["1000000000000000000", "9223372036854775807", "1e300"] {
        let mut keeper = Keeper::refreshing();
        keeper.answer(200, &RENEWED.replace("600", life));
        assert!(keeper.try_request(seconds(10_000_000)).is_none(), "{life}");
        assert_eq!(keeper.names(), ["about to expire", "refreshed"]);
    }
}

#[test]
fn a_session_with_nothing_to_do_is_looked_at_every_hour_however_often_somebody_asks() {
    let mut keeper = Keeper::new(config(), Some("r1"), None);
    let hour = seconds(60 * 60);
    let next = keeper.wake_at();
    assert!(next > keeper.now && next <= keeper.now.saturating_add(hour));
    keeper.sleep(seconds(1));
    assert_eq!(keeper.wake_at(), next);
    keeper.now = next;
    assert_eq!(keeper.wake_at(), next.saturating_add(hour));
}

#[test]
fn a_wait_lies_ahead_also_at_the_moment_of_a_refresh_that_cannot_be() {
    // Its lead time is all of its life, so that it is about to expire when it could be refreshed for the first time.
    let mut keeper = Keeper::new(config(), None, Some(seconds(10)));
    keeper.try_request(seconds(2));
    assert_eq!(keeper.settle(), ["about to expire"]);
    assert_eq!(keeper.wake_at(), keeper.now.saturating_add(seconds(8)));
}
