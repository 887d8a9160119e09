//! Processor time, of the program and of the kernel for it.

use super::{for_each_contender, of_one_sign_in};
use crate::processes;
use crate::table::{Aim, Row};
use std::thread;
use std::time::Duration;
use transport_benches::{Contender, Keeping, Library};

/// The smallest counts, because everything that disturbs makes it longer.
const REPEATS: u64 = 5;

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
    let once = || {
        let who = (library, contender, Keeping::Kept);
        of_one_sign_in(who, at_once, |job| Ok(processes::run(&[], job)?.processor))
    };
    thread::scope(|scope| {
        let runs: Vec<_> = (0..REPEATS)
            .map(|index| {
                scope.spawn(move || {
                    // All poll once a second; so they do not all do it at the same moment.
                    let place = index * Contender::ALL.len() as u64 + contender as u64;
                    thread::sleep(Duration::from_millis(place * 1_000 / (REPEATS * Contender::ALL.len() as u64)));
                    once()
                })
            })
            .collect();
        let runs: Result<Vec<_>, _> = runs.into_iter().map(|it| it.join().expect("no panic")).collect();
        Ok(runs?.into_iter().fold(f64::INFINITY, f64::min) / 1_000.0)
    })
}
