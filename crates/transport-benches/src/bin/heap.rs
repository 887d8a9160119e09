//! Holds flows that wait, and prints how many bytes of heap each of them has: `heap` with the arguments of `client`,
//! where AT_ONCE flows are begun and none is finished. The allocations of the whole process are counted.

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use transport_benches::asynchronous::{Asynchronous, runtime};
use transport_benches::contender::{by_hand_hyper, oauth2_hyper, ours_hyper};
use transport_benches::{Contender, Endpoints, Job, Prompted};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many flows begin at the same time: their connections stay, and are to be nothing beside the flows.
const BEGINNING: usize = 8;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let job = Job::from_arguments(&arguments);
    let job = job.expect("usage: heap hyper CONTENDER kept 1 FLOWS ADDRESS");
    runtime().block_on(async {
        match job.contender {
            Contender::Ours => hold::<ours_hyper::Ours>(&job).await,
            Contender::ByHand | Contender::Bare => hold::<by_hand_hyper::ByHand>(&job).await,
            Contender::Oauth2 => hold::<oauth2_hyper::Oauth2>(&job).await,
        }
    });
    // None is waited for.
    std::process::exit(0)
}

async fn hold<A: Asynchronous>(job: &Job) {
    let client = Arc::new(A::new(&Endpoints::at(&job.address)));
    let room: &Semaphore = Box::leak(Box::new(Semaphore::new(BEGINNING)));
    let prompted: Prompted = Box::leak(Box::new(|| room.add_permits(1)));
    let before = held();
    for _ in 0..job.at_once {
        room.acquire().await.expect("never closed").forget();
        let client = Arc::clone(&client);
        tokio::spawn(async move { client.sign_in(prompted).await });
    }
    let beginning = u32::try_from(BEGINNING).expect("a few");
    room.acquire_many(beginning).await.expect("never closed").forget();
    // What was about to be put away is.
    sleep(Duration::from_secs(1)).await;
    println!("{}", (held() - before) / job.at_once);
}

fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
