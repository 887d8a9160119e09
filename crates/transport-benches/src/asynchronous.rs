//! Async sign-ins: every one that is made at once is a task, and all are on one thread.

use crate::contender::bare_hyper::Bare;
use crate::contender::by_hand_hyper::ByHand;
use crate::contender::oauth2_hyper::Oauth2;
use crate::contender::ours_hyper::Ours;
use crate::{ACCESS_TOKEN_LENGTH, Contender, Endpoints, Job, Keeping, Listener, Prompted, REST};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Somebody who signs in and does not block.
pub trait Asynchronous: Sized + Send + Sync + 'static {
    /// Makes what a program makes once.
    fn new(endpoints: &Endpoints) -> Self;

    /// Signs in and gives the access token.
    fn sign_in(&self, prompted: Prompted) -> impl Future<Output = String> + Send;
}

pub fn run(job: &Job, listener: Listener) {
    match job.contender {
        Contender::Ours => runtime().block_on(run_as::<Ours>(job, listener)),
        Contender::ByHand => runtime().block_on(run_as::<ByHand>(job, listener)),
        Contender::Bare => runtime().block_on(run_as::<Bare>(job, listener)),
        Contender::Oauth2 => runtime().block_on(run_as::<Oauth2>(job, listener)),
    }
}

pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

async fn run_as<A: Asynchronous>(job: &Job, listener: Listener) {
    let endpoints = Arc::new(Endpoints::at(&job.address));
    let kept = (job.keeping == Keeping::Kept).then(|| Arc::new(A::new(&endpoints)));
    let sign_ins = job.sign_ins;
    let mut tasks = JoinSet::new();
    for _ in 0..job.at_once {
        let (kept, endpoints) = (kept.clone(), Arc::clone(&endpoints));
        tasks.spawn(async move {
            for number in 0..sign_ins {
                let token = match &kept {
                    Some(client) => client.sign_in(listener.prompted).await,
                    None => A::new(&endpoints).sign_in(listener.prompted).await,
                };
                assert_eq!(token.len(), ACCESS_TOKEN_LENGTH);
                if number == 0 {
                    (listener.signed_in)();
                    sleep(REST).await;
                }
            }
        });
    }
    tasks.join_all().await;
}
