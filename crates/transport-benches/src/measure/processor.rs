//! Processor time, of the program and of the kernel for it.

use super::for_each_contender;
use crate::processes::{self, Behaviour, Server};
use crate::table::{Aim, Row};
use std::thread;
use std::time::Duration;
use transport_benches::{Contender, Job, Keeping, Library};

/// The smallest counts, because everything that disturbs makes it longer.
const REPEATS: u64 = 5;
/// Of each thread or task, after a first that pays for what is set up once.
const SIGN_INS: usize = 2;
const CONTENDERS: u64 = Contender::ALL.len() as u64;

pub fn ureq() -> Vec<Row> {
    vec![
        row("ureq, one at once: processor µs", Library::Ureq, 1, vec![Aim::TimesByHand(1.3)]),
        row("ureq, sixteen at once: processor µs", Library::Ureq, 16, vec![Aim::TimesByHand(1.5)]),
    ]
}

pub fn hyper() -> Vec<Row> {
    vec![
        row("hyper, one at once: processor µs", Library::Hyper, 1, Vec::new()),
        row("hyper, sixteen at once: processor µs", Library::Hyper, 16, Vec::new()),
    ]
}

fn row(title: &str, library: Library, at_once: usize, aims: Vec<Aim>) -> Row {
    Row::new(title, for_each_contender(|contender| smallest(library, contender, at_once)), aims)
}

fn smallest(library: Library, contender: Contender, at_once: usize) -> Result<f64, String> {
    let server = Server::start(Behaviour::QUICK);
    let address = server.address("127.0.0.1");
    let job = Job { library, contender, keeping: Keeping::Kept, sign_ins: SIGN_INS + 1, at_once, address };
    thread::scope(|scope| {
        let repeat = |index| {
            let job = &job;
            scope.spawn(move || {
                // All poll once a second; so they do not all do it at the same moment.
                let place = index * CONTENDERS + contender as u64;
                thread::sleep(Duration::from_millis(place * 1_000 / (REPEATS * CONTENDERS)));
                let nanoseconds = processes::run(&[], job)?.processor;
                Ok(nanoseconds as f64 / 1_000.0 / (SIGN_INS * at_once) as f64)
            })
        };
        let runs: Vec<_> = (0..REPEATS).map(repeat).collect();
        let runs: Result<Vec<_>, String> = runs.into_iter().map(|it| it.join().expect("no panic")).collect();
        Ok(runs?.into_iter().fold(f64::INFINITY, f64::min))
    })
}
