//! A request that is given up hangs up at once, and leaves nothing behind.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::{AT_ONCE, Seen, Silent, client, config, config_at, server};
use device_flow_core::{Call, DeviceFlow, Outcome};
use device_flow_testserver::Script;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use transport_ureq::{Client, Remote};

/// Cancels a flow as soon as its first request is there; gives the moment.
fn cancelled(client: &Client, server: &Silent) -> Instant {
    let mut flow = DeviceFlow::new(config_at(server.address)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    let at = thread::scope(|scope| {
        scope.spawn(|| client.drive_with(&mut flow, &remote, |_| {}));
        assert_eq!(server.seen.recv().unwrap(), Seen::Request);
        let now = Instant::now();
        far.cancel();
        now
    });
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
    at
}

fn end(server: &Silent) -> Instant {
    match server.seen.recv_timeout(Duration::from_secs(5)).unwrap() {
        Seen::End(at) => at,
        Seen::Request => panic!("a second request"),
    }
}

#[test]
fn the_server_sees_at_once_that_a_request_was_cancelled() {
    let _alone = alone();
    let server = Silent::start();
    let cancelled_at = cancelled(&client(), &server);
    let took = end(&server).saturating_duration_since(cancelled_at);
    assert!(took < AT_ONCE, "{took:?}");
}

#[test]
fn the_server_sees_at_once_that_a_request_was_given_up_by_its_machine() {
    let _alone = alone();
    let (limit, server) = (Duration::from_millis(300), Silent::start());
    let config = config_at(server.address).request_timeout(limit);
    let call = || Call::refresh(&config, "token").unwrap().retries(0);
    for is_steered in [false, true] {
        let begun = Instant::now();
        if is_steered {
            client().drive_with(&mut call(), &Remote::new(), |_| {});
        } else {
            client().call(call()).unwrap_err();
        }
        assert_eq!(server.seen.recv().unwrap(), Seen::Request);
        let took = end(&server).saturating_duration_since(begun);
        assert!(took >= limit && took < limit.saturating_add(AT_ONCE), "{took:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn two_hundred_cancelled_requests_leave_no_threads() {
    let _alone = alone();
    let (client, server) = (client(), Silent::start());
    for _ in 0..200 {
        cancelled(&client, &server);
        end(&server);
    }
    assert_no_threads();
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_remote_there_is_no_second_thread_and_with_one_there_is_one() {
    let _alone = alone();
    let server = server(Script::new().pending(1).approve());
    let client = client();
    let pending = client.start(config(&server)).unwrap();
    assert_eq!(threads(), 0);
    pending.wait_with(|_| assert_eq!(threads(), 0)).unwrap();

    let pending = client.start(config(&server)).unwrap();
    let _remote = pending.remote();
    let mut most = 0;
    pending.wait_with(|_| most = most.max(threads())).unwrap();
    assert_eq!(most, 1);
    assert_no_threads();
}

/// The threads of this crate, by their names, of which the system keeps 15 bytes.
#[cfg(target_os = "linux")]
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.flatten().filter_map(|it| std::fs::read_to_string(it.path().join("comm")).ok());
    names.filter(|it| ["device-flow exc", "device-flow loo"].contains(&it.trim_end())).count()
}

#[cfg(target_os = "linux")]
fn assert_no_threads() {
    let limit = Instant::now() + Duration::from_secs(5);
    while threads() > 0 {
        assert!(Instant::now() < limit, "{} threads", threads());
        thread::sleep(Duration::from_millis(5));
    }
}

/// Threads are counted, so tests take turns.
fn alone() -> impl Drop {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
