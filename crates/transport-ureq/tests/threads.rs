//! Threads: none without a remote, one with it, and none left behind.

#![cfg(target_os = "linux")]
#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::{Silent, client, config, config_at, server};
use device_flow_core::{DeviceFlow, Outcome};
use device_flow_testserver::Script;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use transport_ureq::{Client, Remote};

/// Cancels a flow as soon as its first request is there.
fn cancel(client: &Client, server: &Silent) {
    let mut flow = DeviceFlow::new(config_at(server.address)).unwrap();
    let remote = Remote::new();
    let far = remote.clone();
    thread::scope(|scope| {
        scope.spawn(|| client.drive_with(&mut flow, &remote, |_| {}));
        server.has_request.recv().unwrap();
        far.cancel();
    });
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
}

#[test]
fn two_hundred_cancelled_requests_leave_no_threads() {
    let _alone = alone();
    let (client, server) = (client(), Silent::start());
    for _ in 0..200 {
        cancel(&client, &server);
    }
    assert_no_threads();
}

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
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.flatten().filter_map(|it| std::fs::read_to_string(it.path().join("comm")).ok());
    names.filter(|it| ["device-flow exc", "device-flow loo"].contains(&it.trim_end())).count()
}

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
