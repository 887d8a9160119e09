//! What a sign-in costs while it waits.

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

use allocation_counter::measure;
use device_flow_core::Config;
use memory::InMemory;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use transport_hyper::{Client, TokioClock};

const FLOWS: usize = 2_000;
/// Bytes of heap: the task with its future, the machine and its strings.
const MOST: usize = 2_400;

#[test]
fn a_sign_in_that_waits_has_little_more_than_its_machine() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let (server, client) = runtime.block_on(async {
        let server = InMemory::approving_after(60, 300);
        let client = Client::builder().clock(Arc::new(TokioClock::new())).connector(server.clone());
        (server, client.build().unwrap())
    });
    // Makes the connection that all share, and what a runtime makes once.
    runtime.block_on(begin(&client, 10));
    let counted = measure(|| runtime.block_on(begin(&client, FLOWS)));
    let each = usize::try_from(counted.bytes_current).unwrap() / FLOWS;
    assert!(each <= MOST, "{each}");
    assert!(each > 1_000, "{each} is less than the machine alone");
    assert_eq!(server.connections(), 1);
}

/// Begins sign-ins, one after the other, that go on waiting in tasks of their own.
async fn begin(client: &Client, flows: usize) {
    let begun = Arc::new(AtomicUsize::new(0));
    for number in 1..=flows {
        let (client, counter) = (client.clone(), Arc::clone(&begun));
        tokio::spawn(async move {
            let config = Config::new("tv", "http://as.example/device", "http://as.example/token").allow_http(true);
            let pending = client.start(config).await.unwrap();
            counter.fetch_add(1, Ordering::Relaxed);
            pending.wait().await
        });
        while begun.load(Ordering::Relaxed) < number {
            tokio::task::yield_now().await;
        }
    }
}
