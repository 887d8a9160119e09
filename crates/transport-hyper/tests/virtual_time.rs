//! Sign-ins that take long, in no time.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

#[path = "common/memory.rs"]
mod memory;

use device_flow_core::{Config, Event};
use device_flow_testserver::{Approval, Options, Server};
use memory::InMemory;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use transport_hyper::{Client, Error, Proxy, TokioClock, VirtualClock};

fn client(server: &InMemory) -> Client {
    Client::builder().clock(Arc::new(TokioClock::new())).connector(server.clone()).build().unwrap()
}

fn config() -> Config {
    Config::new("tv", "http://as.example/device", "http://as.example/token").allow_http(true)
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_of_fifteen_minutes_takes_no_time() {
    let (begun, really_begun) = (Instant::now(), std::time::Instant::now());
    let server = InMemory::approving_after(14, 5);
    let pending = client(&server).start(config()).await.unwrap();
    assert!(pending.wait().await.is_ok());
    assert!(begun.elapsed() >= Duration::from_secs(14 * 60), "{:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(14 * 60 + 6), "{:?}", begun.elapsed());
    assert!(really_begun.elapsed() < Duration::from_secs(5), "{:?}", really_begun.elapsed());
    assert!(server.polls() > 150, "{}", server.polls());
}

#[tokio::test(start_paused = true)]
async fn polls_share_a_connection_however_far_apart_they_are() {
    for interval in [5, 16, 31, 61, 240] {
        let server = InMemory::approving_after(12, interval);
        let pending = client(&server).start(config()).await.unwrap();
        // Somebody has to be shown the code first.
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(pending.wait().await.is_ok());
        assert_eq!(server.connections(), 1, "every {interval} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_used_no_longer_than_the_server_keeps_it() {
    // It says so and would not notice, as boxes between the two do.
    let server = InMemory { headers: "keep-alive: timeout=15, max=100\r\n", ..InMemory::approving_after(3, 16) };
    let pending = client(&server).start(config()).await.unwrap();
    assert!(pending.wait().await.is_ok());
    assert_eq!(server.connections(), server.polls() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_the_server_closes_meanwhile_loses_nothing() {
    let server = InMemory { patience: Duration::from_secs(4), ..InMemory::approving_after(3, 5) };
    let pending = client(&server).start(config()).await.unwrap();
    let mut retries = 0;
    let tokens = pending.wait_with(|event| retries += u32::from(matches!(event, Event::Retrying { .. }))).await;
    assert!(tokens.is_ok());
    assert_eq!(retries, 0);
    assert_eq!(server.connections(), server.polls() + 1);
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_nobody_approves_runs_out() {
    let server = InMemory::approving_after(60, 5);
    let pending = client(&server).start(config()).await.unwrap();
    let begun = Instant::now();
    assert!(matches!(pending.wait().await, Err(Error::Expired(_))));
    assert!(begun.elapsed() >= Duration::from_secs(1_800), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_waits_by_itself_is_as_good() {
    let server = InMemory::approving_after(0, 5);
    let clock = Arc::new(VirtualClock::new());
    let client = Client::builder().clock(clock).connector(server.clone()).build().unwrap();
    let pending = client.start(config()).await.unwrap();
    assert!(pending.wait().await.is_ok());
    assert!(client.now().as_millis() >= 5_000);
    assert_eq!(server.polls(), 1);
}

/// Under paused time with the default clock: nobody waits for the machine's clock in a loop that burns a core.
#[tokio::test(start_paused = true)]
async fn paused_time_with_the_systems_clock_is_waited_out() {
    let options = Options::new().interval(Duration::from_secs(1)).approval(Approval::AfterPolls(0));
    let server = Server::start(options).unwrap();
    let client = Client::builder().proxy(Proxy::None).build().unwrap();
    let config = Config::new("tv", server.device_authorization_endpoint(), server.token_endpoint());
    let begun = std::time::Instant::now();
    let pending = client.start(config).await.unwrap();
    assert!(pending.wait().await.is_ok());
    assert!(begun.elapsed() >= Duration::from_secs(1));
}
