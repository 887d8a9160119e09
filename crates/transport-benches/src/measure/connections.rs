//! Connections, counted by the server.

use super::for_each_contender;
use crate::processes::{self, Behaviour, Server};
use crate::table::{Aim, Figures, Row};
use std::thread;
use transport_benches::{Job, Keeping, Library};

/// How many flows are under way at the same time. All begin with the same request at the same moment, so as many
/// connections are in use then.
const AT_ONCE: usize = 10_000;

pub fn hyper() -> Vec<Row> {
    let figures = for_each_contender(|contender| {
        let behaviour = Behaviour { interval: 5, ..Behaviour::QUICK };
        connections(behaviour, |address| Job {
            library: Library::Hyper,
            contender,
            keeping: Keeping::Kept,
            sign_ins: 2,
            at_once: AT_ONCE,
            address,
        })
    });
    let title = "hyper, 20,000 flows, 10,000 at once: connections";
    vec![Row::new(title, figures, vec![Aim::AtMost(AT_ONCE as f64)])]
}

pub fn intervals() -> Vec<Row> {
    let kinds = Library::ALL.iter().flat_map(|library| [5, 16, 31].map(|interval| (*library, interval)));
    thread::scope(|scope| {
        let rows = kinds.map(|(library, interval)| {
            let figures = scope.spawn(move || of_interval(library, interval));
            (library, interval, figures)
        });
        let rows: Vec<_> = rows.collect();
        rows.into_iter()
            .map(|(library, interval, figures)| {
                let title = format!("{}, a poll every {interval} s: connections", library.name());
                Row::new(&title, figures.join().expect("no panic"), vec![Aim::AtMost(1.0)])
            })
            .collect()
    })
}

fn of_interval(library: Library, interval: u32) -> Figures {
    for_each_contender(|contender| {
        connections(Behaviour { interval, ..Behaviour::QUICK }, |address| Job {
            library,
            contender,
            keeping: Keeping::Kept,
            sign_ins: 1,
            at_once: 1,
            address,
        })
    })
}

fn connections(behaviour: Behaviour, job: impl FnOnce(String) -> Job) -> Result<f64, String> {
    let server = Server::start(behaviour);
    processes::run(&[], &job(server.address("127.0.0.1")))?;
    Ok(server.end() as f64)
}
