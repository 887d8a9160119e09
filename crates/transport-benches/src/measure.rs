//! What is measured.

mod calls;
mod instructions;

use crate::processes::{self, Behaviour, Finished, Server};
use crate::table::{Figures, Row};
use std::thread;
use transport_benches::{Contender, Job, Keeping, Library};

pub struct Measure {
    pub name: &'static str,
    pub what: &'static str,
    pub is_slow: bool,
    pub run: fn() -> Vec<Row>,
}

impl Measure {
    const fn new(name: &'static str, what: &'static str, run: fn() -> Vec<Row>) -> Self {
        Self { name, what, is_slow: false, run }
    }

    /// Whether this is the measure's name or the beginning of it.
    pub fn is_called(&self, name: &str) -> bool {
        let rest = self.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

pub const MEASURES: &[Measure] = &[
    Measure::new("ureq-kept", "instructions of a sign-in, client made once", instructions::ureq_kept),
    Measure::new("ureq-fresh", "instructions of a sign-in, client made for it", instructions::ureq_fresh),
    Measure::new("ureq-calls", "system calls and threads of a sign-in", calls::ureq),
    Measure::new("hyper-kept", "instructions of a sign-in, client made once", instructions::hyper_kept),
    Measure::new("hyper-fresh", "instructions of a sign-in, client made for it", instructions::hyper_fresh),
    Measure::new("hyper-calls", "system calls and threads of a sign-in", calls::hyper),
];

/// Does the same for every contender at the same time: nearly all of it is waiting.
fn for_each_contender(count: impl Fn(Contender) -> Result<f64, String> + Sync) -> Figures {
    let count = &count;
    thread::scope(|scope| {
        let counts = Contender::ALL.map(|it| scope.spawn(move || count(it)));
        let [ours, by_hand, oauth2] = counts.map(|it| it.join().expect("no panic"));
        Figures { ours, by_hand, oauth2 }
    })
}

/// What one more sign-in adds to a process that makes some: the difference of two processes, so that what a process
/// does once is left out. `count` is told the job, and runs it.
fn of_one_sign_in(
    (library, contender, keeping): (Library, Contender, Keeping),
    at_once: usize,
    count: impl Fn(&Job) -> Result<u64, String> + Sync,
) -> Result<f64, String> {
    const FEW: usize = 1;
    const MORE: usize = 3;
    let server = Server::start(Behaviour::QUICK);
    let count =
        |sign_ins| count(&Job { library, contender, keeping, sign_ins, at_once, address: server.address("127.0.0.1") });
    let (few, more) = thread::scope(|scope| {
        let few = scope.spawn(|| count(FEW));
        let more = count(MORE);
        (few.join().expect("no panic"), more)
    });
    let difference = more? as f64 - few? as f64;
    server.end();
    Ok(difference / ((MORE - FEW) * at_once) as f64)
}

/// Does a job under a watcher that writes into a file, and reads that.
fn watched(watcher: &[&str], option: &str, job: &Job) -> Result<(Finished, String), String> {
    let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    let path = file.path().to_string_lossy().into_owned();
    let option = format!("{option}{path}");
    let finished = processes::run(&[watcher, &[&option]].concat(), job)?;
    let written = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
    Ok((finished, written))
}
