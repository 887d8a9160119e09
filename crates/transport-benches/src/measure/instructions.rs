//! Instructions, counted by callgrind: those of the program and its libraries, not those of the kernel.

use super::{for_each_contender, of_one_sign_in, watched};
use crate::table::{Aim, Figures, Row};
use std::thread;
use transport_benches::{Contender, Job, Keeping, Library};

pub fn ureq_kept() -> Vec<Row> {
    row("ureq, client kept", Library::Ureq, Keeping::Kept, vec![Aim::TimesByHand(1.2), Aim::BelowOauth2])
}

pub fn ureq_fresh() -> Vec<Row> {
    row("ureq, fresh client", Library::Ureq, Keeping::Fresh, vec![Aim::TimesByHand(1.0)])
}

/// Twice: beside hyper-util's client, which most programs take, and beside a connection and nothing else, which is the
/// least that there is.
pub fn hyper_kept() -> Vec<Row> {
    let count = |contender| one(Library::Hyper, contender, Keeping::Kept);
    let (figures, bare) = thread::scope(|scope| {
        let bare = scope.spawn(|| count(Contender::Bare));
        (for_each_contender(count), bare.join().expect("no panic"))
    });
    let beside_bare = Figures { by_hand: bare, ..figures.clone() };
    let title = "hyper, client kept: instructions";
    vec![
        Row::new(title, figures, vec![Aim::TimesByHand(1.3)]),
        Row::new(&format!("{title}, by hand on a bare connection"), beside_bare, vec![Aim::TimesByHand(1.3)]),
    ]
}

pub fn hyper_fresh() -> Vec<Row> {
    row("hyper, fresh client", Library::Hyper, Keeping::Fresh, vec![Aim::TimesByHand(2.0)])
}

fn row(title: &str, library: Library, keeping: Keeping, aims: Vec<Aim>) -> Vec<Row> {
    let figures = for_each_contender(|contender| one(library, contender, keeping));
    vec![Row::new(&format!("{title}: instructions"), figures, aims)]
}

fn one(library: Library, contender: Contender, keeping: Keeping) -> Result<f64, String> {
    of_one_sign_in((library, contender, keeping), counted)
}

fn counted(job: &Job) -> Result<u64, String> {
    let (finished, _) = watched(&["valgrind", "--tool=callgrind"], "--callgrind-out-file=", job)?;
    let count = finished.stderr.lines().find_map(|line| line.split_once("Collected : "));
    let count = count.and_then(|(_, count)| count.trim().parse().ok());
    count.ok_or_else(|| format!("valgrind counted nothing: {}", finished.stderr))
}
