//! The same in every kind of runtime, many at once, and after a program was busy elsewhere.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use common::{client, config, flow, is_authorized, polls, server};
use device_flow_core::Event;
use device_flow_testserver::{Endpoint, Fault, Script, Step};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const FLOWS: usize = 100;

#[tokio::test(flavor = "current_thread")]
async fn many_sign_ins_share_a_client_on_one_thread() {
    many_sign_ins_share_a_client().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_sign_ins_share_a_client_on_many_threads() {
    many_sign_ins_share_a_client().await;
}

async fn many_sign_ins_share_a_client() {
    let server = server(Script::new().pending(1).approve());
    let client = client();
    let begun = Instant::now();
    let mut flows = JoinSet::new();
    for _ in 0..FLOWS {
        let (client, config) = (client.clone(), config(&server));
        flows.spawn(async move { client.start(config).await?.wait().await });
    }
    let mut tokens = Vec::new();
    while let Some(token) = flows.join_next().await {
        tokens.push(token.unwrap().unwrap());
    }
    // Two polls each, side by side.
    assert!(begun.elapsed() < Duration::from_secs(20));
    tokens.sort_by(|a, b| a.access_token().expose().cmp(b.access_token().expose()));
    tokens.dedup_by(|a, b| a.access_token().expose() == b.access_token().expose());
    assert_eq!(tokens.len(), FLOWS, "everyone has a token of their own");
    let mut polls: HashMap<String, usize> = HashMap::new();
    for poll in server.requests_to("/token") {
        *polls.entry(poll.parameter("device_code").unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(polls.len(), FLOWS);
    assert!(polls.values().all(|&times| times == 2), "{polls:?}");
    assert!(server.connections() <= FLOWS as u64, "no more than were in use at once: {}", server.connections());
}

#[tokio::test]
async fn polls_share_a_connection() {
    let server = server(Script::new().pending(1).approve());
    let mut flow = flow(&server);
    client().drive(&mut flow, |_| {}).await;
    assert!(is_authorized(&flow));
    assert_eq!(server.requests().len(), 3);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_client_goes_on_when_the_runtime_of_its_first_connection_is_gone() {
    let server = server(Script::new().approve());
    let (client, config) = (client(), config(&server));
    let elsewhere = {
        let (client, config) = (client.clone(), config.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(client.start(config)).unwrap()
        })
    };
    let pending = tokio::task::spawn_blocking(|| elsewhere.join().unwrap()).await.unwrap();
    let mut retries = 0;
    let token = pending.wait_with(|event| retries += u32::from(matches!(event, Event::Retrying { .. }))).await;
    assert!(token.is_ok());
    assert_eq!(retries, 0);
    assert_eq!(server.connections(), 2);
}

#[tokio::test(flavor = "current_thread")]
async fn a_connection_that_ended_while_the_program_was_busy_is_not_used() {
    let server = server(Script::new().approve());
    let close = Fault::CloseAfterAnswer { idle: Duration::from_millis(50) };
    let step = Step::ordinary().fault(close);
    server.script(Endpoint::DeviceAuthorization, Script::new().step(step));
    let pending = client().start(config(&server)).await.unwrap();
    // Nothing runs meanwhile, not even what looks after idle connections, and the first poll is overdue.
    std::thread::sleep(Duration::from_millis(1_500));
    let mut retries = Vec::new();
    let token = pending
        .wait_with(|event| {
            if let Event::Retrying { reason, .. } = event {
                retries.push(reason);
            }
        })
        .await;
    assert!(token.is_ok());
    assert_eq!(retries, []);
    assert_eq!(polls(&server).len(), 1);
}
