//! What is measured.

mod calls;
mod connections;
mod dead_address;
mod heap;
mod instructions;
mod names;
mod processor;

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

    const fn slow(self) -> Self {
        Self { is_slow: true, ..self }
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
    Measure::new("ureq-processor", "processor time of a sign-in, one and sixteen at once", processor::ureq),
    Measure::new("ureq-names", "how often the server's name is looked up", names::ureq),
    Measure::new("ureq-dead-address", "how long a dead first address delays the prompt", dead_address::ureq),
    Measure::new("hyper-kept", "instructions of a sign-in, client made once", instructions::hyper_kept),
    Measure::new("hyper-fresh", "instructions of a sign-in, client made for it", instructions::hyper_fresh),
    Measure::new("hyper-calls", "system calls and threads of a sign-in", calls::hyper),
    Measure::new("hyper-processor", "processor time of a sign-in, one and sixteen at once", processor::hyper),
    Measure::new("hyper-heap", "heap of a flow among 10,000 and 100,000 pending ones", heap::hyper),
    Measure::new("hyper-connections", "connections of 20,000 flows, 10,000 at once", connections::hyper),
    Measure::new("hyper-names", "how often the server's name is looked up", names::hyper),
    Measure::new("hyper-dead-address", "how long a dead first address delays the prompt", dead_address::hyper),
    Measure::new("intervals", "connections of a sign-in whose polls are far apart", connections::intervals).slow(),
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
    count: impl Fn(&Job) -> Result<u64, String> + Sync,
) -> Result<f64, String> {
    const FEW: usize = 1;
    const MORE: usize = 3;
    let server = Server::start(Behaviour::QUICK);
    let address = server.address("127.0.0.1");
    let count = |sign_ins| {
        let address = address.clone();
        count(&Job { library, contender, keeping, sign_ins, at_once: 1, address })
    };
    let (few, more) = thread::scope(|scope| {
        let few = scope.spawn(|| count(FEW));
        let more = count(MORE);
        (few.join().expect("no panic"), more)
    });
    let difference = more? as f64 - few? as f64;
    Ok(difference / (MORE - FEW) as f64)
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
