//! Orders from elsewhere reach a driver at once, whatever it waits for.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::{INTERVAL, client, flow, is_authorized, polls, server, until_polled};
use device_flow_core::{DeviceFlow, Discovery, Event, Failure, Outcome};
use device_flow_testserver::{Endpoint, Fault, Options, Script, Server, Step};
use std::time::{Duration, Instant};
use transport_hyper::{Error, Remote};

const HANG: Fault = Fault::Hang(Duration::from_secs(60));
/// Far more than waking takes, far less than anything else that could end the wait.
const AT_ONCE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_cancellation_from_another_thread_ends_a_sleep() {
    let server = Server::start(Options::new().interval(Duration::from_secs(60))).unwrap();
    let pending = client().start(common::config(&server)).await.unwrap();
    let remote = pending.remote();
    let begun = Instant::now();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        remote.cancel();
    });
    assert!(matches!(pending.wait().await, Err(Error::Cancelled)));
    assert!(begun.elapsed() < AT_ONCE);
    thread.join().unwrap();
    assert!(polls(&server).is_empty());
}

#[tokio::test]
async fn a_cancellation_drops_a_request_in_flight() {
    let server = server(Script::new().fault(HANG));
    let (client, mut flow, remote) = (client(), flow(&server), Remote::new());
    let driven = client.drive_with(&mut flow, &remote, |_| {});
    let cancelled = async {
        until_polled(&server, 1).await;
        remote.cancel();
        Instant::now()
    };
    let ((), cancelled) = tokio::join!(driven, cancelled);
    assert!(cancelled.elapsed() < AT_ONCE);
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
}

#[tokio::test]
async fn a_cancellation_drops_a_request_that_opens_a_flow() {
    let server = server(Script::new());
    server.script(Endpoint::Metadata, Script::new().always(Step::of_fault(HANG)));
    let mut discovery = Discovery::new(server.issuer()).unwrap();
    let (client, remote) = (client(), Remote::new());
    let driven = client.drive_with(&mut discovery, &remote, |_| {});
    let cancelled = async {
        common::until(|| !server.requests().is_empty()).await;
        remote.pause(); // makes no sense for it, and is no reason to stop
        tokio::time::sleep(Duration::from_millis(50)).await;
        remote.cancel();
        Instant::now()
    };
    let ((), cancelled) = tokio::join!(driven, cancelled);
    assert!(cancelled.elapsed() < AT_ONCE);
    assert!(matches!(discovery.outcome(), Some(Err(Failure::Cancelled))));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_pause_lets_a_request_in_flight_arrive_and_the_next_poll_keeps_its_distance_p12() {
    let late = Step::pending().late(Duration::from_millis(200));
    let server = server(Script::new().step(late).approve());
    let (client, mut flow, remote) = (client(), flow(&server), Remote::new());
    let driven = client.drive_with(&mut flow, &remote, |_| {});
    let paused = async {
        until_polled(&server, 1).await;
        remote.pause();
        tokio::time::sleep(Duration::from_millis(100)).await;
        remote.resume();
    };
    tokio::join!(driven, paused);
    assert!(is_authorized(&flow));
    let polls = polls(&server);
    assert_eq!(polls.len(), 2);
    assert!(polls[1] - polls[0] >= INTERVAL);
    assert_eq!(server.connections(), 1, "nothing was dropped");
}

#[tokio::test]
async fn a_pause_that_comes_before_there_is_a_code_is_kept_p12() {
    let server = server(Script::new().approve());
    let (client, mut flow, remote) = (client(), flow(&server), Remote::new());
    remote.pause();
    let mut prompts = 0;
    let driven = client.drive_with(&mut flow, &remote, |event| {
        prompts += u32::from(matches!(event, Event::Prompt(_)));
    });
    let resumed = async {
        tokio::time::sleep(2 * INTERVAL).await;
        let polls = polls(&server).len();
        remote.resume();
        polls
    };
    let ((), polls_while_paused) = tokio::join!(driven, resumed);
    assert_eq!(polls_while_paused, 0);
    assert_eq!(prompts, 1);
    assert!(is_authorized(&flow));
}

#[tokio::test]
async fn a_pause_outlives_a_dropped_future() {
    let server = server(Script::new().approve());
    let (client, mut flow, remote) = (client(), flow(&server), Remote::new());
    remote.pause();
    let limit = 2 * INTERVAL;
    let driven = client.drive_with(&mut flow, &remote, |_| {});
    assert!(tokio::time::timeout(limit, driven).await.is_err());
    let driven = client.drive_with(&mut flow, &remote, |_| {});
    assert!(tokio::time::timeout(INTERVAL, driven).await.is_err());
    assert!(polls(&server).is_empty());
    // What was said while nobody drove counts too.
    remote.resume();
    client.drive_with(&mut flow, &remote, |_| {}).await;
    assert!(is_authorized(&flow));
}

#[tokio::test]
async fn a_cancelled_remote_stops_everything_before_its_first_request() {
    let server = server(Script::new());
    let (client, remote) = (client(), Remote::new());
    remote.cancel();
    remote.resume(); // takes nothing back
    let mut flow = DeviceFlow::new(common::config(&server)).unwrap();
    client.drive_with(&mut flow, &remote, |_| {}).await;
    assert!(matches!(flow.outcome(), Some(Outcome::Cancelled)));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn resuming_what_is_not_paused_disturbs_no_request_in_flight() {
    let late = Step::approve().late(Duration::from_millis(300));
    let server = server(Script::new().step(late));
    let (client, mut flow, remote) = (client(), flow(&server), Remote::new());
    let driven = client.drive_with(&mut flow, &remote, |_| {});
    let resumed = async {
        until_polled(&server, 1).await;
        remote.resume();
    };
    tokio::join!(driven, resumed);
    assert!(is_authorized(&flow));
    assert_eq!(polls(&server).len(), 1);
}
