//! Blocking sign-ins: every one that is made at once has a thread.

use crate::contender::by_hand_ureq::ByHand;
use crate::contender::oauth2_ureq::Oauth2;
use crate::contender::ours_ureq::Ours;
use crate::{ACCESS_TOKEN_LENGTH, Contender, Endpoints, Job, Keeping, Listener, Prompted, REST};
use std::thread;

/// Somebody who signs in and blocks.
pub trait Blocking: Sized + Send + Sync {
    /// Makes what a program makes once.
    fn new(endpoints: &Endpoints) -> Self;

    /// Signs in and gives the access token.
    fn sign_in(&self, prompted: Prompted) -> String;
}

pub fn run(job: &Job, listener: Listener) {
    match job.contender {
        Contender::Ours => run_as::<Ours>(job, listener),
        // ureq's agent is the only way to a connection of its.
        Contender::ByHand | Contender::Bare => run_as::<ByHand>(job, listener),
        Contender::Oauth2 => run_as::<Oauth2>(job, listener),
    }
}

fn run_as<B: Blocking>(job: &Job, listener: Listener) {
    let endpoints = Endpoints::at(&job.address);
    let kept = (job.keeping == Keeping::Kept).then(|| B::new(&endpoints));
    let sign_ins = || {
        for number in 0..job.sign_ins {
            let token = match &kept {
                Some(client) => client.sign_in(listener.prompted),
                None => B::new(&endpoints).sign_in(listener.prompted),
            };
            assert_eq!(token.len(), ACCESS_TOKEN_LENGTH);
            if number == 0 {
                (listener.signed_in)();
                thread::sleep(REST);
            }
        }
    };
    if job.at_once == 1 {
        // Without a thread: what is counted is the client's.
        return sign_ins();
    }
    thread::scope(|scope| {
        for _ in 0..job.at_once {
            scope.spawn(sign_ins);
        }
    });
}
