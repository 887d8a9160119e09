//! Blocking sign-ins: every one that is made at once has a thread.

use crate::contender::by_hand_ureq::ByHand;
use crate::contender::oauth2_ureq::Oauth2;
use crate::contender::ours_ureq::Ours;
use crate::{ACCESS_TOKEN_LENGTH, Contender, Endpoints, Job, Keeping, Prompted};
use std::thread;

/// Somebody who signs in and blocks.
pub trait Blocking: Sized + Send + Sync {
    /// Makes what a program makes once.
    fn new(endpoints: &Endpoints) -> Self;

    /// Signs in and gives the access token.
    fn sign_in(&self, prompted: Prompted) -> String;
}

pub fn run(job: &Job, prompted: Prompted) {
    match job.contender {
        Contender::Ours => run_as::<Ours>(job, prompted),
        Contender::ByHand => run_as::<ByHand>(job, prompted),
        Contender::Oauth2 => run_as::<Oauth2>(job, prompted),
    }
}

fn run_as<B: Blocking>(job: &Job, prompted: Prompted) {
    let endpoints = Endpoints::at(&job.address);
    let kept = (job.keeping == Keeping::Kept).then(|| B::new(&endpoints));
    let sign_ins = || {
        for _ in 0..job.sign_ins {
            let token = match &kept {
                Some(client) => client.sign_in(prompted),
                None => B::new(&endpoints).sign_in(prompted),
            };
            assert_eq!(token.len(), ACCESS_TOKEN_LENGTH);
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
