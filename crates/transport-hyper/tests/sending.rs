//! All futures may move between threads, whatever the machine, so that they can be spawned.

#![allow(
    clippy::allow_attributes,
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    dead_code,
    reason = "a test may panic, and uses its part of the common helpers"
)]

mod common;

use device_flow_core::{Config, DeviceFlow, Machine, PendingFlow};
use std::time::Duration;
use transport_hyper::{Client, ClientBuilder, ClientError, Error, Pending, Proxy, Remote};

const fn is_send<T: Send>(_: &T) {}
const fn is_shared<T: Send + Sync + Clone>() {}
const fn is_owned<T: Send + Sync + 'static>() {}

/// It only has to compile.
fn futures_are_send<M: Machine<Event: Send> + Send>(
    client: &Client,
    machine: &mut M,
    config: Config,
    pending: Pending,
    other: Pending,
) {
    let remote = Remote::new();
    is_send(&client.start(config));
    is_send(&client.discover("https://as.example"));
    is_send(&pending.wait());
    is_send(&other.wait_with(|_| {}));
    is_send(&client.drive(machine, |_| {}));
    is_send(&client.drive_with(machine, &remote, |_| {}));
}

#[test]
fn clients_and_remotes_are_shared_between_threads() {
    is_shared::<Client>();
    is_shared::<Remote>();
    is_shared::<ClientBuilder>();
    is_owned::<Pending>();
    is_owned::<Error>();
    is_owned::<ClientError>();
    is_owned::<Proxy>();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_runs_as_a_task_of_its_own() {
    let server = common::server(device_flow_testserver::Script::new().approve());
    let (client, config) = (common::client(), common::config(&server));
    let token = tokio::spawn(async move { client.start(config).await?.wait().await });
    assert!(token.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_stored_sign_in_is_taken_up_again_p13() {
    let server = common::server(device_flow_testserver::Script::new().approve());
    let (client, config) = (common::client(), common::config(&server));
    let pending = client.start(config.clone()).await.unwrap();
    let stored = pending.suspend().unwrap().to_json();
    drop(pending);

    let stored = PendingFlow::from_json(stored.expose()).unwrap();
    let again = client.resume(config, stored, Duration::ZERO).unwrap();
    assert_eq!(again.prompt().user_code(), server.user_codes()[0]);
    assert!(again.wait().await.is_ok());
    assert_eq!(common::polls(&server).len(), 1);
}

#[tokio::test]
async fn any_machine_is_driven_through_a_reference() {
    let server = common::server(device_flow_testserver::Script::new().approve());
    let mut flow: DeviceFlow = common::flow(&server);
    common::client().drive(&mut &mut flow, |_| {}).await;
    assert!(common::is_authorized(&flow));
}
